//! Requests: shared enums and parameter objects, constructors, service methods.

use generator::diag::Code;

use super::crates::{Crate, Document};

const XY: &str = "flavour: {type: string, enum: [x, y]}";
const XYZ: &str = "flavour: {type: string, enum: [x, y, z]}";

#[test]
fn shared_enum_gains_a_value_for_all_its_places() {
    let mut made = Crate::publish_first(&Document::with_params(XY, XY));
    made.grow_to(&Document::with_params(XY, XYZ));
    made.assert_has("apples.rs", "flavour: impl Into<shared::AppleFlavour>");
    made.assert_has("berrys.rs", "flavour: impl Into<shared::AppleFlavour>");
    made.assert_has("shared/apple.rs", "X = \"x\", Y = \"y\", Z = \"z\"");
}

#[test]
fn shared_parameter_object_gains_a_setter_for_all_its_places() {
    let a = "box: {type: object, properties: {a: {type: string}}}";
    let ab = "box: {type: object, properties: {a: {type: string}, b: {type: string}}}";
    let mut made = Crate::publish_first(&Document::with_params(a, a));
    made.assert_has("berrys.rs", "box_: params::AppleBoxParams");
    made.grow_to(&Document::with_params(a, ab));
    made.assert_has("apples.rs", "box_: params::AppleBoxParams");
    made.assert_has("berrys.rs", "box_: params::AppleBoxParams");
    made.assert_has(
        "params/apple.rs",
        "pub fn b(mut self, b: impl Into<String>)",
    );
}

#[test]
fn members_of_shared_objects_keep_their_types_when_one_place_grows() {
    let a = "box: {type: object, properties: {kind: {type: string, enum: [p, q]}}}";
    let ab = "box: {type: object, properties: {kind: {type: string, enum: [p, q, r]}}}";
    let mut made = Crate::publish_first(&Document::with_params(a, a));
    made.grow_to(&Document::with_params(ab, a));
    made.assert_has("params/apple.rs", "kind: impl Into<shared::BoxKind>");
    made.assert_has("shared/apple.rs", "P = \"p\", Q = \"q\", R = \"r\"");
}

#[test]
fn new_member_that_differs_between_two_places_is_one_type() {
    let of =
        |more: &str| format!("box: {{type: object, properties: {{a: {{type: string}}{more}}}}}");
    let (pq, r) = (
        of(", kind: {type: string, enum: [p, q]}"),
        of(", kind: {type: string, enum: [r]}"),
    );
    let mut made = Crate::publish_first(&Document::with_params(&of(""), &of("")));
    made.grow_to(&Document::with_params(&pq, &r));
    made.assert_has("shared/apple.rs", "P = \"p\", Q = \"q\", R = \"r\"");
}

#[test]
fn enums_that_become_equal_do_not_join() {
    let mut made = Crate::publish_first(&Document::with_params(
        XY,
        "flavour: {type: string, enum: [x]}",
    ));
    made.assert_has("berrys.rs", "flavour: impl Into<Flavour>");
    made.grow_to(&Document::with_params(XY, XY));
    made.assert_has("berrys.rs", "flavour: impl Into<Flavour>");
    made.assert_has("apples.rs", "flavour: impl Into<Flavour>");
}

#[test]
fn contradiction_splits_and_the_name_stays_where_most_uses_are() {
    let object = |ty: &str| format!("{{type: object, properties: {{a: {{type: {ty}}}}}}}");
    let (text, number) = (object("string"), object("integer"));
    let two = format!("box: {text}, case: {{type: object, properties: {{box: {text}}}}}");
    let mut made = Crate::publish_first(&Document::with_params(&two, &format!("box: {text}")));
    made.update_to(&Document::with_params(&two, &format!("box: {number}")));
    made.assert_has("apples.rs", "box_: params::AppleBoxParams");
    made.assert_has("apples.rs", "box_: params::AppleBoxParams) -> Self");
    made.assert_has("apples.rs", "case: CaseParams");
    made.assert_has("params/apple.rs", "a: impl Into<String>");
    made.assert_has("berrys.rs", "box_: BoxParams");
    made.assert_has("berrys.rs", "a: i64");
    let details = made.details_of(Code::LockedTypeSplit);
    assert_eq!(
        details,
        [
            "params::AppleBoxParams, about `a`: kept at `Post_apples/box`, `Post_apples/case/box`; \
             left by `Post_berrys/box`"
        ]
    );
    // The split is published: the next run changes nothing.
    let lock = made.lock.clone();
    made.update_to(&Document::with_params(&two, &format!("box: {number}")));
    assert_eq!((made.findings.as_slice(), made.lock), (&[][..], lock));
}

#[test]
fn name_never_goes_to_another_meaning() {
    // Both enums change at once, so that each has the values that the other one had.
    let of = |capture: &str, confirm: &str| {
        format!(
            "capture_method: {{type: string, enum: [{capture}]}}, \
             confirm_method: {{type: string, enum: [{confirm}]}}"
        )
    };
    let before = of("a, b", "c, d");
    let mut made = Crate::publish_first(&Document::with_params(&before, &before));
    let after = of("c, d", "a, b");
    made.update_to(&Document::with_params(&after, &after));
    made.assert_has(
        "apples.rs",
        "capture_method: impl Into<shared::CaptureMethod>",
    );
    made.assert_has(
        "apples.rs",
        "confirm_method: impl Into<shared::ConfirmMethod>",
    );
}

