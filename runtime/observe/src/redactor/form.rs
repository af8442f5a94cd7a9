//! Forms and queries: pairs with bracketed keys.

use std::borrow::Cow;
use wire::secret::redact_credentials;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{REDACTED, Redactor};

/// The same pairs without hidden values, which are otherwise unchanged.
pub(super) fn redact(redactor: &Redactor, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, pair) in text.split('&').enumerate() {
        if index > 0 {
            out.push('&');
        }
        match pair.split_once('=') {
            Some((key, value)) => {
                out.push_str(&without_credentials(key));
                out.push('=');
                if value.is_empty() || !is_listed(redactor, key) {
                    out.push_str(&without_credentials(value));
                } else {
                    out.push_str(REDACTED);
                }
            }
            None => out.push_str(&without_credentials(pair)),
        }
    }
    out
}

/// Whether one part of a key, such as `b` of `a[b][c]`, is a listed field.
fn is_listed(redactor: &Redactor, key: &str) -> bool {
    let mut parts = percent_decoded(key).into_owned();
    // The brackets of keys may be encoded, so they are searched after decoding.
    parts = parts.replace(']', "[");
    parts.split('[').any(|part| redactor.hides(part.trim()))
}

/// A key or value without credentials; unchanged if it has none.
fn without_credentials(text: &str) -> Cow<'_, str> {
    let plain = percent_decoded(text);
    let shown = redact_credentials(&plain);
    if shown == plain {
        return Cow::Borrowed(text);
    }
    let encoded = utf8_percent_encode(&shown, NON_ALPHANUMERIC).to_string();
    Cow::Owned(encoded.replace("%5Bredacted%5D", REDACTED))
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    let text = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    match text {
        Cow::Borrowed(text) => percent_decode_str(text).decode_utf8_lossy(),
        Cow::Owned(text) => Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned()),
    }
}
