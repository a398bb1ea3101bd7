//! Who calls, and what each route asks of them.

pub use app::Scope;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Api, Problem};

/// What a route asks of its callers. There is no route without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody may call it.
    Public,
    /// A caller needs this scope.
    Scope(Scope),
}

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user's name; absent without login.
    pub user: Option<String>,
    /// Whose portfolios are meant.
    pub owner: String,
    /// What the caller may do.
    pub scopes: Vec<Scope>,
    /// How the caller is known: `loopback`, `session` or `token`.
    pub by: &'static str,
}

impl Caller {
    /// Somebody on this machine while there are no users: they own what the command line owns.
    fn of_this_machine() -> Caller {
        Caller {
            user: None,
            owner: model::OWNER_LOCAL.to_owned(),
            scopes: Scope::ALL.to_vec(),
            by: "loopback",
        }
    }
}

/// Puts the caller into the request, where there is one.
pub(crate) async fn identify(State(_): State<Api>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Caller::of_this_machine());
    next.run(request).await
}

/// Lets a request through to a route when its caller may call it.
pub(crate) async fn admit(access: Access, request: Request, next: Next) -> Response {
    let Access::Scope(needed) = access else { return next.run(request).await };
    match request.extensions().get::<Caller>() {
        None => Problem::login_required().into_response(),
        Some(caller) if !caller.scopes.contains(&needed) => Problem::scope_missing(needed).into_response(),
        Some(_) => next.run(request).await,
    }
}
