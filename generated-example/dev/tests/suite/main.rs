//! The local server, over HTTP as any program uses it.

mod billing;
mod checkout;
mod errors;
mod idempotency;
mod lists;
mod objects;
mod payments;
mod requests;
mod start_up;
#[cfg(feature = "sqlite")]
mod storage;
mod version_two;
mod webhooks;
