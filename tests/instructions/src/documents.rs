//! The committed documents of the benchmarks, `docs/bench/documents`, and pages of them.

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
