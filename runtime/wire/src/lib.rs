//! The wire format and the value types of generated API clients.
//!
//! | module | contents |
//! |---|---|
//! | [`codec`] | the public interface of the wire format: [`Place`](codec::Place) is decoded from JSON, [`Encode`](codec::Encode) is written as a form, JSON or multipart |
//! | `decode` | the JSON tokenizer, records, errors with paths |
//! | `encode`, `multipart` | the writers of the formats |
//! | `params` | the parameters of a request, and single ones that are added later |
//! | [`operation`] | the constants of an operation |
//! | `page` | what is read of a page of a list without the type of its items |
//! | `path` | paths and URLs as text |
//! | `file_upload`, `upload` | a file among the parameters of an operation, and a body that is read while it is sent |
//! | `open_enum` | enums that keep values which the API's document does not list |
//! | `macros` | the macros with which generated code describes its types |
//! | `serde_bridge` | `Serialize` and `Deserialize` (feature `serde`) |
//! | [`value`] | ids, timestamps, lists, maps and other types of fields |
//! | [`secret`] | text that is never shown |
//!
//! There is no HTTP client and no asynchronous code in this crate.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod codec;
mod decode;
mod encode;
mod file_upload;
mod macros;
mod multipart;
mod open_enum;
pub mod operation;
mod params;
// For the crate `runtime`.
#[doc(hidden)]
pub mod page;
#[doc(hidden)]
pub mod path;
pub mod secret;
#[cfg(feature = "serde")]
mod serde_bridge;
mod upload;
pub mod value;

pub use secret::Secret;
