//! `diff` on updates that break nothing of ours, and on those of upstream.

use std::fs;

use generator::pipeline::{
    DiffEntry, DiffReport, DiffRequest, DiffSide, DocumentVersion, Origin, SemverLevel,
    compare_documents,
};
use tempfile::TempDir;

use super::crates::{Crate, DIALECT, Document};

const XY: &str = "capture_method: {type: string, enum: [x, y]}";
const XYZ: &str = "capture_method: {type: string, enum: [x, y, z]}";

/// Two versions of a document with the files beside each.
pub(crate) struct Versions {
    folder: TempDir,
}

impl Versions {
    /// The lock of the old version is the one of its first run.
    pub(crate) fn of_documents(old: &Document, new: &Document) -> Self {
        let versions = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        versions.write_file("old.yaml", &old.to_yaml());
        versions.write_file("old.toml", DIALECT);
        versions.write_file("old.names.toml", &Crate::publish_first(old).lock);
        versions.write_file("new.yaml", &new.to_yaml());
        versions.write_file("new.toml", DIALECT);
        versions
    }

    pub(crate) fn write_file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub(crate) fn compare(&self) -> (DiffReport, (DiffSide, DiffSide)) {
        let version = |name: &str| DocumentVersion::File(self.folder.path().join(name));
        let request = DiffRequest {
            old: version("old.yaml"),
            new: version("new.yaml"),
            config: None,
            names: None,
        };
        let run = compare_documents(&request);
        let (old, new) = (run.old.findings, run.new.findings);
        let report = run.report.unwrap_or_else(|| panic!("{old:?} {new:?}"));
        (report, run.sides.unwrap())
    }

    pub(crate) fn report(&self) -> DiffReport {
        self.compare().0
    }
}

pub(crate) fn diff(old: &Document, new: &Document) -> DiffReport {
    Versions::of_documents(old, new).report()
}

/// The items of entries with who caused each.
pub(crate) fn items(entries: &[DiffEntry]) -> Vec<(Origin, &str)> {
    let items = entries.iter();
    items
        .map(|entry| (entry.origin, entry.path.as_str()))
        .collect()
}

