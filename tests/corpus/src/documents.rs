//! Our own documents: small ones, each with a construct that published documents have.

use std::fs;
use std::path::Path;

use crate::check::{Compiled, check_crates, write_workspace};
use crate::child::{ChildEnd, Limits, run_child};
use crate::layout::Layout;
use crate::{CorpusError, file_error};

/// The names of all documents, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn list_documents(layout: &Layout) -> Result<Vec<String>, CorpusError> {
    let folder = layout.documents();
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(file_error(&folder))? {
        let path = entry.map_err(file_error(&folder))?.path();
        if path.extension().is_some_and(|end| end == "yaml") {
            names.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    Ok(names)
}

/// Generates documents, and compiles the crates of those that generate.
///
/// # Errors
/// A process cannot be started, or files cannot be read or written.
pub fn compile_documents(
    layout: &Layout,
    program: &Path,
    names: &[String],
) -> Result<Compiled, CorpusError> {
    write_workspace(layout, &[])?;
    let mut generated = Vec::new();
    for name in names {
        let document = layout.documents().join(format!("{name}.yaml"));
        // Crates of documents of the package begin with `api-`.
        let crate_name = format!("own-{name}");
        let (out, runs) = (layout.crates().join(&crate_name), layout.runs());
        let folders = (out.as_path(), runs.as_path());
        let end = run_child(program, &document, &crate_name, folders, Limits::default())?;
        if matches!(end, ChildEnd::Reported(report) if report.is_generated) {
            generated.push(crate_name);
        }
    }
    match generated.is_empty() {
        true => Ok(Compiled::new()),
        false => check_crates(layout, &generated, &generated),
    }
}
