//! Our own small documents, one for each construct that published documents have: the result is
//! what the comment at the beginning of each says.
//!
//! `PENDING` lists those that do not have that result yet. One that has it fails the test as well,
//! until it is removed from the list.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use corpus::child::{ChildEnd, Limits, run_child};
use corpus::documents::list_documents;
use corpus::expectation::Expectation;
use corpus::layout::Layout;

/// This program, which generates a document in a process of its own.
const PROGRAM: &str = env!("CARGO_BIN_EXE_corpus");

/// Far more than a small document takes.
const LIMITS: Limits = Limits {
    cpu_seconds: 10,
    wall_seconds: 120,
    memory_mib: 512,
};

/// Documents that do not have the expected result yet.
const PENDING: &[&str] = &[];

fn folder() -> PathBuf {
    Layout::of_checkout().documents()
}

fn document_names() -> Vec<String> {
    list_documents(&Layout::of_checkout()).expect("the folder of the documents")
}

/// Generates a document, and returns how the result differs from what is expected.
fn run_document(name: &str, target: &Path) -> Vec<String> {
    let path = folder().join(format!("{name}.yaml"));
    let text = fs::read_to_string(&path).expect("a document in YAML");
    let expected = Expectation::parse(name, &text).expect("a header that is understood");
    let out = target.join("crates").join(name);
    let folders = (out.as_path(), target);
    let end = run_child(Path::new(PROGRAM), &path, name, folders, LIMITS);
    let end = end.expect("a process that runs");
    expected
        .compare_with(&end, &out)
        .expect("a crate that can be read")
}

#[test]
fn own_documents_have_the_expected_results() {
    let target = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    let names = document_names();
    for name in &names {
        let differences = run_document(name, target.path());
        match (differences.is_empty(), PENDING.contains(&name.as_str())) {
            (true, true) => wrong.push(format!(
                "{name}: has the expected result now; remove it from PENDING"
            )),
            (false, false) => wrong.push(format!("{name}: {}", differences.join("; "))),
            _ => {}
        }
    }
    println!(
        "{} of {} documents have the expected result",
        names.len() - PENDING.len(),
        names.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pending_documents_exist_and_are_listed_once() {
    let names = document_names();
    let unique: BTreeSet<&str> = PENDING.iter().copied().collect();
    assert_eq!(unique.len(), PENDING.len(), "a document is listed twice");
    for pending in unique {
        let is_there = names.iter().any(|name| name == pending);
        assert!(is_there, "{pending} is not in tests/corpus/documents");
    }
}

#[test]
fn document_that_is_not_as_expected_is_reported() {
    let target = tempfile::tempdir().expect("a folder");
    let path = target.path().join("a.yaml");
    fs::write(&path, "- no document\n").expect("writable");
    let out = target.path().join("crate");
    let folders = (out.as_path(), target.path());
    let end = run_child(Path::new(PROGRAM), &path, "a", folders, LIMITS).expect("a process");
    assert!(matches!(&end, ChildEnd::Reported(report) if !report.is_generated));
    for header in [
        "generates, 1 operation",
        "error S007",
        "error S001 at #/info",
    ] {
        let expected = Expectation::parse("a", &format!("# expect: {header}\n"));
        let expected = expected.expect("a header that is understood");
        let wrong = expected.compare_with(&end, &out).expect("compared");
        assert_eq!(wrong.len(), 1, "{header}: {wrong:?}");
    }
}

#[test]
fn process_above_a_limit_is_stopped() {
    let target = tempfile::tempdir().expect("a folder");
    let path = folder().join("all-of.yaml");
    let out = target.path().join("crate");
    let folders = (out.as_path(), target.path());
    let limits = Limits {
        memory_mib: 0,
        ..LIMITS
    };
    let end = run_child(Path::new(PROGRAM), &path, "a", folders, limits).expect("a process");
    assert!(matches!(end, ChildEnd::OutOfMemory(_)), "{end:?}");
}

#[cfg(unix)]
#[test]
fn process_that_is_killed_or_does_not_end_is_a_result() {
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt as _;

    use corpus::CorpusError;

    let target = tempfile::tempdir().expect("a folder");
    let out = target.path().join("crate");
    let folders = (out.as_path(), target.path());
    let limits = Limits {
        cpu_seconds: 0,
        wall_seconds: 2,
        ..LIMITS
    };
    let run = |name: &str, command: &str| {
        let program = target.path().join(name);
        fs::write(&program, format!("#!/bin/sh\n{command}\n")).expect("writable");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&program, executable).expect("permissions");
        loop {
            match run_child(&program, Path::new("a.yaml"), name, folders, limits) {
                // A process that another test is about to start still has the file open.
                Err(CorpusError::File { source, .. })
                    if source.kind() == ErrorKind::ExecutableFileBusy => {}
                end => return end.expect("a process"),
            }
        }
    };
    for (name, command, expected) in [
        // What a stack overflow ends with.
        ("aborts", "kill -ABRT $$", "signal 6"),
        ("fails", "echo '{}'; exit 3", "exit code 3"),
        ("ends", "echo no report", "exit code 0"),
    ] {
        let end = run(name, command);
        let is_it = matches!(&end, ChildEnd::Crashed(how, _) if how == expected);
        assert!(is_it, "{name}: {end:?}");
    }
    for (name, command) in [
        ("computes", "while :; do :; done"),
        ("waits", "exec sleep 60"),
    ] {
        let end = run(name, command);
        assert!(matches!(end, ChildEnd::TimedOut(_)), "{name}: {end:?}");
    }
}
