//! What looks like a credential, wherever it stands.

use std::borrow::Cow;
use std::ops::Range;

use super::MARK;

/// What credentials of the API have in them, from Stripe's docs on API keys, webhooks, ephemeral
/// keys and client secrets, and what authorization headers begin with.
const SIGNS: &[Sign] = &[
    Sign::inside("sk_live_"),
    Sign::inside("sk_test_"),
    Sign::inside("sk_org_"),
    Sign::inside("rk_live_"),
    Sign::inside("rk_test_"),
    Sign::inside("ek_live_"),
    Sign::inside("ek_test_"),
    Sign::inside("whsec_"),
    Sign::inside("_secret_"),
    // OAuth codes are long; short words with this beginning are not codes.
    Sign {
        text: "ac_",
        whole_word: true,
        least: 16,
        mixed: true,
    },
    Sign {
        text: "bearer ",
        whole_word: true,
        least: 6,
        mixed: false,
    },
    // Many things are basic, but few words after it have digits.
    Sign {
        text: "basic ",
        whole_word: true,
        least: 6,
        mixed: true,
    },
];

struct Sign {
    /// In lower case.
    text: &'static str,
    /// Whether a word begins with the sign; else it may stand anywhere in the word.
    whole_word: bool,
    /// How much must follow for it to be a credential.
    least: usize,
    /// Whether there must be a digit or a Base64 padding in it.
    mixed: bool,
}

impl Sign {
    const fn inside(text: &'static str) -> Self {
        Self {
            text,
            whole_word: false,
            least: 1,
            mixed: false,
        }
    }
}

/// The same text with each credential replaced by [`MARK`]. Reads the text once.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        let found = SIGNS.iter().find_map(|sign| sign.at(text.as_bytes(), at));
        let Some(found) = found else {
            at += 1;
            continue;
        };
        let start = found.start.max(copied);
        // Both ends stand next to ASCII bytes, so the text can be cut there.
        out.push_str(text.get(copied..start).unwrap_or_default());
        out.push_str(MARK);
        (copied, at) = (found.end, found.end);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

impl Sign {
    /// The credential whose sign begins here.
    fn at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let after = at + self.text.len();
        let here = bytes.get(at..after)?;
        if !here.eq_ignore_ascii_case(self.text.as_bytes()) {
            return None;
        }
        let before = bytes.get(..at)?.iter().rev();
        let before = before.take_while(|byte| is_word(**byte)).count();
        let tail = bytes.get(after..)?.iter();
        let length = tail.take_while(|byte| is_secret(**byte)).count();
        let secret = bytes.get(after..after + length)?;
        let is_mixed = secret.iter().any(|b| b.is_ascii_digit() || *b == b'=');
        if length < self.least || (self.whole_word && before > 0) || (self.mixed && !is_mixed) {
            return None;
        }
        // The scheme of an authorization is no secret; of a key, the whole word is.
        let is_scheme = self.text.ends_with(' ');
        let start = if is_scheme { after } else { at - before };
        Some(start..after + length)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The characters of tokens in RFC 6750 and of Base64.
fn is_secret(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=*".contains(&byte)
}
