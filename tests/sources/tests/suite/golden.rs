//! The whole output for small documents, as committed files.
//!
//! A change of the generator is visible here as a change of Rust code that can be reviewed.
//! `UPDATE=1 cargo test -p sources golden` rewrites the trees.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::pipeline::{GenerateRequest, generate_crate};
use generator::rust::Docs;

use super::workspace;

const UPDATE: &str = "`UPDATE=1 cargo test -p sources golden` rewrites the trees";

/// Lines of a difference that are shown of one file.
const SHOWN: usize = 40;

/// A document and the folder of its tree.
struct Case {
    document: PathBuf,
    name: String,
}

impl Case {
    /// The lock is made in `temp`: it would say the same as the tree.
    fn request(&self, out: PathBuf, temp: &Path) -> GenerateRequest {
        let mut request = GenerateRequest::new(&self.document, out);
        request.names = Some(temp.join("names.toml"));
        request.options.crate_name = format!("golden_{}", self.name);
        // The trees also show how prose is converted.
        request.options.docs = Docs::Full;
        request
    }

    fn tree(&self) -> PathBuf {
        workspace().join("tests/golden").join(&self.name)
    }
}

/// `specs/petstore.yaml` and `specs/tricky/*.yaml`.
fn cases() -> Vec<Case> {
    let specs = workspace().join("specs");
    let tricky = fs::read_dir(specs.join("tricky")).expect("the folder is there");
    let mut documents: Vec<PathBuf> = tricky
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".yaml") && !name.ends_with(".names.yaml")
        })
        .collect();
    documents.push(specs.join("petstore.yaml"));
    documents.sort();
    documents
        .into_iter()
        .map(|document| {
            let name = document.file_stem().expect("a name").to_string_lossy();
            let name = name.replace(['-', '.'], "_");
            Case { document, name }
        })
        .collect()
}

/// Every file below `folder`, by path with `/`.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("below the folder");
            let name = name.to_string_lossy().replace('\\', "/");
            found.insert(name, fs::read_to_string(&path).expect("readable"));
        }
    }
    found
}

fn run(request: &GenerateRequest) {
    let run = generate_crate(request);
    assert!(
        run.report.is_some(),
        "{}: {:#?}",
        request.document.display(),
        run.findings.all()
    );
}

#[test]
fn golden_trees_are_what_the_generator_writes() {
    let is_update = env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut wrong = String::new();
    for case in cases() {
        let temp = tempfile::tempdir().expect("a folder for the output");
        if is_update {
            run(&case.request(case.tree(), temp.path()));
            continue;
        }
        // The same depth below a folder with a runtime in it, so that the manifest is the same.
        let out = temp.path().join("tests/golden").join(&case.name);
        let mut request = case.request(out.clone(), temp.path());
        request.runtime = Some(temp.path().join("runtime"));
        run(&request);
        let (expected, found) = (files(&case.tree()), files(&out));
        for path in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let (old, new) = (expected.get(path), found.get(path));
            if old != new {
                let text = |text: Option<&String>| text.cloned().unwrap_or_default();
                let _ = write!(
                    wrong,
                    "{}/{path}\n{}",
                    case.name,
                    diff(&text(old), &text(new))
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{UPDATE}\n{wrong}");
}

#[test]
fn no_golden_tree_is_left_without_a_document() {
    let names: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    let folders = fs::read_dir(workspace().join("tests/golden")).expect("the trees are there");
    for folder in folders {
        let name = folder.expect("an entry").file_name();
        let name = name.to_string_lossy().into_owned();
        assert!(names.contains(&name), "tests/golden/{name} can be removed");
    }
}

#[test]
fn golden_trees_compile_without_warnings_with_and_without_default_features() {
    // A package beside the trees that needs all of them: they are workspaces of their own, and
    // so the dependencies are compiled once.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    fs::create_dir_all(folder.join("src")).expect("a folder for the package");
    let mut manifest = "[package]\nname = \"golden\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                        [workspace]\n\n[dependencies]\n"
        .to_owned();
    let mut defaults = Vec::new();
    for case in cases() {
        let path = toml_string(&case.tree());
        let name = format!("golden_{}", case.name);
        let _ = writeln!(
            manifest,
            "{name} = {{ path = {path}, default-features = false, features = [\"serde\"] }}"
        );
        defaults.push(format!("{name}/default"));
    }
    let _ = writeln!(manifest, "\n[features]\ndefault = {defaults:?}");
    fs::write(folder.join("Cargo.toml"), manifest).expect("writable");
    fs::write(folder.join("src/lib.rs"), "").expect("writable");
    // The same versions as in this workspace, which are downloaded already.
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("writable");
    for features in [&[][..], &["--no-default-features"]] {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .args(features)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("RUSTFLAGS", "-Dwarnings")
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{features:?}\n{said}");
    }
}

/// A string of TOML; paths may have backslashes.
fn toml_string(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

/// The lines that differ, each run of them after the number of its first line.
fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // The length of the longest common subsequence of what follows line i of the old text and
    // line j of the new one.
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut lines, mut is_same) = (0, 0, Vec::new(), true);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j, is_same) = (i + 1, j + 1, true);
            continue;
        }
        if std::mem::replace(&mut is_same, false) {
            lines.push(format!("@@ line {} @@", i + 1));
        }
        if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(format!("-{}", old[i]));
            i += 1;
        } else {
            lines.push(format!("+{}", new[j]));
            j += 1;
        }
    }
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("… {more} more lines"));
    }
    lines.join("\n") + "\n"
}
