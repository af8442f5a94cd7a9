//! Writes the first dialect of a document.

use std::path::{Path, PathBuf};

use super::report::operation_reports;
use super::{Inputs, inputs, output, paths};
use crate::api::Api;
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::dialect::Dialect;
use crate::init::{self, InitFacts};
use crate::lock::Lock;
use crate::source::{SourceFile, is_standard_input};
use crate::spec::Document;
use crate::{files, lower, model, name, normalize};

/// The document to write a dialect for, and where to.
#[derive(Clone, Debug)]
pub struct InitRequest {
    /// The OpenAPI document; `-` is standard input.
    pub document: PathBuf,
    /// The file to write; defaults to the `.toml` next to the document. For `-`, the text is returned
    /// in [`InitReport::text`].
    pub out: Option<PathBuf>,
    /// Replace a file that exists.
    pub replaces: bool,
}

/// The result of such a request.
#[derive(Debug)]
pub struct InitRun {
    /// The document, if it could be read.
    pub inputs: Inputs,
    /// The findings, if one of them is an error. Warnings about the document are left to the run that
    /// generates.
    pub findings: DiagnosticSink,
    /// What was written; `None` after errors.
    pub written: Option<InitReport>,
}

/// The dialect that was written.
#[derive(Clone, Debug)]
pub struct InitReport {
    /// The file; `-` if the text is to be printed.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Number of operations of the document.
    pub operations: usize,
    /// A crate can be generated from the document, apart from the dialect.
    pub generates: bool,
    /// The dialect is in no regular file: it was written to a pipe, or is to be printed.
    pub is_streamed: bool,
}

/// Writes a dialect for a document.
pub fn init_dialect(request: &InitRequest) -> InitRun {
    let mut run = InitRun {
        inputs: Inputs::default(),
        findings: DiagnosticSink::new(),
        written: None,
    };
    run.written = run_init(request, &mut run);
    run
}

fn run_init(request: &InitRequest, run: &mut InitRun) -> Option<InitReport> {
    let sink = &mut run.findings;
    // What cannot be written is said before a large document is read.
    let path = output_path(request, sink)?;
    let is_printed = is_standard_input(&path);
    let is_streamed = is_printed || files::is_stream(&path);
    if !is_streamed && !request.replaces {
        reject_existing(&path, sink)?;
    }
    run.inputs.document = SourceFile::load_document(&request.document, sink);
    let source = run.inputs.document.as_ref()?;
    let mut reading = DiagnosticSink::new();
    reading.set_tolerant(true);
    let mut content = source.value.clone();
    let lowered = lower::lower_document(&mut content, &mut reading);
    let document = lowered.and_then(|()| Document::load_value(&mut content.clone(), &mut reading));
    let Some(document) = document else {
        *sink = reading;
        return None;
    };
    let (api, calls) = translate(&document);
    let crate_name = output::crate_name(&document.title);
    let text = init::write_dialect(&InitFacts {
        label: &paths::document_label(&request.document),
        crate_name: &crate_name,
        content: &content,
        document: &document,
        api: api.as_ref(),
        calls: &calls,
    });
    match (is_printed, is_streamed) {
        (true, _) => {}
        (false, true) => files::write_stream(&path, &text, sink)?,
        (false, false) => files::write_hand_edited(&path, &text, sink)?,
    }
    Some(InitReport {
        path,
        text,
        operations: document.operations.len(),
        generates: !calls.is_empty(),
        is_streamed,
    })
}

/// The file to write.
fn output_path(request: &InitRequest, sink: &mut DiagnosticSink) -> Option<PathBuf> {
    let document = &request.document;
    let Some(out) = &request.out else {
        if is_standard_input(document) {
            let location = FileLocation::of_file("-");
            sink.report_in(Code::DialectPathUnknown, location, "");
            return None;
        }
        return Some(document.with_extension(inputs::DIALECT));
    };
    if !is_standard_input(out) && is_same_file(document, out) {
        let location = FileLocation::of_file(out.display().to_string());
        sink.report_in(Code::DialectExists, location, "this is the document");
        return None;
    }
    Some(out.clone())
}

/// Whether both paths lead to one existing file.
fn is_same_file(document: &Path, out: &Path) -> bool {
    match (document.canonicalize(), out.canonicalize()) {
        (Ok(document), Ok(out)) => document == out,
        _ => false,
    }
}

/// Reports a file that exists.
fn reject_existing(path: &Path, sink: &mut DiagnosticSink) -> Option<()> {
    if !path.exists() && !path.is_symlink() {
        return Some(());
    }
    let location = FileLocation::of_file(path.display().to_string());
    sink.report_in(Code::DialectExists, location, "");
    None
}

/// What a crate without a dialect is generated from, and the methods of its operations as
/// `METHOD /path` and `service.method`. What stands in its way is reported when it is generated.
fn translate(document: &Document) -> (Option<Api>, Vec<(String, String)>) {
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    let dialect = Dialect::default();
    let Some(api) = normalize::normalize_document(document, &dialect, None, &mut sink) else {
        return (None, Vec::new());
    };
    let lock = Lock::default();
    let model = model::build_model(&api, &lock, &mut sink);
    let calls = model.and_then(|model| {
        let names = name::assign_names(&model, &lock, &mut sink)?;
        let reports = operation_reports(&model, &names).into_iter();
        let calls = reports.map(|it| (format!("{} {}", it.method, it.path), it.call));
        Some(calls.collect())
    });
    (Some(api), calls.unwrap_or_default())
}
