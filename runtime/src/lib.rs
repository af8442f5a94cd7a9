//! The hand-written half of a generated API client: it carries every call.

pub mod codec;
pub mod value;
