//! Logging in and out, and who is calling.

use app::{By, Plain};
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Api, Body, Calling, Problem, ProblemBody, Routes, client, cookie};
use crate::wire::user::{LoginBody, OwnPasswordBody, Who};

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Public, routes!(log_in))
        .with(Access::Known, routes!(who))
        .with(Access::Known, routes!(log_out))
        .with(Access::Known, routes!(change_password))
}

/// Logs a user in: the answer sets the cookie of a session.
#[utoipa::path(post, path = "/api/v1/session", operation_id = "log_in", tag = "access", request_body = LoginBody, responses(
    (status = 200, body = Who, headers(("set-cookie" = String, description = "The cookie of the session"))),
    (status = 401, description = "Name and password do not belong together",
        body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts; `Retry-After` says when the next is taken",
        body = ProblemBody, content_type = "application/problem+json"),
))]
async fn log_in(State(api): State<Api>, request: Request) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    let address = client::address(&api, &parts);
    let Body(login) = Body::<LoginBody>::from_request(Request::from_parts(parts, body), &api).await?;
    let password = Plain::new(login.password);
    let begun = app::log_in(api.context(), api.access(), &login.name, &password, address).await?;
    let set = cookie::set(&api, &begun.cookie, begun.seconds);
    Ok(([(header::SET_COOKIE, set)], Json(Who::of_user(&begun.user))).into_response())
}

/// Says who is calling and what they may do.
#[utoipa::path(get, path = "/api/v1/session", operation_id = "who_is_calling", tag = "access", responses((status = 200, body = Who)))]
async fn who(Calling(caller): Calling) -> Json<Who> {
    Json(Who::of(&caller))
}

/// Logs out: the session is over, and the cookie is taken away. For callers without a session nothing changes.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "log_out", tag = "access", responses(
    (status = 204, description = "The session is over"),
))]
async fn log_out(State(api): State<Api>, Calling(caller): Calling) -> Answer<Response> {
    if let By::Session(id) = &caller.by {
        app::log_out(api.context(), id).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::clear(&api))]).into_response())
}

/// Changes the caller's own password, which ends all of their sessions, this one too.
#[utoipa::path(put, path = "/api/v1/session/password", operation_id = "change_own_password", tag = "access", request_body = OwnPasswordBody, responses(
    (status = 204, description = "The password is changed and every session over"),
    (status = 429, description = "Too many attempts; `Retry-After` says when the next is taken",
        body = ProblemBody, content_type = "application/problem+json"),
))]
async fn change_password(
    State(api): State<Api>,
    Acting(ctx): Acting,
    Calling(caller): Calling,
    Body(change): Body<OwnPasswordBody>,
) -> Answer<Response> {
    let (By::Session(_), Some(user)) = (&caller.by, caller.user_id) else {
        return Err(Problem::session_required());
    };
    let (present, new) = (Plain::new(change.present), Plain::new(change.new));
    app::change_password(&ctx, api.access(), user, &present, &new).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::clear(&api))]).into_response())
}
