//! The routes, a file for each noun: wire types, and handlers that call one use case.

mod analytics;
mod cache;
mod data;
mod docs;
mod events;
mod health;
mod imports;
mod jobs;
mod overview;
mod performance;
mod portfolios;
mod refresh;
mod schedules;
mod session;
mod snapshots;
mod stocks;
mod symbols;
mod tokens;
mod universe;
mod users;

use crate::http::Routes;

/// Every route, each with its access rule.
pub(crate) fn all() -> Routes {
    let registrations: [fn(Routes) -> Routes; 20] = [
        health::register,
        docs::register,
        portfolios::register,
        imports::register,
        events::register,
        snapshots::register,
        performance::register,
        data::register,
        overview::register,
        analytics::register,
        stocks::register,
        cache::register,
        refresh::register,
        session::register,
        users::register,
        tokens::register,
        jobs::register,
        schedules::register,
        symbols::register,
        universe::register,
    ];
    registrations.into_iter().fold(Routes::new(), |routes, register| register(routes))
}
