//! The size of the core and the length of files.

use sources::files::{files_below, is_generated, read_text, relative_place};
use sources::report::PackageFigures;

use super::{CORE, find_package, read_crates};
use crate::workspace;

const MAX_CORE_LINES: usize = 6_500;
const MAX_CORE_NAMES: usize = 110;
const MAX_CORE_DEPTH: usize = 2;

/// Shorter files of the core are better merged with another one.
const MIN_CODE_LINES: usize = 40;

/// Files of the core that are shorter, and why.
const SHORT_FILES: &[(&str, &str)] = &[
    (
        "runtime/src/lib.rs",
        "the root declares modules and re-exports",
    ),
    (
        "runtime/src/transport.rs",
        "the built-in transport joins the re-exports of the crate `transport`",
    ),
];

/// All lines, with comments and blank ones.
const MAX_FILE_LINES: usize = 500;

#[test]
fn core_stays_small() {
    let checkout = read_crates("runtime");
    let core = PackageFigures::measure(find_package(&checkout, CORE), &checkout);
    let (lines, names) = (core.lines.code, core.public_names.len());
    let depth = core.deepest_module.len();
    println!(
        "core: {lines} code lines in {} files (at most {MAX_CORE_LINES})",
        core.files
    );
    println!(
        "core: {names} public names, {} of them hidden (at most {MAX_CORE_NAMES})",
        core.hidden_names
    );
    println!(
        "core: deepest module {} (at most {MAX_CORE_DEPTH})",
        core.deepest_module.join("::")
    );
    let mut wrong = Vec::new();
    let figures = [
        ("code lines", lines, MAX_CORE_LINES),
        ("public names", names, MAX_CORE_NAMES),
        ("levels of modules", depth, MAX_CORE_DEPTH),
    ];
    for (what, found, limit) in figures {
        if found > limit {
            wrong.push(format!("{found} {what}, {limit} are allowed"));
        }
    }
    if names > MAX_CORE_NAMES {
        wrong.push(format!("the names are {}", core.public_names.join(", ")));
    }
    assert!(wrong.is_empty(), "the core has {}", wrong.join("; "));
}

#[test]
fn core_files_are_not_fragments() {
    let checkout = read_crates("runtime");
    let sources = &find_package(&checkout, CORE).sources;
    let short = sources
        .iter()
        .filter(|file| file.lines.code < MIN_CODE_LINES);
    let short: Vec<(&str, usize)> = short
        .map(|file| (file.place.as_str(), file.lines.code))
        .collect();
    let is_listed = |place: &str| SHORT_FILES.iter().any(|(listed, _)| *listed == place);
    let mut wrong = Vec::new();
    for (place, lines) in short.iter().filter(|(place, _)| !is_listed(place)) {
        wrong.push(format!(
            "{place} has {lines} code lines, and no reason is listed"
        ));
    }
    for (listed, _) in SHORT_FILES {
        if !short.iter().any(|(place, _)| place == listed) {
            wrong.push(format!("{listed} is listed and is not short"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hand_written_files_are_short() {
    let root = workspace();
    let mut long = Vec::new();
    for folder in [
        "generator",
        "runtime",
        "tests",
        "generated-example/examples",
        "generated-example/dev",
    ] {
        for path in files_below(&root.join(folder), "rs").expect("a readable folder") {
            let text = read_text(&path).expect("a readable file");
            let lines = text.lines().count();
            if lines > MAX_FILE_LINES && !is_generated(&text) {
                long.push(format!("{}: {lines} lines", relative_place(&root, &path)));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
