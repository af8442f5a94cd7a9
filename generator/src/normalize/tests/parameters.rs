//! Shapes of parameters.

use super::{parameter, parameter_in, record_text, translate, with_body};

const JSON: &str = "application/json";
const AT: &str =
    "#/paths/~1it/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties/f";

/// An enum with the empty string only.
const CLEAR: &str = "{type: string, enum: ['']}";
const TIME: &str = "{type: integer, format: unix-time}";

#[test]
fn empty_string_beside_a_value_clears() {
    for (value, expected) in [
        ("{type: string}", "String"),
        ("{type: integer}", "Integer"),
        ("{type: boolean}", "Boolean"),
        ("{type: number}", "Number"),
        (TIME, "Timestamp"),
        ("{type: array, items: {type: string}}", "[String]"),
        ("{type: array, items: {type: string, enum: [a]}}", "[a]"),
        ("{type: object, properties: {}}", "{}"),
        (
            "{type: object, properties: {a: {type: string}}}",
            "{a?: String}",
        ),
        (
            "{type: object, additionalProperties: {type: string}}",
            "{*: String}",
        ),
    ] {
        for members in [format!("{value}, {CLEAR}"), format!("{CLEAR}, {value}")] {
            assert_eq!(
                parameter(&format!("{{anyOf: [{members}]}}")),
                format!("{{f?: Clearable({expected})}}"),
                "{members}"
            );
        }
    }
}

#[test]
fn empty_string_among_values_clears() {
    assert_eq!(
        parameter("{type: string, enum: ['', a, b]}"),
        "{f?: Clearable(a|b)}"
    );
    assert_eq!(
        parameter(
            "{type: object, additionalProperties: {anyOf: [{type: integer}, {type: string, enum: ['']}]}}"
        ),
        "{f?: {*: Clearable(Integer)}}"
    );
}

#[test]
fn keyword_beside_a_value() {
    let now = "{type: string, enum: [now]}";
    for (members, expected) in [
        (format!("{now}, {TIME}"), "KeywordOr(now, Timestamp)"),
        (format!("{TIME}, {now}"), "KeywordOr(now, Timestamp)"),
        (
            format!("{TIME}, {CLEAR}, {now}"),
            "Clearable(KeywordOr(now, Timestamp))",
        ),
        (
            format!("{now}, {{type: integer}}"),
            "KeywordOr(now, Integer)",
        ),
        (
            "{type: boolean}, {type: string, enum: [a, b]}".to_owned(),
            "KeywordOr(a|b, Boolean)",
        ),
        (
            "{type: string, enum: [a]}, {type: string, enum: [b]}, {type: number}".to_owned(),
            "KeywordOr(a|b, Number)",
        ),
    ] {
        assert_eq!(
            parameter(&format!("{{anyOf: [{members}]}}")),
            format!("{{f?: {expected}}}"),
            "{members}"
        );
    }
}

#[test]
fn bounds_beside_a_value_are_a_range() {
    let bounds = |ty: &str| format!("{{type: object, properties: {{gt: {ty}, lt: {ty}}}}}");
    let range = |ty: &str| parameter(&format!("{{anyOf: [{}, {ty}]}}", bounds(ty)));
    assert_eq!(range("{type: integer}"), "{f?: Range(Timestamp)}");
    assert_eq!(range(TIME), "{f?: Range(Timestamp)}");
    assert_eq!(range("{type: number}"), "{f?: Range(Number)}");
    // Without the exact value it is an object.
    assert_eq!(
        parameter(&bounds("{type: integer}")),
        "{f?: {gt?: Integer, lt?: Integer}}"
    );
    let other = "{type: object, properties: {gt: {type: integer}}}";
    assert_eq!(
        parameter(&format!("{{anyOf: [{other}, {{type: integer}}]}}")),
        format!("N002 {AT}/anyOf: the combination of its members is not in the list")
    );
}

#[test]
fn object_beside_text_is_a_token_or_what_it_stands_for() {
    let object = "{type: object, required: [a], properties: {a: {type: string}}}";
    assert_eq!(
        parameter(&format!("{{anyOf: [{object}, {{type: string}}]}}")),
        "{f?: TokenOr({a: String})}"
    );
}

