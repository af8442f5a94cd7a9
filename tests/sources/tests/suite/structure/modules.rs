//! Which module may use which, within a crate.

use std::collections::{BTreeMap, BTreeSet};

use sources::files::read_text;
use sources::imports::ImportGraph;
use sources::scopes::ScopeTree;

use super::{CORE, find_package, read_crates};
use crate::workspace;

/// In every folder, the modules have an order in which each uses only those before it.
#[test]
fn modules_of_a_folder_use_each_other_in_one_direction() {
    let mut wrong = Vec::new();
    for folder in ["runtime", "generator"] {
        for package in &read_crates(folder).packages {
            let graph = ImportGraph::read_from(package);
            for cycle in graph.find_cycles() {
                wrong.push(format!("{}: {cycle}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Modules of the core that are usable one by one: none uses another.
const POLICIES: &[&str] = &["auth", "idempotency", "retry", "telemetry", "transport"];

#[test]
fn policies_of_the_core_do_not_use_each_other() {
    let checkout = read_crates("runtime");
    let core = find_package(&checkout, CORE);
    let tree = ScopeTree::read_from(core);
    let mut wrong = Vec::new();
    for policy in POLICIES {
        if tree.names_in(&[(*policy).to_owned()]).is_empty() {
            wrong.push(format!("there is no module `{policy}`"));
        }
    }
    let graph = ImportGraph::read_from(core);
    let edges = graph
        .folders
        .get(&Vec::new())
        .expect("modules use each other");
    for ((user, used), places) in edges {
        if [user, used]
            .iter()
            .all(|module| POLICIES.contains(&module.as_str()))
        {
            wrong.push(format!("`{user}` uses `{used}`: {}", list(places)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of the stages in ARCHITECTURE.md is the rule.
#[test]
fn generator_stages_import_only_what_their_row_lists() {
    let page = read_text(&workspace().join("ARCHITECTURE.md")).expect("the page");
    let stages = parse_stages(&page);
    let checkout = read_crates("generator");
    let graph = ImportGraph::read_from(find_package(&checkout, "generator"));
    let edges = graph
        .folders
        .get(&Vec::new())
        .expect("stages import each other");
    let mut wrong = Vec::new();
    for ((stage, imported), places) in edges {
        let row = stages.get(stage);
        if !row.is_some_and(|allowed| allowed.contains(imported)) {
            wrong.push(format!("`{stage}` imports `{imported}`: {}", list(places)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn list(places: &BTreeSet<String>) -> String {
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    places.join(", ")
}

/// The rows ``| `stage` | … | … | may import |`` with what each may import.
fn parse_stages(page: &str) -> BTreeMap<String, Vec<String>> {
    let mut stages = BTreeMap::new();
    let mut above = Vec::new();
    let rows = page
        .lines()
        .skip_while(|line| !line.contains("| may import |"));
    for row in rows.skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [stage, _, _, imports] = cells.as_slice() else {
            continue;
        };
        let stage = stage.trim_matches('`').to_owned();
        let allowed = match *imports {
            "all above" => above.clone(),
            listed => listed.split_whitespace().map(str::to_owned).collect(),
        };
        above.push(stage.clone());
        stages.insert(stage, allowed);
    }
    assert!(stages.len() > 10, "the table of stages was not found");
    stages
}

#[test]
fn rust_tokens_and_formatting_stay_in_their_stages() {
    let homes: &[(&str, &[&str])] = &[
        ("use quote::", &["rust"]),
        ("use proc_macro2::", &["rust"]),
        // `rust` formats the examples in doc comments.
        ("prettyplease::unparse", &["files", "rust"]),
        ("openapiv3::", &["spec", "normalize"]),
    ];
    let checkout = read_crates("generator");
    let mut wrong = Vec::new();
    for file in &find_package(&checkout, "generator").sources {
        let stage = file.module.as_ref().and_then(|module| module.first());
        for (text, stages) in homes {
            let is_at_home = stage.is_some_and(|stage| stages.contains(&stage.as_str()));
            if file.text.contains(text) && !is_at_home {
                wrong.push(format!("{}: {text}", file.place));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
