//! What `generator diff` compares is what the generated source has, and a planted difference is
//! found.

use std::fs;
use std::path::{Path, PathBuf};

use generator::diff::DiffSide;
use generator::pipeline::{
    DiffRequest, DocumentVersion, GenerateRequest, compare_documents, generate_crate,
};

use crate::compare::list_disagreements;
use crate::surface::{SourceItems, read_items};

/// The documents with every shape that the generator knows.
fn tricky_documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/tricky");
    let entries = fs::read_dir(folder).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect()
}

fn source_of(document: &Path) -> SourceItems {
    let folder = tempfile::tempdir().expect("a folder");
    let run = generate_crate(&GenerateRequest::new(document, folder.path().join("out")));
    assert!(run.report.is_some(), "{:?}", run.findings.all());
    read_items(&folder.path().join("out/src")).expect("Rust")
}

fn side_of(document: &Path) -> DiffSide {
    let version = DocumentVersion::File(document.to_owned());
    let run = compare_documents(&DiffRequest {
        old: version.clone(),
        new: version,
        config: None,
        names: None,
    });
    run.sides.expect("a comparison").1
}

#[test]
fn items_are_those_of_the_source() {
    let mut kinds = std::collections::BTreeSet::new();
    for document in tricky_documents() {
        let (side, source) = (side_of(&document), source_of(&document));
        let none: [String; 0] = [];
        let found = list_disagreements(&side.inventory, &source);
        assert_eq!(found, none, "{}", document.display());
        kinds.extend(side.inventory.items().map(|item| item.kind.as_str()));
    }
    // Every kind of item was seen.
    assert_eq!(kinds.len(), 14, "{kinds:?}");
}

#[test]
fn planted_difference_between_items_and_source_is_found() {
    let documents = tricky_documents();
    let document = documents.first().expect("a document");
    let (side, source) = (side_of(document), source_of(document));
    for (key, text) in &source {
        let mut other = source.clone();
        other.remove(key);
        assert_eq!(
            list_disagreements(&side.inventory, &other).len(),
            1,
            "{key}"
        );
        other.insert(key.clone(), format!("{text}>"));
        assert_eq!(
            list_disagreements(&side.inventory, &other).len(),
            1,
            "{key}"
        );
        other.insert(key.clone(), text.clone());
        other.insert(format!("{key}2"), String::new());
        assert_eq!(
            list_disagreements(&side.inventory, &other).len(),
            1,
            "{key}"
        );
    }
}
