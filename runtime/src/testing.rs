//! Test doubles for programs that use a client.
//!
//! | double | for |
//! |---|---|
//! | [`Mock`] | answers by script, operation by operation, without any server |
//! | [`ManualClock`] | time and chance that the test decides about |
//!
//! All are given to the client's builder. They are for tests: a mock never opens a connection,
//! and nothing here is meant to be fast.

mod clock;
mod mock;
mod params;
mod reply;
mod sent;
mod unexpected;

pub use clock::ManualClock;
pub use mock::{Mock, Rule};
pub use reply::Reply;
pub use sent::SentRequest;
pub use unexpected::Unexpected;
