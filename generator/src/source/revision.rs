//! Reading files of another revision, through `git`.

use std::process::Command;

use super::{FileLocation, SourceFile, format_of};
use crate::diag::{Code, DiagnosticSink};

impl SourceFile {
    /// Reads `path` at a revision of the repository that the program runs in. Returns `None` if
    /// the revision does not have the file, or after an error, which is reported to `sink`.
    pub fn load_revision(revision: &str, path: &str, sink: &mut DiagnosticSink) -> Option<Self> {
        let label = format!("{revision}:{path}");
        let location = FileLocation::of_file(label.clone());
        match run_git(&["cat-file", "blob", &label]) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => {
                    let format = format_of(path.as_ref(), &text);
                    Self::parse(label, format, text, sink)
                }
                Err(error) => {
                    sink.report_in(Code::FileNotUtf8, location, error.to_string());
                    None
                }
            },
            Err(message) => {
                // A revision without the file is no error here: the caller knows if it needs one.
                let tree = format!("{revision}^{{tree}}");
                if let Err(error) = run_git(&["cat-file", "-e", &tree]) {
                    let detail = if error.is_empty() { message } else { error };
                    sink.report_in(Code::RevisionUnreadable, location, detail);
                }
                None
            }
        }
    }
}

/// The output of `git`.
fn run_git(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git").args(arguments).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
