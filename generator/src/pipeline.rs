//! Runs all stages in order.
//!
//! In: a [`GenerateRequest`]. Out: a [`GenerateRun`]: findings, report and changed files.
//! Afterwards: either there are errors and nothing was written, or there is a report. A stage
//! begins only if those before it found no error. Arguments and output formats are left to `cli`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::dialect::Dialect;
use crate::files::{self, FileSet};
use crate::lock::Lock;
use crate::model::Model;
use crate::name::NameTable;
use crate::rust;
use crate::spec::Document;
use crate::{lower, model, name, normalize};

mod coverage;
mod diff;
mod import;
mod init;
mod inputs;
mod manifest;
mod output;
mod paths;
mod report;
mod select;
mod stopwatch;
mod update;

#[cfg(test)]
mod tests;

pub use self::coverage::{CoverageReport, UntypedField};
pub use self::diff::{DiffInput, DiffRequest, DiffRun, DocumentVersion, compare_documents};
pub use self::import::{ImportRequest, ImportRun, import_file};
pub use self::init::{InitReport, InitRequest, InitRun, init_dialect};
pub use self::inputs::Inputs;
pub use self::manifest::WorkspaceReport;
pub use self::report::{GenerateReport, OperationReport, OutputSize};
pub use self::update::{UpdateRequest, UpdateRun, update_document};
// The types of requests and results, for `cli`, which imports this stage only.
pub use crate::diff::{
    DiffEntry, DiffReport, DiffSide, DocumentPlace, Origin, PublicItem, SemverLevel,
};
pub use crate::files::Drift;
pub use crate::rust::{Docs, ExerciserExtent, OutputOptions};
pub use crate::source::SourceFile;

use self::coverage::DescribedOperations;
use self::stopwatch::Stopwatch;

/// What to generate, from which files, into which folder.
#[derive(Clone, Debug)]
pub struct GenerateRequest {
    /// The OpenAPI document.
    pub document: PathBuf,
    /// The dialect; defaults to the `.toml` next to the document, if there is one.
    pub config: Option<PathBuf>,
    /// The name lock, which is read and written; defaults to the `.names.toml` next to the document,
    /// if there is one, and otherwise to `names.toml` in the output folder.
    pub names: Option<PathBuf>,
    /// The output folder; if empty, that of the dialect, or one with the name of the crate. The
    /// name of the crate has a default likewise.
    pub out: PathBuf,
    /// Folder of the runtime crate; defaults to the one that this generator was built with.
    pub runtime: Option<PathBuf>,
    /// Version of the runtime crates; defaults to that of this generator.
    pub runtime_version: Option<String>,
    /// Version of the generated crate; defaults to one that follows from the API version.
    pub crate_version: Option<String>,
    /// API version to use instead of the document's.
    pub api_version: Option<String>,
    /// Dotted services to restrict the output to; empty means all.
    pub include: Vec<String>,
    /// Constructs that are not supported are errors. Otherwise they are left out or become raw JSON,
    /// with a warning, unless the dialect is strict.
    pub strict: bool,
    /// Name of the generated crate and how much documentation it gets.
    pub options: OutputOptions,
    /// Compare with the output folder and write nothing.
    pub check: bool,
    /// With `check`: also return the differences as a unified diff.
    pub diff: bool,
}

impl GenerateRequest {
    /// A request for a whole document, with the defaults for everything else.
    pub fn new(document: impl Into<PathBuf>, out: impl Into<PathBuf>) -> Self {
        Self {
            document: document.into(),
            config: None,
            names: None,
            out: out.into(),
            runtime: None,
            runtime_version: None,
            crate_version: None,
            api_version: None,
            include: Vec::new(),
            strict: false,
            options: OutputOptions::default(),
            check: false,
            diff: false,
        }
    }
}

/// The result of a request.
#[derive(Debug)]
pub struct GenerateRun {
    /// The output folder.
    pub out: PathBuf,
    /// The files that were read.
    pub inputs: Inputs,
    /// The findings of all stages.
    pub findings: DiagnosticSink,
    /// The report; `None` after errors.
    pub report: Option<GenerateReport>,
    /// How the output differs (if only checked) or differed (if written).
    pub drift: Vec<(String, Drift)>,
    /// The differences as a unified diff, if it was requested.
    pub diff: Option<String>,
}

