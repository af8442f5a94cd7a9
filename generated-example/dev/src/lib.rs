//! A local server with the operations of the Stripe API, for development and tests.
//!
//! The server keeps state: what is created can be retrieved, changed, listed, searched and deleted,
//! and changes cause events and signed webhooks. The operations and the form of all objects come
//! from the OpenAPI document that is compiled in; what the most used objects do beyond that, such
//! as the charge of a confirmed payment intent, is part of the library.
//!
//! ```no_run
//! # async fn example() -> Result<(), stripe_dev::StartError> {
//! let fake = stripe_dev::FakeStripe::start().await?;
//! println!("{} {}", fake.url(), fake.api_key());
//! # Ok(()) }
//! ```
//!
//! The command `stripe-dev serve` starts the same server as a process.
#![doc = ""]
#![doc = include_str!("../local-server.md")]

mod behaviours;
mod clock;
mod command_line;
mod context;
mod control;
mod dispatch;
mod document;
mod engine;
mod errors;
mod events;
mod fake;
mod forwarding;
mod generic;
mod http_sender;
mod idempotency;
mod json_value;
mod listing;
mod operation_call;
mod reduction;
mod rendering;
mod request;
mod routing;
mod search_query;
mod server;
#[cfg(feature = "sqlite")]
mod sqlite_storage;
mod storage;
mod store;
mod synthesis;
mod test_methods;
mod validation;
mod webhooks;
#[doc(hidden)]
pub mod wire_format;

#[doc(hidden)]
pub use command_line::run_command_line;
pub use document::{ApiDocument, DocumentError};
pub use fake::{FakeError, FakeStripe, FakeStripeBuilder};
pub use forwarding::ForwardError;
pub use http_sender::SendError;
pub use server::StartError;
pub use storage::StorageError;
