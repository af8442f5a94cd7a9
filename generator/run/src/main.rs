//! The command of this workspace; its code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    generator::cli::main(std::env::args_os())
}
