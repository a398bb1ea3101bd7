//! Users, tokens and cookies of a desk.

use app::{Access, AccessLimits, Context, NewToken, NewUser, Plain};
use axum::body::Body;
use axum::http::{Request, request::Builder};
use serde_json::{Value, json};
use store::users::User;

use crate::desk::{Desk, Reply};

/// A password long enough.
pub const PASSWORD: &str = "a long enough password";

pub fn access() -> Access {
    Access::new(AccessLimits::default())
}

impl Desk {
    /// Adds a user; the first is an admin and works with the command line.
    pub async fn add_user(&self, name: &str) -> User {
        let password = Some(Plain::new(PASSWORD.to_owned()));
        let new = NewUser { name: name.to_owned(), password, is_admin: false };
        app::add_user(&self.ctx, &access(), &new).await.unwrap().user
    }

    /// The context of a user.
    pub fn ctx_of(&self, user: &User) -> Context {
        Context { owner: user.owner.clone(), ..self.ctx.clone() }
    }

    /// A token of a user.
    pub async fn token(&self, user: &User, scopes: &str) -> String {
        let new =
            NewToken { name: scopes.to_owned(), scopes: scopes.parse().unwrap(), expires_days: Some(1) };
        app::create_token(&self.ctx, &access(), user, &new).await.unwrap().plain.reveal().to_owned()
    }

    /// Tries to log in over HTTP.
    pub async fn try_log_in(&self, name: &str, password: &str) -> Reply {
        self.send_json("POST", "/api/v1/session", json!({ "name": name, "password": password })).await
    }

    /// The cookie of a session of a user, as a browser sends it.
    pub async fn log_in(&self, name: &str) -> String {
        let reply = self.try_log_in(name, PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
        reply.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// Sends a request with a body of JSON, or without one.
    pub async fn ask(&self, request: Builder, body: Option<&Value>) -> Reply {
        let (request, body) = match body {
            Some(body) => (request.header("content-type", "application/json"), Body::from(body.to_string())),
            None => (request, Body::empty()),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// Sends a request with a token.
    pub async fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let request = Request::builder().method(method).uri(path);
        self.ask(request.header("authorization", format!("Bearer {token}")), body).await
    }
}
