//! The graph of the crates, from `cargo metadata`.

use std::process::Command;

use serde_json::Value;

use crate::workspace;

/// Begins the names of all packages that are published.
const FAMILY: &str = "typed-api-";

/// What a crate may depend on within the workspace, in any build of its library. Dependencies of
/// tests are free.
struct CrateRule {
    name: &'static str,
    /// Dependencies that may be there in every build.
    always: &'static [&'static str],
    /// Dependencies that a feature has to turn on.
    optional: &'static [&'static str],
}

const fn rule(name: &'static str, always: &'static [&'static str]) -> CrateRule {
    CrateRule {
        name,
        always,
        optional: &[],
    }
}

/// The graph: a satellite depends on the core and on no other satellite.
const CRATES: &[CrateRule] = &[
    rule("generator", &[]),
    rule("wire", &[]),
    rule("rate-limit", &[]),
    rule("circuit-breaker", &[]),
    rule("http-client", &[]),
    rule("transport", &["wire", "rate-limit"]),
    CrateRule {
        name: "runtime",
        always: &["wire", "rate-limit", "circuit-breaker", "transport"],
        optional: &["http-client"],
    },
    rule("oauth", &["runtime", "wire"]),
    rule("observe", &["runtime", "wire"]),
    rule("journal", &["runtime", "wire"]),
    rule("fleet", &["runtime"]),
    rule("blocking", &["runtime", "wire"]),
    rule("webhooks", &["runtime", "wire"]),
    rule("webhooks-sqlite", &["webhooks", "runtime", "wire"]),
    rule("webhooks-postgres", &["webhooks", "runtime", "wire"]),
    // It is built without the client that it serves.
    rule("stripe-dev", &[]),
    // The test doubles of a satellite come with the satellite.
    CrateRule {
        name: "testing",
        always: &["runtime", "wire"],
        optional: &["observe", "webhooks"],
    },
];

#[test]
fn crates_depend_only_on_what_their_row_lists() {
    let metadata = read_metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let mut wrong = Vec::new();
    for package in packages {
        let name = text_of(&package["name"]);
        let find_rule = |name: &str| CRATES.iter().find(|rule| rule.name == name);
        let Some(rule) = name.strip_prefix(FAMILY).and_then(find_rule) else {
            if is_below_runtime(package) {
                wrong.push(format!("`{name}` is not in the table"));
            }
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let used = text_of(&dependency["name"]);
            let used = used.strip_prefix(FAMILY).unwrap_or(used);
            let is_member = !dependency["path"].is_null();
            let is_for_tests = dependency["kind"] == "dev";
            let is_optional = dependency["optional"] == true;
            let is_allowed =
                rule.always.contains(&used) || (is_optional && rule.optional.contains(&used));
            if is_member && !is_for_tests && !is_allowed {
                wrong.push(format!("`{name}` depends on `{used}`"));
            }
        }
    }
    for rule in CRATES {
        let name = format!("{FAMILY}{}", rule.name);
        if !packages.iter().any(|package| package["name"] == name) {
            wrong.push(format!(
                "`{name}` is in the table and no member of the workspace"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_below_runtime(package: &Value) -> bool {
    let folder = workspace().join("runtime");
    std::path::Path::new(text_of(&package["manifest_path"])).starts_with(folder)
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn read_metadata() -> Value {
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ];
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo
        .args(arguments)
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("metadata in JSON")
}
