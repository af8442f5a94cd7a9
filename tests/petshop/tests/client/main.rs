//! The generated client against the server of the pet shop, over loopback.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own server does not answer"
)]

mod support;

mod credentials;
mod failures;
mod guests;
mod later_versions;
mod lists;
mod operations;
mod paging;
mod repeats;
mod schemes;
