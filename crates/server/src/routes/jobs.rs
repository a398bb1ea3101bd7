//! Jobs: listed, looked at, awaited, watched, ended and tried again.

mod events;
mod wait;

use app::Scope;
use app::jobs::{Job as AppJob, JobFilter};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::http::{
    Access, Acting, Answer, Api, Conditional, InPath, InQuery, Page, PageQuery, Problem, ProblemBody, Routes,
};
use crate::wire::job::{Details, Job, Unit};
use wait::WaitQuery;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Read), routes!(show))
        .with(Access::Scope(Scope::Read), routes!(details))
        .with(Access::Scope(Scope::Read), routes!(units))
        .with(Access::Scope(Scope::Read), routes!(events::events))
        .with(Access::Scope(Scope::Write), routes!(cancel))
        .with(Access::Scope(Scope::Write), routes!(retry))
}

/// Which jobs are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JobsQuery {
    /// Kinds with commas between; all when absent.
    #[param(max_length = 200)]
    kind: Option<String>,
    /// States with commas between; all when absent.
    #[param(max_length = 200)]
    state: Option<String>,
}

impl JobsQuery {
    fn filter(&self) -> Result<JobFilter, Problem> {
        Ok(JobFilter {
            kinds: words("kind", self.kind.as_deref())?,
            states: words("state", self.state.as_deref())?,
        })
    }
}

fn words<T: std::str::FromStr<Err = String>>(
    place: &'static str,
    list: Option<&str>,
) -> Result<Vec<T>, Problem> {
    let parts = list.into_iter().flat_map(|list| list.split(','));
    parts.map(|part| part.trim().parse().map_err(|told: String| Problem::invalid(place, told))).collect()
}

/// The tag of a job: it changes whenever the job does.
fn tag(job: &AppJob) -> String {
    format!("{}.{}", job.id, job.revision)
}

/// Lists the caller's jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "list_jobs", tag = "jobs", params(JobsQuery, PageQuery), responses(
    (status = 200, body = Page<Job>),
))]
async fn list(
    Acting(ctx): Acting,
    InQuery(query): InQuery<JobsQuery>,
    InQuery(page): InQuery<PageQuery>,
) -> Answer<Json<Page<Job>>> {
    let limit = page.limit()? as i64;
    let found = app::jobs::list(&ctx, &query.filter()?, page.cursor.as_deref(), Some(limit)).await?;
    Ok(Json(Page { items: found.jobs.iter().map(Job::of).collect(), next: found.next }))
}

/// Shows a job. With `wait_ms` the answer waits: for a change of what `If-None-Match` names, or without it for the end of
/// the job.
#[utoipa::path(get, path = "/api/v1/jobs/{job}", operation_id = "show_job", tag = "jobs", params(
    ("job" = String, Path, description = "The job's id"), WaitQuery,
), responses((status = 200, body = Job), (status = 304, description = "The caller has it already")))]
async fn show(
    State(api): State<Api>,
    Acting(ctx): Acting,
    InPath(job): InPath<String>,
    InQuery(query): InQuery<WaitQuery>,
    conditional: Conditional,
) -> Answer<Response> {
    let job = match query.wait()? {
        Some(longest) => wait::awaited(&api, &ctx, &job, longest, &conditional).await?,
        None => app::jobs::load(&ctx, &job).await?,
    };
    conditional.tagged(&tag(&job), &Job::of(&job))
}

/// Shows a job with its log, its warnings by kind, and a page of all of its warnings.
#[utoipa::path(get, path = "/api/v1/jobs/{job}/details", operation_id = "show_job_details", tag = "jobs", params(
    ("job" = String, Path, description = "The job's id"), PageQuery,
), responses((status = 200, body = Details)))]
async fn details(
    Acting(ctx): Acting,
    InPath(job): InPath<String>,
    InQuery(page): InQuery<PageQuery>,
) -> Answer<Json<Details>> {
    let limit = page.limit()? as i64;
    let found = app::jobs::details(&ctx, &job, page.cursor.as_deref(), Some(limit)).await?;
    Ok(Json(Details::of(&found)))
}

/// Lists the units of a job by number.
#[utoipa::path(get, path = "/api/v1/jobs/{job}/units", operation_id = "list_job_units", tag = "jobs", params(
    ("job" = String, Path, description = "The job's id"), PageQuery,
), responses((status = 200, body = Page<Unit>)))]
async fn units(
    Acting(ctx): Acting,
    InPath(job): InPath<String>,
    InQuery(page): InQuery<PageQuery>,
) -> Answer<Json<Page<Unit>>> {
    let limit = page.limit()? as i64;
    let behind = page.after::<i64>()?.unwrap_or(-1);
    let found = app::jobs::units(&ctx, &job, behind, Some(limit)).await?;
    // A page that is not full is the last.
    let is_full = found.len() as i64 >= limit.min(ctx.limits.jobs.page_count_max);
    let next = found.last().filter(|_| is_full).map(|unit| unit.number.to_string());
    Ok(Json(Page { items: found.iter().map(Unit::of).collect(), next }))
}

/// Ends a job: at once when nobody works on it, else between two of its units.
#[utoipa::path(post, path = "/api/v1/jobs/{job}/cancel", operation_id = "cancel_job", tag = "jobs", params(
    ("job" = String, Path, description = "The job's id"),
), responses(
    (status = 200, body = Job),
    (status = 409, description = "The job is over", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn cancel(Acting(ctx): Acting, InPath(job): InPath<String>) -> Answer<Json<Job>> {
    Ok(Json(Job::of(&app::jobs::cancel(&ctx, &job).await?)))
}

/// Opens a job again that did not come to a good end: units that are done stay done.
#[utoipa::path(post, path = "/api/v1/jobs/{job}/retry", operation_id = "retry_job", tag = "jobs", params(
    ("job" = String, Path, description = "The job's id"),
), responses(
    (status = 202, body = Job),
    (status = 409, description = "The job is complete, or not over",
        body = ProblemBody, content_type = "application/problem+json"),
))]
async fn retry(Acting(ctx): Acting, InPath(job): InPath<String>) -> Answer<(StatusCode, Json<Job>)> {
    let job = app::jobs::retry(&ctx, &job).await?;
    Ok((StatusCode::ACCEPTED, Json(Job::of(&job))))
}
