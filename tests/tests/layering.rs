//! The architecture, enforced: which module may import which, how long a file may be.

#![expect(
    clippy::expect_used,
    reason = "a test stops where the tree cannot be read"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each stage of the generator may import; see ARCHITECTURE.md.
const STAGES: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("source", &["diag"]),
    ("import", &["diag", "source"]),
    ("markdown", &[]),
    ("spec", &["diag", "source"]),
    ("dialect", &["diag", "source"]),
    ("api", &["diag"]),
    ("normalize", &["diag", "spec", "dialect", "api", "markdown"]),
    ("model", &["diag", "api"]),
    ("name", &["diag", "source", "model"]),
    ("rust", &["diag", "model", "name"]),
    ("files", &["diag", "rust"]),
    (
        "pipeline",
        &[
            "diag",
            "source",
            "import",
            "spec",
            "dialect",
            "api",
            "normalize",
            "model",
            "name",
            "rust",
            "files",
        ],
    ),
    ("cli", &["diag", "pipeline"]),
];

/// The runtime's layers, lowest first. A module imports nothing above its own layer. The modules of
/// [`SIBLINGS`] do not know each other; those of other layers may.
const LAYERS: &[&[&str]] = &[
    &["clock", "secret"],
    &["error", "http", "value", "codec"],
    &["operation", "redact"],
    &[
        "transport",
        "auth",
        "retry",
        "rate_limit",
        "circuit_breaker",
        "idempotency",
        "telemetry",
        "webhook",
    ],
    &["execute", "inbox"],
    &["client", "call"],
    &["page", "oauth", "blocking", "fetch", "sweep"],
    &["testing"],
];

/// The layer of the policies, which are usable and testable one by one.
const SIBLINGS: usize = 3;

/// Files that use the client as a program does, and belong to the runtime only until they have a
/// crate of their own.
const SATELLITES: &[&str] = &["telemetry/window"];

const LONGEST_FILE: usize = 500;

#[test]
fn generator_stages_import_only_what_their_row_lists() {
    let table: BTreeMap<&str, &[&str]> = STAGES.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, imported, place) in imports(&workspace().join("generator/src")) {
        if ["main", "lib"].contains(&module.as_str()) || module == imported {
            continue;
        }
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!("{place}: module `{module}` is not in the table"));
            continue;
        };
        if !allowed.contains(&imported.as_str()) {
            wrong.push(format!("{place}: `{module}` imports `{imported}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn runtime_modules_import_only_lower_layers() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for (module, imported, place) in imports(&workspace().join("runtime/src")) {
        let is_satellite = SATELLITES.iter().any(|path| place.contains(path));
        if module == "lib" || module == imported || is_satellite {
            continue;
        }
        match (layer(&module), layer(&imported)) {
            (Some(from), Some(to)) if to < from || (to == from && from != SIBLINGS) => {}
            (Some(_), Some(_)) => wrong.push(format!("{place}: `{module}` imports `{imported}`")),
            _ => wrong.push(format!(
                "{place}: `{module}` or `{imported}` is in no layer"
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rust_tokens_and_formatting_stay_in_their_stages() {
    let homes = [
        ("quote", "rust"),
        ("proc_macro2", "rust"),
        ("prettyplease", "files"),
    ];
    let mut wrong = Vec::new();
    let root = workspace().join("generator/src");
    for file in sources(&root) {
        let module = module_of(&root, &file);
        let text = fs::read_to_string(&file).expect("readable");
        for (package, home) in homes {
            let is_used = text.contains(&format!("use {package}::"))
                || text.contains(&format!("{package}::unparse"));
            if is_used && module != home && !is_test(&file) {
                wrong.push(format!("{}: {package}", file.display()));
            }
        }
        if text.contains("openapiv3::") && !["spec", "normalize"].contains(&module.as_str()) {
            wrong.push(format!("{}: openapiv3", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hand_written_files_are_short() {
    let folders = [
        "generator",
        "runtime",
        "tests",
        "generated-example/examples",
    ];
    let mut long = Vec::new();
    for folder in folders {
        for file in sources(&workspace().join(folder)) {
            let is_generated = file.components().any(|c| c.as_os_str() == "golden");
            let lines = fs::read_to_string(&file).expect("readable").lines().count();
            if lines > LONGEST_FILE && !is_generated {
                long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a parent")
        .to_owned()
}

fn is_test(file: &Path) -> bool {
    file.file_stem()
        .is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
}

/// Rust files below `folder`, without what builds of a package in there left.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).expect("the folder is there");
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                files.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn module_of(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).expect("below the root");
    let first = relative.components().next().expect("a component");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// Whether the generator's stage `rust` writes this path into its output: generated crates have a
/// module of this name, and the generator has none that the stage may use.
fn is_quoted(module: &str, name: &str) -> bool {
    module == "rust" && ["client", "cli"].contains(&name)
}

/// `(module, imported module, place)` for every path that starts at the crate's root, outside of
/// tests.
fn imports(root: &Path) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for file in sources(root).into_iter().filter(|file| !is_test(file)) {
        let module = module_of(root, &file);
        let text = fs::read_to_string(&file).expect("readable");
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for part in line.split("crate::").skip(1) {
                // `$crate::` in macros and `pub(in crate::…)` name the same modules.
                let names: Vec<&str> = match part.strip_prefix('{') {
                    Some(list) => list.split(',').map(str::trim).collect(),
                    None => vec![part],
                };
                for name in names {
                    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
                    let name = &name[..end.unwrap_or(name.len())];
                    // Exported macros and text that is generated have paths of this form too.
                    let is_module =
                        root.join(name).is_dir() || root.join(format!("{name}.rs")).is_file();
                    if !name.is_empty() && is_module && !is_quoted(&module, name) {
                        let place = format!("{}:{}", file.display(), number + 1);
                        found.push((module.clone(), name.to_owned(), place));
                    }
                }
            }
        }
    }
    assert!(
        found.len() > 10,
        "the search found almost nothing below {}",
        root.display()
    );
    found
}
