//! Responses: parts, resources and the boxes around them.

use generator::diag::Code;

use super::crates::{Crate, Document};

const TEXT: &str = "{type: string}";

fn reference(field: &str, component: &str) -> String {
    format!("{field}: {{$ref: '#/components/schemas/{component}'}}")
}

#[test]
fn use_at_an_earlier_place_does_not_rename_a_part() {
    let mut document = Document::with_fields(&reference("documents", "paper"), "");
    document.set_part("paper", "a: {type: string}", "");
    let mut made = Crate::publish_first(&document);
    made.assert_has(
        "resources/apple.rs",
        "pub documents: Option<Box<Documents>>",
    );
    let both = format!(
        "{}, {}",
        reference("balance", "paper"),
        reference("documents", "paper")
    );
    document.set_object("apple", &both);
    made.grow_to(&document);
    made.assert_has(
        "resources/apple.rs",
        "pub documents: Option<Box<Documents>>",
    );
    made.assert_has("resources/apple.rs", "pub balance: Option<Box<Documents>>");
}

#[test]
fn part_is_boxed_whatever_its_size() {
    let mut document = Document::with_fields(&reference("part", "part"), "");
    let mut made = None;
    for fields in 1..20 {
        let names: Vec<String> = (0..fields).map(|n| format!("f{n}: {TEXT}")).collect();
        document.set_part("part", &names.join(", "), "");
        let made = made.get_or_insert_with(|| Crate::publish_first(&document));
        made.grow_to(&document);
        made.assert_has("resources/apple.rs", "pub part: Option<Box<Part>>");
    }
}

#[test]
fn part_that_a_second_resource_uses_stays_where_it_is() {
    let mut document = Document::with_fields(&reference("part", "part"), "");
    document.set_part("part", "a: {type: string}", "");
    let mut made = Crate::publish_first(&document);
    document.set_object("berry", &reference("part", "part"));
    made.grow_to(&document);
    made.assert_has("resources/apple.rs", "pub struct Part");
    made.assert_has(
        "resources/berry.rs",
        "pub part: Option<Box<resources::apple::Part>>",
    );
}

#[test]
fn component_that_is_described_twice_stays_one_type() {
    let one = reference("part", "part");
    let mut document = Document::with_fields(&one, &one);
    document.set_part("part", "a: {type: string}", "a");
    let mut made = Crate::publish_first(&document);
    let ty = "pub part: Option<Box<shared::Part>>";
    made.assert_has("resources/berry.rs", ty);
    document.set_object("berry", &reference("part", "part2"));
    document.set_part("part2", "a: {type: string}", "a");
    made.grow_to(&document);
    made.assert_has("resources/apple.rs", ty);
    made.assert_has("resources/berry.rs", ty);
    // One of the two grows: what only that one has is optional.
    document.set_part("part2", "a: {type: string}, b: {type: string}", "a, b");
    made.grow_to(&document);
    made.assert_has("resources/berry.rs", ty);
    made.assert_has("shared/apple.rs", "pub a: String");
    made.assert_has("shared/apple.rs", "pub b: Option<String>");
    // It stays so when the other one grows too.
    document.set_part("part", "a: {type: string}, b: {type: string}", "a, b");
    made.grow_to(&document);
    made.assert_has("shared/apple.rs", "pub b: Option<String>");
}

#[test]
fn descriptions_that_contradict_each_other_are_two_types() {
    let one = reference("part", "part");
    let mut document =
        Document::with_fields(&format!("{one}, {}", reference("rest", "part")), &one);
    document.set_part("part", "a: {type: string}", "a");
    let mut made = Crate::publish_first(&document);
    document.set_object("berry", &reference("part", "part2"));
    document.set_part("part2", "b: {type: string}", "");
    made.update_to(&document);
    made.assert_has("resources/apple.rs", "pub part: Option<Box<shared::Part>>");
    made.assert_has("resources/berry.rs", "pub part: Option<Box<Part>>");
    let details = made.details_of(Code::LockedTypeSplit);
    assert_eq!(details.len(), 1, "{details:?}");
    assert!(
        details[0].starts_with("shared::Part, about `a`"),
        "{details:?}"
    );
}

#[test]
fn parts_that_become_one_component_stay_two_types() {
    let fields = "a: {type: string}";
    let mut document = Document::with_fields(&reference("part", "p"), &reference("part", "q"));
    document.set_part("p", fields, "");
    document.set_part("q", fields, "");
    let mut made = Crate::publish_first(&document);
    document.set_object("berry", &reference("part", "p"));
    document.components.remove("q");
    made.update_to(&document);
    assert_eq!(made.findings, []);
    made.assert_has("resources/apple.rs", "pub part: Option<Box<Part>>");
    made.assert_has("resources/berry.rs", "pub part: Option<Box<Part>>");
}

#[test]
fn part_that_becomes_a_resource_stays_at_its_path() {
    let mut document = Document::with_fields(&reference("core", "core"), "");
    document.set_part("core", "id: {type: string}, a: {type: string}", "id");
    let mut made = Crate::publish_first(&document);
    made.assert_has("resources/apple.rs", "pub core: Option<Box<Core>>");
    document.set_object("core", "a: {type: string}");
    document.params.insert("core", String::new());
    for _ in 0..2 {
        made.update_to(&document);
        assert_eq!(made.findings, []);
        made.assert_has("resources/apple.rs", "pub core: Option<Box<Core>>");
        made.assert_has("resources/apple.rs", "pub struct Core { pub id: String");
        made.assert_has(
            "resources/core.rs",
            "pub use crate::resources::apple::Core;",
        );
        made.assert_has("resources.rs", "pub use self::core::Core;");
        made.assert_has(
            "cores.rs",
            "pub fn create(&self) -> Call<resources::apple::Core>",
        );
    }
}

#[test]
fn field_that_becomes_optional_is_the_documents_change() {
    let mut document = Document::with_fields(&reference("part", "part"), "");
    document.set_part("part", "a: {type: string}", "a");
    let mut made = Crate::publish_first(&document);
    document.set_part("part", "a: {type: string}", "");
    made.update_to(&document);
    made.assert_has("resources/apple.rs", "pub a: Option<String>");
    assert_eq!(made.details_of(Code::LockedTypeSplit), [""; 0]);
}
