//! The credentials of one request, which its response must not show.
//!
//! In: the credentials that were sent, and the body of the response. Out: the body with each of
//! them replaced, in the notations in which servers repeat what they received.

use std::fmt;

use zeroize::Zeroizing;

use super::credentials::REDACTED;
use super::encode_basic;

/// Shorter texts are not replaced: they are parts of ordinary words. No credential is so short.
const MIN_LENGTH: usize = 4;

/// The credentials that were sent with a request. Their memory is zeroed when it is dropped.
#[derive(Default)]
pub struct SentCredentials(Vec<Zeroizing<Vec<u8>>>);

impl SentCredentials {
    /// Adds a text that was sent, such as an API key.
    pub fn add_text(&mut self, text: &[u8]) {
        if text.len() >= MIN_LENGTH {
            self.0.push(Zeroizing::new(text.to_vec()));
        }
    }

    /// Adds `user:password`, the password alone, and both as they are sent, in Base64.
    pub fn add_basic(&mut self, text: &[u8]) {
        self.add_text(text);
        let colon = text.iter().position(|byte| *byte == b':');
        let password = colon.and_then(|colon| text.get(colon + 1..));
        self.add_text(password.unwrap_or_default());
        self.add_header(&Zeroizing::new(encode_basic(text)));
    }

    /// Adds the value of a header: all of it, and what follows the scheme, as in `Bearer …`.
    pub fn add_header(&mut self, value: &[u8]) {
        let space = value.iter().position(|byte| *byte == b' ');
        let token = space.and_then(|space| value.get(space + 1..));
        let token = token.unwrap_or(value);
        // Base64 is also written without padding.
        let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
        self.add_text(token.get(..token.len() - padding).unwrap_or_default());
    }

    /// The text with each credential replaced by `[redacted]`; `None` if it has none. Found are also
    /// those with percent-encoded and JSON-escaped characters.
    ///
    /// ```
    /// use wire::secret::SentCredentials;
    ///
    /// let mut sent = SentCredentials::default();
    /// sent.add_text(b"a/key");
    /// let text = sent.redact(br#"{"message": "Unknown: a\/key, a%2Fkey"}"#);
    /// assert_eq!(text.as_deref(), Some(&br#"{"message": "Unknown: [redacted], [redacted]"}"#[..]));
    /// assert_eq!(sent.redact(b"a / key"), None);
    /// ```
    pub fn redact(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let (mut copied, mut at) = (0, 0);
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            let lengths = self.0.iter().filter_map(|value| match_length(rest, value));
            let Some(length) = lengths.max() else {
                at += 1;
                continue;
            };
            out.extend_from_slice(text.get(copied..at).unwrap_or_default());
            out.extend_from_slice(REDACTED.as_bytes());
            at += length;
            copied = at;
        }
        (copied > 0).then(|| {
            out.extend_from_slice(text.get(copied..).unwrap_or_default());
            out
        })
    }
}

impl fmt::Debug for SentCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SentCredentials([redacted])")
    }
}

/// How many bytes at the start of a text stand for this value.
fn match_length(text: &[u8], value: &[u8]) -> Option<usize> {
    let mut length = 0;
    for byte in value {
        length += byte_length(text.get(length..)?, *byte)?;
    }
    Some(length)
}

/// How many bytes at the start of a text stand for this byte: itself, `%2F`, `\/` or `\u002f`; a
/// space is also `+`.
fn byte_length(text: &[u8], byte: u8) -> Option<usize> {
    let is_code = |digits: Option<&[u8]>| {
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        digits.is_some_and(|digits| u16::from_str_radix(digits, 16) == Ok(byte.into()))
    };
    match text {
        [b'\\', b'u', ..] if is_code(text.get(2..6)) => Some(6),
        [b'%', ..] if is_code(text.get(1..3)) => Some(3),
        [b'\\', next, ..] if *next == byte && !byte.is_ascii_alphanumeric() => Some(2),
        [first, ..] if *first == byte => Some(1),
        [b'+', ..] if byte == b' ' => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::SentCredentials;

    fn redacted(sent: &SentCredentials, text: &str) -> Option<String> {
        let text = sent.redact(text.as_bytes())?;
        Some(String::from_utf8(text).expect("text"))
    }

    #[test]
    fn credentials_are_found_in_every_notation() {
        let mut sent = SentCredentials::default();
        sent.add_basic(b"admin:open sesame/=1");
        for shown in [
            "admin:open sesame/=1",
            "open sesame/=1",
            "open%20sesame%2F%3d1",
            "open+sesame%2f=1",
            r"open sesame\/\u003d1",
            "Basic YWRtaW46b3BlbiBzZXNhbWUvPTE=",
            "YWRtaW46b3BlbiBzZXNhbWUvPTE",
        ] {
            let text = redacted(&sent, &format!("no {shown}, \u{e9}")).expect(shown);
            assert!(
                text.starts_with("no ") && text.ends_with(", \u{e9}"),
                "{text}"
            );
            assert!(text.contains("[redacted]"), "{text}");
            for part in ["sesame", "YWRtaW4"] {
                assert!(!text.contains(part), "{text}");
            }
        }
        assert_eq!(redacted(&sent, "admin may not open this"), None);
        assert_eq!(redacted(&sent, "open sesame/="), None);
    }

    #[test]
    fn headers_are_found_without_their_scheme() {
        let mut sent = SentCredentials::default();
        sent.add_header(b"Bearer abc.def");
        sent.add_header(b"key-1");
        sent.add_text(b"abc");
        let text = redacted(&sent, "abc.def, key-1, abc");
        assert_eq!(text.as_deref(), Some("[redacted], [redacted], abc"));
        assert!(!format!("{sent:?}").contains("def"));
    }
}
