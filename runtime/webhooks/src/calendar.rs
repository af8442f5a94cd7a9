//! The calendar of the operating system.

use std::time::SystemTime;

/// The time of day, for comparing with dates in messages; `None` in a browser or worker, which has
/// no calendar that Rust knows of.
pub(crate) fn system_time() -> Option<SystemTime> {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return None;
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    #[expect(
        clippy::disallowed_methods,
        reason = "the calendar of programs without a clock"
    )]
    Some(SystemTime::now())
}
