//! Whose turn it is: interactive calls go first, but every eighth admission is for bulk work.

use super::super::Priority;

/// So many interactive calls may go before bulk work that waits.
const INTERACTIVE: u32 = 7;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turns {
    passed_over: u32,
}

impl Turns {
    pub(super) fn is_bulk_due(self) -> bool {
        self.passed_over >= INTERACTIVE
    }

    /// Learns who went, and whether bulk work waits meanwhile.
    pub(super) fn took(&mut self, priority: Priority, bulk_waits: bool) {
        self.passed_over = match priority {
            Priority::Interactive if bulk_waits => self.passed_over.saturating_add(1),
            Priority::Interactive | Priority::Bulk => 0,
        };
    }
}
