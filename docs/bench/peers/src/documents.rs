//! The documents that are decoded: those of `docs/bench/documents`, lists of a hundred of them, and
//! the same texts without white space.

/// The names of the documents, shortest objects first.
pub const NAMES: [&str; 7] = [
    "customer",
    "payment_intent",
    "charge",
    "invoice",
    "subscription",
    "list_customer",
    "list_charge",
];

const CUSTOMER: &str = include_str!("../../documents/customer.json");
const CHARGE: &str = include_str!("../../documents/charge.json");

/// The text of a document, indented as the API sends it, or without white space if the name ends
/// with `.compact`.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    if let Some(name) = name.strip_suffix(".compact") {
        return text(name).map(|text| compact(&text));
    }
    Some(match name {
        "customer" => CUSTOMER.to_owned(),
        "payment_intent" => include_str!("../../documents/payment_intent.json").to_owned(),
        "charge" => CHARGE.to_owned(),
        "invoice" => include_str!("../../documents/invoice.json").to_owned(),
        "subscription" => include_str!("../../documents/subscription.json").to_owned(),
        "list_customer" => list(CUSTOMER),
        "list_charge" => list(CHARGE),
        _ => return None,
    })
}

fn list(object: &str) -> String {
    let object = object.trim_end().replace('\n', "\n    ");
    let objects = vec![object.as_str(); 100].join(",\n    ");
    format!(
        "{{\n  \"object\": \"list\",\n  \"data\": [\n    {objects}\n  ],\n  \"has_more\": true,\n  \
         \"url\": \"/v1/objects\"\n}}\n"
    )
}

/// The text without what is between its tokens.
fn compact(text: &str) -> String {
    let mut is_in_string = false;
    let mut is_escaped = false;
    let keep = |character: &char| {
        let is_quote = *character == '"' && !is_escaped;
        is_escaped = is_in_string && *character == '\\' && !is_escaped;
        is_in_string ^= is_quote;
        is_in_string || is_quote || !character.is_ascii_whitespace()
    };
    text.chars().filter(keep).collect()
}
