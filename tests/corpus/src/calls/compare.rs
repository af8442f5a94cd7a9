//! Whether a client has kept everything of a response.

use serde_json::Value;

/// The first place where a value that was decoded and encoded again differs from the one that the
/// server sent, with what is there. A member that is `null` may be missing, numbers of the same
/// value are equal, and so are points in time with the same text up to the second.
pub fn first_difference(sent: &Value, kept: &Value, place: &str) -> Option<String> {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            let lost = sent.iter().find_map(|(name, value)| {
                let at = format!("{place}/{name}");
                match kept.get(name) {
                    Some(kept) => first_difference(value, kept, &at),
                    None if value.is_null() => None,
                    None => Some(format!("{at} is lost")),
                }
            });
            lost.or_else(|| {
                let mut kept = kept.iter().filter(|(_, value)| !value.is_null());
                let added = kept.find(|(name, _)| !sent.contains_key(*name));
                added.map(|(name, value)| format!("{place}/{name} was added: {value}"))
            })
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            let pairs = sent.iter().zip(kept).enumerate();
            let mut different = pairs.filter_map(|(index, (sent, kept))| {
                first_difference(sent, kept, &format!("{place}/{index}"))
            });
            different.next()
        }
        (sent, kept) if is_same(sent, kept) => None,
        (sent, kept) => Some(format!("{place} was {sent}, and became {kept}")),
    }
}

fn is_same(sent: &Value, kept: &Value) -> bool {
    /// The length of `2026-01-02T03:04:05`.
    const SECONDS: usize = 19;
    match (sent, kept) {
        (Value::Number(sent), Value::Number(kept)) => sent.as_f64() == kept.as_f64(),
        (Value::String(sent), Value::String(kept)) => {
            let is_time = sent.as_bytes().get(10) == Some(&b'T');
            let same_second = || {
                sent.get(..SECONDS)
                    .is_some_and(|text| kept.starts_with(text))
            };
            sent == kept || is_time && same_second()
        }
        (sent, kept) => sent == kept,
    }
}
