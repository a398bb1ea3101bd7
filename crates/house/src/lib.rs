//! Holds no code of its own: the rules of the house live in `tests/house`, one file for each kind of rule.
