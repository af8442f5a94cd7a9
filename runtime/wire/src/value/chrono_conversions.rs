//! Conversions to and from `chrono`.

use chrono::{FixedOffset, SecondsFormat, TimeZone, Utc};

use super::{DateTime, ParseDateTimeError, Timestamp, TimestampRangeError};

/// Rounds down to the second.
///
/// ```
/// use wire::value::{DateTime, Timestamp};
///
/// let time = chrono::DateTime::parse_from_rfc3339("2026-01-28T12:30:00.5+01:00")?;
/// assert_eq!(Timestamp::from(time), Timestamp(1_769_599_800));
/// assert_eq!(DateTime::from(time).as_str(), "2026-01-28T12:30:00.500+01:00");
/// # Ok::<(), chrono::ParseError>(())
/// ```
impl<Tz: TimeZone> From<chrono::DateTime<Tz>> for Timestamp {
    fn from(time: chrono::DateTime<Tz>) -> Self {
        Self(time.timestamp())
    }
}

/// Fails for times that `chrono` cannot represent.
impl TryFrom<Timestamp> for chrono::DateTime<Utc> {
    type Error = TimestampRangeError;

    fn try_from(timestamp: Timestamp) -> Result<Self, TimestampRangeError> {
        Self::from_timestamp(timestamp.0, 0).ok_or(TimestampRangeError(timestamp))
    }
}

/// Keeps the offset and the fraction of the second. Times outside of the years 0 to 9999 become the
/// first or last second of that range.
impl<Tz: TimeZone> From<chrono::DateTime<Tz>> for DateTime {
    fn from(time: chrono::DateTime<Tz>) -> Self {
        let text = time
            .fixed_offset()
            .to_rfc3339_opts(SecondsFormat::AutoSi, true);
        text.parse()
            .unwrap_or_else(|_| Timestamp::from(time).into())
    }
}

/// Fails for text that is no RFC 3339 date and time.
impl TryFrom<&DateTime> for chrono::DateTime<FixedOffset> {
    type Error = ParseDateTimeError;

    fn try_from(time: &DateTime) -> Result<Self, ParseDateTimeError> {
        Self::parse_from_rfc3339(time.as_str()).map_err(|_| ParseDateTimeError::new())
    }
}

#[cfg(test)]
mod tests {
    use super::{DateTime, FixedOffset, Timestamp, Utc};

    #[test]
    fn times_survive_both_ways() {
        for seconds in [0, -1, 1_769_599_800, -62_167_219_200] {
            let time = chrono::DateTime::<Utc>::try_from(Timestamp(seconds)).unwrap();
            assert_eq!(Timestamp::from(time), Timestamp(seconds));
            assert_eq!(DateTime::from(time), DateTime::from(Timestamp(seconds)));
        }
        let before = chrono::DateTime::<Utc>::from_timestamp(-1, 500_000_000).unwrap();
        assert_eq!(Timestamp::from(before), Timestamp(-1));
        let text = "2026-01-28T12:30:00.123456789-05:30";
        let time = text.parse::<DateTime>().unwrap();
        let converted = chrono::DateTime::<FixedOffset>::try_from(&time).unwrap();
        assert_eq!(DateTime::from(converted).as_str(), text);
    }

    #[test]
    fn times_out_of_range_are_errors_or_the_nearest() {
        let error = chrono::DateTime::<Utc>::try_from(Timestamp(i64::MAX)).unwrap_err();
        assert!(error.to_string().contains(&i64::MAX.to_string()));
        let late = chrono::DateTime::<Utc>::MAX_UTC;
        assert_eq!(DateTime::from(late).as_str(), "9999-12-31T23:59:59Z");
        let odd: DateTime = crate::codec::decode(b"\"yesterday\"").unwrap();
        assert!(chrono::DateTime::<FixedOffset>::try_from(&odd).is_err());
    }
}
