//! Compares the API version of events with that of the program's types.
//!
//! In: the version of an event and the one that the types were generated from. Out: the event is
//! accepted, accepted with a warning, or rejected. Versions are compared by release, not by date:
//! those of one release differ by additions, which the types accept.

use std::sync::{Mutex, PoisonError};

use crate::error::{WebhookError, shorten_text};

/// What happens with events of another release of the API than that of the program's types.
///
/// An endpoint has the API version that it was created with, or else the account's default version,
/// and events of another release may lack members that the types require. A version is written as
/// `2026-01-28.clover`, and all versions with the same name after the date are compatible. Versions
/// without a name, and those named `preview`, are compatible only if they are equal. An event
/// without a version is not compatible.
///
/// The function `webhooks::verifier` of a generated crate sets [`warn`](Self::warn) with the
/// version of its types. A [`Verifier`](super::Verifier) by itself accepts all versions.
/// Notifications have no version and are always accepted.
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
    rejects: bool,
}

impl VersionPolicy {
    /// Accepts all versions.
    pub const fn accept() -> Self {
        Self {
            expected: None,
            rejects: false,
        }
    }

    /// Accepts all versions, and logs a warning with `tracing` (if that feature is on) for those
    /// that are not compatible with this one: once for each version that a verifier and its clones
    /// receive, for at most 16 versions.
    pub const fn warn(expected: &'static str) -> Self {
        Self {
            expected: Some(expected),
            rejects: false,
        }
    }

    /// Rejects versions that are not compatible with this one, with
    /// [`WrongVersion`](WebhookError::WrongVersion). The API delivers rejected events again for up
    /// to three days, so the program can be updated in the meantime.
    pub const fn reject(expected: &'static str) -> Self {
        Self {
            expected: Some(expected),
            rejects: true,
        }
    }

    /// Whether an event's version is compatible.
    pub fn fits(self, version: Option<&str>) -> bool {
        match (self.expected, version) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(expected), Some(version)) => {
                expected == version || have_same_release(expected, version)
            }
        }
    }

    /// Applies the policy to an event's version.
    pub(super) fn check_version(
        self,
        version: Option<&str>,
        warned: &WarnedVersions,
    ) -> Result<(), WebhookError> {
        let Some(expected) = self.expected.filter(|_| !self.fits(version)) else {
            return Ok(());
        };
        if self.rejects {
            return Err(WebhookError::WrongVersion {
                found: version.map(shorten_text),
                expected,
            });
        }
        warned.warn_once(version, expected);
        Ok(())
    }
}

/// Whether both versions are of one release with a name.
fn have_same_release(one: &str, other: &str) -> bool {
    let name = release_name(one).filter(|name| *name != "preview");
    name.is_some() && name == release_name(other)
}

/// The name of a version's release: `clover` in `2026-01-28.clover`. Older versions have none, and
/// neither have versions with a suffix, such as the name of a beta.
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

/// The versions that were warned of, so that there is one warning for each and not one for each
/// event.
#[derive(Default)]
pub(super) struct WarnedVersions(Mutex<Vec<Option<String>>>);

impl WarnedVersions {
    /// The maximum number of versions that are warned of.
    const MAX: usize = 16;

    #[cfg_attr(
        not(feature = "tracing"),
        expect(unused_variables, reason = "it logs with `tracing` alone")
    )]
    pub(super) fn warn_once(&self, version: Option<&str>, expected: &'static str) {
        let is_new = self.insert_version(version);
        #[cfg(feature = "tracing")]
        if is_new {
            tracing::warn!(
                target: "webhooks",
                found = version.map(shorten_text),
                expected,
                "events of another API version: create the endpoint with the program's",
            );
        }
    }

    /// Returns whether the version is new and there was room for it.
    fn insert_version(&self, version: Option<&str>) -> bool {
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = version.map(shorten_text);
        let is_new = warned.len() < Self::MAX && !warned.contains(&version);
        if is_new {
            warned.push(version);
        }
        is_new
    }
}
