//! Fields and variants: a name never goes to another wire name.

use super::crates::{Crate, Document};

fn with_modes(values: &str) -> Document {
    let field = format!("flavour: {{type: string, enum: [{values}]}}");
    Document::with_params(&field, "x: {type: string}")
}

#[test]
fn variant_keeps_its_value_when_a_similar_one_is_added() {
    let mut made = Crate::publish_first(&with_modes("a_b, c"));
    made.grow_to(&with_modes("a-b, a_b, c"));
    made.assert_has("apples.rs", "AB = \"a_b\"");
    made.assert_has("apples.rs", "AB2 = \"a-b\"");
}

#[test]
fn variant_with_another_spelling_keeps_its_value_too() {
    let mut made = Crate::publish_first(&with_modes("a-b, c"));
    assert!(
        made.lock.contains("\"apples::Flavour.AB\" = \"a-b\""),
        "{}",
        made.lock
    );
    made.grow_to(&with_modes("a.b, a_b, a-b, c"));
    made.assert_has("apples.rs", "AB = \"a-b\"");
    made.assert_has("apples.rs", "AB2 = \"a_b\"");
    // A value that goes leaves its name.
    made.update_to(&with_modes("a.b, a_b, c"));
    made.assert_lacks("apples.rs", "AB = ");
    made.assert_has("apples.rs", "AB2 = \"a_b\"");
}

#[test]
fn setter_keeps_its_parameter_when_a_similar_one_is_added() {
    let mut made = Crate::publish_first(&Document::with_params("a_b: {type: string}", ""));
    made.grow_to(&Document::with_params(
        "a-b: {type: string}, a_b: {type: string}",
        "",
    ));
    made.assert_has("apples.rs", "a_b_2 = \"a-b\"");
}

#[test]
fn enum_keeps_its_type_when_other_values_are_allowed_beside_it() {
    let alone = "size: {type: string, enum: [now, later]}";
    let beside =
        "size: {anyOf: [{type: string, enum: [now, later], maxLength: 5000}, {type: integer}]}";
    let with = |field: &str| Document::with_params(field, "x: {type: string}");
    let mut made = Crate::publish_first(&with(alone));
    made.assert_has("apples.rs", "size: impl Into<Size>");
    made.update_to(&with(beside));
    made.assert_has("apples.rs", "pub enum Size");
    let mut made = Crate::publish_first(&with(beside));
    made.update_to(&with(alone));
    made.assert_has("apples.rs", "size: impl Into<Size>");
}
