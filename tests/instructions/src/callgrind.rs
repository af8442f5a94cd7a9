//! Runs this program under callgrind.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::report::Counts;
use crate::work::{CALLS, DOCUMENTS};

/// Why there are no counts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallgrindError {
    /// valgrind or the server does not start.
    #[error("valgrind or the server does not start: {0}")]
    Start(#[from] io::Error),
    /// The program failed under valgrind.
    #[error("{work}: {said}")]
    Failed {
        /// What was counted.
        work: String,
        /// What valgrind printed.
        said: String,
    },
}

/// The server's process, which ends with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(program: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        let mut process = command.arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        let address = address.trim().to_owned();
        Ok(Self { process, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Counts the instructions of all work.
///
/// # Errors
/// If valgrind is not installed, or the work fails.
pub fn count_all() -> Result<Counts, CallgrindError> {
    let program = env::current_exe()?;
    let server = Server::start(&program)?;
    let mut counts = Counts::new();
    for work in CALLS.into_iter().chain(DOCUMENTS) {
        let (few, many) = match work {
            _ if work.contains("list") => (1, 6),
            _ if CALLS.contains(&work) => (200, 700),
            _ => (20, 220),
        };
        let count = |repetitions| count_one(&program, &server.address, work, repetitions);
        let difference = count(many)?.saturating_sub(count(few)?);
        counts.insert(work.to_owned(), difference / (many - few));
    }
    Ok(counts)
}

/// The instructions of one process.
fn count_one(
    program: &Path,
    address: &str,
    work: &str,
    repetitions: u64,
) -> Result<u64, CallgrindError> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", work, &repetitions.to_string(), address])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = said.split_once("Collected : ").map(|(_, rest)| rest);
    let figure = collected.and_then(|rest| rest.split_whitespace().next());
    let figure = figure.and_then(|figure| figure.parse().ok());
    match figure.filter(|_| output.status.success()) {
        Some(figure) => Ok(figure),
        None => Err(CallgrindError::Failed {
            work: work.to_owned(),
            said,
        }),
    }
}
