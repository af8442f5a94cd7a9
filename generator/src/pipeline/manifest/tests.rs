//! Tests of versions and workspaces.

use std::fs;
use std::path::Path;

use super::{derive_version, find_workspace};
use crate::pipeline::{GenerateRequest, generate_crate};

#[test]
fn version_of_a_crate_is_the_date_of_the_api() {
    for (api, expected) in [
        ("2026-01-28.clover", "0.20260128.0"),
        ("2023-08-16", "0.20230816.0"),
        ("2026-1-28", "0.1.0"),
        ("2026-01-281", "0.1.0"),
        ("v1", "0.1.0"),
        ("1.2.3", "0.1.0"),
        ("äääääääääää", "0.1.0"),
        ("", "0.1.0"),
    ] {
        assert_eq!(derive_version(api), expected, "{api}");
    }
}

/// A request for an output in a folder, with the runtime in another one.
fn request(folder: &Path, out: &str, runtime: &str) -> GenerateRequest {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let mut request = GenerateRequest::new(specs.join("petstore.yaml"), folder.join(out));
    request.runtime = Some(folder.join(runtime));
    request
}

#[test]
fn output_below_a_workspace_belongs_to_it() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().canonicalize().unwrap();
    fs::create_dir_all(folder.join("app/crates")).unwrap();
    let request = request(&folder, "app/crates/pets", "runtime");
    assert!(find_workspace(&request).is_none());
    assert!(generate_crate(&request).report.unwrap().workspace.is_none());
    let manifest = || fs::read_to_string(request.out.join("Cargo.toml")).unwrap();
    assert!(manifest().ends_with("\n[workspace]\n"), "{}", manifest());

    // A package that is no workspace changes nothing, nor does a manifest that is no TOML.
    fs::write(folder.join("app/Cargo.toml"), "[package]\nname = 'app'\n").unwrap();
    fs::write(folder.join("app/crates/Cargo.toml"), "[").unwrap();
    assert!(find_workspace(&request).is_none());

    fs::write(folder.join("app/Cargo.toml"), "[workspace]\n").unwrap();
    let check = GenerateRequest {
        check: true,
        ..request.clone()
    };
    assert_eq!(generate_crate(&check).drift.len(), 1);
    let workspace = generate_crate(&request).report.unwrap().workspace.unwrap();
    assert_eq!(
        workspace.manifest,
        folder.join("app/Cargo.toml").display().to_string()
    );
    assert_eq!(workspace.member, "crates/pets");
    assert!(!workspace.is_listed);
    assert!(!manifest().contains("[workspace]"), "{}", manifest());
    assert_eq!(generate_crate(&check).drift, []);
}

#[test]
fn workspace_of_the_runtime_takes_in_what_it_lists() {
    let temp = tempfile::tempdir().unwrap();
    let request = request(temp.path(), "out/pets", "runtime");
    for (members, is_member) in [
        ("'runtime'", false),
        ("'out'", false),
        ("'out/*/*'", false),
        ("'o/*'", false),
        ("'runtime', 'out/pets'", true),
        ("'out/*'", true),
        ("'out/p*'", true),
    ] {
        let text = format!("[workspace]\nmembers = [{members}]\n");
        fs::write(temp.path().join("Cargo.toml"), text).unwrap();
        assert_eq!(find_workspace(&request).is_some(), is_member, "{members}");
    }
}

#[test]
fn dependencies_have_a_path_from_the_output_and_a_version() {
    let temp = tempfile::tempdir().unwrap();
    let mut request = request(temp.path(), "out", "lib/runtime");
    request.runtime_version = Some("0.2.0-rc.1".to_owned());
    request.crate_version = Some("0.20260128.3".to_owned());
    generate_crate(&request);
    let text = fs::read_to_string(request.out.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let dependencies = &manifest["dependencies"];
    for (name, path) in [
        ("runtime", "../lib/runtime"),
        ("blocking", "../lib/runtime/blocking"),
    ] {
        assert_eq!(dependencies[name]["path"].as_str(), Some(path));
        assert_eq!(dependencies[name]["version"].as_str(), Some("0.2.0-rc.1"));
    }
    assert_eq!(
        manifest["package"]["version"].as_str(),
        Some("0.20260128.3")
    );
}
