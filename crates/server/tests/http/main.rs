//! The HTTP interface, driven in process with a fixed clock over a database of its own.

mod desk;
mod document;
mod health;
mod limits;
mod portfolios;
