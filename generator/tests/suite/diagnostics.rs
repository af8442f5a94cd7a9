//! One document for each diagnostic about documents and dialects: what the command says about
//! it, word for word, and what it leaves on the disk.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use generator::diag::{Code, Input, Severity};

/// The folder with the documents, `CODE-slug.yaml`, some with a dialect beside them.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/diagnostics")
}

/// The names of the documents, without extension.
fn documents() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Runs the generator on a document, in the folder, so that no path of this machine is printed.
fn run(name: &str, out: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command
        .current_dir(folder())
        .arg(format!("{name}.yaml"))
        .arg("--out")
        .arg(out);
    // Strict runs change nothing in the document, which is what `G` is about.
    if !name.starts_with('G') {
        command.arg("--strict");
    }
    command.output().unwrap()
}

fn code_of(name: &str) -> Code {
    let id = name.split('-').next().unwrap();
    *Code::ALL
        .iter()
        .find(|code| code.id() == id)
        .unwrap_or_else(|| panic!("no code {id}"))
}

#[test]
fn every_code_about_documents_and_dialects_has_a_document() {
    let documents = documents();
    for code in Code::ALL {
        let wanted = match code.input() {
            // A name can only be too long in a document that is too long for this folder.
            Input::Document => code.id() != "L002",
            Input::Dialect => true,
            Input::Lock | Input::File => false,
        };
        let found = documents.iter().any(|name| code_of(name) == *code);
        assert_eq!(found, wanted, "{}", code.id());
    }
}

#[test]
fn what_is_said_is_pinned() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    let temporary = tempfile::tempdir().unwrap();
    for name in documents() {
        let out = temporary.path().join(&name);
        let output = run(&name, &out);
        let said = String::from_utf8(output.stderr).unwrap();
        let code = code_of(&name);
        assert!(said.contains(&format!("[{}]", code.id())), "{name}: {said}");
        match code.severity() {
            Severity::Error => {
                assert_eq!(output.status.code(), Some(2), "{name}: {said}");
                assert!(!out.exists(), "{name}: something was written");
            }
            Severity::Warning => {
                assert!(output.status.success(), "{name}: {said}");
                assert!(
                    out.join("Cargo.toml").exists(),
                    "{name}: nothing was written"
                );
            }
        }
        insta::assert_snapshot!(name, said);
    }
}
