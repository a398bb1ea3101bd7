//! The routes, a file for each noun: wire types, and handlers that call one use case.

mod docs;
mod health;
mod portfolios;

use crate::http::Routes;

/// Every route, each with its access rule.
pub(crate) fn all() -> Routes {
    let routes = Routes::new();
    let routes = health::register(routes);
    let routes = docs::register(routes);
    portfolios::register(routes)
}
