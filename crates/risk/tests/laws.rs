//! Laws that figures obey whatever the numbers, tried on numbers drawn at random.

#![allow(clippy::unwrap_used, reason = "a law that cannot be tried has failed")]

mod laws {
    mod attribution;
    mod correlations;
    mod draws;
    mod exposures;
    mod stress;
    mod symbols;
}
