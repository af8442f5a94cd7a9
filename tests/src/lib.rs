//! What several tests of this workspace share.

pub mod exercise;
pub mod localstripe;
pub mod schema_server;
