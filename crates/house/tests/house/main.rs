//! The rules of the house, each held by a test that names every breach, where it is, and how to mend it.
//!
//! A rule without a reason is deleted. Each check is itself tried on a bad example, so that it is known to
//! be able to fail.

mod architecture;
mod breach;
mod fuzzing;
mod lockfile;
mod logs;
mod manifests;
mod migrations;
mod names;
mod purity;
mod repository;
mod rust_tokens;
mod sizes;
mod sql;
mod test_manners;
mod tree;
