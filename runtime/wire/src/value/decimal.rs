//! Decimal numbers of arbitrary precision.

use std::fmt;
use std::str::FromStr;

use crate::codec::{DecodeError, Encode, JsonKind, Place, Reader, Writer};

/// A decimal number, kept as it was written, so that no digit is lost.
///
/// It is decoded from a string or a number and sent as a string. Two decimals are equal if their
/// texts are equal: `1.0` is not `1`.
///
/// ```
/// use wire::value::Decimal;
///
/// let amount: Decimal = "0.0500".parse()?;
/// assert_eq!(amount.as_str(), "0.0500");
/// assert!("five".parse::<Decimal>().is_err());
/// # Ok::<(), wire::value::ParseDecimalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal(String);

impl Decimal {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseDecimalError(());

impl fmt::Display for ParseDecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a decimal number such as -12.50")
    }
}

impl std::error::Error for ParseDecimalError {}

/// Accepts an optional sign, digits with at most one decimal point, and an optional exponent.
impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        if is_decimal(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseDecimalError(()))
        }
    }
}

fn is_decimal(text: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let empty = whole.is_empty() || fraction.is_empty() || exponent.is_empty();
    !empty && is_digits(whole) && is_digits(fraction) && is_digits(exponent)
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl AsRef<str> for Decimal {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place for Decimal {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.0 = match reader.peek() {
            JsonKind::Number => reader.raw()?.to_owned(),
            JsonKind::String => reader.string()?.into_owned(),
            _ => return Err(reader.mismatch("a decimal number")),
        };
        Ok(())
    }
}

impl Encode for Decimal {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        out.string(&self.0);
    }
}