fn of_upstream(paths: &[&'static str]) -> Vec<(Origin, &'static str)> {
    paths.iter().map(|path| (Origin::Upstream, *path)).collect()
}

fn assert_breaks_nothing(old: &Document, new: &Document) {
    let report = diff(old, new);
    assert_eq!(items(&report.breaks), []);
    assert_eq!(items(&report.run_time), []);
    assert_ne!(report.compile, SemverLevel::Major);
}

fn reference(field: &str, component: &str) -> String {
    format!("{field}: {{$ref: '#/components/schemas/{component}'}}")
}

#[test]
fn same_document_has_no_differences() {
    let mut document = Document::with_params(XY, XYZ);
    document.set_part("part", "a: {type: string}", "a");
    document.set_object("apple", &reference("part", "part"));
    let report = diff(&document, &document);
    let empty = DiffReport {
        title: "Fruit".to_owned(),
        old_version: "1".to_owned(),
        new_version: "1".to_owned(),
        ..DiffReport::default()
    };
    assert_eq!(report, empty);
}

#[test]
fn cause_a_shared_enum_or_object_that_grows_at_one_place_breaks_nothing() {
    let before = Document::with_params(XY, XY);
    let after = Document::with_params(XY, XYZ);
    assert_breaks_nothing(&before, &after);
    let report = diff(&before, &after);
    assert_eq!(
        items(&report.additions),
        of_upstream(&["shared::CaptureMethod::Z"])
    );
    assert_eq!(report.compile, SemverLevel::Minor);
    let a = "box: {type: object, properties: {a: {type: string}}}";
    let ab = "box: {type: object, properties: {a: {type: string}, b: {type: string}}}";
    assert_breaks_nothing(&Document::with_params(a, a), &Document::with_params(a, ab));
}

#[test]
fn cause_b_enums_that_become_equal_break_nothing() {
    let x = "capture_method: {type: string, enum: [x]}";
    assert_breaks_nothing(
        &Document::with_params(XY, x),
        &Document::with_params(XY, XY),
    );
}

#[test]
fn cause_c_use_at_an_earlier_place_breaks_nothing() {
    let mut old = Document::with_fields(&reference("documents", "paper"), "");
    old.set_part("paper", "a: {type: string}", "");
    let mut new = old.clone();
    let both = [
        reference("balance", "paper"),
        reference("documents", "paper"),
    ];
    new.set_object("apple", &both.join(", "));
    assert_breaks_nothing(&old, &new);
}

#[test]
fn cause_d_part_that_grows_breaks_nothing() {
    let mut old = Document::with_fields(&reference("part", "part"), "");
    old.set_part("part", "a: {type: string}", "");
    let mut new = old.clone();
    let fields: Vec<String> = ('a'..='z')
        .map(|f| format!("{f}: {{type: string}}"))
        .collect();
    new.set_part("part", &fields.join(", "), "");
    assert_breaks_nothing(&old, &new);
}

#[test]
fn cause_e_parameter_that_becomes_optional_breaks_nothing() {
    let mut old = Document::with_params(XY, XY);
    old.set_params(
        "apple",
        "kind: {type: string}, size: {type: integer}",
        "kind, size",
    );
    let mut new = old.clone();
    new.set_params(
        "apple",
        "kind: {type: string}, size: {type: integer}",
        "size",
    );
    assert_breaks_nothing(&old, &new);
}

#[test]
fn cause_e_operation_that_loses_its_parameters_keeps_its_signature() {
    let mut old = Document::with_fields("", "");
    old.set_params("apple", "a: {type: string}", "");
    let mut new = old.clone();
    new.set_params("apple", "", "");
    let report = diff(&old, &new);
    // The setter is gone, and nothing else.
    assert_eq!(
        items(&report.breaks),
        of_upstream(&["apples::CreateApple::a"])
    );
}

#[test]
fn cause_e_first_parameter_of_an_operation_adds_a_method() {
    let old = Document::with_fields("", "");
    let mut new = old.clone();
    new.set_params("apple", "a: {type: string}", "");
    let report = diff(&old, &new);
    let added: Vec<&str> = report.additions.iter().map(|e| e.path.as_str()).collect();
    assert!(added.contains(&"apples::Apples::create_with"), "{added:?}");
    // The method stays. The type of the operation names its parameters, which are others now.
    assert_eq!(
        items(&report.breaks),
        [(Origin::Upstream, "apples::Create")]
    );
}

#[test]
fn cause_f_values_that_change_places_are_the_documents_change() {
    let of = |capture: &str, confirm: &str| {
        format!(
            "capture_method: {{type: string, enum: [{capture}]}}, \
             confirm_method: {{type: string, enum: [{confirm}]}}"
        )
    };
    let (before, after) = (of("a, b", "c, d"), of("c, d", "a, b"));
    let report = diff(
        &Document::with_params(&before, &before),
        &Document::with_params(&after, &after),
    );
    let gone = [
        "shared::CaptureMethod::A",
        "shared::CaptureMethod::B",
        "shared::ConfirmMethod::C",
        "shared::ConfirmMethod::D",
    ];
    assert_eq!(items(&report.breaks), of_upstream(&gone));
}

#[test]
fn cause_g_component_that_is_described_twice_breaks_nothing() {
    let one = reference("part", "part");
    let mut old = Document::with_fields(&one, &one);
    old.set_part("part", "a: {type: string}", "a");
    let mut new = old.clone();
    new.set_object("berry", &reference("part", "part2"));
    new.set_part("part2", "a: {type: string}", "a");
    assert_breaks_nothing(&old, &new);
}

#[test]
fn cause_h_part_that_becomes_a_resource_breaks_nothing_of_ours() {
    let mut old = Document::with_fields(&reference("core", "core"), "");
    old.set_part("core", "id: {type: string}, a: {type: string}", "id");
    let mut new = old.clone();
    new.set_object("core", "a: {type: string}");
    new.params.insert("core", String::new());
    let report = diff(&old, &new);
    assert_eq!(items(&report.breaks), []);
}

#[test]
fn every_kind_of_upstream_break_is_found() {
    let mut old = Document::with_params(
        "kind: {type: string}, capture_method: {type: string, enum: [x, y]}, note: {type: string}",
        "capture_method: {type: string, enum: [x, y]}",
    );
    old.set_object(
        "apple",
        "name: {type: string}, size: {type: integer}, part: {$ref: '#/components/schemas/part'}",
    );
    old.set_part("part", "a: {type: string}, b: {type: string}", "a, b");
    let mut new = old.clone();
    new.params.remove("berry");
    new.components.remove("berry");
    new.set_params(
        "apple",
        "kind: {type: string}, capture_method: {type: string, enum: [x]}",
        "kind",
    );
    new.set_object(
        "apple",
        "size: {type: string}, part: {$ref: '#/components/schemas/part'}",
    );
    new.set_part(
        "part",
        "a: {type: string}, b: {type: string, nullable: true}",
        "a, b",
    );
    let report = diff(&old, &new);
    let broken = [
        "resources::Apple::name",
        "resources::Apple::size",
        "resources::apple::Part::b",
        "Client::berrys",
        "apples::CreateApple::kind",
        "apples::CreateApple::new",
        "apples::CreateApple::note",
        "berrys::Berrys",
        "berrys::Create",
        "berrys::CreateBerry",
        "resources::Berry",
        "shared::CaptureMethod::Y",
    ];
    assert_eq!(items(&report.breaks), of_upstream(&broken));
    assert_eq!(
        (report.compile, report.wire),
        (SemverLevel::Major, SemverLevel::Major)
    );
    // As `--format json` writes it.
    let json = serde_json::to_string_pretty(&report).unwrap();
    insta::assert_snapshot!("upstream_breaks", json);
}

#[test]
fn loss_at_one_of_several_places_is_a_run_time_change() {
    let of = |fields: &str| {
        format!("box: {{type: object, properties: {{a: {{type: string}}{fields}}}}}")
    };
    let (ab, a) = (of(", b: {type: string}"), of(""));
    let old = Document::with_params(&ab, &ab);
    let report = diff(&old, &Document::with_params(&ab, &a));
    assert_eq!(items(&report.breaks), []);
    let changed = &report.run_time;
    assert_eq!((changed.len(), changed[0].origin), (1, Origin::Upstream));
    assert!(changed[0].path.ends_with("::b"), "{changed:?}");
    assert_eq!(
        report.run_time[0].wire.as_deref(),
        Some("POST /v1/berrys box/b")
    );
    assert_eq!(
        (report.compile, report.wire),
        (SemverLevel::Patch, SemverLevel::Major)
    );
}

#[test]
fn shorter_text_and_deprecated_field_are_run_time_changes() {
    let old = Document::with_params("a: {type: string, maxLength: 500}, b: {type: string}", XY);
    let new = Document::with_params(
        "a: {type: string, maxLength: 100}, b: {type: string, deprecated: true}",
        XY,
    );
    let report = diff(&old, &new);
    assert_eq!(items(&report.breaks), []);
    let changed = of_upstream(&["apples::CreateApple::b", "apples::CreateApple::a"]);
    assert_eq!(items(&report.run_time), changed);
}

#[test]
fn parameter_that_one_place_requires_from_the_start_is_a_run_time_change() {
    let object = |more: &str, required: &str| {
        format!("box: {{type: object, properties: {{a: {{type: string}}{more}}}{required}}}")
    };
    let old = Document::with_params(&object("", ""), &object("", ""));
    let grown = object(", b: {type: string}", ", required: [b]");
    let new = Document::with_params(&object("", ""), &grown);
    let report = diff(&old, &new);
    assert_eq!(items(&report.breaks), []);
    let found: Vec<_> = report
        .run_time
        .iter()
        .map(|entry| entry.wire.as_deref())
        .collect();
    assert_eq!(found, [Some("POST /v1/berrys box/b")]);
    assert_eq!(report.wire, SemverLevel::Major);
    // A new operation requires what it likes.
    let mut more = old.clone();
    more.set_object("cherry", "");
    more.set_params("cherry", "a: {type: string}", "a");
    assert_eq!(items(&diff(&old, &more).run_time), []);
}
