//! What the documentation of response fields says about `null` and about fields that are left out.

use super::crates::{Crate, Document};

const TEXT: &str = "{type: string}";
const NULL: &str = "{type: string, nullable: true}";

const ONLY_NULL: &str = "/// May be `null`, never left out.";
const ONLY_LEFT_OUT: &str = "/// May be left out, never `null`.";
const BOTH: &str = "/// May be `null` or left out.";
const NEITHER: &str = "/// Never `null` or left out; it is an `Option` for compatibility with \
                       earlier versions of this crate.";

/// A document in which the object `apple` has a field `part`, an object with these fields.
fn with_part(fields: &[(&str, &str)], required: &str) -> Document {
    let mut document = Document::with_fields("part: {$ref: '#/components/schemas/part'}", "");
    set_part(&mut document, "part", fields, required);
    document
}

fn set_part(document: &mut Document, name: &'static str, fields: &[(&str, &str)], required: &str) {
    let fields: Vec<String> = fields
        .iter()
        .map(|(field, schema)| format!("{field}: {schema}"))
        .collect();
    document.set_part(name, &fields.join(", "), required);
}

/// Asserts that the front page says which of the two the document allows for most fields.
fn assert_front_page(made: &Crate, rule: &str) {
    made.assert_has(
        "lib.rs",
        "//! A field that is an `Option` is `None` if a response has `null` for it or leaves it out.",
    );
    made.assert_has("lib.rs", &format!("leaves it out.\n//! {rule}\n//!\n"));
}

#[test]
fn field_without_a_line_is_one_of_the_most_frequent_kind_both() {
    let fields = [
        ("a", NULL),
        ("b", NULL),
        ("c", NULL),
        ("d", TEXT),
        ("e", TEXT),
    ];
    let made = Crate::publish_first(&with_part(&fields, "c, e"));
    let part = format!(
        "pub struct Part {{ pub a: Option<String>, pub b: Option<String>, {ONLY_NULL}\n\
         pub c: Option<String>, {ONLY_LEFT_OUT}\npub d: Option<String>, pub e: String,"
    );
    made.assert_has("resources/apple.rs", &part);
    assert_front_page(
        &made,
        "The API's document allows both unless the documentation of the field states which.",
    );
}

#[test]
fn field_without_a_line_is_one_of_the_most_frequent_kind_left_out() {
    // The field `part` of the resource is left out, too.
    let fields = [
        ("a", TEXT),
        ("b", TEXT),
        ("c", NULL),
        ("d", NULL),
        ("e", TEXT),
    ];
    let made = Crate::publish_first(&with_part(&fields, "d, e"));
    let part = format!(
        "pub struct Part {{ pub a: Option<String>, pub b: Option<String>, {BOTH}\n\
         pub c: Option<String>, {ONLY_NULL}\npub d: Option<String>, pub e: String,"
    );
    made.assert_has("resources/apple.rs", &part);
    made.assert_lacks("resources/apple.rs", ONLY_LEFT_OUT);
    assert_front_page(
        &made,
        "The API's document allows only the latter unless the documentation of the field states \
         otherwise.",
    );
}

#[test]
fn field_without_a_line_is_one_of_the_most_frequent_kind_null() {
    let fields = [
        ("a", NULL),
        ("b", NULL),
        ("c", NULL),
        ("d", TEXT),
        ("e", NULL),
    ];
    let made = Crate::publish_first(&with_part(&fields, "a, b, c"));
    let part = format!(
        "pub struct Part {{ pub a: Option<String>, pub b: Option<String>, pub c: Option<String>, \
         {ONLY_LEFT_OUT}\npub d: Option<String>, {BOTH}\npub e: Option<String>,"
    );
    made.assert_has("resources/apple.rs", &part);
    made.assert_lacks("resources/apple.rs", ONLY_NULL);
    assert_front_page(
        &made,
        "The API's document allows only the former unless the documentation of the field states \
         otherwise.",
    );
}

#[test]
fn front_page_has_no_rule_without_optional_fields() {
    let made = Crate::publish_first(&Document::with_fields("", ""));
    made.assert_lacks("lib.rs", "The API's document allows");
}

#[test]
fn type_of_several_descriptions_allows_what_one_of_them_does() {
    let mut document = Document::with_fields(
        "part: {$ref: '#/components/schemas/part'}",
        "part: {$ref: '#/components/schemas/part'}",
    );
    let usual = [("x", TEXT), ("y", TEXT)];
    let with_usual = |fields: &[(&'static str, &'static str)]| [&usual, fields].concat();
    let fields = with_usual(&[("a", TEXT), ("b", NULL)]);
    set_part(&mut document, "part", &fields, "b");
    let mut made = Crate::publish_first(&document);
    made.assert_has(
        "shared/apple.rs",
        &format!("{ONLY_NULL}\npub b: Option<String>"),
    );
    // A second description of the type: `a` may be null there, `b` may be left out.
    document.set_object("berry", "part: {$ref: '#/components/schemas/part2'}");
    let fields = with_usual(&[("a", NULL), ("b", TEXT), ("c", NULL)]);
    set_part(&mut document, "part2", &fields, "a, c");
    made.grow_to(&document);
    let part = format!(
        "{BOTH}\npub a: Option<String>, {BOTH}\npub b: Option<String>, {BOTH}\n\
         pub c: Option<String>,"
    );
    made.assert_has("shared/apple.rs", &part);
}

#[test]
fn inline_objects_that_become_one_type_allow_what_one_of_them_does() {
    let inline = |a: &str, required: &str| {
        format!("part: {{type: object, properties: {{a: {a}, b: {TEXT}}}, required: {required}}}")
    };
    let same = Document::with_fields(&inline(NULL, "[a, b]"), &inline(NULL, "[a, b]"));
    let made = Crate::publish_first(&same);
    made.assert_has(
        "shared/apple.rs",
        &format!("{ONLY_NULL}\npub a: Option<String>"),
    );
    let different = Document::with_fields(&inline(NULL, "[a, b]"), &inline(TEXT, "[b]"));
    let made = Crate::publish_first(&different);
    made.assert_has("shared/apple.rs", &format!("{BOTH}\npub a: Option<String>"));
}

#[test]
fn field_that_the_document_requires_later_says_why_it_is_optional() {
    let mut document = Document::with_fields(
        "part: {$ref: '#/components/schemas/part'}",
        "part: {$ref: '#/components/schemas/part2'}",
    );
    set_part(&mut document, "part", &[("a", TEXT)], "a");
    set_part(&mut document, "part2", &[("a", TEXT)], "a");
    document.set_object("berry", "part: {$ref: '#/components/schemas/part'}");
    let mut made = Crate::publish_first(&document);
    document.set_object("berry", "part: {$ref: '#/components/schemas/part2'}");
    set_part(&mut document, "part2", &[("a", TEXT), ("b", TEXT)], "a, b");
    made.grow_to(&document);
    made.assert_has("shared/apple.rs", "pub a: String, pub b: Option<String>");
    set_part(&mut document, "part", &[("a", TEXT), ("b", TEXT)], "a, b");
    made.grow_to(&document);
    made.assert_has(
        "shared/apple.rs",
        &format!("pub a: String, {NEITHER}\npub b: Option<String>"),
    );
}

#[test]
fn parameters_do_not_mention_responses() {
    let document = Document::with_params("a: {type: string}, b: {type: integer}", "");
    let made = Crate::publish_first(&document);
    made.assert_lacks("apples.rs", "left out");
}
