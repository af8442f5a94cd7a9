//! What several tests of this workspace share.

pub mod exercise;
pub mod fixtures;
pub mod localstripe;
pub mod schema_server;
pub mod simulate;
