//! Where everything is: what is committed, and what a run writes.

use std::path::{Path, PathBuf};

/// The folders of a checkout that this package uses.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The checkout that this program was built in.
    pub fn of_checkout() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.ancestors().nth(2).unwrap_or(package);
        Self::at(root)
    }

    /// Another checkout.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What runs write; never committed.
    pub fn target(&self) -> PathBuf {
        self.root.join("target/corpus")
    }

    /// The unpacked package.
    pub fn package(&self) -> PathBuf {
        self.target().join("package")
    }

    /// The workspace of the generated crates.
    pub fn crates(&self) -> PathBuf {
        self.target().join("crates")
    }

    /// What the processes of the documents print.
    pub fn runs(&self) -> PathBuf {
        self.target().join("runs")
    }

    /// The workspace of the clients whose operations are called, with the programs that call them.
    pub fn calls(&self) -> PathBuf {
        self.target().join("calls")
    }

    /// The results of the last calls.
    pub fn run_calls(&self) -> PathBuf {
        self.target().join("calls.json")
    }

    /// The committed results of calls.
    pub fn call_results(&self) -> PathBuf {
        self.root.join("tests/corpus/calls.json")
    }

    /// The committed list of documents whose operations are called.
    pub fn call_list(&self) -> PathBuf {
        self.root.join("tests/corpus/calls.toml")
    }

    /// The runtime that generated crates depend on.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("runtime")
    }

    /// The results of the last run.
    pub fn run_results(&self) -> PathBuf {
        self.target().join("results.json")
    }

    /// The committed list of documents.
    pub fn sample(&self) -> PathBuf {
        self.root.join("tests/corpus/sample.txt")
    }

    /// Our own documents.
    pub fn documents(&self) -> PathBuf {
        self.root.join("tests/corpus/documents")
    }

    /// The committed results.
    pub fn results(&self) -> PathBuf {
        self.root.join("tests/corpus/results.json")
    }

    /// The committed measurements of the largest documents.
    pub fn largest(&self) -> PathBuf {
        self.root.join("tests/corpus/largest.json")
    }

    /// The page with the tables.
    pub fn page(&self) -> PathBuf {
        self.root.join("docs/coverage.md")
    }

    /// The lock of the checkout, from which the generated workspace starts.
    pub fn cargo_lock(&self) -> PathBuf {
        self.root.join("Cargo.lock")
    }
}
