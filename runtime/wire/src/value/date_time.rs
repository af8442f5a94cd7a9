//! Date and time in v2 of the API.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use super::Timestamp;
use crate::codec::{DecodeError, Encode, Place, Reader, Writer};

/// An RFC 3339 date and time, kept as it was written.
///
/// Text from the server is not checked; text that a program parses is.
///
/// ```
/// use wire::value::{DateTime, Timestamp};
///
/// let time: DateTime = "2026-01-28T12:30:00.5+01:00".parse()?;
/// assert_eq!(time.timestamp()?, Timestamp(1_769_599_800));
/// assert_eq!(DateTime::from(Timestamp(0)).as_str(), "1970-01-01T00:00:00Z");
/// # Ok::<(), wire::value::ParseDateTimeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DateTime(String);

impl DateTime {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time in seconds, rounded down; a leap second counts as the next second.
    ///
    /// # Errors
    /// The text is not an RFC 3339 date and time.
    pub fn timestamp(&self) -> Result<Timestamp, ParseDateTimeError> {
        parse_seconds(self.0.as_bytes())
            .map(Timestamp)
            .ok_or(ParseDateTimeError(()))
    }
}

/// The text is not an RFC 3339 date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseDateTimeError(());

#[cfg(any(feature = "chrono", feature = "jiff"))]
impl ParseDateTimeError {
    pub(super) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for ParseDateTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an RFC 3339 date and time such as 2026-01-28T12:30:00Z")
    }
}

impl std::error::Error for ParseDateTimeError {}

impl FromStr for DateTime {
    type Err = ParseDateTimeError;

    fn from_str(text: &str) -> Result<Self, ParseDateTimeError> {
        match parse_seconds(text.as_bytes()) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(ParseDateTimeError(())),
        }
    }
}

/// In UTC and whole seconds, as from a [`Timestamp`].
impl From<SystemTime> for DateTime {
    fn from(time: SystemTime) -> Self {
        Self::from(Timestamp::from(time))
    }
}

/// In UTC. Times outside of the years 0 to 9999 become the first or last second of that range.
impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        let seconds = timestamp.0.clamp(EARLIEST, LATEST);
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date_from_days(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Self(format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        ))
    }
}

impl AsRef<str> for DateTime {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place for DateTime {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.0.decode(reader)
    }
}

impl Encode for DateTime {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        out.string(&self.0);
    }
}

/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const EARLIEST: i64 = -62_167_219_200;
const LATEST: i64 = 253_402_300_799;

/// The seconds since 1970 of a well-formed text.
fn parse_seconds(text: &[u8]) -> Option<i64> {
    let (fixed, rest) = text.split_first_chunk::<19>()?;
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let separated = matches!(fixed[10], b'T' | b't' | b' ');
    if !separated || marks.iter().any(|&(at, mark)| fixed[at] != mark) {
        return None;
    }
    let year = parse_digits(fixed.get(0..4)?)?;
    let month = parse_digits(fixed.get(5..7)?)?;
    let day = parse_digits(fixed.get(8..10)?)?;
    let (hour, minute) = (
        parse_digits(fixed.get(11..13)?)?,
        parse_digits(fixed.get(14..16)?)?,
    );
    let second = parse_digits(fixed.get(17..19)?)?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    let local = days_until(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(local - parse_offset(skip_fraction(rest)?)?)
}

/// What follows the fraction of a second, if there is one.
fn skip_fraction(text: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = text.strip_prefix(b".") else {
        return Some(text);
    };
    let length = fraction
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if length == 0 {
        None
    } else {
        fraction.get(length..)
    }
}

/// The offset of a zone from UTC in seconds.
fn parse_offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (parse_digits(&[*h1, *h2])?, parse_digits(&[*m1, *m2])?);
            let ahead = hours * 3600 + minutes * 60;
            let valid = hours < 24 && minutes < 60;
            valid.then_some(if *sign == b'-' { -ahead } else { ahead })
        }
        _ => None,
    }
}

fn parse_digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a date. Years are counted from March, so that the leap day is the
/// last of its year; months then follow a regular pattern of 153 days in five.
fn days_until(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a number of days after 1970-01-01: the inverse of [`days_until`].
fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}
