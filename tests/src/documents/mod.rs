//! The documents of the benchmarks: objects of the size and shape that those of real accounts have,
//! made from the schemas of `specs/stripe.yaml` and the rules of `docs/bench/documents/shapes.toml`.
//!
//! [`generate`] makes them; the crate `instructions` has the committed results.

mod generate;
mod rules;
mod scalar;

pub use generate::{GenerateError, generate};
pub use rules::Rules;