#[test]
fn objects_with_a_common_field_are_merged_and_others_are_alternatives() {
    let first = "{type: object, required: [a, b], properties: {a: {type: string, enum: [x]}, b: {type: object, properties: {c: {type: string}}}}}";
    let second = "{type: object, required: [a], properties: {a: {type: string, enum: [x, y]}, b: {type: object, required: [d], properties: {d: {type: string}}}, e: {type: integer}}}";
    assert_eq!(
        parameter(&format!("{{anyOf: [{first}, {CLEAR}, {second}]}}")),
        "{f?: Clearable({a: x|y, b?: {c?: String, d?: String}, e?: Integer})}"
    );
    let third = "{type: object, properties: {z: {type: string}}}";
    assert_eq!(
        parameter(&format!("{{anyOf: [{first}, {third}]}}")),
        "{f?: Either({a: x, b: {c?: String}}, {z?: String})}"
    );
    let conflict = "{type: object, properties: {a: {type: integer}}}";
    assert!(parameter(&format!("{{anyOf: [{first}, {conflict}]}}")).starts_with("N002 "));
}

#[test]
fn other_unions_are_reported() {
    for members in [
        "{type: string}, {type: integer}",
        "{type: string}, {type: string, enum: [a]}",
        "{type: array, items: {type: string}}, {type: string}",
        "{type: integer}, {type: boolean}",
        "{type: string, enum: ['']}",
    ] {
        let found = parameter(&format!("{{anyOf: [{members}]}}"));
        assert!(
            found.starts_with(&format!("N002 {AT}/anyOf: ")),
            "{members}: {found}"
        );
    }
}

#[test]
fn null_clears_in_json_only() {
    assert_eq!(
        parameter("{type: string, nullable: true}"),
        format!("N004 {AT}: forms and queries cannot say null")
    );
    assert_eq!(
        parameter_in("{type: string, nullable: true}", JSON),
        "{f?: Clearable(String)}"
    );
    assert_eq!(
        parameter_in(
            "{type: object, additionalProperties: {type: string, nullable: true}}",
            JSON
        ),
        "{f?: {*: Clearable(String)}}"
    );
    assert_eq!(
        parameter_in("{type: string, nullable: false}", JSON),
        "{f?: String}"
    );
}

#[test]
fn file_travels_in_multipart_forms_only() {
    let file = "{type: string, format: binary}";
    assert_eq!(parameter_in(file, "multipart/form-data"), "{f?: Binary}");
    assert_eq!(
        parameter(file),
        format!("N001 {AT}: a file outside of a multipart form")
    );
}

#[test]
fn object_without_fields_is_a_marker() {
    assert_eq!(parameter("{type: object, properties: {}}"), "{f?: {}}");
}

#[test]
fn components_are_written_out_unless_they_hold_themselves() {
    let body = "{type: object, properties: {f: {$ref: '#/components/schemas/a'}}}";
    let text = with_body(body, JSON);
    let with = |schema: &str| text.replace("schemas: {}", &format!("schemas: {{a: {schema}}}"));
    let (api, findings) = translate(
        &with("{type: object, properties: {b: {type: string}}}"),
        &super::lenient(),
    );
    assert!(findings.is_empty(), "{findings:?}");
    let body = &api.unwrap().endpoints[0].body;
    assert_eq!(record_text(&body.as_ref().unwrap().1), "{f?: {b?: String}}");

    let (_, findings) = translate(
        &with("{type: object, properties: {b: {$ref: '#/components/schemas/a'}}}"),
        &super::lenient(),
    );
    // The component is also translated for its own sake, which is fine.
    assert_eq!(findings, ["N014 #/components/schemas/a/properties/b: a"]);
}

#[test]
fn limit_of_a_string_that_may_be_cleared_is_kept() {
    let field = "{anyOf: [{type: string, maxLength: 40}, {type: string, enum: ['']}]}";
    let body = format!("{{type: object, properties: {{f: {field}}}}}");
    let (api, _) = translate(&with_body(&body, JSON), &super::lenient());
    let (_, record) = api.unwrap().endpoints[0].body.clone().unwrap();
    assert_eq!(record.fields[0].schema.doc.max_length, Some(40));
}
