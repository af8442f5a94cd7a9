//! A server of the pet shop that `specs/petshop.yaml` describes, written by hand.
//!
//! It keeps its state in memory, checks credentials and parameters, and answers failures in the
//! documented shapes. It records each request, and fails as often as a test has planned. The tests beside
//! it call it through the generated client.

mod answers;
mod catalog;
mod credentials;
mod files;
mod guests;
mod listing;
mod paging;
mod pet_body;
mod pets;
mod recorder;
mod server;
mod shifts;
mod shop;
mod tokens;
mod visits;

pub use credentials::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, API_KEY};
pub use recorder::RecordedRequest;
pub use server::{PetShopServer, StartError};
pub use tokens::{CLIENT_ID, CLIENT_SECRET};
