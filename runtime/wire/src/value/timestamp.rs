//! Date and time in v1 of the API.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::codec::{DecodeError, Encode, Place, Reader, Writer};

/// Seconds since 1970-01-01 UTC.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wire::value::Timestamp;
///
/// let time = Timestamp(1_700_000_000);
/// assert_eq!(std::time::SystemTime::from(time), UNIX_EPOCH + Duration::from_secs(1_700_000_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    /// The seconds; negative before 1970.
    pub i64,
);

/// A library for dates cannot represent this time.
#[cfg(any(feature = "chrono", feature = "jiff"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampRangeError(pub(super) Timestamp);

#[cfg(any(feature = "chrono", feature = "jiff"))]
impl fmt::Display for TimestampRangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} s since 1970 are outside of the years of this type",
            self.0
        )
    }
}

#[cfg(any(feature = "chrono", feature = "jiff"))]
impl std::error::Error for TimestampRangeError {}

impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<Timestamp> for i64 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

/// Rounds down to the second.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(i64::try_from(after.as_secs()).unwrap_or(i64::MAX)),
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                Self(-seconds - i64::from(before.subsec_nanos() > 0))
            }
        }
    }
}

/// A time that the platform cannot represent becomes 1970-01-01.
impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        let distance = Duration::from_secs(timestamp.0.unsigned_abs());
        let time = if timestamp.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Place for Timestamp {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.0.decode(reader)
    }
}

impl Encode for Timestamp {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        out.integer(self.0);
    }
}
