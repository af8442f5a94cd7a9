//! Revisions of a document, and the crates made from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::diag::Code;
use generator::pipeline::{
    DiffReport, DiffRequest, DiffSide, DocumentVersion, GenerateRequest, ImportRequest,
    compare_documents, generate_crate, import_file,
};
use tempfile::TempDir;

use crate::{compare, surface};

/// The revisions of one file on a branch.
pub(crate) struct History {
    repo: PathBuf,
    file: String,
    revisions: Vec<String>,
}

impl History {
    /// The revisions of `branch`, oldest first.
    pub(crate) fn open_branch(repo: &Path, branch: &str, file: &str) -> Result<Self, String> {
        let mut history = Self {
            repo: repo.to_owned(),
            file: file.to_owned(),
            revisions: Vec::new(),
        };
        let list = |name: &str| history.run_git(&["rev-list", "--reverse", name, "--", file]);
        // A clone has the branches of its origin only.
        let listed = list(branch).or_else(|_| list(&format!("origin/{branch}")))?;
        history.revisions = listed.lines().map(str::to_owned).collect();
        Ok(history)
    }

    pub(crate) fn list_revisions(&self) -> &[String] {
        &self.revisions
    }

    /// The text of the document at a revision.
    pub(crate) fn read_revision(&self, revision: &str) -> Result<String, String> {
        self.run_git(&["show", &format!("{revision}:{}", self.file)])
    }

    fn run_git(&self, arguments: &[&str]) -> Result<String, String> {
        let mut git = Command::new("git");
        let output = git.arg("-C").arg(&self.repo).args(arguments).output();
        let output = output.map_err(|error| format!("git: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    }
}

/// What one update did to the crate.
pub(crate) struct Update {
    /// How the two versions differ; `None` for the first one.
    pub(crate) report: Option<DiffReport>,
    /// Where the items that were compared are not those of the generated source.
    pub(crate) disagreements: Vec<String>,
    pub(crate) lock: String,
    /// What the run said about types that had to be split.
    pub(crate) splits: Vec<String>,
}

/// A folder in which one crate after another is made, with the lock carried along.
pub(crate) struct Workshop {
    folder: TempDir,
    config: PathBuf,
}

impl Workshop {
    pub(crate) fn open_folder(config: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let lock = folder.path().join("api.names.toml");
        fs::write(lock, "").map_err(|error| error.to_string())?;
        Ok(Self {
            folder,
            config: config.to_owned(),
        })
    }

    fn file_path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the crate of a document and compares it with the one before.
    pub(crate) fn make_crate(&self, document: &str, revision: &str) -> Result<Update, String> {
        let fail = |what: String| format!("{revision}: {what}");
        let is_update = self.keep_last_version().map_err(fail)?;
        let upstream = self.file_path("upstream.yaml");
        fs::write(&upstream, document).map_err(|e| fail(e.to_string()))?;
        let imported = import_file(&ImportRequest {
            upstream,
            out: self.file_path("api.yaml"),
            allows_other_title: true,
        });
        if imported.counts.is_none() {
            return Err(fail(format!("{:?}", imported.findings.all())));
        }
        let request = GenerateRequest {
            config: Some(self.config.clone()),
            ..GenerateRequest::new(self.file_path("api.yaml"), self.file_path("out"))
        };
        let run = generate_crate(&request);
        if run.report.is_none() {
            return Err(fail(format!("{:?}", run.findings.all())));
        }
        let splits = run.findings.all().iter();
        let splits = splits.filter(|finding| finding.code == Code::LockedTypeSplit);
        let (report, new) = self.compare_versions(is_update).map_err(fail)?;
        let source = surface::read_items(&self.file_path("out/src")).map_err(fail)?;
        let lock = fs::read_to_string(self.file_path("api.names.toml"));
        Ok(Update {
            report: is_update.then_some(report),
            disagreements: compare::list_disagreements(&new.inventory, &source),
            lock: lock.map_err(|e| fail(e.to_string()))?,
            splits: splits.map(|finding| finding.detail.clone()).collect(),
        })
    }

    /// Keeps the document and the lock of the last version; says whether there is one.
    fn keep_last_version(&self) -> Result<bool, String> {
        if !self.file_path("api.yaml").exists() {
            return Ok(false);
        }
        for extension in ["yaml", "names.toml"] {
            let from = self.file_path(&format!("api.{extension}"));
            let to = self.file_path(&format!("old.{extension}"));
            fs::copy(from, to).map_err(|error| error.to_string())?;
        }
        Ok(true)
    }

    /// Compares the new version with the old one; with itself if it is the first.
    fn compare_versions(&self, is_update: bool) -> Result<(DiffReport, DiffSide), String> {
        let old = if is_update { "old.yaml" } else { "api.yaml" };
        let run = compare_documents(&DiffRequest {
            old: DocumentVersion::File(self.file_path(old)),
            new: DocumentVersion::File(self.file_path("api.yaml")),
            config: Some(self.config.clone()),
            names: None,
        });
        match (run.report, run.sides) {
            (Some(report), Some((_, new))) => Ok((report, new)),
            _ => Err(format!("{:?}", run.new.findings.all())),
        }
    }
}
