//! Forms and multipart bodies as values that a schema gives types.
//!
//! Hidden from the documentation: the schema server of the tests reads requests with it, strictly.

pub mod bracket;
pub mod coerce;
pub mod multipart;

#[cfg(test)]
mod bracket_tests;
#[cfg(test)]
mod coerce_tests;
#[cfg(test)]
mod multipart_tests;