#[test]
fn name_of_a_removed_type_is_not_given_away_and_comes_back() {
    let part = "box: {type: object, properties: {a: {type: string}}}";
    let other =
        "crate: {type: object, properties: {box: {type: object, properties: {b: {type: string}}}}}";
    let mut made = Crate::publish_first(&Document::with_params(part, "x: {type: string}"));
    made.assert_has("apples.rs", "box_: BoxParams");
    made.update_to(&Document::with_params(other, "x: {type: string}"));
    assert_eq!(made.details_of(Code::LockedNameGone), ["apples::BoxParams"]);
    made.assert_lacks("apples.rs", "struct BoxParams {");
    made.update_to(&Document::with_params(part, "x: {type: string}"));
    made.assert_has("apples.rs", "box_: BoxParams");
}

#[test]
fn parameter_that_becomes_optional_stays_an_argument() {
    let kind = "kind: {type: string}, size: {type: integer}";
    let mut document = Document::with_params(XY, XY);
    document.set_params("apple", kind, "kind, size");
    let mut made = Crate::publish_first(&document);
    let signature = "pub fn new(kind: impl Into<String>, size: i64) -> Self";
    made.assert_has("apples.rs", signature);
    document.set_params("apple", kind, "size");
    made.grow_to(&document);
    made.assert_has("apples.rs", signature);
    assert!(
        made.lock
            .contains("\"apples::CreateApple\" = \"new(kind, size)\"")
    );
}

#[test]
fn parameter_that_becomes_required_is_an_argument_after_the_old_ones() {
    let of = "a: {type: string}, kind: {type: string}";
    let mut document = Document::with_params(XY, XY);
    document.set_params("apple", of, "kind");
    let mut made = Crate::publish_first(&document);
    document.set_params("apple", of, "a, kind");
    made.update_to(&document);
    made.assert_has(
        "apples.rs",
        "pub fn new(kind: impl Into<String>, a: impl Into<String>) -> Self",
    );
}

#[test]
fn required_member_of_one_place_is_optional_in_the_shared_object() {
    let of = |required: &str| {
        format!(
            "box: {{type: object, properties: {{a: {{type: string}}, b: {{type: string}}}}{required}}}"
        )
    };
    let mut made = Crate::publish_first(&Document::with_params(&of(""), &of("")));
    made.grow_to(&Document::with_params(&of(""), &of(", required: [b]")));
    made.assert_has(
        "params/apple.rs",
        "pub fn b(mut self, b: impl Into<String>)",
    );
}

#[test]
fn operation_that_gains_a_parameter_gets_a_further_method() {
    let mut document = Document::with_fields("", "");
    let mut made = Crate::publish_first(&document);
    made.assert_has(
        "apples.rs",
        "pub fn create(&self) -> Call<resources::Apple>",
    );
    document.set_params("apple", "a: {type: string}", "");
    made.grow_to(&document);
    made.assert_has(
        "apples.rs",
        "pub fn create(&self) -> Call<resources::Apple>",
    );
    made.assert_has(
        "apples.rs",
        "pub fn create_with(&self, params: CreateApple) -> Call<resources::Apple>",
    );
    let lock = made.lock.clone();
    made.update_to(&document);
    assert_eq!(made.lock, lock);
    made.assert_has(
        "apples.rs",
        "pub fn create_with(&self, params: CreateApple)",
    );
}

#[test]
fn operation_that_loses_its_parameters_keeps_its_argument() {
    let mut document = Document::with_fields("", "");
    document.set_params("apple", "a: {type: string}", "");
    let mut made = Crate::publish_first(&document);
    document.set_params("apple", "", "");
    made.grow_to(&document);
    made.assert_has("apples.rs", "pub fn create(&self, params: CreateApple)");
    made.assert_has("apples.rs", "pub struct CreateApple");
}

#[test]
fn first_parameter_that_is_required_changes_the_method() {
    let mut document = Document::with_fields("", "");
    let mut made = Crate::publish_first(&document);
    document.set_params("apple", "a: {type: string}", "a");
    made.update_to(&document);
    made.assert_has("apples.rs", "pub fn create(&self, params: CreateApple)");
    assert_eq!(made.details_of(Code::LockedNameGone), ["apples.create()"]);
}

#[test]
fn equal_shapes_of_another_meaning_are_types_of_their_own() {
    let status = "{type: object, properties: {status: {type: string, enum: [on, off]}}}";
    let color = "{type: object, properties: {color: {type: string, enum: [red, blue]}}}";
    let of = |part: &str, shape: &str| format!("{part}: {shape}");
    let made = Crate::publish_first(&Document::with_params(
        &format!("{}, {}", of("lid", status), of("base", color)),
        &format!("{}, {}", of("pump", status), of("frame", color)),
    ));
    // `status` says nothing by itself, so the words before it count.
    made.assert_has("apples.rs", "status: impl Into<LidStatus>");
    made.assert_has("berrys.rs", "status: impl Into<PumpStatus>");
    // Words that say enough are the same wherever they are.
    let lock = &made.lock;
    let shared = lock.lines().filter(|line| line.starts_with("\"shared::"));
    assert_eq!(shared.count(), 1, "{lock}");
}

#[test]
fn objects_without_fields_differ_by_the_field_that_holds_them() {
    let part = "{type: object, properties: {card: {type: object, properties: {}}}}";
    let made = Crate::publish_first(&Document::with_params(
        &format!("data: {part}, choice: {part}"),
        &format!("data: {part}"),
    ));
    let cards = made.lock.lines();
    let cards: Vec<&str> = cards
        .filter(|line| line.contains("Card") && line.ends_with("\"new()\""))
        .collect();
    assert_eq!(cards.len(), 2, "{}", made.lock);
}
