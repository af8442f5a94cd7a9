//! Texts that are recognised as credentials in any field.

use std::borrow::Cow;
use std::ops::Range;

use super::REDACTED;

/// Parts of Stripe's secret and restricted keys, ephemeral keys, webhook secrets and client
/// secrets, in lower case, from <https://docs.stripe.com/keys>, `/webhooks` and the API reference.
const MARKS: [&str; 9] = [
    "sk_live_", "sk_test_", "sk_org_", "rk_live_", "rk_test_", "ek_live_", "ek_test_", "whsec_",
    "_secret_",
];
/// The start of an OAuth code.
const OAUTH_CODE: &str = "ac_";
/// The minimum length of an OAuth code, with its start. Shorter words are not codes.
const MIN_OAUTH_CODE: usize = 19;

/// The same text with each credential replaced by [`REDACTED`].
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(found) = find_credential(rest) {
        // Both ends are next to ASCII bytes, so the text can be split there.
        out.push_str(rest.get(..found.start).unwrap_or_default());
        out.push_str(REDACTED);
        rest = rest.get(found.end..).unwrap_or_default();
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The first word that is a credential, with the characters of tokens that follow it.
fn find_credential(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut end = 0;
    loop {
        let start = end + bytes.get(end..)?.iter().position(|byte| is_word(*byte))?;
        let length = |accepts: fn(u8) -> bool, from: usize| {
            let tail = bytes.get(from..).unwrap_or_default().iter();
            tail.take_while(|byte| accepts(**byte)).count()
        };
        end = start + length(is_word, start);
        let token_end = end + length(is_token, end);
        if is_credential(text.get(start..end)?, token_end - start) {
            return Some(start..token_end);
        }
    }
}

/// Whether a word is the start of a credential of this length.
fn is_credential(word: &str, length: usize) -> bool {
    if !word.contains('_') {
        return false;
    }
    let word = word.to_ascii_lowercase();
    let is_marked = |mark: &&str| {
        let at = word.find(*mark);
        at.is_some_and(|at| at + mark.len() < length)
    };
    let is_oauth_code = word.starts_with(OAUTH_CODE)
        && length >= MIN_OAUTH_CODE
        && word.bytes().any(|byte| byte.is_ascii_digit());
    is_oauth_code || MARKS.iter().any(is_marked)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The characters of tokens in RFC 6750 and of Base64.
fn is_token(byte: u8) -> bool {
    is_word(byte) || b"-.~+/=*".contains(&byte)
}
