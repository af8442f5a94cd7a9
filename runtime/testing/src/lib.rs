//! Test doubles for programs that use a client.
//!
//! | double | purpose |
//! |---|---|
//! | [`Mock`] | responds as the test configures it, operation by operation, without a server |
//! | [`Cassette`] | records the responses of a server to a file, and replays them |
//! | [`FaultInjector`] | loses requests and responses, and injects other network errors |
//! | [`sample()`] | creates valid objects of the API, with the members that a test sets |
//! | [`errors`] | creates errors for tests of code that handles them |
//! | [`ManualClock`] | a clock that tests control, with seeded random numbers |
//!
//! All are passed to the client's builder. They are for tests: a mock never opens a connection, and
//! the doubles are not optimised for speed.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cassette")]
mod cassette;
mod clock;
mod error;
pub mod errors;
mod fault_injector;
mod mock;
mod params;
mod response;
mod sample;
mod sent_request;
mod type_path;

#[cfg(feature = "cassette")]
pub use cassette::Cassette;
pub use clock::ManualClock;
pub use error::TestDoubleError;
pub use errors::error;
pub use fault_injector::{FaultInjector, InjectedFault};
pub use mock::{Mock, MockRule};
pub use response::MockResponse;
pub use sample::{Sample, SampleRows, SampleSchema, Sampled, sample};
pub use sent_request::SentRequest;
