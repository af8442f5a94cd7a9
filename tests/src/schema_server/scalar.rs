//! Synthetic strings and numbers. `turn` rotates through values that are easy to get wrong.

use serde_json::{Value, json};

/// 2023-11-14T22:13:20Z.
const EPOCH: i64 = 1_700_000_000;

/// A string for a schema of type `string`; `name` is the property it is for.
pub(crate) fn string(schema: &Value, name: &str, owner: &str, turn: usize) -> String {
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        return matching(pattern);
    }
    let format = schema.get("format").and_then(Value::as_str);
    let text = match format {
        Some("date-time") => pick(&["2026-01-28T09:15:00Z", "2026-01-28T09:15:00.123Z"], turn),
        Some("int64") => pick(&["1", "0", "250", "9007199254740993", "-7"], turn),
        Some("decimal") => pick(&["12.5", "0", "0.000000000001", "-3.00"], turn),
        Some("currency") => pick(&["usd", "eur", "jpy"], turn),
        _ if name.ends_with("currency") => "usd",
        _ if name == "id" => return identifier(schema, owner, turn),
        // Sent back in a header.
        _ if name.ends_with("_token") => "token_synth",
        _ if name.ends_with("url") => "https://example.com/synth?a=1&b=%20",
        _ => pick(&["text", "naïve “text” 🦀", "a \"b\" \\ /\n\tc", ""], turn),
    };
    limited(schema, text.to_owned())
}

/// An id that contains the name of its object.
pub(crate) fn identifier(schema: &Value, of: &str, turn: usize) -> String {
    limited(schema, format!("{of}_synth{turn}"))
}

/// A number for a schema of type `integer`.
pub(crate) fn integer(schema: &Value, turn: usize) -> Value {
    if schema
        .get("format")
        .is_some_and(|format| format == "unix-time")
    {
        return json!(EPOCH.saturating_add(i64::try_from(turn).unwrap_or_default()));
    }
    // The fourth does not fit a double: readers that go through one lose the last digit.
    json!(pick(&[1, 0, 250, 9_007_199_254_740_993_i64, -7], turn))
}

/// A number for a schema of type `number`; JSON does not distinguish `3` from `3.0`.
pub(crate) fn number(turn: usize) -> Value {
    match turn % 3 {
        0 => json!(12.5),
        1 => json!(3),
        _ => json!(0.01),
    }
}

/// Rotates through `values`.
pub(crate) fn pick<T: Copy>(values: &[T], turn: usize) -> T {
    values[turn % values.len()]
}

/// Text for the document's patterns, all of which are path prefixes such as `^/v1/a/[^/]+/b`.
fn matching(pattern: &str) -> String {
    pattern.trim_start_matches('^').replace("[^/]+", "synth")
}

fn limited(schema: &Value, text: String) -> String {
    let limit = schema.get("maxLength").and_then(Value::as_u64);
    match limit.and_then(|limit| usize::try_from(limit).ok()) {
        Some(limit) => text.chars().take(limit).collect(),
        None => text,
    }
}
