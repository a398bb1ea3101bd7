//! The HTTP interface, driven in process with a fixed clock over a database of its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod analytics;
mod answers;
mod cors;
mod described;
mod desk;
mod document;
mod every_route;
mod health;
mod jobs;
mod limits;
mod login;
mod people;
mod people_routes;
mod portfolios;
mod prices;
mod symbols;
