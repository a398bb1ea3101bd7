//! Who calls, and what each route asks of them.
//!
//! A caller is known by a token (`Authorization: Bearer …`), else by the cookie of a session, else, as long as nobody can
//! log in, by sitting at this machine. Credentials that are brought decide: wrong ones are refused, and nothing weaker is
//! looked at instead.

use app::{AccessError, AppError, By};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Api, Problem, client, cookie, origin};

pub use app::{Principal as Caller, Scope};

/// What a route asks of its callers. There is no route without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody may call it.
    Public,
    /// Anybody may call it who is known, whatever their scopes.
    Known,
    /// A caller needs this scope.
    Scope(Scope),
}

/// Hands the state on to the rule of the route.
pub(crate) async fn hand_on(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(api);
    next.run(request).await
}

/// Lets a request through to a route when its caller may call it. What is public is asked of nobody, so that it is
/// answered whatever state the database is in.
pub(crate) async fn admit(access: Access, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admitted(access, &parts).await {
        Ok(Some(caller)) => {
            parts.extensions.insert(caller);
        }
        Ok(None) => {}
        Err(problem) => return problem.into_response(),
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn admitted(access: Access, parts: &Parts) -> Result<Option<Caller>, Problem> {
    let api = parts.extensions.get::<Api>().expect("invariant: the state is handed on to every route");
    let needed = match access {
        Access::Public => {
            // A change that anybody may ask for, as logging in, must still not be asked for by a foreign page.
            origin::check_change(api, parts)?;
            return Ok(None);
        }
        Access::Known => None,
        Access::Scope(scope) => Some(scope),
    };
    let caller = recognise(api, parts).await?;
    // A foreign page cannot make a browser send a token.
    if !matches!(caller.by, By::Token(_)) {
        origin::check_change(api, parts)?;
    }
    match needed.filter(|scope| !caller.scopes.opens(*scope)) {
        Some(missing) => Err(Problem::scope_missing(missing)),
        None => Ok(Some(caller)),
    }
}

async fn recognise(api: &Api, parts: &Parts) -> Result<Caller, Problem> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        let token = bearer(&parts.headers).ok_or(AccessError::TokenUnknown).map_err(AppError::from)?;
        return Ok(app::recognise_token(api.context(), token).await?);
    }
    let Some(value) = cookie::value(api, &parts.headers) else {
        return alone(api, parts).await?.ok_or_else(Problem::login_required);
    };
    match app::recognise_session(api.context(), api.access(), &value).await {
        Ok(caller) => Ok(caller),
        // A cookie may be left over from a time when there were users.
        Err(error @ AppError::Access(AccessError::SessionOver)) => {
            alone(api, parts).await?.ok_or_else(|| error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The token of a request; nothing when there is none, or more than one, or something else in its place.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whoever sits at this machine while nobody can log in.
async fn alone(api: &Api, parts: &Parts) -> Result<Option<Caller>, Problem> {
    if api.settings().access.login_always || !client::is_this_machine(parts) {
        return Ok(None);
    }
    if app::are_there_users(api.context(), api.access()).await? {
        return Ok(None);
    }
    origin::check_host(parts)?;
    Ok(Some(Caller::alone()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn one_token_is_taken_and_nothing_else() {
        let check = |values: &[&str], expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(bearer(&headers), expect, "{values:?}");
        };
        check(&["Bearer dbk_a_b"], Some("dbk_a_b"));
        check(&["bEARER  dbk_a_b "], Some("dbk_a_b"));
        check(&[], None);
        check(&["Bearer"], None);
        check(&["Basic dbk_a_b"], None);
        check(&["dbk_a_b"], None);
        check(&["Bearer dbk_a_b", "Bearer dbk_c_d"], None);
    }
}
