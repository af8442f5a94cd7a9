//! Code that several tests of this workspace share.

pub mod chaos;
#[cfg(feature = "deliver")]
pub mod deliver;
#[cfg(doctest)]
mod documentation;
pub mod documents;
pub mod exercise;
pub mod fixtures;
#[cfg(feature = "deliver")]
pub mod fleet;
pub mod localstripe;
pub mod schema_server;
