//! Several generated crates below the workspace of a program that uses them.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use generator::pipeline::{GenerateRequest, generate_crate};

use super::workspace;

/// Uses the same type of two versions of the API.
const PROGRAM: &str = "\
//! A program.

/// The pets of both versions.
pub type Pets = (pets_old::resources::Pet, pets_new::resources::Pet);

/// The versions that requests are pinned to.
pub const VERSIONS: [&str; 2] = [pets_old::API_VERSION, pets_new::API_VERSION];
";

/// Generates the crate of the pet store as it is in one version of the API.
fn generate_version(folder: &Path, version: &str, name: &str) {
    let petstore = workspace().join("specs/petstore.yaml");
    let text = fs::read_to_string(&petstore).expect("readable");
    let other = text.replace("version: 2024-05-01", &format!("version: {version}"));
    assert!(text != other, "the version is replaced");
    let document = folder.join(format!("{name}.yaml"));
    fs::write(&document, other).expect("writable");
    let mut request = GenerateRequest::new(document, folder.join("crates").join(name));
    request.config = Some(petstore.with_extension("toml"));
    request.options.crate_name = name.to_owned();
    // The lock of an earlier run.
    drop(fs::remove_file(request.out.join("names.toml")));
    let run = generate_crate(&request);
    let report = run.report.expect("the generator succeeds");
    let workspace = report.workspace.expect("a workspace above");
    assert_eq!(workspace.member, format!("crates/{name}"));
    request.check = true;
    assert!(generate_crate(&request).drift.is_empty());
}

fn run_cargo(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .arg("--offline")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTFLAGS", "-Dwarnings")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}\n{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn two_versions_of_an_api_are_members_of_the_workspace_above() {
    // Kept between runs, so that the runtime is compiled once.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workspaces");
    fs::create_dir_all(folder.join("app/src")).expect("a folder for the program");
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"app\"]\n";
    fs::write(folder.join("Cargo.toml"), manifest).expect("writable");
    let manifest = "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
                    [dependencies]\n\
                    pets-old = { path = \"../crates/pets-old\", default-features = false }\n\
                    pets-new = { path = \"../crates/pets-new\", default-features = false }\n";
    fs::write(folder.join("app/Cargo.toml"), manifest).expect("writable");
    fs::write(folder.join("app/src/lib.rs"), PROGRAM).expect("writable");
    generate_version(&folder, "2025-12-15.first", "pets-old");
    generate_version(&folder, "2026-01-28.second", "pets-new");
    // The same versions as in this workspace, which are downloaded already.
    let lock = folder.join("Cargo.lock");
    fs::copy(workspace().join("Cargo.lock"), lock).expect("writable");

    let metadata = run_cargo(&folder, &["metadata", "--format-version", "1"]);
    for version in ["0.20251215.0", "0.20260128.0"] {
        assert!(metadata.contains(version), "{version}");
    }
    run_cargo(&folder, &["check", "--workspace"]);
    // Each on its own, as a member.
    run_cargo(&folder.join("crates/pets-old"), &["metadata", "--no-deps"]);
}
