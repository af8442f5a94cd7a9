//! Conversions to and from `jiff`.

use super::{DateTime, ParseDateTimeError, Timestamp, TimestampRangeError};

/// Rounds down to the second.
///
/// ```
/// use wire::value::{DateTime, Timestamp};
///
/// let time: jiff::Timestamp = "2026-01-28T12:30:00.5+01:00".parse()?;
/// assert_eq!(Timestamp::from(time), Timestamp(1_769_599_800));
/// assert_eq!(DateTime::from(time).as_str(), "2026-01-28T11:30:00.5Z");
/// # Ok::<(), jiff::Error>(())
/// ```
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        // The seconds of `jiff` are rounded towards zero.
        Self(time.as_second() - i64::from(time.subsec_nanosecond() < 0))
    }
}

/// Fails for times that `jiff` cannot represent.
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = TimestampRangeError;

    fn try_from(timestamp: Timestamp) -> Result<Self, TimestampRangeError> {
        Self::from_second(timestamp.0).map_err(|_| TimestampRangeError(timestamp))
    }
}

/// In UTC, with the fraction of the second. Times before the year 0 become its first second.
impl From<jiff::Timestamp> for DateTime {
    fn from(time: jiff::Timestamp) -> Self {
        let text = time.to_string();
        text.parse()
            .unwrap_or_else(|_| Timestamp::from(time).into())
    }
}

/// Fails for text that is no RFC 3339 date and time.
impl TryFrom<&DateTime> for jiff::Timestamp {
    type Error = ParseDateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, ParseDateTimeError> {
        let text = time.as_str();
        text.parse().map_err(|_| ParseDateTimeError::new())
    }
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Timestamp};

    #[test]
    fn times_survive_both_ways() {
        for seconds in [0, -1, 1_769_599_800, -62_167_219_200] {
            let time = jiff::Timestamp::try_from(Timestamp(seconds)).unwrap();
            assert_eq!(Timestamp::from(time), Timestamp(seconds));
            assert_eq!(DateTime::from(time), DateTime::from(Timestamp(seconds)));
        }
        let before = jiff::Timestamp::from_millisecond(-500).unwrap();
        assert_eq!(Timestamp::from(before), Timestamp(-1));
        let time: DateTime = "2026-01-28T12:30:00.123456789-05:30".parse().unwrap();
        let converted = jiff::Timestamp::try_from(&time).unwrap();
        assert_eq!(
            DateTime::from(converted).as_str(),
            "2026-01-28T18:00:00.123456789Z"
        );
    }

    #[test]
    fn times_out_of_range_are_errors_or_the_nearest() {
        assert!(jiff::Timestamp::try_from(Timestamp(i64::MAX)).is_err());
        let early = DateTime::from(jiff::Timestamp::MIN);
        assert_eq!(early.as_str(), "0000-01-01T00:00:00Z");
        let odd: DateTime = crate::codec::decode(b"\"yesterday\"").unwrap();
        assert!(jiff::Timestamp::try_from(&odd).is_err());
    }
}
