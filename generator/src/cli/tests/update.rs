//! Tests of `generator update`.

use std::fs;

use super::{DOCUMENT, Outcome, folder, program, younger_document};
use crate::cli::ExitStatus;

/// A folder with an imported document, its lock, a crate and a changelog.
fn published(document: &str) -> tempfile::TempDir {
    let folder = folder(document);
    let path = |name: &str| folder.path().join(name);
    fs::write(path("api.names.toml"), "").unwrap();
    fs::write(
        path("CHANGELOG.md"),
        "# Changelog\n\n## Unreleased\n\n* Before.\n",
    )
    .unwrap();
    let import = ["import", "DIR/pets.yaml", "--out", "DIR/api.yaml"];
    assert_eq!(program(folder.path(), &import).end, ExitStatus::Done);
    let generate = ["DIR/api.yaml", "--out", "DIR/out"];
    assert_eq!(program(folder.path(), &generate).end, ExitStatus::Done);
    folder
}

fn update(folder: &tempfile::TempDir, more: &[&str]) -> Outcome {
    let mut args = vec!["update", "DIR/new.yaml", "--document", "DIR/api.yaml"];
    args.extend(["--out", "DIR/out", "--changelog", "DIR/CHANGELOG.md"]);
    args.extend(more);
    program(folder.path(), &args)
}

fn files_of(folder: &tempfile::TempDir) -> std::collections::BTreeMap<String, String> {
    let names = [
        "api.yaml",
        "api.names.toml",
        "CHANGELOG.md",
        "out/src/shared.rs",
    ];
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    names.map(|name| (name.to_owned(), text(name))).into()
}

#[test]
fn update_imports_generates_and_notes_the_changes() {
    let folder = published(DOCUMENT);
    let new = younger_document().replace("2020-01-01", "2020-02-02");
    fs::write(folder.path().join("new.yaml"), new).unwrap();
    let done = update(&folder, &[]);
    assert_eq!(done.end, ExitStatus::Done, "{}", done.err);
    assert!(done.out.contains("shared::Pet::age"), "{}", done.out);
    assert!(
        done.out.contains("Crate version 0.20200202.0"),
        "{}",
        done.out
    );
    let files = files_of(&folder);
    assert!(files["api.yaml"].contains("2020-02-02"));
    let changelog = &files["CHANGELOG.md"];
    assert!(
        changelog.contains("Pets 2020-02-02 (before: 2020-01-01)"),
        "{changelog}"
    );
    assert!(changelog.ends_with("* Before.\n"), "{changelog}");
    let check = ["DIR/api.yaml", "--out", "DIR/out", "--check"];
    assert_eq!(program(folder.path(), &check).end, ExitStatus::Done);
}

#[test]
fn update_that_the_generator_would_break_writes_nothing() {
    let operation = |path: &str, boxes: &[&str], ty: &str| {
        let property = |name: &&str| {
            format!(
                "{name}: {{type: object, properties: {{box: {{type: object, properties: {{a: {{type: {ty}}}}}}}}}}}"
            )
        };
        let all: Vec<String> = boxes.iter().map(property).collect();
        format!(
            "  /v1/{path}:\n    post:\n      operationId: Post_{path}\n      requestBody: {{content: {{application/x-www-form-urlencoded: {{schema: {{type: object, properties: {{{}}}}}}}}}}}\n      responses:\n        \"200\": {{description: \"\", content: {{application/json: {{schema: {{$ref: \"#/components/schemas/pet\"}}}}}}}}\n",
            all.join(", ")
        )
    };
    let with = |cats: &str| {
        let more =
            operation("cats", &["case", "chest"], cats) + &operation("dogs", &["case"], "string");
        DOCUMENT.replace("components:\n", &(more + "components:\n"))
    };
    let folder = published(&with("string"));
    fs::write(folder.path().join("new.yaml"), with("integer")).unwrap();
    let before = files_of(&folder);
    let refused = update(&folder, &[]);
    assert_eq!(
        refused.end,
        ExitStatus::DeniedGenerator,
        "{}{}",
        refused.out,
        refused.err
    );
    assert_eq!(files_of(&folder), before);
    let allowed = update(&folder, &["--allow-generator"]);
    assert_eq!(allowed.end, ExitStatus::Done, "{}", allowed.err);
    assert_ne!(files_of(&folder), before);
}

#[test]
fn update_needs_a_heading_in_the_changelog_and_an_imported_document() {
    let folder = published(DOCUMENT);
    fs::write(folder.path().join("new.yaml"), younger_document()).unwrap();
    fs::write(folder.path().join("CHANGELOG.md"), "# Changelog\n").unwrap();
    let before = files_of(&folder);
    let failed = update(&folder, &[]);
    assert_eq!(failed.end, ExitStatus::BadInput);
    assert!(failed.err.contains("F010"), "{}", failed.err);
    assert_eq!(files_of(&folder), before);
    let args = [
        "update",
        "DIR/new.yaml",
        "--document",
        "DIR/pets.yaml",
        "--out",
        "DIR/out",
    ];
    let hand_written = program(folder.path(), &args);
    assert_eq!(
        hand_written.end,
        ExitStatus::CannotWrite,
        "{}",
        hand_written.err
    );
}

#[test]
fn update_takes_the_options_of_the_crate() {
    let folder = published(DOCUMENT);
    // Callers break, and the version of the API stays.
    fs::write(folder.path().join("new.yaml"), younger_document()).unwrap();
    let options = ["--crate-name", "pets", "--crate-version", "3.1.4"];
    let done = update(&folder, &options);
    assert_eq!(done.end, ExitStatus::Done, "{}", done.err);
    assert!(done.out.contains("Crate version 3.1.4"), "{}", done.out);
    let manifest = fs::read_to_string(folder.path().join("out/Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"pets\""), "{manifest}");
    let folder = published(DOCUMENT);
    fs::write(folder.path().join("new.yaml"), younger_document()).unwrap();
    let done = update(&folder, &[]);
    assert!(done.out.contains("--crate-version"), "{}", done.out);
}
