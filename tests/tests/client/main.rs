//! The generated client: its calls, pages, events and errors against servers of this repository,
//! what it decodes, and the programs that receive webhooks with it.
//!
//! Tests that need more than Rust are ignored; `.ci/run` installs what they need and runs them.

mod answers;
mod answers_checked;
mod book;
mod chaos;
#[cfg(feature = "deliver")]
mod deliveries;
mod documents;
mod error_objects;
mod events;
mod exercise;
mod fixtures;
#[cfg(feature = "deliver")]
mod fleet;
mod localstripe;
mod paging;
mod parameters;
mod samples;
mod scripted_operations;
#[cfg(feature = "deliver")]
mod shared_limiter;
#[cfg(feature = "deliver")]
mod webhook_limits;
