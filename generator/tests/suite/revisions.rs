//! `diff` on revisions of a repository.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const DOCUMENT: &str = r##"openapi: 3.0.0
info: {title: Pets, version: "1"}
servers: [{url: "https://pets.example"}]
paths:
  /v1/pets:
    get:
      operationId: ListPets
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/pet"}}}}
components:
  schemas:
    pet: {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}
"##;

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"]);
    let output = git.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn diff(folder: &Path, old: &str, new: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.current_dir(folder).args(["diff", old, new]);
    command.output().unwrap()
}

/// A repository whose first revision has the field `age`, and whose second one does not.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    git(path, &["init", "--quiet"]);
    fs::create_dir(path.join("specs")).unwrap();
    let younger = DOCUMENT.replace(", age: {type: integer}", "");
    for document in [DOCUMENT, younger.as_str()] {
        fs::write(path.join("specs/stripe.yaml"), document).unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "--quiet", "--message", "update"]);
    }
    folder
}

#[test]
fn revisions_and_files_are_compared() {
    let folder = repository();
    for (old, new) in [
        ("HEAD~1", "HEAD"),
        ("HEAD~1", "specs/stripe.yaml"),
        ("HEAD~1:specs/stripe.yaml", "HEAD:specs/stripe.yaml"),
    ] {
        let output = diff(folder.path(), old, new);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{old} {new}");
        assert!(
            text.contains("::age: Option<i64> is gone"),
            "{old} {new}: {text}"
        );
    }
}

#[test]
fn lock_and_dialect_of_the_revision_are_used() {
    let folder = repository();
    let path = folder.path();
    // The lock of the revision calls the method `all`; the file beside the document does not.
    let lock = path.join("specs/stripe.names.toml");
    fs::write(&lock, "").unwrap();
    let mut generate = Command::new(env!("CARGO_BIN_EXE_generator"));
    generate.current_dir(path).arg("specs/stripe.yaml");
    assert!(generate.output().unwrap().status.success());
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, text.replace("pets.list_pets()", "pets.all()")).unwrap();
    git(path, &["add", "specs"]);
    git(path, &["commit", "--quiet", "--message", "lock"]);
    let same = diff(path, "HEAD", "specs/stripe.yaml");
    let same = String::from_utf8(same.stdout).unwrap();
    assert!(same.contains("compile: none"), "{same}");
    fs::write(&lock, &text).unwrap();
    let renamed = diff(path, "HEAD", "specs/stripe.yaml");
    let renamed = String::from_utf8(renamed.stdout).unwrap();
    assert!(
        renamed.contains("Pets::all -> pets::Pets::list_pets"),
        "{renamed}"
    );
}

#[test]
fn revision_without_the_file_is_reported() {
    let folder = repository();
    let output = diff(folder.path(), "HEAD:specs/other.yaml", "HEAD");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("error[F009]"), "{text}");
    assert!(text.contains("HEAD:specs/other.yaml"), "{text}");
}
