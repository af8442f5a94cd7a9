//! The local server, over HTTP as any program uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic, also in the functions that tests share"
)]

mod attachments;
mod billing;
mod checkout;
mod errors;
mod files;
mod idempotency;
mod invoice_items;
mod lists;
mod objects;
mod payments;
mod refunds;
mod requests;
mod start_up;
#[cfg(feature = "sqlite")]
mod storage;
mod tokens;
mod version_two;
mod webhooks;
