//! What generated code is made of: the codec, the value types and the macros that declare types.
//!
//! In: JSON text, or values that are sent. Out: values, or form, JSON and multipart bodies. There
//! is no HTTP client and no asynchronous code here.

pub mod codec;
pub mod secret;
pub mod value;

pub use secret::Secret;
