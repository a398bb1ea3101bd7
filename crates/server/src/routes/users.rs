//! Users, for those who may see to them.

use app::{NewUser, Plain, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Api, Body, InPath, InQuery, Page, PageQuery, ProblemBody, Routes};
use crate::wire::user::{NewUserBody, PasswordBody, Removed, UserAnswer};

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Admin), routes!(list))
        .with(Access::Scope(Scope::Admin), routes!(add))
        .with(Access::Scope(Scope::Admin), routes!(show))
        .with(Access::Scope(Scope::Admin), routes!(remove))
        .with(Access::Scope(Scope::Admin), routes!(set_password))
}

/// Who gets what a user owns.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RemoveQuery {
    /// The user who gets the portfolios; `local`, for the last user, leaves them to the command line.
    #[param(max_length = 64)]
    give_to: Option<String>,
}

/// Lists the users by name.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "list_users", tag = "access", params(PageQuery), responses(
    (status = 200, body = Page<UserAnswer>),
))]
async fn list(Acting(ctx): Acting, InQuery(page): InQuery<PageQuery>) -> Answer<Json<Page<UserAnswer>>> {
    let users = app::list_users(&ctx).await?;
    page.cut(&users, |user| user.name.clone(), UserAnswer::of).map(Json)
}

/// Adds a user. The first one is an admin and takes over what there is; a login is needed from then on.
#[utoipa::path(post, path = "/api/v1/users", operation_id = "add_user", tag = "access", request_body = NewUserBody, responses(
    (status = 201, body = UserAnswer),
    (status = 409, description = "The name is taken", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn add(
    State(api): State<Api>,
    Acting(ctx): Acting,
    Body(new): Body<NewUserBody>,
) -> Answer<(StatusCode, Json<UserAnswer>)> {
    let password = new.password.map(Plain::new);
    let new = NewUser { name: new.name, password, is_admin: new.is_admin };
    let added = app::add_user(&ctx, api.access(), &new).await?;
    Ok((StatusCode::CREATED, Json(UserAnswer::of_added(&added))))
}

/// Shows a user.
#[utoipa::path(get, path = "/api/v1/users/{user}", operation_id = "show_user", tag = "access", params(
    ("user" = String, Path, description = "The user's id"),
), responses((status = 200, body = UserAnswer)))]
async fn show(Acting(ctx): Acting, InPath(user): InPath<String>) -> Answer<Json<UserAnswer>> {
    Ok(Json(UserAnswer::of(&app::show_user(&ctx, &user).await?)))
}

/// Removes a user with their tokens and sessions, and gives what they own to another.
#[utoipa::path(delete, path = "/api/v1/users/{user}", operation_id = "remove_user", tag = "access", params(
    ("user" = String, Path, description = "The user's id"), RemoveQuery,
), responses(
    (status = 200, body = Removed),
    (status = 409, description = "The user owns portfolios, or is the only admin",
        body = ProblemBody, content_type = "application/problem+json"),
))]
async fn remove(
    Acting(ctx): Acting,
    InPath(user): InPath<String>,
    InQuery(query): InQuery<RemoveQuery>,
) -> Answer<Json<Removed>> {
    let user = app::show_user(&ctx, &user).await?;
    let removed = app::remove_user(&ctx, &user.name, query.give_to.as_deref()).await?;
    Ok(Json(Removed::of(&removed)))
}

/// Gives a user another password, which ends all of their sessions.
#[utoipa::path(put, path = "/api/v1/users/{user}/password", operation_id = "set_password", tag = "access", params(
    ("user" = String, Path, description = "The user's id"),
), request_body = PasswordBody, responses((status = 200, body = UserAnswer)))]
async fn set_password(
    State(api): State<Api>,
    Acting(ctx): Acting,
    InPath(user): InPath<String>,
    Body(change): Body<PasswordBody>,
) -> Answer<Json<UserAnswer>> {
    let user = app::show_user(&ctx, &user).await?;
    let password = change.password.map(Plain::new);
    let changed = app::set_password(&ctx, api.access(), &user.name, password.as_ref()).await?;
    Ok(Json(UserAnswer::of_added(&changed)))
}
