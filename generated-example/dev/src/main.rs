//! `stripe-dev`, the local server as a command.

use std::process::ExitCode;

fn main() -> ExitCode {
    stripe_dev::run_command_line()
}
