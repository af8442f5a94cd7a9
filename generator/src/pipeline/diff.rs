//! Compares two versions of a document, with the files beside each.

use std::path::{Path, PathBuf};

use super::stopwatch::Stopwatch;
use super::{GenerateRequest, Inputs, decide_all, inputs};
use crate::diag::{Code, DiagnosticSink, FileLocation, SpecPath};
use crate::diff::{DiffReport, DiffSide, OldSettings, compare_sides};
use crate::lock::Lock;
use crate::model::Model;
use crate::name::NameTable;
use crate::source::{FileFormat, SourceFile, is_standard_input};

/// The document of a revision that is given without a path.
const DEFAULT_PATH: &str = "specs/stripe.yaml";
/// Extension of the dialect beside a document.
const DIALECT: &str = "toml";
/// Extension of the lock beside a document.
const LOCK: &str = "names.toml";

/// A version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentVersion {
    /// A file.
    File(PathBuf),
    /// A file of a revision in the repository that the program runs in.
    Revision {
        /// What `git` calls the revision.
        revision: String,
        /// The path of the document in the repository.
        path: String,
    },
}

impl DocumentVersion {
    /// A path, `-`, `REV:PATH`, or `REV` for `REV:specs/stripe.yaml`. A path that exists, or that
    /// looks like one, is a path. A URL is one too, so that it is reported as such.
    pub fn parse(text: &str) -> Self {
        let path = Path::new(text);
        let extension = path.extension().and_then(|e| e.to_str());
        let is_document = matches!(extension, Some("yaml" | "yml" | "json"));
        match text.split_once(':') {
            _ if path.exists() || is_standard_input(path) || text.contains("://") => {
                Self::File(path.to_owned())
            }
            Some((revision, path)) if !revision.is_empty() && !path.is_empty() => Self::Revision {
                revision: revision.to_owned(),
                path: path.to_owned(),
            },
            _ if is_document => Self::File(path.to_owned()),
            _ => Self::Revision {
                revision: text.to_owned(),
                path: DEFAULT_PATH.to_owned(),
            },
        }
    }

    fn load_document(&self, sink: &mut DiagnosticSink) -> Option<SourceFile> {
        match self {
            Self::File(path) => SourceFile::load_document(path, sink),
            Self::Revision { revision, path } => {
                let before = sink.error_count();
                let found = SourceFile::load_revision(revision, path, sink);
                if found.is_none() && sink.error_count() == before {
                    let location = FileLocation::of_file(format!("{revision}:{path}"));
                    let detail = "the revision does not have this file";
                    sink.report_in(Code::RevisionUnreadable, location, detail);
                }
                found
            }
        }
    }

    /// The file with the same name and another extension, if there is one.
    fn load_beside(&self, extension: &str, sink: &mut DiagnosticSink) -> Option<SourceFile> {
        match self {
            Self::File(path) => {
                let beside = inputs::file_beside(path, extension)?;
                SourceFile::load(&beside, sink)
            }
            Self::Revision { revision, path } => {
                let beside = Path::new(path).with_extension(extension);
                SourceFile::load_revision(revision, beside.to_str()?, sink)
            }
        }
    }
}

/// What to compare.
#[derive(Clone, Debug)]
pub struct DiffRequest {
    /// The old version.
    pub old: DocumentVersion,
    /// The new version.
    pub new: DocumentVersion,
    /// The dialect of both; defaults to the one beside each.
    pub config: Option<PathBuf>,
    /// The lock of the old version; defaults to the one beside it.
    pub names: Option<PathBuf>,
}

/// A side of a comparison: what was read, and what was found.
#[derive(Debug, Default)]
pub struct DiffInput {
    /// The files.
    pub inputs: Inputs,
    /// The findings.
    pub findings: DiagnosticSink,
}

/// The result of a comparison.
#[derive(Debug, Default)]
pub struct DiffRun {
    /// The old version.
    pub old: DiffInput,
    /// The new version.
    pub new: DiffInput,
    /// The report; `None` after errors.
    pub report: Option<DiffReport>,
    /// Both sides as they were compared; `None` after errors.
    pub sides: Option<(DiffSide, DiffSide)>,
}

/// Compares two versions of a document by what is generated from them.
pub fn compare_documents(request: &DiffRequest) -> DiffRun {
    let mut run = DiffRun::default();
    if let Some((report, sides)) = compare_versions(request, &mut run) {
        run.report = Some(report);
        run.sides = Some(sides);
    }
    run
}

/// Compares a document with a new text of it, which keeps the dialect and the lock.
pub(super) fn compare_with_text(old: Inputs, document: SourceFile) -> DiffRun {
    let mut run = DiffRun::default();
    run.new.inputs = Inputs {
        document: Some(document),
        dialect: old.dialect.clone(),
        lock: None,
    };
    run.old.inputs = old;
    if let Some((report, sides)) = compare_inputs(&mut run) {
        run.report = Some(report);
        run.sides = Some(sides);
    }
    run
}

