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
/// assert_eq!(Decimal::from(12).as_str(), "12");
/// assert_eq!(Decimal::try_from(0.1)?.as_str(), "0.1");
/// assert!(Decimal::try_from(f64::NAN).is_err());
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

impl Decimal {
    /// Takes text that is a decimal number.
    pub(super) fn from_checked(text: String) -> Self {
        Self(text)
    }
}

/// The text or the float is not a decimal number.
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

/// As [`FromStr`].
impl TryFrom<&str> for Decimal {
    type Error = ParseDecimalError;

    fn try_from(text: &str) -> Result<Self, ParseDecimalError> {
        text.parse()
    }
}

/// As [`FromStr`].
impl TryFrom<String> for Decimal {
    type Error = ParseDecimalError;

    fn try_from(text: String) -> Result<Self, ParseDecimalError> {
        text.parse()
    }
}

/// The shortest number that decodes to the same float, without an exponent. Fails for NaN and
/// infinities.
impl TryFrom<f64> for Decimal {
    type Error = ParseDecimalError;

    fn try_from(value: f64) -> Result<Self, ParseDecimalError> {
        // Negative zero is zero.
        (value + 0.0).to_string().parse()
    }
}

/// Every integer is a decimal number.
macro_rules! from_integers {
    ($($integer:ty),*) => { $(
        impl From<$integer> for Decimal {
            fn from(value: $integer) -> Self {
                Self(value.to_string())
            }
        }
    )* };
}
from_integers!(i32, i64, u32, u64);

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
