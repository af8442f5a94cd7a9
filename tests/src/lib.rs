//! What several tests of this workspace share.

pub mod schema_server;