fn compare_versions(
    request: &DiffRequest,
    run: &mut DiffRun,
) -> Option<(DiffReport, (DiffSide, DiffSide))> {
    let DiffRun { old, new, .. } = &mut *run;
    let config = request.config.as_deref();
    let is_old_read = old.read_files(&request.old, config, request.names.as_deref());
    // Errors of both sides are reported together.
    let is_new_read = new.read_files(&request.new, config, None);
    is_old_read.and(is_new_read)?;
    compare_inputs(run)
}

/// Compares two sides whose files have been read.
fn compare_inputs(run: &mut DiffRun) -> Option<(DiffReport, (DiffSide, DiffSide))> {
    let DiffRun { old, new, .. } = run;
    let old_names;
    let old_side = {
        let (model, names) = old.decide_side()?;
        old_names = names.lock.clone();
        old.make_side(&model, &names)?
    };
    let has_own_lock = new.inputs.lock.is_some();
    if !has_own_lock {
        new.inputs.lock = Some(lock_source(&old_names, &mut new.findings)?);
    }
    let new_side = new.side_with_settings()?;
    let mut notes = Vec::new();
    let settings = old_settings(old, new, has_own_lock, &old_names, &mut notes);
    let mut report = compare_sides(&old_side, &new_side, &settings);
    report.notes = notes;
    find_lines(&mut report, old, new);
    Some((report, (old_side, new_side)))
}

/// The lock that an update carries along.
fn lock_source(lock: &Lock, sink: &mut DiagnosticSink) -> Option<SourceFile> {
    SourceFile::parse("the old lock", FileFormat::Toml, lock.to_text(), sink)
}

/// The new document with the old files, if the dialects differ.
fn old_settings(
    old: &DiffInput,
    new: &DiffInput,
    has_own_lock: bool,
    old_lock: &Lock,
    notes: &mut Vec<String>,
) -> OldSettings {
    let text = |input: &DiffInput| input.inputs.dialect.as_ref().map(|d| d.text.clone());
    if text(old) == text(new) {
        return OldSettings::default();
    }
    let with = |dialect: &Option<SourceFile>| {
        let mut input = DiffInput::default();
        input.inputs.document = new.inputs.document.clone();
        input.inputs.dialect = dialect.clone();
        input.inputs.lock = lock_source(old_lock, &mut input.findings);
        input.side_with_settings()
    };
    let old_dialect = with(&old.inputs.dialect);
    if old_dialect.is_none() {
        notes.push(
            "the dialects differ, and the new document does not generate with the old one: \
             changes that the dialect made are listed as those of the generator or of upstream"
                .to_owned(),
        );
    }
    OldSettings {
        old_dialect,
        old_lock: has_own_lock.then(|| with(&new.inputs.dialect)).flatten(),
    }
}

impl DiffInput {
    fn read_files(
        &mut self,
        version: &DocumentVersion,
        config: Option<&Path>,
        names: Option<&Path>,
    ) -> Option<()> {
        let sink = &mut self.findings;
        self.inputs.document = version.load_document(sink);
        let document = self.inputs.document.as_ref()?;
        self.inputs.dialect = match config {
            Some(path) => SourceFile::load(path, sink),
            None => version
                .load_beside(DIALECT, sink)
                .or_else(|| inputs::dialect_by_title(document)),
        };
        self.inputs.lock = match names {
            Some(path) => SourceFile::load(path, sink),
            None => version.load_beside(LOCK, sink),
        };
        sink.is_clean().then_some(())
    }

    fn decide_side(&mut self) -> Option<(Model, NameTable)> {
        // Only the files that were read are used.
        let request = GenerateRequest::new("", "");
        let mut watch = Stopwatch::start();
        decide_all(&request, &self.inputs, &mut watch, &mut self.findings)
    }

    fn make_side(&self, model: &Model, names: &NameTable) -> Option<DiffSide> {
        let document = self.inputs.document.as_ref()?;
        Some(DiffSide::new(&document.value, model, names))
    }

    fn side_with_settings(&mut self) -> Option<DiffSide> {
        let (model, names) = self.decide_side()?;
        self.make_side(&model, &names)
    }
}

/// Fills in the lines of all places. Parses each document once.
fn find_lines(report: &mut DiffReport, old: &DiffInput, new: &DiffInput) {
    for (input, is_old) in [(old, true), (new, false)] {
        let Some(source) = &input.inputs.document else {
            continue;
        };
        let mut places: Vec<_> = report
            .entries_mut()
            .filter_map(|entry| {
                if is_old {
                    entry.old.as_mut()
                } else {
                    entry.new.as_mut()
                }
            })
            .collect();
        let pointers: Vec<SpecPath> = places.iter().map(|place| place.pointer.clone()).collect();
        let positions = source.positions_of(&pointers.iter().collect::<Vec<_>>());
        for (place, position) in places.iter_mut().zip(positions) {
            place.line = position.map(|(line, _)| line);
        }
    }
}
