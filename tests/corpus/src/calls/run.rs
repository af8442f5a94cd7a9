//! Runs the calls of documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::Document;
use super::list::CallList;
use super::operation::read_operations;
use super::outcome::{DocumentCalls, compare_calls};
use super::plan::plan_calls;
use super::program::{CallProgram, compile_programs};
use super::server::{CallServer, Service};
use crate::documents::list_documents;
use crate::expectation::Expectation;
use crate::layout::Layout;
use crate::sample::crate_name_of;
use crate::{CorpusError, file_error, json_error};

/// The credential of the clients, in the form that basic authentication needs.
pub const KEY: &str = "corpus-user:corpus-password";
/// Our own documents that are called without the package.
const OWN_DOCUMENTS: [&str; 4] = [
    "tests/corpus/documents/failure-by-status.yaml",
    "tests/corpus/documents/methods-of-http.yaml",
    "tests/corpus/documents/no-content.yaml",
    "tests/corpus/documents/query-styles.yaml",
];

/// It has numbers that the YAML reader of the server refuses.
const UNREADABLE_DOCUMENT: &str = "numbers-at-the-limits";

/// A document to call.
#[derive(Clone, Debug)]
pub struct CallDocument {
    /// The name in results.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// The documents of the list whose path has one of these texts; all if there is none.
///
/// # Errors
/// The package was not fetched.
pub fn listed_documents(
    layout: &Layout,
    list: &CallList,
    wanted: &[String],
) -> Result<Vec<CallDocument>, CorpusError> {
    let all = list.documents.iter().map(|document| &document.path);
    let chosen = all
        .filter(|path| wanted.is_empty() || wanted.iter().any(|text| path.contains(text.as_str())));
    let documents = chosen.map(|path| {
        let file = layout.package().join(path);
        match file.is_file() {
            true => Ok(CallDocument {
                name: path.clone(),
                path: file,
            }),
            false => Err(CorpusError::NotYet {
                path: file,
                command: "fetch",
            }),
        }
    });
    documents.collect()
}

/// Our own documents, for which no package is needed: those of `tests/corpus/documents` that
/// generate and whose name has one of these texts, or two that have much if there is no text.
///
/// # Errors
/// A document cannot be read.
pub fn own_documents(layout: &Layout, wanted: &[String]) -> Result<Vec<CallDocument>, CorpusError> {
    let mut paths = Vec::new();
    for name in list_documents(layout)? {
        let path = layout.documents().join(format!("{name}.yaml"));
        let text = fs::read_to_string(&path).map_err(file_error(&path))?;
        let generates = Expectation::parse(&name, &text)?.error.is_none();
        let is_readable = name != UNREADABLE_DOCUMENT;
        if generates && is_readable && wanted.iter().any(|wanted| name.contains(wanted.as_str())) {
            paths.push(format!("tests/corpus/documents/{name}.yaml"));
        }
    }
    if wanted.is_empty() {
        paths.extend(OWN_DOCUMENTS.map(str::to_owned));
    }
    let documents = paths.into_iter().map(|name| CallDocument {
        path: layout.root().join(&name),
        name,
    });
    Ok(documents.collect())
}

/// Generates, compiles and runs the calls of documents. `progress` is called with what begins.
///
/// # Errors
/// A document does not generate, a program does not compile or does not run.
pub fn run_documents(
    layout: &Layout,
    documents: &[CallDocument],
    mut progress: impl FnMut(&str),
) -> Result<Vec<DocumentCalls>, CorpusError> {
    let folder = layout.calls();
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let programs: Vec<CallProgram> = documents
        .iter()
        .map(|document| CallProgram {
            crate_name: crate_name_of(&document.name),
        })
        .collect();
    // The clients find the workspace that they belong to while they are generated.
    let manifest = folder.join("Cargo.toml");
    fs::write(&manifest, "[workspace]\nresolver = \"3\"\n").map_err(file_error(&manifest))?;
    for (document, program) in documents.iter().zip(&programs) {
        progress(&format!("generating {}", document.name));
        program.write(layout, &document.path)?;
    }
    progress("compiling");
    compile_programs(layout, &programs)?;
    let mut results = Vec::new();
    for (document, program) in documents.iter().zip(&programs) {
        progress(&format!("calling {}", document.name));
        results.push(run_document(layout, document, program)?);
    }
    Ok(results)
}

fn run_document(
    layout: &Layout,
    document: &CallDocument,
    program: &CallProgram,
) -> Result<DocumentCalls, CorpusError> {
    let read = Document::read(&document.path)?;
    let operations = read_operations(&read);
    let calls = plan_calls(&read, &operations);
    let service = Arc::new(Service::new(read, operations, calls, KEY));
    let server = CallServer::start(Arc::clone(&service))?;
    let ends = program.run(layout, &service, &server.base_url())?;
    drop(server);
    Ok(compare_calls(&document.name, &service, &ends))
}

/// Reads results; a missing file has none.
///
/// # Errors
/// The file cannot be read.
pub fn read_calls(path: &Path) -> Result<Vec<DocumentCalls>, CorpusError> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).map_err(file_error(path))?;
    serde_json::from_str(&text).map_err(json_error(path))
}

/// Writes results by name, one line per document.
///
/// # Errors
/// The file cannot be written.
pub fn write_calls(path: &Path, results: &[DocumentCalls]) -> Result<(), CorpusError> {
    let mut results: Vec<&DocumentCalls> = results.iter().collect();
    results.sort_by(|a, b| a.document.cmp(&b.document));
    let lines = results.iter().map(serde_json::to_string);
    let lines: Vec<String> = lines.collect::<Result<_, _>>().map_err(json_error(path))?;
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    fs::write(path, text).map_err(file_error(path))
}
