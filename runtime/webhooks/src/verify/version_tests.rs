use super::version::{VersionPolicy, WarnedVersions, release_name};
use crate::WebhookError;

const CLOVER: &str = "2026-01-28.clover";

#[test]
fn releases_are_known_by_the_name_after_the_date() {
    assert_eq!(release_name(CLOVER), Some("clover"));
    assert_eq!(release_name("2026-01-28.preview"), Some("preview"));
    assert_eq!(release_name("2025-03-31.basil_2"), Some("basil_2"));
    for nameless in [
        "",
        ".",
        "clover",
        ".clover",
        "2024-06-20",
        "2024-06-20.",
        "2024-6-20.clover",
        "2024/06/20.clover",
        "20240-6-20.clover",
        "2026-01-28.clover; x_beta=v1",
        "2026-01-28.clover.1",
        " 2026-01-28.clover",
        "٢026-01-28.clover",
    ] {
        assert_eq!(release_name(nameless), None, "{nameless}");
    }
}

#[test]
fn versions_fit_by_release() {
    let fits = |expected: &'static str, found| VersionPolicy::reject(expected).fits(Some(found));
    assert!(fits(CLOVER, CLOVER));
    assert!(fits(CLOVER, "2025-09-30.clover"));
    assert!(fits(CLOVER, "2026-03-25.clover"));
    assert!(!fits(CLOVER, "2026-01-28.dahlia"));
    assert!(!fits(CLOVER, "2026-01-28.Clover"));
    assert!(!fits(CLOVER, "2026-01-28"));
    assert!(!fits(CLOVER, "2026-01-28.clover; x_beta=v1"));
    assert!(!fits(CLOVER, ""));
    assert!(!VersionPolicy::warn(CLOVER).fits(None));
}

#[test]
fn versions_without_a_release_fit_if_they_are_equal() {
    let policy = VersionPolicy::reject("2024-06-20");
    assert!(policy.fits(Some("2024-06-20")));
    assert!(!policy.fits(Some("2024-04-10")));
    assert!(!policy.fits(Some("2024-06-20.clover")));
}

#[test]
fn previews_fit_if_they_are_equal() {
    let policy = VersionPolicy::reject("2026-01-28.preview");
    assert!(policy.fits(Some("2026-01-28.preview")));
    assert!(!policy.fits(Some("2025-12-15.preview")));
    assert!(!policy.fits(Some(CLOVER)));
    assert!(!VersionPolicy::reject(CLOVER).fits(Some("2026-01-28.preview")));
}

#[test]
fn accepting_all_means_none_too() {
    for found in [None, Some(""), Some("2011-01-01"), Some("anything")] {
        assert!(VersionPolicy::accept().fits(found));
        VersionPolicy::accept()
            .check_version(found, &WarnedVersions::default())
            .unwrap();
    }
}

#[test]
fn rejecting_names_both_versions() {
    let error = |found| {
        let outcome =
            VersionPolicy::reject(CLOVER).check_version(found, &WarnedVersions::default());
        outcome.unwrap_err().to_string()
    };
    assert_eq!(
        error(Some("2024-06-20")),
        "the event is of API version 2024-06-20 and the program of 2026-01-28.clover: create the \
         endpoint with that version"
    );
    assert_eq!(
        error(None),
        "the event has no API version and the program is of 2026-01-28.clover"
    );
    // The version of an event is truncated in errors, and shown without control characters.
    let long = error(Some(&"\n".repeat(1_000)));
    assert!(!long.contains('\n') && long.len() < 300, "{long}");
}

#[test]
fn warning_lets_events_pass() {
    let (policy, warned) = (VersionPolicy::warn(CLOVER), WarnedVersions::default());
    for found in [None, Some("2024-06-20"), Some(CLOVER)] {
        assert!(policy.check_version(found, &warned).is_ok());
    }
}

#[test]
fn rejecting_accepts_what_fits() {
    let outcome = VersionPolicy::reject(CLOVER)
        .check_version(Some("2025-09-30.clover"), &WarnedVersions::default());
    assert!(!matches!(outcome, Err(WebhookError::WrongVersion { .. })));
}

#[cfg(feature = "tracing")]
mod warnings {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::{CLOVER, VersionPolicy, WarnedVersions};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The lines that are written while `act` runs.
    fn lines(act: impl FnOnce()) -> Vec<String> {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .finish();
        tracing::subscriber::with_default(subscriber, act);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_other_version_is_warned_of_once() {
        let (policy, warned) = (VersionPolicy::warn(CLOVER), WarnedVersions::default());
        let lines = lines(|| {
            for found in [
                Some("2024-06-20"),
                Some(CLOVER),
                None,
                Some("2024-06-20"),
                None,
            ] {
                policy.check_version(found, &warned).unwrap();
            }
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("WARN webhooks"), "{lines:?}");
        assert!(
            lines[0].contains("2024-06-20") && lines[0].contains(CLOVER),
            "{lines:?}"
        );
        assert!(!lines[1].contains("2024"), "{lines:?}");
    }

    #[test]
    fn warnings_end_after_sixteen_versions() {
        let (policy, warned) = (VersionPolicy::warn(CLOVER), WarnedVersions::default());
        let lines = lines(|| {
            for day in 10..40 {
                policy
                    .check_version(Some(&format!("2024-01-{day}")), &warned)
                    .unwrap();
            }
        });
        assert_eq!(lines.len(), 16);
    }

    #[test]
    fn other_policies_warn_of_nothing() {
        let lines = lines(|| {
            let warned = WarnedVersions::default();
            let _ = VersionPolicy::reject(CLOVER).check_version(None, &warned);
            let _ = VersionPolicy::accept().check_version(None, &warned);
        });
        assert!(lines.is_empty(), "{lines:?}");
    }
}
