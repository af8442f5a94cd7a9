//! The command line of the generator; everything it does is in the library.

fn main() {}
