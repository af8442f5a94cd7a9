//! `generator init`: the dialect that it writes fits the document, changes nothing of the crate, and
//! each of its settings that is switched off fits the document too.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use generator::pipeline::{
    GenerateRequest, InitRequest, generate_crate, init_dialect, list_operations,
};

/// Our own documents.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    for folder in ["tests/corpus/documents", "specs", "specs/tricky"] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        all.extend(entries.map(|entry| entry.unwrap().path()));
    }
    all.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    all.retain(|path| !path.ends_with("stripe.yaml"));
    all.sort();
    assert!(all.len() > 50, "{}", all.len());
    all
}

/// A copy of a document alone in a folder.
fn copy_alone(document: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("api.yaml");
    fs::copy(document, &copy).unwrap();
    (folder, copy)
}

/// The files of the crate of a document, by name; `None` if there is an error.
fn crate_files(document: &Path, out: &Path) -> Option<BTreeMap<PathBuf, String>> {
    let mut request = GenerateRequest::new(document, out);
    request.names = Some(out.join("names.toml"));
    let run = generate_crate(&request);
    run.report.as_ref()?;
    let mut files = BTreeMap::new();
    let mut open = vec![out.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(out).unwrap().to_owned();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    Some(files)
}

/// Writes the dialect beside the document, and returns its text.
fn init(document: &Path) -> String {
    let run = init_dialect(&InitRequest {
        document: document.to_owned(),
        out: None,
        replaces: false,
    });
    assert!(run.findings.is_clean(), "{:?}", run.findings);
    let written = run.written.unwrap();
    assert_eq!(written.path, document.with_extension("toml"));
    assert_eq!(fs::read_to_string(&written.path).unwrap(), written.text);
    written.text
}

/// The dialects in which one group of settings is switched on: a section, or a key outside of the
/// sections that are switched off.
fn switched_on(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let is_off = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut is_open = false;
    for (index, line) in lines.iter().enumerate() {
        if line.is_empty() {
            is_open = false;
        } else if line.starts_with("#[") {
            groups.push(vec![index]);
            is_open = true;
        } else if is_off(line) {
            match groups.last_mut().filter(|_| is_open) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
        }
    }
    let switch = |group: &Vec<usize>| {
        let first = lines[group[0]].to_owned();
        let is_other_auth = |line: &str| line.starts_with("auth = ") && first.starts_with("#auth");
        let changed = lines.iter().enumerate().map(|(index, line)| match line {
            line if is_other_auth(line) => "",
            line if group.contains(&index) => &line[1..],
            line => line,
        });
        let changed: Vec<&str> = changed.collect();
        (first, changed.join("\n"))
    };
    groups.iter().map(switch).collect()
}

#[test]
fn dialect_fits_the_document_and_changes_nothing_of_the_crate() {
    let mut compared = 0;
    for document in documents() {
        let (folder, copy) = copy_alone(&document);
        let Some(without) = crate_files(&copy, &folder.path().join("without")) else {
            continue;
        };
        init(&copy);
        let with = crate_files(&copy, &folder.path().join("with"));
        let with = with.unwrap_or_else(|| panic!("{}: the dialect", document.display()));
        let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&without), names(&with), "{}", document.display());
        for (name, text) in &without {
            let place = format!("{}: {}", document.display(), name.display());
            assert_eq!(text, &with[name], "{place}");
        }
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn settings_that_are_switched_off_fit_the_document() {
    let mut tried = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        let (folder, copy) = copy_alone(&document);
        let request = GenerateRequest::new(&copy, folder.path().join("out"));
        let Some(without) = list_operations(&request).report else {
            continue;
        };
        for (first, text) in switched_on(&init(&copy)) {
            // It says itself that it makes errors.
            if first == "#strict = true" {
                continue;
            }
            fs::write(copy.with_extension("toml"), &text).unwrap();
            let run = list_operations(&request);
            let all = without.operations.len();
            let found = run.report.as_ref();
            let found = found.map(|it| (it.operations.len(), it.ignored.len()));
            // An operation that is not supported can be ignored too.
            let is_expected = match first.as_str() {
                "#[ignore]" => found.is_some_and(|(kept, ignored)| {
                    ignored == 1 && (kept + 1 == all || kept == all)
                }),
                _ => found == Some((all, 0)),
            };
            if !is_expected {
                let errors: Vec<_> = run.findings.errors().collect();
                let document = document.display();
                wrong.push(format!("{document}: {first}: {found:?}, {errors:?}"));
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 300, "{tried}");
}

#[test]
fn committed_document_without_its_dialect() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let (folder, copy) = copy_alone(&specs.join("stripe.yaml"));
    let without = crate_files(&copy, &folder.path().join("without")).unwrap();
    let text = init(&copy);
    assert!(
        crate_files(&copy, &folder.path().join("with")).unwrap() == without,
        "the crates differ"
    );
    // The envelopes that the committed dialect states are found.
    for style in ["cursor", "search", "url"] {
        assert!(text.contains(&format!("#style = \"{style}\"\n")), "{style}");
    }
    let pages = switched_on(&text);
    let pages = pages.iter().filter(|(first, _)| first == "#[[envelopes]]");
    let request = GenerateRequest::new(&copy, folder.path().join("out"));
    let mut tried = 0;
    for (_, text) in pages {
        fs::write(copy.with_extension("toml"), text).unwrap();
        let run = list_operations(&request);
        assert!(run.report.is_some(), "{text}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

/// The first block of code in a language of a page, from a line on.
fn block<'t>(page: &'t str, language: &str) -> &'t str {
    let begin = format!("```{language}\n");
    let (_, after) = page.split_once(&begin).unwrap();
    after.split_once("```").unwrap().0
}

#[test]
fn page_shows_what_its_document_gives() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/any-api.md");
    let page = fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("notes.yaml");
    fs::write(&document, block(&page, "yaml")).unwrap();
    let text = init(&document);
    assert!(text.contains(block(&page, "toml")), "{text}");
    let files = crate_files(&document, &folder.path().join("note-service")).unwrap();
    let program = block(&page, "rust,ignore");
    let all: String = files.values().map(String::as_str).collect();
    for name in [
        "pub struct CreateNoteParams",
        "pub struct ListNotesParams",
        "pub fn create_note(",
        "pub fn list_notes(",
        "Status409(",
        "Status422(",
        ".server_variable(\"region\"",
    ] {
        assert!(all.contains(name), "{name}");
        let used = name
            .trim_start_matches("pub struct ")
            .trim_start_matches("pub fn ");
        assert!(program.contains(used), "{used}");
    }
}
