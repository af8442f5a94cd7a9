//! The signature header: `t=<seconds>,v1=<digits>`, with any number of `v1` and of other schemes.
//!
//! In: the text of the header, which is not trusted. Out: one time and at most [`MAX_CODES`] codes,
//! which are not verified yet.

use wire::value::Timestamp;

use crate::error::WebhookError;

/// The code of a signature, before it is written as text.
pub(super) type SignatureCode = [u8; 32];

/// The maximum length of a header, in bytes. The API's have a time and one signature for each
/// secret that is in use: about 80 bytes, or 150 while a secret is rolled.
pub(super) const MAX_HEADER_BYTES: usize = 4096;

/// The maximum number of signatures of a header that are compared.
pub(super) const MAX_CODES: usize = 16;

/// The content of a header.
pub(super) struct ParsedSignature<'a> {
    /// The time as it is written, since that text is signed.
    pub(super) time: &'a str,
    pub(super) signed_at: Timestamp,
    /// The first of the `v1` that are 64 lower-case digits.
    pub(super) codes: Vec<SignatureCode>,
}

impl<'a> ParsedSignature<'a> {
    /// Parses a header.
    ///
    /// White space around parts is removed, since proxies that join headers may add it. Parts other
    /// than `t` and `v1` are ignored. If there are two times, they must be equal: otherwise parsers
    /// could differ in which one they use.
    pub(super) fn parse(header: &'a str) -> Result<Self, WebhookError> {
        if header.len() > MAX_HEADER_BYTES {
            return Err(WebhookError::MalformedHeader);
        }
        let (mut time, mut codes, mut is_signed) = (None, Vec::new(), false);
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) if *time.get_or_insert(value) != value => {
                    return Err(WebhookError::MalformedHeader);
                }
                Some(("v1", value)) => {
                    is_signed = true;
                    codes.extend(decode_hex(value).filter(|_| codes.len() < MAX_CODES));
                }
                _ => {}
            }
        }
        let time = time.ok_or(WebhookError::MalformedHeader)?;
        let signed_at = parse_seconds(time).ok_or(WebhookError::MalformedHeader)?;
        if !is_signed {
            return Err(WebhookError::NoSignature);
        }
        Ok(Self {
            time,
            signed_at,
            codes,
        })
    }
}

/// Parses digits without a sign.
fn parse_seconds(text: &str) -> Option<Timestamp> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = is_plain.then(|| text.parse().ok()).flatten()?;
    Some(Timestamp(seconds))
}

/// Parses 64 digits in lower case, as the API writes them.
fn decode_hex(text: &str) -> Option<SignatureCode> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut code = SignatureCode::default();
    for (byte, pair) in code.iter_mut().zip(digits.chunks_exact(2)) {
        for &digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(code)
}

/// The 64 digits of a code.
pub(super) fn encode_hex(code: &SignatureCode) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let both = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    code.iter().flat_map(both).collect()
}
