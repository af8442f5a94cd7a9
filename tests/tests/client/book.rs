//! The programs of the guides in `docs/guide`, each run as a process.
//!
//! Programs whose calls depend on each other run against localstripe, the others against the schema
//! server, which checks every request and makes up the responses. They are ignored by default,
//! because they build the examples and localstripe has to be installed:
//!
//! ```text
//! tests/localstripe/install.sh
//! cargo test -p tests --test client -- --ignored book::
//! ```

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tests::schema_server::{Mode, SchemaServer, Service};

#[cfg(feature = "deliver")]
mod local_server;
#[cfg(feature = "deliver")]
mod servers;
mod stateful;
mod stateless;

/// What a test returns: any failure that is not an assertion.
type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A key whose mode is not known: the schema server makes up the modes of its objects.
const KEY_WITHOUT_MODE: &str = "key_of_the_book";

/// The features of all programs: with one set, the client is compiled once.
pub(super) const FEATURES: &str = "axum,sqlite,journal,metrics,testing";

/// A command that builds and runs a program.
fn program(subcommand: &str, name: &str, base_url: &str, key: &str) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([subcommand, "--quiet", "-p", "typed-api-stripe"])
        .args(["--features", FEATURES, "--example", name, "--"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env("STRIPE_API_BASE", base_url)
        .env("STRIPE_SECRET_KEY", key);
    command
}

/// Runs a program to its end and returns the lines of its output.
fn lines_of(command: &mut Command) -> Tested<Vec<String>> {
    let run = command.output()?;
    let output = String::from_utf8(run.stdout)?;
    if !run.status.success() {
        let errors = String::from_utf8(run.stderr)?;
        return Err(format!("{output}{errors}").into());
    }
    Ok(output.lines().map(str::to_owned).collect())
}

/// Checks how each line begins.
fn assert_begins(lines: &[String], expected: &[&str]) {
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, beginning) in lines.iter().zip(expected) {
        assert!(line.starts_with(beginning), "{lines:#?}");
    }
}

/// A program that runs until the value is dropped, and its output.
struct Running {
    process: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(mut command: Command) -> Tested<Self> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, lines })
    }

    /// Waits for a line with this text and returns what follows it.
    fn wait_for(&self, text: &str) -> Tested<String> {
        let mut seen = Vec::new();
        // Long enough for cargo to compile the program first.
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(900)) {
            if let Some((_, rest)) = line.split_once(text) {
                return Ok(rest.to_owned());
            }
            seen.push(line);
        }
        Err(format!("no line with {text:?} in {seen:#?}").into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Cargo has replaced itself by the program.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn schema_server() -> Tested<SchemaServer> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/stripe.yaml");
    let service = Service::load(&document, Mode::Full)?;
    Ok(SchemaServer::serve(Arc::new(service), 0)?)
}