/// What was generated, and how the output differs or differed from it.
struct WrittenCrate {
    report: GenerateReport,
    drift: Vec<(String, Drift)>,
    diff: Option<String>,
}

/// Generates the crate, or compares it with the output folder.
pub fn generate_crate(request: &GenerateRequest) -> GenerateRun {
    let mut request = request.clone();
    let mut run = GenerateRun {
        out: PathBuf::new(),
        inputs: Inputs::default(),
        findings: DiagnosticSink::new(),
        report: None,
        drift: Vec::new(),
        diff: None,
    };
    let written = run_stages(&mut request, &mut run.inputs, &mut run.findings);
    run.out = request.out;
    if let Some(written) = written {
        run.report = Some(written.report);
        run.drift = written.drift;
        run.diff = written.diff;
    }
    run
}

/// The operations that a request would generate, in document order.
pub fn list_operations(request: &GenerateRequest) -> GenerateRun {
    let mut sink = DiagnosticSink::new();
    let mut inputs = Inputs::default();
    let mut watch = Stopwatch::start();
    let mut request = request.clone();
    let decided = model_and_names(&mut request, &mut inputs, &mut watch, &mut sink);
    let report = decided.map(|(model, names)| GenerateReport::new(&model, &names, watch));
    GenerateRun {
        out: request.out,
        inputs,
        findings: sink,
        report,
        drift: Vec::new(),
        diff: None,
    }
}

/// The text of a source file that calls every operation of the crate that the same request
/// generates, through its public interface.
///
/// # Errors
/// The findings, if one of them is an error.
pub fn generate_exerciser(
    request: &GenerateRequest,
    extent: ExerciserExtent,
) -> Result<String, DiagnosticSink> {
    let mut sink = DiagnosticSink::new();
    let mut inputs = Inputs::default();
    let request = &mut request.clone();
    let decided = model_and_names(request, &mut inputs, &mut Stopwatch::start(), &mut sink);
    let text = decided.and_then(|(model, names)| {
        let unit = rust::exerciser_unit(&model, &names, &request.options, extent);
        let files = FileSet::render(
            &[unit],
            &paths::document_label(&request.document),
            &mut sink,
        )?;
        files.iter().next().map(|(_, text)| text.to_owned())
    });
    text.ok_or(sink)
}

fn run_stages(
    request: &mut GenerateRequest,
    inputs: &mut Inputs,
    sink: &mut DiagnosticSink,
) -> Option<WrittenCrate> {
    let mut watch = Stopwatch::start();
    watch.time_stage("read", || inputs.read_all(request, sink))?;
    write_crate(request, inputs, &[], watch, sink)
}

/// Runs the stages after reading. `beside` are files to write together with the crate.
fn write_crate(
    request: &GenerateRequest,
    inputs: &mut Inputs,
    beside: &[(&Path, &str)],
    mut watch: Stopwatch,
    sink: &mut DiagnosticSink,
) -> Option<WrittenCrate> {
    let dialect = read_dialect(request, inputs, sink)?;
    let source = inputs.document.as_mut()?;
    let described = DescribedOperations::count_all(&source.value, &dialect);
    // Afterwards only positions are looked up, in the text.
    let document =
        watch.time_stage("check", || read_document(&mut source.value, &dialect, sink))?;
    source.value = Value::Null;
    let (model, names) = decide_from(request, inputs, (document, dialect), &mut watch, sink)?;
    let label = paths::document_label(&request.document);
    let units = rust::source_units(&model, &names, &request.options);
    let mut files = watch.time_stage("render", || FileSet::render(&units, &label, sink))?;
    let workspace = manifest::find_workspace(request);
    let cargo = manifest::cargo_manifest(request, &model, &label, workspace.is_some());
    files.insert("Cargo.toml", cargo);

    let lock = inputs.lock_to_write(request, &names);
    let mut beside = beside.to_vec();
    beside.extend(
        lock.iter()
            .map(|lock| (lock.path.as_path(), lock.text.as_str())),
    );
    let mut drift = watch.time_stage("write", || match request.check {
        true => files.compare_with(&request.out, sink),
        false => files.write_to(&request.out, &beside, sink),
    })?;
    let diff = (request.check && request.diff).then(|| {
        let mut diff = files.diff_with(&request.out, &drift);
        if let Some(lock) = &lock {
            let old = inputs.lock.as_ref().map(|old| old.text.as_str());
            diff.push_str(&files::unified_diff(&lock.path, old, Some(&lock.text)));
        }
        diff
    });
    drift.extend(lock.map(|lock| (lock.path.display().to_string(), lock.drift)));
    let mut report = GenerateReport::new(&model, &names, watch);
    report.coverage = Some(CoverageReport::new(&model, &described, &report.untyped));
    report.workspace = workspace;
    report.lock = inputs::lock_path(request).display().to_string();
    report.size = OutputSize {
        files: files.len(),
        lines: files.line_count(),
    };
    Some(WrittenCrate {
        report,
        drift,
        diff,
    })
}

