//! The documents of the benchmarks: objects of the size and shape that those of real accounts have,
//! made from the schemas of `specs/stripe.yaml` and the rules of `docs/bench/documents/shapes.toml`.
//!
//! [`generate`] makes them, [`TEXTS`] are the committed results, and [`list_of`] is a page of one
//! of them.

mod generate;
mod rules;
mod scalar;

pub use generate::{GenerateError, generate};
pub use rules::Rules;

/// The components and their committed texts, indented as the API sends them.
pub const TEXTS: [(&str, &str); 5] = [
    (
        "charge",
        include_str!("../../../docs/bench/documents/charge.json"),
    ),
    (
        "customer",
        include_str!("../../../docs/bench/documents/customer.json"),
    ),
    (
        "invoice",
        include_str!("../../../docs/bench/documents/invoice.json"),
    ),
    (
        "payment_intent",
        include_str!("../../../docs/bench/documents/payment_intent.json"),
    ),
    (
        "subscription",
        include_str!("../../../docs/bench/documents/subscription.json"),
    ),
];

/// A page of `count` objects that are equal to `object`, a JSON text.
#[must_use]
pub fn list_of(object: &str, count: usize) -> String {
    let objects = vec![object.trim_end(); count].join(",");
    format!(r#"{{"object":"list","data":[{objects}],"has_more":true,"url":"/v1/objects"}}"#)
}
