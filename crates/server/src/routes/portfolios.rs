//! Portfolios: created, listed, shown, changed and deleted.

use app::{FileFormat, ImportFile, NewPortfolio, PortfolioChange, UnknownSymbols};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Currency;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use crate::http::{
    Access, Acting, Answer, Body, Conditional, InPath, InQuery, Page, PageQuery, Routes, Scope, Upload,
    upload_limit,
};
use crate::wire::Text;
use crate::wire::portfolio::{Changed, Created, Deleted, Portfolio};
use crate::wire::words::{CurrencyText, DateText, FileFormatText, LotMethodText, MoneyText};

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Write), routes!(create).layer(upload_limit()))
        .with(Access::Scope(Scope::Read), routes!(show))
        .with(Access::Scope(Scope::Write), routes!(change, delete))
}

/// A portfolio to be created.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PortfolioInput {
    /// Unique for its owner; no control characters, and no blanks around it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Cash it begins with, zero or more.
    equity: MoneyText,
    /// First date of its books; that of its first event when absent.
    start: Option<DateText>,
    /// Which lot a closing fill takes first; `fifo` when absent.
    lots: Option<LotMethodText>,
    /// `USD` when absent.
    currency: Option<CurrencyText>,
    /// The format of the file; `positions` when absent.
    format: Option<FileFormatText>,
    /// Check everything and write nothing.
    dry_run: Option<bool>,
    /// Take the good rows of the file and list the others.
    skip_bad_rows: Option<bool>,
}

/// A portfolio to be created from a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form, which is read field by field")]
struct PortfolioForm {
    #[schema(inline)]
    #[serde(flatten)]
    fields: PortfolioInput,
    /// A CSV of positions.
    #[schema(value_type = Option<String>, format = Binary)]
    file: Option<Vec<u8>>,
}

/// Settings to be changed; those that are absent stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PortfolioPatch {
    /// Its new name.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    lots: Option<LotMethodText>,
    start: Option<DateText>,
    equity: Option<MoneyText>,
    currency: Option<CurrencyText>,
}

/// Lists the caller's portfolios by name, with their newest figures.
#[utoipa::path(get, path = "/api/v1/portfolios", operation_id = "list_portfolios", tag = "portfolios",
    params(PageQuery), responses((status = 200, body = Page<Portfolio>)))]
async fn list(Acting(ctx): Acting, InQuery(page): InQuery<PageQuery>) -> Answer<Json<Page<Portfolio>>> {
    let summaries = app::list_portfolios(&ctx).await?;
    page.cut(&summaries, |summary| summary.portfolio.name.clone(), Portfolio::of).map(Json)
}

/// Creates a portfolio, with the positions of a file if one is sent.
#[utoipa::path(post, path = "/api/v1/portfolios", operation_id = "create_portfolio", tag = "portfolios",
    request_body(content((PortfolioInput = "application/json"), (PortfolioForm = "multipart/form-data"))),
    responses(
        (status = 201, body = Created, headers(("Location" = String, description = "The portfolio"))),
        (status = 200, description = "A dry run: nothing was written", body = Created),
    ))]
async fn create(Acting(ctx): Acting, Upload { fields, file }: Upload<PortfolioInput>) -> Answer<Response> {
    let is_dry_run = fields.dry_run.unwrap_or(false);
    let skip_bad_rows = fields.skip_bad_rows.unwrap_or(false);
    let new = NewPortfolio {
        name: fields.name,
        opening_equity: fields.equity.0,
        start: fields.start.map(|Text(start)| start),
        lot_method: fields.lots.map_or(model::LotMethod::Fifo, |Text(lots)| lots),
        currency: fields.currency.map_or(Currency::USD, |Text(currency)| currency),
    };
    let file = file.as_ref();
    let format = fields.format.map_or(FileFormat::Positions, |Text(format)| format);
    let file = file.map(|sent| ImportFile {
        name: &sent.name,
        content: &sent.content,
        format: Some(format),
        skip_bad_rows,
    });
    let unknown = UnknownSymbols::Onboarded;
    let created = app::upload_portfolio(&ctx, &new, file.as_ref(), is_dry_run, unknown).await?;
    let answer = Json(Created::of(&created, is_dry_run));
    if is_dry_run {
        return Ok(answer.into_response());
    }
    let location = format!("/api/v1/portfolios/{}", created.portfolio.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], answer).into_response())
}

/// Shows a portfolio with its newest figures.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}", operation_id = "show_portfolio", tag = "portfolios",
    params(("portfolio" = String, Path, description = "Its id or its name")),
    responses((status = 200, body = Portfolio), (status = 304, description = "The caller has it already")))]
async fn show(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    conditional: Conditional,
) -> Answer<Response> {
    let summary = app::show_portfolio(&ctx, &portfolio).await?;
    conditional.json(&Portfolio::of(&summary))
}

/// Changes settings of a portfolio; the next refresh computes its sessions again.
#[utoipa::path(patch, path = "/api/v1/portfolios/{portfolio}", operation_id = "change_portfolio",
    tag = "portfolios", params(("portfolio" = String, Path, description = "Its id or its name")),
    request_body = PortfolioPatch, responses((status = 200, body = Changed)))]
async fn change(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    Body(patch): Body<PortfolioPatch>,
) -> Answer<Json<Changed>> {
    let change = PortfolioChange {
        rename: patch.name,
        lot_method: patch.lots.map(|Text(lots)| lots),
        start: patch.start.map(|Text(start)| start),
        opening_equity: patch.equity.map(|Text(equity)| equity),
        currency: patch.currency.map(|Text(currency)| currency),
    };
    let done = app::set_portfolio(&ctx, &portfolio, &change).await?;
    Ok(Json(Changed::of(&done)))
}

/// Deletes a portfolio with its events and snapshots; symbols and prices stay.
#[utoipa::path(delete, path = "/api/v1/portfolios/{portfolio}", operation_id = "delete_portfolio",
    tag = "portfolios", params(("portfolio" = String, Path, description = "Its id or its name")),
    responses((status = 200, body = Deleted)))]
async fn delete(Acting(ctx): Acting, InPath(portfolio): InPath<String>) -> Answer<Json<Deleted>> {
    let deleted = app::delete_portfolio(&ctx, &portfolio).await?;
    Ok(Json(Deleted::of(&deleted)))
}
