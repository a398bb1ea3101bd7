//! Events of a portfolio: listed, entered, and taken out of the books.

use std::fmt;
use std::str::FromStr;

use app::{ListedEvent, NewEvent, UnknownSymbols};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::{Date, EventId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Body, InPath, InQuery, Page, PageQuery, Routes, Scope};
use crate::wire::Text;
use crate::wire::event::{AddedEvent, Event, VoidedEvent};
use crate::wire::words::{
    DateText, EventKindText, MoneyText, PriceText, QuantityText, RatioText, SymbolText,
};

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Write), routes!(add))
        .with(Access::Scope(Scope::Write), routes!(void))
}

/// An event to be entered; which figures are needed depends on its kind.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventInput {
    kind: EventKindText,
    date: DateText,
    symbol: Option<SymbolText>,
    /// Units, above zero; buy and sell say which way.
    quantity: Option<QuantityText>,
    /// Price of one unit; for a dividend the cash for one.
    price: Option<PriceText>,
    /// Money; for a dividend the total cash, negative for a short.
    amount: Option<MoneyText>,
    /// Costs of a fill.
    fee: Option<MoneyText>,
    ratio: Option<RatioText>,
    /// Your name for the event: the same key and content twice is one event.
    #[schema(min_length = 1, max_length = 512)]
    key: Option<String>,
    #[schema(max_length = 512)]
    note: Option<String>,
}

/// Where an event stands in the list: by date, then by order of entry.
struct Place(Date, i64);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Place, ()> {
        let (date, entry) = text.split_once('.').ok_or(())?;
        Ok(Place(date.parse().map_err(|_| ())?, entry.parse().map_err(|_| ())?))
    }
}

/// Lists the events of a portfolio by date and order of entry, voided ones too.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}/events", operation_id = "list_events", tag = "events",
    params(("portfolio" = String, Path, description = "Its id or its name"), PageQuery),
    responses((status = 200, body = Page<Event>)))]
async fn list(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(page): InQuery<PageQuery>,
) -> Answer<Json<Page<Event>>> {
    let behind = page.after::<Place>()?.map(|Place(date, entry)| (date, entry));
    let read = app::events_page(&ctx, &portfolio, behind, page.limit()? + 1).await?;
    let place = |listed: &ListedEvent| Place(listed.event.date, listed.event.entry_no);
    page.fill(&read, place, Event::of).map(Json)
}

/// Enters an event; the next refresh computes from its date on. A symbol that nobody has met is asked for, and made known by
/// a job. The same key and content twice is one event.
#[utoipa::path(post, path = "/api/v1/portfolios/{portfolio}/events", operation_id = "add_event", tag = "events",
    params(("portfolio" = String, Path, description = "Its id or its name")), request_body = EventInput,
    responses(
        (status = 201, body = AddedEvent),
        (status = 200, description = "The event was there already, under the same key", body = AddedEvent),
    ))]
async fn add(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    Body(input): Body<EventInput>,
) -> Answer<Response> {
    let new = NewEvent {
        kind: input.kind.0,
        date: input.date.0,
        symbol: input.symbol.map(|Text(symbol)| symbol),
        quantity: input.quantity.map(|Text(quantity)| quantity),
        price: input.price.map(|Text(price)| price),
        amount: input.amount.map(|Text(amount)| amount),
        fee: input.fee.map(|Text(fee)| fee),
        ratio: input.ratio.map(|Text(ratio)| ratio),
        key: input.key,
        note: input.note,
    };
    let added = app::enter_event(&ctx, &portfolio, &new, UnknownSymbols::Onboarded).await?;
    let status = if added.is_duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(AddedEvent::of(added))).into_response())
}

/// Takes an event out of the books; it stays on record, and its key may be used again.
#[utoipa::path(post, path = "/api/v1/portfolios/{portfolio}/events/{event}/void", operation_id = "void_event",
    tag = "events", params(
        ("portfolio" = String, Path, description = "Its id or its name"),
        ("event" = i64, Path, description = "The id of the event"),
    ), responses((status = 200, body = VoidedEvent)))]
async fn void(
    Acting(ctx): Acting,
    InPath((portfolio, id)): InPath<(String, i64)>,
) -> Answer<Json<VoidedEvent>> {
    app::check_event(&ctx, &portfolio, EventId(id)).await?;
    let voided = app::void_event(&ctx, EventId(id)).await?;
    Ok(Json(VoidedEvent::of(&voided)))
}
