//! Breaks that the document did not require are found and blamed on who made them.

use generator::pipeline::Origin;

use super::crates::{Crate, DIALECT, Document};
use super::differences::{Versions, items};

const BOX: &str =
    "box: {type: object, properties: {a: {type: string}, kind: {type: string, enum: [p, q]}}}";

/// The same document twice, with an edited lock beside the new one.
fn with_lock(document: &Document, edit: impl Fn(&str) -> String) -> Versions {
    let lock = Crate::publish_first(document).lock;
    let edited = edit(&lock);
    assert_ne!(lock, edited);
    let versions = Versions::of_documents(document, document);
    versions.write_file("new.names.toml", &edited);
    versions
}

fn blamed(origin: Origin, paths: &[&'static str]) -> Vec<(Origin, &'static str)> {
    paths.iter().map(|path| (origin, *path)).collect()
}

#[test]
fn renamed_type_is_blamed_on_the_generator() {
    let document = Document::with_params(BOX, BOX);
    let lock = Crate::publish_first(&document).lock;
    let types = lock.lines().filter_map(|line| line.split('"').nth(1));
    let mut nested = types.filter(|path| path.starts_with("params::"));
    let old = nested.next().unwrap();
    let versions = with_lock(&document, |lock| lock.replace(old, "params::Crate"));
    let report = versions.report();
    let broken = [
        (Origin::Generator, "apples::CreateApple::box_"),
        (Origin::Generator, "berrys::CreateBerry::box_"),
        (Origin::Generator, old),
    ];
    assert_eq!(items(&report.breaks), broken);
    assert!(report.has_origin(Origin::Generator));
    let moved: Vec<_> = report.moved.iter().collect();
    assert_eq!(moved.len(), 1);
    assert_eq!(
        (moved[0].old.as_str(), moved[0].new.as_str()),
        (old, "params::Crate")
    );
}

#[test]
fn dropped_argument_is_blamed_on_the_generator() {
    let mut document = Document::with_params(BOX, BOX);
    document.set_params(
        "apple",
        "kind: {type: string}, size: {type: integer}",
        "kind, size",
    );
    let mut optional = document.clone();
    optional.set_params(
        "apple",
        "kind: {type: string}, size: {type: integer}",
        "size",
    );
    let versions = Versions::of_documents(&document, &optional);
    let lock = Crate::publish_first(&document).lock;
    versions.write_file(
        "new.names.toml",
        &lock.replace("new(kind, size)", "new(size)"),
    );
    let report = versions.report();
    let broken = blamed(Origin::Generator, &["apples::CreateApple::new"]);
    assert_eq!(items(&report.breaks), broken);
}

#[test]
fn arguments_that_change_places_compile_and_are_run_time_changes() {
    let mut document = Document::with_params(BOX, BOX);
    document.set_params("apple", "a: {type: string}, b: {type: string}", "a, b");
    let versions = with_lock(&document, |lock| lock.replace("new(a, b)", "new(b, a)"));
    let report = versions.report();
    assert_eq!(items(&report.breaks), []);
    let changed = blamed(Origin::Generator, &["apples::CreateApple::new"]);
    assert_eq!(items(&report.run_time), changed);
}

#[test]
fn changed_method_is_blamed_on_the_generator() {
    let document = Document::with_params(BOX, BOX);
    let versions = with_lock(&document, |lock| {
        lock.replace("\"apples.create(params)\"", "\"apples.make(params)\"")
    });
    let report = versions.report();
    let paths: Vec<_> = items(&report.breaks);
    assert!(
        paths.contains(&(Origin::Generator, "apples::Apples::create")),
        "{paths:?}"
    );
    assert!(
        paths.iter().all(|(origin, _)| *origin == Origin::Generator),
        "{paths:?}"
    );
    let moved: Vec<_> = report.moved.iter().map(|path| path.new.as_str()).collect();
    assert!(moved.contains(&"apples::Apples::make"), "{moved:?}");
}

#[test]
fn ignored_operation_is_blamed_on_the_dialect() {
    let document = Document::with_params(BOX, BOX);
    let versions = Versions::of_documents(&document, &document);
    let dialect = format!("{DIALECT}\n[ignore]\noperations = [\"POST /v1/berrys\"]\n");
    versions.write_file("new.toml", &dialect);
    let report = versions.report();
    assert!(!report.breaks.is_empty());
    let others = report.breaks.iter().filter(|e| e.origin != Origin::Dialect);
    assert_eq!(others.count(), 0, "{:?}", report.breaks);
}

#[test]
fn changed_host_is_a_run_time_change_of_the_dialect() {
    let document = Document::with_params(BOX, BOX);
    let versions = Versions::of_documents(&document, &document);
    versions.write_file("new.toml", &DIALECT.replace("\"KEY\"", "\"OTHER_KEY\""));
    let report = versions.report();
    assert_eq!(items(&report.breaks), []);
    assert_eq!(items(&report.run_time), blamed(Origin::Dialect, &["API"]));
}

#[test]
fn change_of_the_document_stays_upstreams_when_the_dialect_changes_too() {
    let old = Document::with_params(BOX, "mode: {type: string}, other: {type: string}");
    let new = Document::with_params(BOX, "mode: {type: string}");
    let versions = Versions::of_documents(&old, &new);
    versions.write_file("new.toml", &DIALECT.replace("\"KEY\"", "\"OTHER_KEY\""));
    let report = versions.report();
    let broken = blamed(Origin::Upstream, &["berrys::CreateBerry::other"]);
    assert_eq!(items(&report.breaks), broken);
    assert_eq!(items(&report.run_time), blamed(Origin::Dialect, &["API"]));
}
