//! Amounts of money in the smallest unit of their currency.

use std::fmt;

use super::Decimal;

/// How an API writes amounts of a currency as integers.
///
/// A generated crate knows the currencies of its API and has a type for them; see
/// [`currency!`](crate::currency).
///
/// ```
/// use wire::value::{Decimal, MinorUnits, MinorUnitsError};
///
/// let euro = MinorUnits { digits: 2, decimals: 2 };
/// assert_eq!(euro.to_minor_units(&"12.5".parse()?), Ok(1250));
/// assert_eq!(euro.from_minor_units(-5).as_str(), "-0.05");
/// let error = MinorUnitsError::TooManyDecimals { allowed: 2 };
/// assert_eq!(euro.to_minor_units(&"0.005".parse()?), Err(error));
/// # Ok::<(), wire::value::ParseDecimalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MinorUnits {
    /// How many digits of an integer are decimals: 2 if 1250 is 12.50. At most 18.
    pub digits: u32,
    /// How many decimals an amount may have; the digits after them are zero. At most `digits`.
    pub decimals: u32,
}

impl MinorUnits {
    /// The amount as an integer. Nothing is rounded.
    ///
    /// # Errors
    /// If the amount has more decimals than the currency, is beyond 64 bits, or is no number.
    pub fn to_minor_units(self, amount: &Decimal) -> Result<i64, MinorUnitsError> {
        let text = amount.as_str();
        if text.parse::<Decimal>().is_err() {
            return Err(MinorUnitsError::NotANumber);
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let number = format!("{whole}{fraction}");
        let significant = number.trim_end_matches('0');
        if !significant.contains(|digit: char| digit.is_ascii_digit()) {
            return Ok(0);
        }
        let out_of_range = |_| MinorUnitsError::OutOfRange;
        // The power of ten of the last digit that is not zero.
        let power = exponent
            .parse::<i32>()
            .map_err(|_| MinorUnitsError::OutOfRange)?;
        let zeros = number.len() - significant.len();
        let zeros = i32::try_from(zeros).map_err(out_of_range)?;
        let power = power
            .checked_add(zeros)
            .and_then(|power| power.checked_sub(i32::try_from(fraction.len()).ok()?))
            .ok_or(MinorUnitsError::OutOfRange)?;
        let allowed = self.decimals;
        if power < 0 && power.unsigned_abs() > allowed {
            return Err(MinorUnitsError::TooManyDecimals { allowed });
        }
        let shift = i64::from(power) + i64::from(self.digits);
        let shift = u32::try_from(shift).map_err(out_of_range)?;
        let units = significant.parse::<i64>().ok();
        let scale = 10_i64.checked_pow(shift);
        let units = units.and_then(|units| units.checked_mul(scale?));
        units.ok_or(MinorUnitsError::OutOfRange)
    }

    /// The amount that an integer stands for, with all its digits.
    pub fn from_minor_units(self, units: i64) -> Decimal {
        let sign = if units < 0 { "-" } else { "" };
        let digits = self.digits as usize;
        let number = format!("{:0>width$}", units.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = number.split_at(number.len() - digits);
        let point = if digits == 0 { "" } else { "." };
        Decimal::from_checked(format!("{sign}{whole}{point}{fraction}"))
    }
}

/// Why an amount cannot be written in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MinorUnitsError {
    /// The text, which comes from a server, is no decimal number.
    NotANumber,
    /// The amount has more decimals than the currency; it has to be rounded first.
    TooManyDecimals {
        /// The most decimals that an amount may have.
        allowed: u32,
    },
    /// The amount does not fit into 64 bits.
    OutOfRange,
}

impl fmt::Display for MinorUnitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("the amount is no decimal number"),
            Self::TooManyDecimals { allowed } => write!(
                f,
                "amounts of this currency have at most {allowed} decimals; round the amount first"
            ),
            Self::OutOfRange => f.write_str("the amount does not fit into 64 bits"),
        }
    }
}

impl std::error::Error for MinorUnitsError {}

