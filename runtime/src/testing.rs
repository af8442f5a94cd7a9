//! Test doubles for programs that use a client.
