//! The signature header: `t=<seconds>,v1=<digits>`, with any number of `v1` and of other schemes.
//!
//! In: the header's text, which anybody may have written. Out: one time and at most
//! [`MOST_CODES`] codes, none of which is believed yet.

use super::Code;
use wire::value::Timestamp;
use crate::error::WebhookError;

/// No longer header is read. The API's have a time and one signature for each secret that is in
/// use: about 80 bytes, or 150 while a secret is being replaced.
pub(in crate) const LONGEST_HEADER: usize = 4096;

/// No more signatures of a header are tried.
pub(in crate) const MOST_CODES: usize = 16;

/// What a header claims.
pub(in crate) struct Claim<'a> {
    /// The time as it is spelled, since that spelling is signed.
    pub(in crate) time: &'a str,
    pub(in crate) at: Timestamp,
    /// Of those `v1` that are 64 lower-case digits, the first ones.
    pub(in crate) codes: Vec<Code>,
}

impl<'a> Claim<'a> {
    /// Reads a header.
    ///
    /// White space around parts is cut off, since what joins headers may put it there; parts that
    /// are neither `t` nor `v1` are passed over. A time that is there twice must be the same:
    /// whatever counted otherwise would depend on who reads it.
    pub(in crate) fn read(header: &'a str) -> Result<Self, WebhookError> {
        if header.len() > LONGEST_HEADER {
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
                    codes.extend(code(value).filter(|_| codes.len() < MOST_CODES));
                }
                _ => {}
            }
        }
        let time = time.ok_or(WebhookError::MalformedHeader)?;
        let at = seconds(time).ok_or(WebhookError::MalformedHeader)?;
        if !is_signed {
            return Err(WebhookError::NoSignature);
        }
        Ok(Self { time, at, codes })
    }
}

/// Digits alone: no sign, and nothing that does not fit a timestamp.
fn seconds(text: &str) -> Option<Timestamp> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = is_plain.then(|| text.parse().ok()).flatten()?;
    Some(Timestamp(seconds))
}

/// Lower case alone, as the API writes it, so that a code has one spelling.
fn code(text: &str) -> Option<Code> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut code = Code::default();
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
pub(super) fn digits(code: &Code) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let both = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    code.iter().flat_map(both).collect()
}
