//! A crate of some services is a part of the crate of all services: every item is at the same path
//! and has the same signature.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use generator::pipeline::{GenerateRequest, generate_crate};
use tempfile::TempDir;

mod items;

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs")
}

/// A document in a folder of its own, with its dialect and, if wanted, its lock.
struct Source {
    folder: TempDir,
    document: PathBuf,
}

impl Source {
    fn copy_document(path: &Path, with_lock: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join(path.file_name().unwrap());
        fs::copy(path, &document).unwrap();
        let lock = with_lock.then_some("names.toml");
        for extension in ["toml"].into_iter().chain(lock) {
            let beside = path.with_extension(extension);
            if beside.exists() {
                fs::copy(beside, document.with_extension(extension)).unwrap();
            }
        }
        Self { folder, document }
    }

    /// The items of the crate of these services; of all, if there are none.
    fn items_of(&self, services: &[&str]) -> BTreeSet<String> {
        let out = self.folder.path().join("out");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        let mut request = GenerateRequest::new(&self.document, &out);
        request.include = services.iter().map(|name| (*name).to_owned()).collect();
        let run = generate_crate(&request);
        assert!(
            run.report.is_some(),
            "{services:?}: {:?}",
            run.findings.all()
        );
        items::read_items(&out.join("src"))
    }

    /// The services directly below the client.
    fn root_services(&self) -> Vec<String> {
        let request = GenerateRequest::new(&self.document, "");
        let report = generator::pipeline::list_operations(&request)
            .report
            .unwrap();
        let calls = report.operations.iter();
        let roots = calls.filter_map(|operation| operation.call.split('.').next());
        let roots: BTreeSet<&str> = roots.collect();
        roots.into_iter().map(str::to_owned).collect()
    }
}

fn assert_is_part(part: &BTreeSet<String>, whole: &BTreeSet<String>, services: &[&str]) {
    let differing: Vec<&String> = part.difference(whole).collect();
    assert!(
        differing.is_empty(),
        "{services:?}: {} items differ: {differing:#?}",
        differing.len()
    );
    assert!(part.len() < whole.len());
}

#[test]
fn every_service_of_the_small_documents_is_a_part_of_the_whole_crate() {
    let tricky = fs::read_dir(specs().join("tricky")).unwrap();
    let mut documents: Vec<PathBuf> = tricky.map(|entry| entry.unwrap().path()).collect();
    documents.push(specs().join("petstore.yaml"));
    documents.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    for document in documents {
        let source = Source::copy_document(&document, false);
        let whole = source.items_of(&[]);
        for service in source.root_services() {
            let services = [service.as_str()];
            let part = source.items_of(&services);
            let differing: Vec<&String> = part.difference(&whole).collect();
            assert!(
                differing.is_empty(),
                "{}: {services:?}: {differing:#?}",
                document.display()
            );
        }
    }
}

#[test]
fn parts_of_the_committed_document_equal_the_whole_crate() {
    let source = Source::copy_document(&specs().join("stripe.yaml"), true);
    let whole = source.items_of(&[]);
    let customers = source.items_of(&["customers", "payment_intents"]);
    assert_is_part(&customers, &whole, &["customers", "payment_intents"]);
    // Adding a service leaves what was there.
    let more = source.items_of(&["customers", "payment_intents", "issuing.cards", "v2"]);
    assert_is_part(&more, &whole, &["with issuing.cards and v2"]);
    assert_is_part(&customers, &more, &["customers in the larger part"]);
}

#[test]
fn parts_of_the_committed_document_equal_the_whole_crate_without_its_lock() {
    let source = Source::copy_document(&specs().join("stripe.yaml"), false);
    let whole = source.items_of(&[]);
    let services = ["customers", "payment_intents"];
    let part = source.items_of(&services);
    assert_is_part(&part, &whole, &services);
}
