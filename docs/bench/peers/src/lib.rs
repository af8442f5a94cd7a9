//! What the programs that are measured share: the server that responds to their calls, and the
//! customer as a program without a client library would write it.

pub mod customer;
pub mod documents;
pub mod server;

/// How these programs end when something fails.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
