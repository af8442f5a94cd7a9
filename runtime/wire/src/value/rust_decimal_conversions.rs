//! Conversions to and from `rust_decimal`.

use super::Decimal;

/// Keeps all digits, also zeros at the end.
///
/// ```
/// use wire::value::Decimal;
///
/// let amount = Decimal::from(rust_decimal::Decimal::new(1250, 2));
/// assert_eq!(amount.as_str(), "12.50");
/// assert_eq!(rust_decimal::Decimal::try_from(&amount)?, rust_decimal::Decimal::new(125, 1));
/// # Ok::<(), rust_decimal::Error>(())
/// ```
impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Self {
        Self::from_checked(value.to_string())
    }
}

/// Fails for text that is no number, and for numbers with more digits than `rust_decimal` has:
/// nothing is rounded.
impl TryFrom<&Decimal> for rust_decimal::Decimal {
    type Error = rust_decimal::Error;

    fn try_from(value: &Decimal) -> Result<Self, rust_decimal::Error> {
        let text = value.as_str();
        match text.contains(['e', 'E']) {
            true => Self::from_scientific(text),
            false => Self::from_str_exact(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn decimals_survive_both_ways() {
        for text in [
            "0",
            "-12.50",
            "0.000000000001",
            "79228162514264337593543950335",
        ] {
            let decimal: Decimal = text.parse().unwrap();
            let converted = rust_decimal::Decimal::try_from(&decimal).unwrap();
            assert_eq!(Decimal::from(converted), decimal);
        }
        let scientific: Decimal = "1.5e3".parse().unwrap();
        let converted = rust_decimal::Decimal::try_from(&scientific).unwrap();
        assert_eq!(converted, rust_decimal::Decimal::from(1500));
    }

    #[test]
    fn decimals_that_do_not_fit_are_errors() {
        let digits = format!("0.{}1", "0".repeat(40));
        for text in [&*digits, "1e40"] {
            let decimal: Decimal = text.parse().unwrap();
            assert!(rust_decimal::Decimal::try_from(&decimal).is_err(), "{text}");
        }
        let odd: Decimal = crate::codec::decode(b"\"five\"").unwrap();
        assert!(rust_decimal::Decimal::try_from(&odd).is_err());
    }
}
