//! Writes, compiles and runs the programs that make the calls.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use generator::pipeline::{ExerciserExtent, GenerateRequest, generate_crate, generate_exerciser};

use super::plan::{PlannedCall, ReplyKind};
use super::server::Service;
use crate::layout::Layout;
use crate::{CorpusError, file_error, json_error};

const MAIN: &str = include_str!("program/main.rs");

/// The client of a document with the program that calls its operations.
#[derive(Clone, Debug)]
pub struct CallProgram {
    /// The name of the client's crate.
    pub crate_name: String,
}

impl CallProgram {
    fn program_name(&self) -> String {
        format!("{}-calls", self.crate_name)
    }

    /// Generates the client and writes the program.
    ///
    /// # Errors
    /// The document does not generate, or a file cannot be written.
    pub fn write(&self, layout: &Layout, document: &Path) -> Result<(), CorpusError> {
        let out = layout.calls().join(&self.crate_name);
        if out.is_dir() {
            fs::remove_dir_all(&out).map_err(file_error(&out))?;
        }
        let mut request = GenerateRequest::new(document, &out);
        request.options.crate_name.clone_from(&self.crate_name);
        // The committed files beside a document of ours are not changed.
        request.names = Some(out.join("names.toml"));
        let failed = |output: String| CorpusError::Failed {
            program: format!("generator {}", document.display()),
            output,
        };
        let run = generate_crate(&request);
        if run.report.is_none() {
            let errors = run
                .findings
                .errors()
                .map(|error| format!("{} {}", error.code.id(), error.at));
            return Err(failed(errors.collect::<Vec<_>>().join(", ")));
        }
        let exercise = generate_exerciser(&request, ExerciserExtent::Calls);
        let exercise = exercise.map_err(|_| failed("the exerciser is not generated".to_owned()))?;
        let folder = layout.calls().join(self.program_name());
        let sources = folder.join("src");
        fs::create_dir_all(&sources).map_err(file_error(&sources))?;
        let root = self.crate_name.replace('-', "_");
        let main = format!("extern crate {root} as client;\n");
        // Inner documentation comes first.
        let main = MAIN.replacen("\n\n", &format!("\n\n{main}\n"), 1);
        write_file(&sources.join("main.rs"), &main)?;
        write_file(&sources.join("exercise.rs"), &exercise)?;
        write_file(&folder.join("Cargo.toml"), &self.manifest(layout))
    }

    fn manifest(&self, layout: &Layout) -> String {
        let (program, client) = (self.program_name(), &self.crate_name);
        let runtime = layout.runtime();
        format!(
            "[package]\nname = \"{program}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n[dependencies]\n\
             {client} = {{ path = \"../{client}\", default-features = false, features = [\"hyper\", \"ring\", \"serde\", \"webpki-roots\"] }}\n\
             runtime = {{ package = \"typed-api-runtime\", path = {:?}, default-features = false }}\n\
             http = \"1\"\nserde_json = \"1\"\n\
             tokio = {{ version = \"1\", default-features = false, features = [\"macros\", \"rt\"] }}\n",
            runtime.display().to_string(),
        )
    }

    /// Makes the calls, and returns what was printed for each.
    ///
    /// # Errors
    /// The program does not run or does not print what it should.
    pub fn run(
        &self,
        layout: &Layout,
        service: &Service,
        base_url: &str,
    ) -> Result<Vec<CallEnd>, CorpusError> {
        let program = layout
            .calls()
            .join("target/debug")
            .join(self.program_name());
        let mut child = Command::new(&program)
            .args([base_url, &service.key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(file_error(&program))?;
        let input = list_calls(service);
        let mut stdin = child.stdin.take();
        // In a thread: the program prints while it still reads.
        let writer =
            std::thread::spawn(move || stdin.as_mut().map(|it| it.write_all(input.as_bytes())));
        let output = child.wait_with_output().map_err(file_error(&program))?;
        // A program that did not read all of its input has failed, which its status shows.
        let _ = writer.join();
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(CorpusError::Failed {
                program: self.program_name(),
                output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        let lines = text.lines().map(|line| {
            let fields: (String, String, String) =
                serde_json::from_str(line).map_err(json_error(&program))?;
            Ok(CallEnd::of_line(&fields.1, fields.2))
        });
        lines.collect()
    }
}

/// How a call has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The crate does not have the operation.
    LeftOut,
    /// With a value, as the client has encoded it again.
    Decoded(String),
    /// With an error.
    Failed(String),
}

impl CallEnd {
    fn of_line(word: &str, text: String) -> Self {
        match word {
            "decoded" => Self::Decoded(text),
            "left out" => Self::LeftOut,
            _ => Self::Failed(text),
        }
    }
}

/// The lines that a program reads.
fn list_calls(service: &Service) -> String {
    let mut text = String::new();
    for (number, call) in service.calls.iter().enumerate() {
        let Some(operation) = service.operations.get(call.operation) else {
            continue;
        };
        let (all, strict) = (call.everything, is_strict(call));
        let (method, path) = (&operation.method, &operation.path);
        let _ = writeln!(text, "{number}\t{all}\t{strict}\t{method}\t{path}");
    }
    text
}

/// Whether the response must decode as it is. An example that its schema does not allow is corrected
/// as far as possible.
fn is_strict(call: &PlannedCall) -> bool {
    !matches!(call.reply.kind, ReplyKind::Example(_, Some(_)))
}

/// Compiles the programs. Returns the output of the compiler if one does not compile.
///
/// # Errors
/// Cargo cannot be started, or a program does not compile.
pub fn compile_programs(layout: &Layout, programs: &[CallProgram]) -> Result<(), CorpusError> {
    let folder = layout.calls();
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\n");
    for program in programs {
        let _ = writeln!(
            text,
            "    \"{}\", \"{}\",",
            program.crate_name,
            program.program_name()
        );
    }
    text.push_str("]\n\n[profile.dev]\ndebug = false\nincremental = false\n");
    write_file(&folder.join("Cargo.toml"), &text)?;
    // The versions of the checkout, which are known to build.
    let lock = folder.join("Cargo.lock");
    fs::copy(layout.cargo_lock(), &lock).map_err(file_error(&lock))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| PathBuf::from("cargo").into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"));
    command.arg("--target-dir").arg(folder.join("target"));
    for program in programs {
        command.args(["-p", &program.program_name()]);
    }
    let output = command.output().map_err(|source| CorpusError::Program {
        program: "cargo",
        source,
        hint: "install Rust",
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(CorpusError::Failed {
            program: "cargo build".to_owned(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), CorpusError> {
    fs::write(path, text).map_err(file_error(path))
}
