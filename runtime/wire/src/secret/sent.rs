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

    /// Adds the value of the header `Cookie`: that of each cookie, without its name.
    pub fn add_cookies(&mut self, value: &[u8]) {
        for cookie in value.split(|byte| *byte == b';') {
            let equals = cookie.iter().position(|byte| *byte == b'=');
            let text = equals.and_then(|equals| cookie.get(equals + 1..));
            self.add_header(text.unwrap_or(cookie).trim_ascii());
        }
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

/// How the characters of a text may be written. A credential may itself look like an escape, so
/// each notation is tried.
#[derive(Clone, Copy)]
struct Notation {
    /// `%2F`, and `+` for a space.
    percent: bool,
    /// `\/` and `\u002f`.
    json: bool,
}

/// How many bytes at the start of a text stand for this value.
fn match_length(text: &[u8], value: &[u8]) -> Option<usize> {
    let notations = [(false, false), (true, false), (false, true), (true, true)];
    let lengths = notations.into_iter().filter_map(|(percent, json)| {
        let notation = Notation { percent, json };
        let mut rest = text;
        for chunk in value.utf8_chunks() {
            for character in chunk.valid().chars() {
                rest = notation.skip_char(rest, character)?;
            }
            for byte in chunk.invalid() {
                rest = notation.skip_byte(rest, *byte)?;
            }
        }
        Some(text.len() - rest.len())
    });
    lengths.max()
}

impl Notation {
    /// What follows this character at the start of a text.
    fn skip_char(self, text: &[u8], character: char) -> Option<&[u8]> {
        let mut units = [0; 2];
        let mut units = character.encode_utf16(&mut units).iter();
        let escaped = units.try_fold(text, |text, unit| {
            let digits = text.strip_prefix(b"\\u")?;
            (parse_hex(digits.get(..4)?) == Some(*unit)).then(|| digits.get(4..))?
        });
        if let (true, Some(rest)) = (self.json, escaped) {
            return Some(rest);
        }
        let mut bytes = [0; 4];
        let mut bytes = character.encode_utf8(&mut bytes).bytes();
        bytes.try_fold(text, |text, byte| self.skip_byte(text, byte))
    }

    /// What follows this byte at the start of a text.
    fn skip_byte(self, text: &[u8], byte: u8) -> Option<&[u8]> {
        let is_code = |digits: Option<&[u8]>| digits.and_then(parse_hex) == Some(byte.into());
        match text {
            [b'%', ..] if self.percent && is_code(text.get(1..3)) => text.get(3..),
            [b'\\', next, rest @ ..]
                if self.json && *next == byte && !byte.is_ascii_alphanumeric() =>
            {
                Some(rest)
            }
            [first, rest @ ..] if *first == byte => Some(rest),
            [b'+', rest @ ..] if self.percent && byte == b' ' => Some(rest),
            _ => None,
        }
    }
}

/// The number that hexadecimal digits stand for.
fn parse_hex(digits: &[u8]) -> Option<u16> {
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
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
    fn characters_are_found_as_escapes_of_json() {
        let mut sent = SentCredentials::default();
        sent.add_text("p\u{e4}ss\u{1f511}w".as_bytes());
        for shown in [
            "p\u{e4}ss\u{1f511}w",
            r"p\u00e4ss\ud83d\uDD11w",
            "p%C3%A4ss%F0%9f%94%91w",
            "p\\u00e4ss\u{1f511}w",
        ] {
            let text = redacted(&sent, &format!("no {shown}."));
            assert_eq!(text.as_deref(), Some("no [redacted]."), "{shown}");
        }
        assert_eq!(redacted(&sent, r"p\u00e4ss\ud83d\udd12w"), None);
        let mut sent = SentCredentials::default();
        sent.add_text(b"a\xffcd");
        assert_eq!(redacted(&sent, "a%FFcd").as_deref(), Some("[redacted]"));
    }

    #[test]
    fn credentials_that_look_like_escapes_are_found() {
        let mut sent = SentCredentials::default();
        sent.add_text(b"a%25b+c");
        sent.add_text(br"d\\\u0041");
        for shown in [
            "a%25b+c",
            "a%2525b%2Bc",
            r"a\u002525b+c",
            r"d\\\u0041",
            r"d\\\\\\u0041",
            "d%5C%5C%5Cu0041",
        ] {
            let text = redacted(&sent, shown);
            assert_eq!(text.as_deref(), Some("[redacted]"), "{shown}");
        }
    }

    #[test]
    fn cookies_are_found_without_their_names() {
        let mut sent = SentCredentials::default();
        sent.add_cookies(b"sid=abc=def; theme=; token=12345");
        let text = redacted(&sent, "sid: abc=def, theme, token: 12345");
        let expected = "sid: [redacted], theme, token: [redacted]";
        assert_eq!(text.as_deref(), Some(expected));
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
