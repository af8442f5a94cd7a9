//! Test doubles for programs that use a client.
//!
//! | double | for |
//! |---|---|
//! | [`Mock`] | answers by script, operation by operation, without any server |
//! | [`Cassette`] | answers that a real server gave once, from a file |
//! | [`Faulty`] | lost requests, lost answers, and what else networks do |
//! | [`errors`] | the errors themselves, for code that handles them |
//! | [`ManualClock`] | time and chance that the test decides about |
//!
//! All are given to the client's builder. They are for tests: a mock never opens a connection,
//! and nothing here is meant to be fast.

#[cfg(feature = "cassette")]
mod cassette;
mod clock;
pub mod errors;
mod faulty;
mod mock;
mod params;
mod reply;
mod sent;
mod unexpected;

#[cfg(feature = "cassette")]
pub use cassette::Cassette;
pub use clock::ManualClock;
pub use errors::error;
pub use faulty::{Fault, Faulty};
pub use mock::{Mock, Rule};
pub use reply::Reply;
pub use sent::SentRequest;
pub use unexpected::Unexpected;
