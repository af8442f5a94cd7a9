//! All stages in order.
//!
//! In: a [`Request`]. Out: a [`Run`]: what was found, what was made, what was written.
//! Afterwards: either there are errors and nothing was written, or there is a report. A stage
//! begins only if those before it found no error. What the files of the request are called on the
//! command line, and how results are shown, is left to `cli`.

use std::path::PathBuf;

use crate::diag::{Code, Sink};
use crate::dialect::Dialect;
use crate::files::{FileSet, Manifest};
use crate::model::Model;
use crate::name::NameTable;
use crate::rust;
use crate::source::SourceFile;
use crate::spec::Document;
use crate::{model, name, normalize};

mod import;
mod inputs;
mod place;
mod report;
mod select;
mod stopwatch;

#[cfg(test)]
mod tests;

pub use self::import::{Import, import};
pub use self::inputs::Inputs;
pub use self::report::{Operation, Report, Size, Untyped};
// What a request and its answer are made of, for `cli`, which knows this stage only.
pub use crate::files::Drift;
pub use crate::rust::{Docs, OutputOptions};

use self::stopwatch::Stopwatch;

/// What to generate, from what, into what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The OpenAPI document.
    pub document: PathBuf,
    /// The dialect; without it, the `.toml` beside the document, if there is one.
    pub config: Option<PathBuf>,
    /// The name lock; without it, the `.names.toml` beside the document, if there is one.
    pub names: Option<PathBuf>,
    /// The output folder.
    pub out: PathBuf,
    /// Folder of the runtime crate; without it, the one this generator was built with.
    pub runtime: Option<PathBuf>,
    /// API version to use in place of the document's.
    pub api_version: Option<String>,
    /// Dotted services to restrict the output to; empty means all.
    pub include: Vec<String>,
    /// Name of the generated crate and how much documentation it gets.
    pub options: OutputOptions,
    /// Compare with the output folder and write nothing.
    pub check: bool,
}

impl Request {
    /// Everything of this document into that folder, with what lies beside the document.
    pub fn new(document: impl Into<PathBuf>, out: impl Into<PathBuf>) -> Self {
        Self {
            document: document.into(),
            config: None,
            names: None,
            out: out.into(),
            runtime: None,
            api_version: None,
            include: Vec::new(),
            options: OutputOptions::default(),
            check: false,
        }
    }
}

/// What came of a request.
#[derive(Debug)]
pub struct Run {
    /// The files that were read, as far as it came to that.
    pub inputs: Inputs,
    /// What was found.
    pub findings: Sink,
    /// What was made; `None` after errors.
    pub report: Option<Report>,
    /// How the output differs (if only checked) or differed (if written).
    pub drift: Vec<(String, Drift)>,
}

/// Generates the crate, or checks it.
pub fn generate(request: &Request) -> Run {
    let mut sink = Sink::new();
    let mut inputs = Inputs::default();
    let done = run(request, &mut inputs, &mut sink);
    let (report, drift) = match done {
        Some((report, drift)) => (Some(report), drift),
        None => (None, Vec::new()),
    };
    Run {
        inputs,
        findings: sink,
        report,
        drift,
    }
}

/// The operations that a request would generate, in document order.
pub fn list(request: &Request) -> Run {
    let mut sink = Sink::new();
    let mut inputs = Inputs::default();
    let mut watch = Stopwatch::start();
    let decided = decide(request, &mut inputs, &mut watch, &mut sink);
    let report = decided.map(|(model, names)| Report::of(&model, &names, watch));
    Run {
        inputs,
        findings: sink,
        report,
        drift: Vec::new(),
    }
}

/// The text of a program part that calls every operation of the crate that the same request
/// generates, through its public interface.
///
/// # Errors
/// What was found, if the document cannot be generated from.
pub fn exerciser(request: &Request) -> Result<String, Sink> {
    let mut sink = Sink::new();
    let mut inputs = Inputs::default();
    let decided = decide(request, &mut inputs, &mut Stopwatch::start(), &mut sink);
    let text = decided.and_then(|(model, names)| {
        let unit = rust::exerciser_unit(&model, &names, &request.options);
        let files = FileSet::render(&[unit], &place::label(&request.document), &mut sink)?;
        files.iter().next().map(|(_, text)| text.to_owned())
    });
    text.ok_or(sink)
}

fn run(
    request: &Request,
    inputs: &mut Inputs,
    sink: &mut Sink,
) -> Option<(Report, Vec<(String, Drift)>)> {
    let mut watch = Stopwatch::start();
    let (model, names) = decide(request, inputs, &mut watch, sink)?;
    let label = place::label(&request.document);
    let units = rust::source_units(&model, &names, &request.options);
    let mut files = watch.time("render", || FileSet::render(&units, &label, sink))?;
    files.insert("Cargo.toml", manifest(request, &model, &label));

    let lock = inputs.lock_to_write(request, &names);
    let beside = lock
        .as_ref()
        .map(|lock| (lock.path.as_path(), lock.text.as_str()));
    let mut drift = watch.time("write", || match request.check {
        true => files.compare(&request.out, sink),
        false => files.write(&request.out, beside, sink),
    })?;
    drift.extend(lock.map(|lock| (lock.path.display().to_string(), lock.drift)));
    let mut report = Report::of(&model, &names, watch);
    report.size = Size {
        files: files.len(),
        lines: files.lines(),
    };
    Some((report, drift))
}

/// Everything up to the names: all decisions, and nothing of Rust yet.
fn decide(
    request: &Request,
    inputs: &mut Inputs,
    watch: &mut Stopwatch,
    sink: &mut Sink,
) -> Option<(Model, NameTable)> {
    watch.time("read", || inputs.load(request, sink))?;
    let source = inputs.document.as_ref()?;
    let document = watch.time("check", || Document::load(source, sink))?;
    let dialect = match &inputs.dialect {
        Some(source) => Dialect::load(source, sink)?,
        None => Dialect::default(),
    };
    let version = request.api_version.as_deref();
    let mut api = watch.time("normalize", || {
        normalize::normalize_document(&document, &dialect, version, sink)
    })?;
    drop(document);
    let mut model = watch.time("model", || model::build_model(&api, sink))?;
    if !request.include.is_empty() {
        select::keep(&mut api, &model, &request.include, sink)?;
        model = watch.time("model", || model::build_model(&api, sink))?;
    }
    let names = watch.time("name", || {
        name_all(&model, request, inputs.lock.as_ref(), sink)
    })?;
    Some((model, names))
}

/// Names everything. A part of the API has a part of the names, which is no finding.
fn name_all(
    model: &Model,
    request: &Request,
    lock: Option<&SourceFile>,
    sink: &mut Sink,
) -> Option<NameTable> {
    let mut found = Sink::new();
    let mut names = name::assign_names(model, lock, &mut found);
    let is_part = !request.include.is_empty();
    for finding in found.all() {
        if !is_part || finding.code != Code::LockedNameGone {
            sink.push(finding.clone());
        }
    }
    if let Some(names) = names.as_mut().filter(|_| is_part) {
        names.removed.clear();
    }
    names
}

/// The generated crate's `Cargo.toml`.
fn manifest(request: &Request, model: &Model, label: &str) -> String {
    Manifest {
        name: &request.options.crate_name,
        label,
        description: &format!("Client for the {} {}", model.title, model.version),
        runtime: &place::runtime(request.runtime.as_deref(), &request.out),
        webhooks: model.events.is_some(),
    }
    .text()
}
