//! Schedules: jobs by the clock of the exchange.

use app::Scope;
use app::jobs::JobInput;
use app::schedules::NewSchedule;
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Body, InPath, InQuery, Page, PageQuery, Routes};
use crate::wire::Text;
use crate::wire::job::Schedule;
use crate::wire::words::JobKindText;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Write), routes!(add))
        .with(Access::Scope(Scope::Write), routes!(remove))
}

/// A schedule to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewScheduleBody {
    /// Minute, hour, day, month and day of the week, on the wall clock of the exchange.
    #[schema(max_length = 200, examples("30 16 * * 1-5"))]
    cron: String,
    /// What kind of jobs it makes.
    kind: JobKindText,
    /// What they are asked, as the jobs of this kind show it.
    #[serde(default = "nothing")]
    #[schema(value_type = Object)]
    input: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Lists the caller's schedules, oldest first.
#[utoipa::path(get, path = "/api/v1/schedules", operation_id = "list_schedules", tag = "jobs", params(PageQuery), responses(
    (status = 200, body = Page<Schedule>),
))]
async fn list(Acting(ctx): Acting, InQuery(page): InQuery<PageQuery>) -> Answer<Json<Page<Schedule>>> {
    let schedules = app::schedules::list(&ctx).await?;
    page.cut(&schedules, |schedule| schedule.id.clone(), Schedule::of).map(Json)
}

/// Adds a schedule.
#[utoipa::path(post, path = "/api/v1/schedules", operation_id = "add_schedule", tag = "jobs", request_body = NewScheduleBody, responses(
    (status = 201, body = Schedule),
    (status = 404, description = "The input names what is not there",
        body = crate::http::ProblemBody, content_type = "application/problem+json"),
))]
async fn add(Acting(ctx): Acting, Body(new): Body<NewScheduleBody>) -> Answer<(StatusCode, Json<Schedule>)> {
    let Text(kind) = new.kind;
    let input = JobInput::parse(kind, &new.input)?;
    let added = app::schedules::add(&ctx, &NewSchedule { cron: new.cron, input }).await?;
    Ok((StatusCode::CREATED, Json(Schedule::of(&added))))
}

/// Drops a schedule; the jobs it made stay.
#[utoipa::path(delete, path = "/api/v1/schedules/{schedule}", operation_id = "remove_schedule", tag = "jobs", params(
    ("schedule" = String, Path, description = "The schedule's id"),
), responses((status = 204, description = "There is no such schedule any more")))]
async fn remove(Acting(ctx): Acting, InPath(schedule): InPath<String>) -> Answer<StatusCode> {
    app::schedules::remove(&ctx, &schedule).await?;
    Ok(StatusCode::NO_CONTENT)
}
