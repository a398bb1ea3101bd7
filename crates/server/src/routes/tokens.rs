//! Tokens of programs.

use app::{By, Context, NewToken, Principal, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use store::users::User;
use utoipa_axum::routes;

use crate::http::{
    Access, Acting, Answer, Api, Body, Calling, InPath, InQuery, Page, PageQuery, Problem, ProblemBody,
    Routes,
};
use crate::wire::Text;
use crate::wire::token::{NewTokenBody, TokenAnswer};

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Write), routes!(create))
        .with(Access::Scope(Scope::Write), routes!(revoke))
}

/// Whose tokens a caller sees and revokes: their own, or everybody's.
fn whose(caller: &Principal) -> Option<i64> {
    caller.user_id.filter(|_| !caller.scopes.opens(Scope::Admin))
}

/// A leaked token must not become another one that outlives it: only whoever is logged in, or an admin's token, makes
/// and revokes tokens.
fn check_may_grant(caller: &Principal) -> Result<(), Problem> {
    match caller.by {
        By::Token(_) if !caller.scopes.opens(Scope::Admin) => Err(Problem::session_required()),
        _ => Ok(()),
    }
}

/// The user who is to have a token.
async fn granted(ctx: &Context, caller: &Principal, name: Option<&str>) -> Result<User, Problem> {
    match (name, caller.user_id) {
        (Some(name), _) if caller.scopes.opens(Scope::Admin) => Ok(app::find_user(ctx, name).await?),
        (Some(name), _) if !name.eq_ignore_ascii_case(&caller.user) => {
            Err(Problem::scope_missing(Scope::Admin))
        }
        (_, Some(id)) => Ok(app::show_user(ctx, &id.to_string()).await?),
        (_, None) => {
            Err(Problem::new(StatusCode::CONFLICT, "no_users", "there is no user whose token it could be"))
        }
    }
}

/// Lists the caller's tokens, or for an admin everybody's, by id.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "list_tokens", tag = "access", params(PageQuery), responses(
    (status = 200, body = Page<TokenAnswer>),
))]
async fn list(
    Acting(ctx): Acting,
    Calling(caller): Calling,
    InQuery(page): InQuery<PageQuery>,
) -> Answer<Json<Page<TokenAnswer>>> {
    let mut tokens = app::list_tokens(&ctx, whose(&caller)).await?;
    tokens.sort_by(|one, other| one.token.id.cmp(&other.token.id));
    let now = ctx.clock.now();
    page.cut(&tokens, |of| of.token.id.clone(), |of| TokenAnswer::of(of, now)).map(Json)
}

/// Makes a token; it is answered this once.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "create_token", tag = "access", request_body = NewTokenBody, responses(
    (status = 201, body = TokenAnswer),
    (status = 409, description = "The name is taken, or there are too many tokens",
        body = ProblemBody, content_type = "application/problem+json"),
))]
async fn create(
    State(api): State<Api>,
    Acting(ctx): Acting,
    Calling(caller): Calling,
    Body(new): Body<NewTokenBody>,
) -> Answer<(StatusCode, Json<TokenAnswer>)> {
    check_may_grant(&caller)?;
    let user = granted(&ctx, &caller, new.user.as_deref()).await?;
    let scopes = new.scopes.iter().map(|Text(scope)| *scope).collect();
    let new = NewToken { name: new.name, scopes, expires_days: new.expires_days };
    let created = app::create_token(&ctx, api.access(), &user, &new).await?;
    let answer = TokenAnswer::of_created(&created, ctx.clock.now());
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revokes a token; nobody is let in by it from now on.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", operation_id = "revoke_token", tag = "access", params(
    ("token" = String, Path, description = "The token's id, the part between the two underscores"),
), responses((status = 200, body = TokenAnswer)))]
async fn revoke(
    Acting(ctx): Acting,
    Calling(caller): Calling,
    InPath(token): InPath<String>,
) -> Answer<Json<TokenAnswer>> {
    check_may_grant(&caller)?;
    let revoked = app::revoke_token(&ctx, &token, whose(&caller)).await?;
    Ok(Json(TokenAnswer::of(&revoked, ctx.clock.now())))
}