/// Runs the stages up to `name`, which take all decisions.
fn model_and_names(
    request: &mut GenerateRequest,
    inputs: &mut Inputs,
    watch: &mut Stopwatch,
    sink: &mut DiagnosticSink,
) -> Option<(Model, NameTable)> {
    watch.time_stage("read", || inputs.read_all(request, sink))?;
    decide_all(request, inputs, watch, sink)
}

/// The same for files that have been read.
fn decide_all(
    request: &GenerateRequest,
    inputs: &Inputs,
    watch: &mut Stopwatch,
    sink: &mut DiagnosticSink,
) -> Option<(Model, NameTable)> {
    let dialect = read_dialect(request, inputs, sink)?;
    let source = inputs.document.as_ref()?;
    let document = watch.time_stage("check", || {
        read_document(&mut source.value.clone(), &dialect, sink)
    })?;
    decide_from(request, inputs, (document, dialect), watch, sink)
}

/// Reads the dialect, which says whether constructs that are not supported are errors.
fn read_dialect(
    request: &GenerateRequest,
    inputs: &Inputs,
    sink: &mut DiagnosticSink,
) -> Option<Dialect> {
    let dialect = match &inputs.dialect {
        Some(source) => Dialect::load(source, sink)?,
        None => Dialect::default(),
    };
    sink.set_tolerant(!request.strict && !dialect.is_strict);
    Some(dialect)
}

/// Reads and checks a document. Unless the run is strict, it is rewritten in the subset of OpenAPI that
/// the later stages know.
fn read_document(
    value: &mut Value,
    dialect: &Dialect,
    sink: &mut DiagnosticSink,
) -> Option<Document> {
    if sink.is_tolerant() {
        let formats = dialect.formats.iter().map(|entry| entry.value.0.as_str());
        let formats: Vec<&str> = formats.collect();
        let tag = dialect.tags.object.as_ref();
        let tag = tag.map(|entry| entry.value.as_str());
        lower::lower_for_dialect(value, &formats, tag, sink)?;
    }
    Document::load_value(value, sink)
}

/// The same for a document that has been checked.
fn decide_from(
    request: &GenerateRequest,
    inputs: &Inputs,
    (document, dialect): (Document, Dialect),
    watch: &mut Stopwatch,
    sink: &mut DiagnosticSink,
) -> Option<(Model, NameTable)> {
    let before = sink.error_count();
    let lock = inputs.lock.as_ref().map(|source| Lock::load(source, sink));
    let lock = lock.unwrap_or_default();
    if sink.error_count() > before {
        return None;
    }
    let version = request.api_version.as_deref();
    if document.operations.is_empty() {
        let at = SpecPath::root().child("paths");
        sink.report(Code::OperationsMissing, &at, "");
    }
    inputs::compare_versions(version, &document.version, sink);
    let api = watch.time_stage("normalize", || {
        normalize::normalize_document(&document, &dialect, version, sink)
    })?;
    drop(document);
    let mut model = watch.time_stage("model", || model::build_model(&api, &lock, sink))?;
    drop(api);
    let mut names = watch.time_stage("name", || name::assign_names(&model, &lock, sink))?;
    if !request.include.is_empty() {
        select::keep_services(&mut model, &mut names, &request.include, sink)?;
    }
    Some((model, names))
}
