//! The routes, a file for each noun: wire types, and handlers that call one use case.

mod analytics;
mod docs;
mod health;
mod jobs;
mod portfolios;
mod schedules;
mod session;
mod symbols;
mod tokens;
mod universe;
mod users;

use crate::http::Routes;

/// Every route, each with its access rule.
pub(crate) fn all() -> Routes {
    let routes = Routes::new();
    let routes = health::register(routes);
    let routes = docs::register(routes);
    let routes = portfolios::register(routes);
    let routes = session::register(routes);
    let routes = users::register(routes);
    let routes = tokens::register(routes);
    let routes = jobs::register(routes);
    let routes = schedules::register(routes);
    let routes = analytics::register(routes);
    let routes = symbols::register(routes);
    universe::register(routes)
}
