//! The command finds the dialect of a document anywhere by its title, and reports what the dialect
//! leaves out.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be written"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

const DIALECT: &str = "describes = '1'
title = ['Pets', 'Pets * Preview']
[hosts]
api = 'https://pets.test'
[ignore]
operations = ['PUT /v1/**']
";

/// Runs the generator in a folder with that dialect on a document of that title elsewhere. Returns
/// whether it succeeded, and its report.
fn generate(title: &str) -> (bool, String) {
    let temporary = tempfile::tempdir().unwrap();
    let (here, elsewhere) = (temporary.path().join("a"), temporary.path().join("b"));
    fs::create_dir_all(here.join("specs")).unwrap();
    fs::create_dir_all(&elsewhere).unwrap();
    fs::write(here.join("specs/pets.toml"), DIALECT).unwrap();
    let operation =
        |id: &str| format!("{{operationId: {id}, responses: {{'200': {{description: ''}}}}}}");
    let document = format!(
        "openapi: 3.0.3\ninfo: {{title: {title}, version: '1'}}\nservers: [{{url: 'https://pets.test'}}]\npaths: {{/v1/pets: {{get: {}, put: {}}}}}\n",
        operation("GetPets"),
        operation("PutPets"),
    );
    fs::write(elsewhere.join("pets.yaml"), document).unwrap();
    run(&here, &elsewhere)
}

fn run(here: &Path, elsewhere: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_generator"))
        .current_dir(here)
        .arg(elsewhere.join("pets.yaml"))
        .arg("--out")
        .arg(elsewhere.join("out"))
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), report)
}

#[test]
fn dialect_is_found_by_a_title_or_its_pattern() {
    for title in ["Pets", "Pets v2 Preview"] {
        let (is_done, report) = generate(title);
        assert!(is_done, "{title}");
        assert!(
            report.contains(
                "  ignored     1 operations\n              PUT /v1/pets: by `PUT /v1/**`\n"
            ),
            "{report}"
        );
    }
}

#[test]
fn document_of_another_title_has_no_dialect() {
    // Without the dialect, no operation is left out.
    let (is_done, report) = generate("Pets v2");
    assert!(is_done && !report.contains("ignored"), "{report}");
}
