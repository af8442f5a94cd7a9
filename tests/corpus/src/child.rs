//! A process that generates one document, and its limits.
//!
//! The process is this program with the command `one`. CPU time and memory are those that the
//! system reports under `/proc`; where there is none, they are zero and only the wall clock limits
//! a process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use generator::diag::{Diagnostic, FileLocation};
use generator::pipeline::{GenerateRequest, generate_crate};
use serde::{Deserialize, Serialize};

use crate::{CorpusError, file_error};

/// Ticks of the CPU time in `/proc` per second; Linux has reported this number since 2.6.
const TICKS: u64 = 100;
const POLL: Duration = Duration::from_millis(5);

/// What one process may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds of CPU time.
    pub cpu_seconds: u64,
    /// Seconds of the wall clock, for a process that waits for something.
    pub wall_seconds: u64,
    /// Mebibytes of memory.
    pub memory_mib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_seconds: 60,
            wall_seconds: 600,
            memory_mib: 4096,
        }
    }
}

/// CPU time and memory of a process.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Hundredths of a second.
    pub cpu_centis: u64,
    /// The most memory at a time.
    pub memory_mib: u64,
}

/// A finding of the generator, as the process passes it to its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChildFinding {
    /// The code.
    pub code: String,
    /// The place.
    pub place: String,
    /// The names and values of this case.
    pub detail: String,
}

/// What the process passes to its parent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ChildReport {
    /// Whether a crate was written.
    pub is_generated: bool,
    /// The errors.
    pub errors: Vec<ChildFinding>,
    /// The warnings.
    pub warnings: Vec<ChildFinding>,
    /// Method in lower case and path of each operation.
    pub operations: Vec<(String, String)>,
    /// Fields of types, and results of operations.
    pub fields: usize,
    /// Those that are raw JSON, by cause.
    pub raw: BTreeMap<String, usize>,
    /// Lines of the crate.
    pub lines: usize,
    /// At the end of the run.
    pub usage: Usage,
}

/// How a process has ended.
#[derive(Clone, Debug)]
pub enum ChildEnd {
    /// With a report.
    Reported(ChildReport),
    /// Without one: the signal or the exit code, and what was used shortly before.
    Crashed(String, Usage),
    /// After the time limit.
    TimedOut(Usage),
    /// Above the memory limit.
    OutOfMemory(Usage),
}

/// Generates a document in this process and returns the report.
pub fn generate_one(document: &Path, name: &str, out: &Path) -> ChildReport {
    let mut request = GenerateRequest::new(document, out);
    name.clone_into(&mut request.options.crate_name);
    let run = generate_crate(&request);
    let operations = run.report.iter().flat_map(|report| &report.operations);
    let coverage = run.report.as_ref().and_then(|r| r.coverage.as_ref());
    ChildReport {
        is_generated: run.report.is_some(),
        errors: run.findings.errors().map(pass_on).collect(),
        warnings: run.findings.warnings().map(pass_on).collect(),
        operations: operations
            .map(|operation| (operation.method.to_lowercase(), operation.path.clone()))
            .collect(),
        fields: coverage.map_or(0, |coverage| coverage.fields),
        raw: coverage.map_or_else(BTreeMap::new, |coverage| coverage.raw.clone()),
        lines: run.report.as_ref().map_or(0, |report| report.size.lines),
        usage: read_usage("self").unwrap_or_default(),
    }
}

fn pass_on(finding: &Diagnostic) -> ChildFinding {
    let place = match &finding.location {
        None => finding.at.to_string(),
        Some(FileLocation {
            position: Some((line, column)),
            ..
        }) => format!("line {line}, column {column}"),
        Some(_) => "the file".to_owned(),
    };
    ChildFinding {
        code: finding.code.id().to_owned(),
        place,
        detail: finding.detail.clone(),
    }
}

/// Generates a document in a process of `program`, this program. What it prints is in files in the
/// folder `runs`. The output folder is removed first: a lock in it would keep old names.
///
/// # Errors
/// The process cannot be started, or files cannot be written.
pub fn run_child(
    program: &Path,
    document: &Path,
    name: &str,
    (out, runs): (&Path, &Path),
    limits: Limits,
) -> Result<ChildEnd, CorpusError> {
    fs::create_dir_all(runs).map_err(file_error(runs))?;
    if out.is_dir() {
        fs::remove_dir_all(out).map_err(file_error(out))?;
    }
    let answer = runs.join(format!("{name}.json"));
    let log = runs.join(format!("{name}.log"));
    let stdout = File::create(&answer).map_err(file_error(&answer))?;
    let stderr = File::create(&log).map_err(file_error(&log))?;
    let mut command = Command::new(program);
    command.arg("one").arg(document).args(["--name", name]);
    command.arg("--out").arg(out);
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    let mut child = command.spawn().map_err(file_error(program))?;
    let end = wait_for(&mut child, limits).map_err(file_error(program))?;
    let (status, usage) = match end {
        Waited::Ended(status, usage) => (status, usage),
        Waited::Stopped(end) => return Ok(end),
    };
    let text = fs::read_to_string(&answer).map_err(file_error(&answer))?;
    match serde_json::from_str(&text) {
        Ok(report) if status.success() => Ok(ChildEnd::Reported(report)),
        _ => Ok(ChildEnd::Crashed(status_text(status), usage)),
    }
}

enum Waited {
    Ended(ExitStatus, Usage),
    Stopped(ChildEnd),
}

fn wait_for(child: &mut Child, limits: Limits) -> std::io::Result<Waited> {
    let id = child.id().to_string();
    let mut usage = Usage::default();
    let mut waited = Duration::ZERO;
    loop {
        usage = read_usage(&id).unwrap_or(usage);
        if let Some(status) = child.try_wait()? {
            return Ok(Waited::Ended(status, usage));
        }
        let is_late =
            usage.cpu_centis > limits.cpu_seconds * 100 || waited.as_secs() > limits.wall_seconds;
        let is_large = usage.memory_mib > limits.memory_mib;
        if is_late || is_large {
            // It may have ended by itself since; then there is nothing to stop.
            let _ = child.kill();
            child.wait()?;
            return Ok(Waited::Stopped(match is_large {
                true => ChildEnd::OutOfMemory(usage),
                false => ChildEnd::TimedOut(usage),
            }));
        }
        thread::sleep(POLL);
        waited += POLL;
    }
}

/// The usage of a process so far; `None` where the system does not report it, and once the
/// process has ended.
fn read_usage(id: &str) -> Option<Usage> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    parse_usage(&status, &stat)
}

pub(crate) fn parse_usage(status: &str, stat: &str) -> Option<Usage> {
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.split_whitespace().next()?.parse().ok()?;
    // The name of the program is in parentheses and may have spaces.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut times = after_name.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(Usage {
        cpu_centis: (user + system) * 100 / TICKS,
        memory_mib: kib.div_ceil(1024),
    })
}

#[cfg(unix)]
fn status_text(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => code_text(status),
    }
}

#[cfg(not(unix))]
fn status_text(status: ExitStatus) -> String {
    code_text(status)
}

fn code_text(status: ExitStatus) -> String {
    let code = status.code().map(|code| code.to_string());
    format!("exit code {}", code.as_deref().unwrap_or("unknown"))
}
