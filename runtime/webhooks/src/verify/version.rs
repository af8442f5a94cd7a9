//! Whether the types of a program fit an event's API version.
//!
//! In: the version that an event states and the one that the types were generated from. Out: the
//! event is accepted, accepted with a warning, or refused. Versions are compared by release, not
//! by date: those of one release differ by what may be added at any time, and the types of this
//! crate take additions.

use super::error::{WebhookError, shortened};

#[cfg(test)]
mod tests;

/// What to do with an event that was written for another release of the API than the program.
///
/// An endpoint has the API version that it was created with, or else the account's, and a program
/// that is compiled with the types of another release may find members missing. Versions are
/// written as in `2026-01-28.clover`: all with the same name after the date fit each other. Those
/// from before releases had names fit only if they are equal, as do those of `preview`, which
/// promise nothing to each other. An event without a version does not fit.
///
/// The function `webhook::verifier` of a generated crate sets [`warn`](Self::warn) with the version of
/// its types; a [`Verifier`](super::Verifier) by itself accepts all versions. It is about
/// events with a snapshot; notifications have no version.
///
/// ```
/// use webhooks::VersionPolicy;
///
/// let policy = VersionPolicy::reject("2026-01-28.clover");
/// assert!(policy.fits(Some("2025-09-30.clover")));
/// assert!(!policy.fits(Some("2025-06-30.basil")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionPolicy {
    /// `None` if all are accepted.
    expected: Option<&'static str>,
    refuses: bool,
}

impl VersionPolicy {
    /// Accepts all versions.
    pub const fn accept() -> Self {
        Self {
            expected: None,
            refuses: false,
        }
    }

    /// Accepts all versions, and writes a warning with `tracing` (if that feature is on) for
    /// those that do not fit this one: one for each version that a verifier and its clones meet,
    /// and for no more than 16.
    pub const fn warn(expected: &'static str) -> Self {
        Self {
            expected: Some(expected),
            refuses: false,
        }
    }

    /// Refuses versions that do not fit this one, with
    /// [`WrongVersion`](WebhookError::WrongVersion). The API delivers refused events again for
    /// days, so there is time to look into it.
    pub const fn reject(expected: &'static str) -> Self {
        Self {
            expected: Some(expected),
            refuses: true,
        }
    }

    /// Whether an event's version fits.
    pub fn fits(self, version: Option<&str>) -> bool {
        match (self.expected, version) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(expected), Some(version)) => expected == version || are_one(expected, version),
        }
    }

    /// Does what the policy says.
    pub(super) fn judge(self, version: Option<&str>, noted: &Noted) -> Result<(), WebhookError> {
        let Some(expected) = self.expected.filter(|_| !self.fits(version)) else {
            return Ok(());
        };
        if self.refuses {
            return Err(WebhookError::WrongVersion {
                found: version.map(shortened),
                expected,
            });
        }
        noted.warn(version, expected);
        Ok(())
    }
}

/// Whether both are of one release with a name.
fn are_one(one: &str, other: &str) -> bool {
    let name = release_name(one).filter(|name| *name != "preview");
    name.is_some() && name == release_name(other)
}

/// The name of the release that a version is of: `clover` of `2026-01-28.clover`. Older versions
/// have none, and neither has what is followed by anything, such as the name of a beta.
///
/// ```
/// use webhooks::release_name;
///
/// assert_eq!(release_name("2026-01-28.clover"), Some("clover"));
/// assert_eq!(release_name("2024-06-20"), None);
/// ```
pub fn release_name(version: &str) -> Option<&str> {
    let (date, name) = version.split_once('.')?;
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_date && is_name).then_some(name)
}

#[cfg(feature = "tracing")]
pub(super) use live::Noted;

#[cfg(feature = "tracing")]
mod live {
    use std::sync::{Mutex, PoisonError};

    use super::super::error::shortened;

    /// No more versions are warned of.
    const MOST: usize = 16;

    /// The versions that were warned of: an endpoint delivers the same one with each event.
    #[derive(Default)]
    pub(in crate) struct Noted(Mutex<Vec<Option<String>>>);

    impl Noted {
        pub(in crate) fn warn(&self, version: Option<&str>, expected: &'static str) {
            if self.is_new(version) {
                tracing::warn!(
                    target: "webhooks",
                    found = version.map(shortened),
                    expected,
                    "events of another API version: create the endpoint with the program's",
                );
            }
        }

        fn is_new(&self, version: Option<&str>) -> bool {
            let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let version = version.map(shortened);
            let is_new = noted.len() < MOST && !noted.contains(&version);
            if is_new {
                noted.push(version);
            }
            is_new
        }
    }
}

/// NullInbox, without `tracing`.
#[cfg(not(feature = "tracing"))]
#[derive(Default)]
pub(super) struct Noted(());

#[cfg(not(feature = "tracing"))]
impl Noted {
    pub(super) fn warn(&self, _: Option<&str>, _: &'static str) {}
}
