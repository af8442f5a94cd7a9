//! `cargo run -p tests --bin exercise -- --base-url URL [--only PREFIX]`
//!
//! Calls every generated operation twice, with the required parameters only and with every
//! parameter set, against one base URL. Prints a line per operation and totals; the exit code is
//! 0 if all passed, 1 if not, 2 if the arguments are wrong.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command"
)]

use std::process::ExitCode;

use clap::Parser;
use tests::exercise;

/// Calls every generated operation against a server.
#[derive(Parser)]
struct Arguments {
    /// The URL of all hosts of the API, e.g. `http://127.0.0.1:12111`.
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// Only operations whose id or path begins with this.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    only: String,
    /// The API key to send.
    #[arg(long, default_value = "sk_test_exercise", hide_default_value = true)]
    api_key: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let client = stripe::Client::builder()
        .rate_limiter(stripe::rate_limit::Unlimited)
        .api_key(arguments.api_key)
        .base_url(&arguments.base_url)
        // Servers for exercises make up ids and modes.
        .check_responses(false)
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let (mut passed, mut failed) = (0, 0);
    for operation in exercise::selected(&arguments.only) {
        let outcome = exercise::run(&client, operation).await;
        println!("{outcome}");
        if outcome.is_ok() {
            passed += 1;
        } else {
            failed += 1;
        }
    }
    println!("{passed} operations ok, {failed} failed");
    if passed + failed == 0 {
        eprintln!("no operation begins with {:?}", arguments.only);
        return ExitCode::from(2);
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
