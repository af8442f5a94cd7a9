//! The generator from the outside: what it says about documents, and what it writes when they
//! change.

mod command_line;
mod diagnostics;
mod dialects;
mod identity;
mod init;
mod mutations;
mod parameter_ids;
mod parts;
mod revisions;
mod unfolding;
