//! The words of `docs/glossary.md`.

use std::collections::BTreeSet;

use sources::files::{files_below, is_generated, read_text, relative_place};
use sources::glossary::Glossary;

use crate::workspace;

const GLOSSARY: &str = "docs/glossary.md";

/// Uses that are right: the start of the path, the entry of the glossary, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "runtime/tests/telemetry/capture.rs",
        "on record",
        "a method of a trait of the crate tracing-subscriber",
    ),
    (
        "tests/tests/leaks/listeners.rs",
        "on record",
        "a method of a trait of the crate tracing-subscriber",
    ),
];

#[test]
fn sources_and_pages_use_the_terms_of_the_glossary() {
    let root = workspace();
    let page = read_text(&root.join(GLOSSARY)).expect("the glossary");
    let glossary = Glossary::parse(&page);
    let mut wrong = Vec::new();
    let mut allowed = BTreeSet::new();
    for extension in ["rs", "md"] {
        for path in files_below(&root, extension).expect("a readable workspace") {
            let place = relative_place(&root, &path);
            let text = read_text(&path).expect("a readable file");
            let is_list = place == GLOSSARY || place.ends_with("structure/words.rs");
            if is_list || is_generated(&text) {
                continue;
            }
            let uses = match extension {
                "rs" => glossary.find_in_rust(&text),
                _ => glossary.find_in_prose(&text),
            };
            for found in uses {
                let rule = ALLOWED.iter().position(|(start, entry, _)| {
                    place.starts_with(start) && found.entry == *entry
                });
                match rule {
                    Some(rule) => _ = allowed.insert(rule),
                    None => wrong.push(format!("{place}:{}: {}", found.line, found.entry)),
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} uses of replaced words:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(
        allowed.len(),
        ALLOWED.len(),
        "an exception is not needed any more"
    );
}

#[test]
fn glossary_has_rows_with_a_meaning() {
    let page = read_text(&workspace().join(GLOSSARY)).expect("the glossary");
    let glossary = Glossary::parse(&page);
    let unique: BTreeSet<&String> = glossary.terms.iter().collect();
    assert!(glossary.terms.len() >= 30, "{} terms", glossary.terms.len());
    assert_eq!(unique.len(), glossary.terms.len(), "a term stands twice");
}
