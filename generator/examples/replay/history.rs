//! Revisions of a document, and the crates made from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::diag::Code;
use generator::pipeline::{GenerateRequest, generate_crate, import_file};
use tempfile::TempDir;

use crate::surface::Surface;
use crate::wire::Facts;

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

/// A generated crate and the document it was made from.
pub(crate) struct MadeCrate {
    pub(crate) surface: Surface,
    pub(crate) facts: Facts,
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

    /// Makes the crate of a document.
    pub(crate) fn make_crate(&self, document: &str, revision: &str) -> Result<MadeCrate, String> {
        let path = |name: &str| self.folder.path().join(name);
        let fail = |what: String| format!("{revision}: {what}");
        fs::write(path("upstream.yaml"), document).map_err(|e| fail(e.to_string()))?;
        let imported = import_file(&path("upstream.yaml"), &path("api.yaml"));
        if imported.counts.is_none() {
            return Err(fail(format!("{:?}", imported.findings.all())));
        }
        let request = GenerateRequest {
            config: Some(self.config.clone()),
            ..GenerateRequest::new(path("api.yaml"), path("out"))
        };
        let run = generate_crate(&request);
        if run.report.is_none() {
            return Err(fail(format!("{:?}", run.findings.all())));
        }
        let splits = run.findings.all().iter();
        let splits = splits.filter(|finding| finding.code == Code::LockedTypeSplit);
        let read = |name: &str| fs::read_to_string(path(name)).map_err(|e| fail(e.to_string()));
        Ok(MadeCrate {
            surface: Surface::read_folder(&path("out/src")).map_err(fail)?,
            facts: Facts::read_document(&read("api.yaml")?).map_err(fail)?,
            lock: read("api.names.toml")?,
            splits: splits.map(|finding| finding.detail.clone()).collect(),
        })
    }
}
