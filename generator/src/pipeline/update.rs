//! Updates a document and the crate that is generated from it, in one step.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::diff::compare_with_text;
use super::import::reject_other_title;
use super::stopwatch::Stopwatch;
use super::{
    DiffInput, DiffReport, DiffRun, GenerateReport, GenerateRequest, Inputs, Origin, SemverLevel,
    manifest, write_crate,
};
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::files;
use crate::import;
use crate::source::{FileFormat, SourceFile};

/// The heading of a changelog that entries are written below.
const HEADING: &str = "## Unreleased\n";

/// An update of a document.
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// The vendor's new document.
    pub upstream: PathBuf,
    /// The document to replace, and the crate to generate.
    pub generate: GenerateRequest,
    /// The changelog that gets an entry, if it exists.
    pub changelog: PathBuf,
    /// Go on if the generator causes a change that the document does not require.
    pub allows_generator: bool,
    /// Go on if the document to replace has another title.
    pub allows_other_title: bool,
}

/// The result of an update.
#[derive(Debug, Default)]
pub struct UpdateRun {
    /// The vendor's document.
    pub upstream: Inputs,
    /// Findings about files: the vendor's document, the old one, the changelog.
    pub findings: DiagnosticSink,
    /// What the update means for callers.
    pub comparison: DiffRun,
    /// The files that the crate was generated from; empty if the update was refused.
    pub generation: DiffInput,
    /// What was written; `None` after errors, and if the update was refused.
    pub written: Option<GenerateReport>,
    /// The version of the crate that fits the update. `None` if the version of the API stays and
    /// callers break, so that no version follows from it.
    pub crate_version: Option<String>,
    /// Nothing was written, since the generator would cause a change that the document does not.
    pub is_refused: bool,
}

/// Imports a document, compares it with the one that it replaces, and generates the crate. The
/// document, the lock, the crate and the changelog are written together or not at all.
pub fn update_document(request: &UpdateRequest) -> UpdateRun {
    let mut run = UpdateRun::default();
    let _: Option<()> = run_update(request, &mut run);
    run
}

fn run_update(request: &UpdateRequest, run: &mut UpdateRun) -> Option<()> {
    let sink = &mut run.findings;
    let mut generate = request.generate.clone();
    files::reject_hand_written(&generate.document, sink)?;
    run.upstream.document = SourceFile::load_document(&request.upstream, sink);
    let mut old = Inputs::default();
    let is_read = old.read_all(&mut generate, sink);
    let generate = &generate;
    let upstream = run.upstream.document.as_ref()?;
    let imported = import::import_document(upstream, sink);
    is_read?;
    if !request.allows_other_title {
        reject_other_title(old.document.as_ref()?, upstream, sink)?;
    }
    let text = imported?.text;
    let label = generate.document.display().to_string();
    let document = SourceFile::parse(label, FileFormat::Yaml, text.clone(), sink)?;
    let new_inputs = Inputs {
        document: Some(document.clone()),
        dialect: old.dialect.clone(),
        lock: old.lock.clone(),
    };
    run.comparison = compare_with_text(old, document);
    let report = run.comparison.report.as_ref()?;
    let version = propose_version(generate, report);
    if report.has_origin(Origin::Generator) && !request.allows_generator {
        run.is_refused = true;
        return None;
    }
    let changelog = changelog_with_entry(&request.changelog, report, version.as_deref(), sink)?;
    let mut beside = vec![(generate.document.as_path(), text.as_str())];
    if let Some(changelog) = &changelog {
        beside.push((request.changelog.as_path(), changelog));
    }
    run.crate_version = version;
    let DiffInput { inputs, findings } = &mut run.generation;
    *inputs = new_inputs;
    let watch = Stopwatch::start();
    let written = write_crate(generate, inputs, &beside, watch, findings)?;
    run.written = Some(written.report);
    Some(())
}

fn propose_version(request: &GenerateRequest, report: &DiffReport) -> Option<String> {
    if request.crate_version.is_some() {
        return request.crate_version.clone();
    }
    let [old, new] =
        [&report.old_version, &report.new_version].map(|v| manifest::derive_version(v));
    let breaks_within = old == new && report.compile == SemverLevel::Major;
    (!breaks_within).then_some(new)
}

/// The changelog with an entry for the update. `Some(None)` if there is none to write.
fn changelog_with_entry(
    path: &Path,
    report: &DiffReport,
    version: Option<&str>,
    sink: &mut DiagnosticSink,
) -> Option<Option<String>> {
    if !path.exists() {
        return Some(None);
    }
    let read = files::read_text(path);
    let parts = read.as_ref().ok().and_then(|text| text.split_once(HEADING));
    let Some((before, after)) = parts else {
        let detail = match &read {
            Ok(_) => "it has no heading `## Unreleased`".to_owned(),
            Err(error) => error.to_string(),
        };
        let location = FileLocation::of_file(path.display().to_string());
        sink.report_in(Code::ChangelogUnusable, location, detail);
        return None;
    };
    let entry = changelog_entry(report, version);
    let after = after.trim_start_matches('\n');
    Some(Some(format!("{before}{HEADING}\n{entry}{after}")))
}

fn changelog_entry(report: &DiffReport, version: Option<&str>) -> String {
    let version = version.map_or(String::new(), |version| {
        format!(", crate version {version}")
    });
    let (breaks, additions) = (report.breaks.len(), report.additions.len());
    let mut entry = format!(
        "* {} {} (before: {}){version}: {breaks} breaks, {} run-time changes, \
         {additions} additions.\n",
        report.title,
        report.new_version,
        report.old_version,
        report.run_time.len(),
    );
    for found in &report.breaks {
        // Writing to a string does not fail.
        let _ = writeln!(
            entry,
            "  * `{}`: {}; {}",
            found.path, found.reason, found.instead
        );
    }
    entry
}
