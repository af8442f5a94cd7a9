//! The command line from the outside: exit codes, streams, and what is said about arguments.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

mod init;
mod paths;
mod streams;

/// A document with one operation.
const PETS: &str = r##"openapi: 3.0.0
info: {title: Pets, version: "2020-01-01"}
servers: [{url: "https://pets.example"}]
paths:
  /v1/customers:
    get:
      operationId: ListCustomers
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/pet"}}}}
components:
  schemas:
    pet: {type: object, title: Pet, properties: {name: {type: string}}}
"##;

/// A folder with the document `pets.yaml`.
fn pets_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pets.yaml"), PETS).unwrap();
    folder
}

/// The program, in a folder, with no environment that changes its colours.
fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.current_dir(folder).args(args);
    command.stdin(Stdio::null());
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    program(folder, args).output().unwrap()
}

/// Runs the program with a text on standard input.
fn run_with_input(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut command = program(folder, args);
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The text fits into the buffer of a pipe. A program that refuses its arguments may be gone.
    let mut stdin = child.stdin.take().unwrap();
    let written = stdin.write_all(input.as_bytes());
    let is_gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    assert!(written.as_ref().err().is_none_or(is_gone), "{written:?}");
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn check_says_that_the_folder_does_not_exist() {
    let folder = pets_folder();
    let checked = run(folder.path(), &["pets.yaml", "--check", "--out", "nowhere"]);
    assert_eq!(checked.status.code(), Some(1));
    insta::assert_snapshot!(stderr(&checked), @r"
    the output is not up to date
      the folder nowhere does not exist
    to fix it: generator pets.yaml --out nowhere
    ");
}

#[test]
fn check_lists_some_files_and_counts_the_others() {
    let folder = pets_folder();
    let operation = |number: usize| {
        let (path, id) = (format!("/v1/things{number}"), format!("List{number}"));
        format!(
            "  {path}: {{get: {{operationId: {id}, responses: {{\"200\": {{description: \"\"}}}}}}}}\n"
        )
    };
    let many: String = (0..40).map(operation).collect();
    let document = PETS.replace("components:\n", &format!("{many}components:\n"));
    fs::write(folder.path().join("pets.yaml"), document).unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let check = ["pets.yaml", "--check", "--out", "out"];
    let checked = run(folder.path(), &check);
    assert_eq!(checked.status.code(), Some(1));
    let said = stderr(&checked);
    assert_eq!(said.matches("  missing  ").count(), 20, "{said}");
    assert!(
        said.contains("more; `--check --diff` shows all\n"),
        "{said}"
    );
    let diff = stdout(&run(folder.path(), &[&check[..], &["--diff"]].concat()));
    assert!(diff.matches("--- /dev/null\n").count() > 20, "{diff}");
}

#[test]
fn diff_is_a_patch_of_the_output() {
    let folder = pets_folder();
    let generate = ["pets.yaml", "--out", "out"];
    assert!(run(folder.path(), &generate).status.success());
    let path = folder.path().join("out/src/lib.rs");
    let generated = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{generated}// Mine.\n")).unwrap();
    let check = [&generate[..], &["--check", "--diff"]].concat();
    let checked = run(folder.path(), &check);
    assert_eq!(checked.status.code(), Some(1));
    let diff = stdout(&checked);
    let header = "--- a/out/src/lib.rs\n+++ b/out/src/lib.rs\n@@ ";
    assert!(diff.starts_with(header), "{diff}");
    assert!(diff.ends_with("\n-// Mine.\n"), "{diff}");
    fs::write(&path, generated).unwrap();
    let clean = run(folder.path(), &check);
    assert_eq!(
        (clean.status.code(), stdout(&clean)),
        (Some(0), String::new())
    );
    let alone = run(folder.path(), &["pets.yaml", "--diff"]);
    assert_eq!(alone.status.code(), Some(2), "{}", stderr(&alone));
}

#[test]
fn findings_are_coloured_on_terminals_only() {
    let folder = pets_folder();
    fs::write(folder.path().join("bad.yaml"), "a: b\nc: d: e\n").unwrap();
    let said = |variables: &[&str]| {
        let mut command = program(folder.path(), &["list", "bad.yaml"]);
        command.envs(variables.iter().map(|name| (*name, "1")));
        stderr(&command.output().unwrap())
    };
    let plain = said(&[]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let coloured = said(&["CLICOLOR_FORCE"]);
    assert!(
        coloured.starts_with("\u{1b}[1m\u{1b}[91merror[F003]"),
        "{coloured:?}"
    );
    assert_eq!(said(&["CLICOLOR_FORCE", "NO_COLOR"]), plain);
}

#[test]
fn findings_show_the_line_with_a_mark_below_the_column() {
    let folder = pets_folder();
    // Columns are characters.
    fs::write(folder.path().join("bad.yaml"), "info: 31\nx: ü: e\n").unwrap();
    insta::assert_snapshot!(stderr(&run(folder.path(), &["list", "bad.yaml"])), @r"
    error[F003]: the file is not well-formed
      --> bad.yaml:2:5
       |
     2 | x: ü: e
       |     ^
       = mapping values are not allowed in this context
       = help: open it in an editor at the place named above; a truncated download is a common cause

    1 error; nothing was written
    ");
    let long = format!("{{\"ü\": \"{}\", @}}", "b".repeat(300));
    fs::write(folder.path().join("bad.json"), long).unwrap();
    let long = stderr(&run(folder.path(), &["list", "bad.json"]));
    let lines: Vec<&str> = long.lines().collect();
    let column = |line: &str, mark: char| line.chars().position(|c| c == mark);
    assert!(lines[3].starts_with(" 1 | …b"), "{long}");
    assert_eq!(column(lines[3], '@'), column(lines[4], '^'), "{long}");
    // What a terminal would execute is not printed.
    fs::write(folder.path().join("bad.json"), "{\"\u{9b}31m\": @}").unwrap();
    let said = stderr(&run(folder.path(), &["list", "bad.json"]));
    assert!(
        said.contains("\u{fffd}31m") && !said.contains('\u{9b}'),
        "{said:?}"
    );
}

#[test]
fn import_replaces_no_document_with_another_title() {
    let folder = pets_folder();
    let import = ["import", "pets.yaml", "--out", "api.yaml"];
    assert!(run(folder.path(), &import).status.success());
    let before = fs::read_to_string(folder.path().join("api.yaml")).unwrap();
    let other = PETS.replace("title: Pets", "title: Plants");
    fs::write(folder.path().join("plants.yaml"), other).unwrap();
    let import = ["import", "plants.yaml", "--out", "api.yaml"];
    let update = [
        "update",
        "plants.yaml",
        "--document",
        "api.yaml",
        "--out",
        "out",
    ];
    for args in [&import[..], &update[..]] {
        let refused = run(folder.path(), args);
        assert_eq!(refused.status.code(), Some(3));
        insta::allow_duplicates! {
            insta::assert_snapshot!(stderr(&refused), @r"
            error[O005]: the file to replace is the document of another API
              --> api.yaml
               = its title is `Pets`, that of plants.yaml is `Plants`
               = help: choose another file with `--out` or `--document`, or replace this one with `--force`

            1 error; nothing was written
            ");
        }
        assert_eq!(
            fs::read_to_string(folder.path().join("api.yaml")).unwrap(),
            before
        );
    }
    let forced = run(folder.path(), &[&import[..], &["--force"]].concat());
    assert!(forced.status.success(), "{}", stderr(&forced));
    let after = fs::read_to_string(folder.path().join("api.yaml")).unwrap();
    assert!(after.contains("title: Plants"), "{after}");
}

#[test]
fn shells_and_man_get_their_files() {
    let folder = pets_folder();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(folder.path(), &["completions", shell]);
        assert!(script.status.success());
        assert!(stdout(&script).contains("allow-generator"), "{shell}");
    }
    let page = stdout(&run(folder.path(), &["man"]));
    assert!(
        page.contains(".TH generator 1") && page.contains("Exit codes"),
        "{page}"
    );
    let page = stdout(&run(folder.path(), &["man", "import"]));
    assert!(page.contains(".TH generator-import 1"), "{page}");
    assert_eq!(
        run(folder.path(), &["man", "imports"]).status.code(),
        Some(2)
    );
}

#[test]
fn misspelt_command_is_no_document() {
    let folder = pets_folder();
    let refused = run(folder.path(), &["lst", "pets.yaml"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("'list'"), "{}", stderr(&refused));
    // A file of such a name is a document.
    fs::write(folder.path().join("lst"), PETS).unwrap();
    let done = run(folder.path(), &["lst", "--out", "out"]);
    assert!(done.status.success(), "{}", stderr(&done));
}
