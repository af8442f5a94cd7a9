//! What answers say: rate limits in headers, formats of texts.

use indexmap::IndexMap;
use serde_json::Value;

use super::operations::{JsonOperation, plain_name};
use super::text::{DialectText, count_of, quote_key};

/// How often something occurs, and where first.
struct Occurrence {
    count: usize,
    first: String,
}

/// Writes `[rate_limits]`, which documents do not state.
pub(super) fn write_rate_limits(out: &mut DialectText, operations: &[JsonOperation<'_>]) {
    let mut headers: IndexMap<&str, Occurrence> = IndexMap::new();
    for operation in operations {
        let mut own = operation.answer_headers.clone();
        own.retain(|name| is_rate_limit(name));
        own.sort_unstable();
        own.dedup();
        for name in own {
            let first = || Occurrence {
                count: 0,
                first: operation.title(),
            };
            headers.entry(name).or_insert_with(first).count += 1;
        }
    }
    out.note(
        "Requests per second that the API allows. The document cannot state them; without a setting \
         requests are not delayed.",
    );
    if headers.is_empty() {
        out.note("No answer has a header whose name is that of a rate limit.");
    } else {
        out.guess("these headers of answers have names of rate limits:");
    }
    for (name, found) in &headers {
        let count = count_of(found.count, "operation");
        let first = &found.first;
        out.item(&format!("{name}: {count}, such as {first}"));
    }
    if !headers.is_empty() {
        out.note(
            "`Retry-After` is obeyed without a setting. The rate limiter also reads \
             `X-RateLimit-Remaining` and `RateLimit-Remaining`.",
        );
    }
    out.guess("replace these numbers by those in the documentation of the API.");
    out.switch_off("[rate_limits]");
    out.switch_off("live_per_second = 10");
    out.switch_off("test_per_second = 10");
    out.switch_off("operation_per_second = 10");
    out.gap();
}

fn is_rate_limit(name: &str) -> bool {
    let plain = plain_name(name);
    let plain = plain.strip_prefix('x').unwrap_or(&plain);
    plain.starts_with("ratelimit") || plain == "retryafter"
}

/// Writes `[formats]`.
pub(super) fn write_formats(out: &mut DialectText, content: &Value) {
    let mut texts: IndexMap<String, usize> = IndexMap::new();
    let mut others: IndexMap<String, usize> = IndexMap::new();
    let mut open = vec![content];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                if let Some(format) = map.get("x-format").and_then(Value::as_str) {
                    let is_text = map.get("type").and_then(Value::as_str) == Some("string");
                    let counted = match is_text && !map.contains_key("enum") {
                        true => &mut texts,
                        false => &mut others,
                    };
                    *counted.entry(format.to_owned()).or_insert(0) += 1;
                }
                open.extend(map.values().rev());
            }
            Value::Array(items) => open.extend(items.iter().rev()),
            _ => {}
        }
    }
    // Under `[formats]` an entry is for all types.
    texts.retain(|format, _| !others.contains_key(format));
    if texts.is_empty() {
        out.note("Formats of texts: all that the document uses are known.");
    } else {
        out.note(
            "Formats of texts that are not known. The values are plain text without a setting too; a \
             setting removes the warning. `\"decimal\"` makes them decimal numbers.",
        );
        out.guess("all of them are plain text.");
        out.switch_off("[formats]");
        for (format, count) in &texts {
            let times = count_of(*count, "time");
            let key = quote_key(format);
            out.switch_off(&format!("{key} = \"text\" # {times}"));
        }
    }
    out.gap();
}