/// Declares the type of the currencies of an API: codes in lower case, with the digits and decimals
/// of those whose amounts do not have two.
///
/// ```
/// use wire::value::Decimal;
///
/// wire::currency!(Currency; "jpy" = 0, 0; "kwd" = 3, 2);
///
/// let yen = Currency::from("JPY");
/// assert_eq!(yen.as_str(), "jpy");
/// assert_eq!(yen.to_minor_units(&Decimal::from(500)), Ok(500));
/// assert_eq!(Currency::from("kwd").to_minor_units(&"5.12".parse()?), Ok(5120));
/// assert_eq!(Currency::from("eur").from_minor_units(1999).as_str(), "19.99");
/// # Ok::<(), wire::value::ParseDecimalError>(())
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! currency {
    ($name:ident; $($code:literal = $digits:literal, $decimals:literal);* $(;)?) => {
        /// A currency: a three-letter code in lower case, with the form of its amounts in calls.
        ///
        /// Every code is accepted. A code that is not known to be an exception has two decimals.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::std::string::String);

        impl $name {
            /// The code.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// How amounts are written.
            pub fn minor_units(&self) -> $crate::value::MinorUnits {
                let (digits, decimals) = match self.as_str() {
                    $($code => ($digits, $decimals),)*
                    _ => (2, 2),
                };
                $crate::value::MinorUnits { digits, decimals }
            }

            /// An amount as the integer that calls take. Nothing is rounded.
            ///
            /// # Errors
            /// If the amount has more decimals than the currency, or is beyond 64 bits.
            pub fn to_minor_units(
                &self,
                amount: &$crate::value::Decimal,
            ) -> ::core::result::Result<i64, $crate::value::MinorUnitsError> {
                self.minor_units().to_minor_units(amount)
            }

            /// The amount that an integer of a response stands for.
            #[allow(clippy::wrong_self_convention)]
            pub fn from_minor_units(&self, units: i64) -> $crate::value::Decimal {
                self.minor_units().from_minor_units(units)
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(code: &str) -> Self {
                Self(code.to_ascii_lowercase())
            }
        }

        impl ::core::convert::From<&::std::string::String> for $name {
            fn from(code: &::std::string::String) -> Self {
                Self::from(code.as_str())
            }
        }

        impl ::core::convert::From<$name> for ::std::string::String {
            fn from(currency: $name) -> Self {
                currency.0
            }
        }

        impl ::core::convert::From<&$name> for ::std::string::String {
            fn from(currency: &$name) -> Self {
                ::core::clone::Clone::clone(&currency.0)
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{Decimal, MinorUnits, MinorUnitsError};

    fn units(digits: u32, decimals: u32, text: &str) -> Result<i64, MinorUnitsError> {
        let amount: Decimal = text.parse().unwrap();
        MinorUnits { digits, decimals }.to_minor_units(&amount)
    }

    #[test]
    fn amounts_are_scaled_without_rounding() {
        for (text, expected) in [
            ("12.50", 1250),
            ("12.5", 1250),
            ("12", 1200),
            ("+0.01", 1),
            ("-0.01", -1),
            ("0.0000", 0),
            ("-0", 0),
            ("1.2e3", 120_000),
            ("1200e-3", 120),
            ("12.500000", 1250),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ] {
            assert_eq!(units(2, 2, text), Ok(expected), "{text}");
        }
        assert_eq!(units(0, 0, "500"), Ok(500));
        assert_eq!(units(3, 2, "5.12"), Ok(5120));
        assert_eq!(units(2, 0, "5"), Ok(500));
    }

    #[test]
    fn amounts_that_do_not_fit_are_errors() {
        let too_many = |allowed| Err(MinorUnitsError::TooManyDecimals { allowed });
        assert_eq!(units(2, 2, "0.001"), too_many(2));
        assert_eq!(units(0, 0, "5.5"), too_many(0));
        assert_eq!(units(3, 2, "5.124"), too_many(2));
        assert_eq!(units(2, 0, "5.50"), too_many(0));
        for text in [
            "92233720368547758.08",
            "1e17",
            "1e99999999999",
            "1e2147483647",
        ] {
            assert_eq!(
                units(2, 2, text),
                Err(MinorUnitsError::OutOfRange),
                "{text}"
            );
        }
        let odd: Decimal = crate::codec::decode(b"\"five\"").unwrap();
        let euro = MinorUnits {
            digits: 2,
            decimals: 2,
        };
        assert_eq!(euro.to_minor_units(&odd), Err(MinorUnitsError::NotANumber));
    }

    #[test]
    fn integers_are_amounts_with_all_digits() {
        for (digits, integer, text) in [
            (2, 1250, "12.50"),
            (2, 5, "0.05"),
            (2, -5, "-0.05"),
            (0, -500, "-500"),
            (3, 5120, "5.120"),
            (2, i64::MIN, "-92233720368547758.08"),
        ] {
            let form = MinorUnits {
                digits,
                decimals: digits,
            };
            let amount = form.from_minor_units(integer);
            assert_eq!(amount.as_str(), text);
            assert_eq!(form.to_minor_units(&amount), Ok(integer));
        }
    }
}
