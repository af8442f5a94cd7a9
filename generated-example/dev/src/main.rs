//! `stripe-dev`, the local server as a command.

fn main() {}
