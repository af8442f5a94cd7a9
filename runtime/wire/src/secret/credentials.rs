//! Texts that are recognised as credentials wherever they occur.
//!
//! In: any text. Out: the same text with each credential replaced.

use std::borrow::Cow;
use std::ops::Range;

/// What is written in the place of a credential.
pub(super) const REDACTED: &str = "[redacted]";

/// Parts of Stripe's secret and restricted keys, ephemeral keys, webhook secrets and client
/// secrets, in lower case, from <https://docs.stripe.com/keys>, `/webhooks` and the API reference.
const MARKS: [&str; 9] = [
    "sk_live_", "sk_test_", "sk_org_", "rk_live_", "rk_test_", "ek_live_", "ek_test_", "whsec_",
    "_secret_",
];
/// The starts of OAuth codes and refresh tokens.
const OAUTH: [&str; 2] = ["ac_", "rt_"];
/// The minimum length of these, with their start. Shorter words are none.
const MIN_OAUTH: usize = 14;

/// The same text with each API key, webhook secret, client secret, OAuth code and
/// refresh token replaced by `[redacted]`.
///
/// ```
/// use wire::secret::redact_credentials;
///
/// let text = redact_credentials("Invalid API Key provided: sk_test_123");
/// assert_eq!(text, "Invalid API Key provided: [redacted]");
/// ```
pub fn redact_credentials(text: &str) -> Cow<'_, str> {
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
    let lower = word.to_ascii_lowercase();
    let is_marked = |mark: &&str| {
        let at = lower.find(*mark);
        at.is_some_and(|at| at + mark.len() < length)
    };
    let is_oauth = OAUTH.iter().any(|start| lower.starts_with(start))
        && length >= MIN_OAUTH
        // Names of fields have neither.
        && word.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_oauth || MARKS.iter().any(is_marked)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The characters of tokens in RFC 6750 and of Base64.
fn is_token(byte: u8) -> bool {
    is_word(byte) || b"-.~+/=*".contains(&byte)
}
