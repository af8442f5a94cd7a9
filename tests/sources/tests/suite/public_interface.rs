//! The public interfaces of the runtime's packages lose nothing within a compatible version.
//!
//! `tests/sources/public-interface/PACKAGE.txt` is what a package exported in its last recorded
//! version. `UPDATE=1 cargo test -p sources public_interfaces -- --ignored` records it again, which
//! is a step of a release (`docs/releasing.md`). The generated crate is not listed here: its names
//! and signatures are in `specs/stripe.names.toml`.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use public_api::Builder;
use serde_json::Value;

use super::workspace;

/// A package whose interface is recorded.
struct LibraryPackage {
    name: String,
    library: String,
    version: String,
    /// The features that its documentation is built with.
    features: String,
}

#[test]
#[ignore = "builds the documentation of all packages; `.ci/run` does"]
fn public_interfaces_lose_nothing_without_a_new_version() {
    let metadata = read_metadata();
    let documentation = documentation_folder(&metadata);
    let mut broken = String::new();
    for package in runtime_packages(&metadata) {
        let items = list_items(&package, &documentation);
        let path = workspace().join(format!(
            "tests/sources/public-interface/{}.txt",
            package.name
        ));
        if env::var_os("UPDATE").is_some() {
            write_record(&path, &package, &items);
            continue;
        }
        let record = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; record it with UPDATE=1", path.display()));
        let (version, recorded) = parse_record(&record);
        let lost: Vec<_> = recorded
            .iter()
            .filter(|item| !items.contains(**item))
            .collect();
        if lost.is_empty() || is_breaking_update(version, &package.version) {
            continue;
        }
        let name = &package.name;
        writeln!(
            broken,
            "{name} {} lacks what {version} has:",
            package.version
        )
        .expect("text");
        for item in lost {
            writeln!(broken, "    {item}").expect("text");
        }
    }
    assert!(
        broken.is_empty(),
        "{broken}raise the version, or record the interface with UPDATE=1 if the version was never \
         published"
    );
}

#[test]
fn breaking_updates_raise_the_first_number_that_is_not_zero() {
    for (old, new, is_breaking) in [
        ("0.1.0", "0.1.1", false),
        ("0.1.0", "0.2.0", true),
        ("0.0.1", "0.0.2", true),
        ("1.4.0", "1.5.0", false),
        ("1.4.0", "2.0.0", true),
        ("1.4.0", "0.9.0", false),
    ] {
        assert_eq!(is_breaking_update(old, new), is_breaking, "{old} to {new}");
    }
}

/// Whether Cargo takes the new version as incompatible with the old one, and as a later one.
fn is_breaking_update(old: &str, new: &str) -> bool {
    let compatible_part = |version: &str| -> Vec<u32> {
        let numbers = version
            .split('.')
            .map(|number| number.parse().expect("a number"));
        let mut part = Vec::new();
        for number in numbers {
            part.push(number);
            if number != 0 {
                break;
            }
        }
        part
    };
    compatible_part(new) > compatible_part(old)
}

fn read_metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn documentation_folder(metadata: &Value) -> PathBuf {
    Path::new(metadata["target_directory"].as_str().expect("a path")).join("doc")
}

/// The packages below `runtime/`.
fn runtime_packages(metadata: &Value) -> Vec<LibraryPackage> {
    let packages = metadata["packages"].as_array().expect("packages");
    let runtime = workspace().join("runtime");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let is_in_runtime =
        |package: &&Value| Path::new(&text(&package["manifest_path"])).starts_with(&runtime);
    let found = packages.iter().filter(is_in_runtime).map(|package| {
        let targets = package["targets"].as_array().expect("targets");
        let library = targets.iter().find(|target| target["kind"][0] == "lib");
        let features = package["metadata"]["docs"]["rs"]["features"].as_array();
        let features: Vec<_> = features.into_iter().flatten().map(text).collect();
        LibraryPackage {
            name: text(&package["name"]),
            library: text(&library.expect("a library")["name"]),
            version: text(&package["version"]),
            features: features.join(","),
        }
    });
    found.collect()
}

/// The public items of a package, one line each.
fn list_items(package: &LibraryPackage, documentation: &Path) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["rustdoc", "--locked", "--lib", "-p", &package.name])
        .args(["--features", &package.features])
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        // The JSON of rustdoc is not stable yet.
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", package.name);
    let json = documentation.join(format!("{}.json", package.library));
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(false)
        .build()
        .expect("JSON in the format of public-api; see tests/sources/Cargo.toml for its version");
    assert!(
        api.items().next().is_some(),
        "{} exports nothing",
        package.name
    );
    api.items().map(|item| item.to_string()).collect()
}

fn write_record(path: &Path, package: &LibraryPackage, items: &BTreeSet<String>) {
    let mut text = format!("{}\n", package.version);
    for item in items {
        writeln!(text, "{item}").expect("text");
    }
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

/// The version and the items of a record.
fn parse_record(record: &str) -> (&str, Vec<&str>) {
    let (version, items) = record.split_once('\n').expect("a version");
    (version, items.lines().collect())
}
