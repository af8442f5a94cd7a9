//! Statuses of responses.

use openapiv3::StatusCode;

/// Whether a status stands for success.
pub(super) fn is_success(status: &StatusCode) -> bool {
    matches!(status, StatusCode::Code(200..=299) | StatusCode::Range(2))
}
