//! The server's time, which tests advance, and the form of times and ids.

use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system's time, plus what tests have advanced it by.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerClock {
    advanced: Duration,
}

impl ServerClock {
    /// Seconds since 1970.
    pub(crate) fn unix_time(&self) -> i64 {
        let now = system_time().saturating_add(self.advanced);
        i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.advanced = self.advanced.saturating_add(by);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server has a clock of its own, which tests move"
)]
fn system_time() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// `2026-01-28T09:15:00.000Z`, the form of times in v2.
pub(crate) fn format_time(unix_time: i64) -> String {
    let (days, seconds) = (unix_time.div_euclid(86_400), unix_time.rem_euclid(86_400));
    let (year, month, day) = civil_date(days);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.000Z")
}

/// Year, month and day of a number of days since 1970, by the algorithm of Howard Hinnant.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The days since 1970 of a date, the inverse of [`civil_date`].
fn days_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// A time that is this many months later, on the last day of the month if that is shorter.
pub(crate) fn add_months(unix_time: i64, months: i64) -> i64 {
    let (days, seconds) = (unix_time.div_euclid(86_400), unix_time.rem_euclid(86_400));
    let (year, month, day) = civil_date(days);
    let total = year
        .saturating_mul(12)
        .saturating_add(month - 1)
        .saturating_add(months);
    let (year, month) = (
        total.div_euclid(12).clamp(0, 9_999),
        total.rem_euclid(12) + 1,
    );
    let next = days_of_date(year + i64::from(month == 12), month % 12 + 1, 1);
    let length = next - days_of_date(year, month, 1);
    days_of_date(year, month, day.min(length)) * 86_400 + seconds
}

/// Makes ids that do not repeat, also not after a restart with stored objects.
#[derive(Debug, Clone)]
pub(crate) struct IdGenerator {
    state: u64,
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl IdGenerator {
    pub(crate) fn seeded() -> Self {
        let mut hasher = std::hash::RandomState::new().build_hasher();
        hasher.write_u128(system_time().as_nanos());
        Self {
            state: hasher.finish(),
        }
    }

    /// This many letters and digits.
    pub(crate) fn random_text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        for _ in 0..length {
            // A linear congruential generator; its upper bits are good enough for letters.
            self.state = self
                .state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from(self.state >> 33).unwrap_or_default() % ALPHABET.len();
            text.push(char::from(ALPHABET[index]));
        }
        text
    }

    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", self.random_text(24))
    }
}
