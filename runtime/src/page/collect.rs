//! The error of collecting a list, which keeps what was read.

use std::fmt;

use super::PageCursor;
use crate::error::Error;

/// Why a list could not be collected, with the items that were received before.
///
/// It converts to [`Error`] where only that is of interest.
///
/// ```
/// # use runtime::call::Call;
/// # use runtime::value::{List, RawJson};
/// # async fn example(list: Call<List<RawJson>>) {
/// let items = match list.items().collect_up_to(1_000).await {
///     Ok(items) => items,
///     Err(incomplete) => {
///         eprintln!("{incomplete}; continue at {}", incomplete.cursor);
///         incomplete.items
///     }
/// };
/// # let _ = items;
/// # }
/// ```
#[non_exhaustive]
pub struct CollectError<T> {
    /// What ended the list.
    pub error: Error,
    /// The items before, in their order.
    pub items: Vec<T>,
    /// The place after these items, for [`Items::resume_from`](super::Items::resume_from).
    pub cursor: PageCursor,
}

impl<T> CollectError<T> {
    pub(super) fn new(error: Error, items: Vec<T>, cursor: PageCursor) -> Self {
        Self {
            error,
            items,
            cursor,
        }
    }
}

impl<T> From<CollectError<T>> for Error {
    fn from(incomplete: CollectError<T>) -> Self {
        incomplete.error
    }
}

impl<T> fmt::Display for CollectError<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.items.len();
        write!(out, "the list could not be read after {count} items")
    }
}

/// Shows the number of items, not the items.
impl<T> fmt::Debug for CollectError<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CollectError")
            .field("error", &self.error)
            .field("items", &self.items.len())
            .field("cursor", &self.cursor)
            .finish()
    }
}

impl<T> std::error::Error for CollectError<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
