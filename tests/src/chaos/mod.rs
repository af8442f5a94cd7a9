//! Real sockets under faults: a proxy that breaks what passes through it, and a server behind it
//! that remembers what it executed.

pub mod message;
pub mod proxy;
pub mod server;
