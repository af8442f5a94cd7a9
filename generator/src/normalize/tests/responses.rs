//! Shapes of responses.

use super::{document, lenient, response, response_with, shape, translate};
use crate::api::ValueKind;

/// Components that tests refer to.
const OTHERS: &str = ", customer: {type: object, properties: {object: {type: string, enum: [customer]}, id: {type: string}}}, gone: {type: object, properties: {object: {type: string, enum: [customer]}, deleted: {type: boolean, enum: [true]}}}, card: {type: object, properties: {object: {type: string, enum: [card]}}}, plain: {type: object, required: [a], properties: {a: {type: string}}}, view: {type: object, properties: {b: {type: string}}}, either: {anyOf: [{$ref: '#/components/schemas/customer'}, {$ref: '#/components/schemas/card'}]}, name: {type: string, enum: [a, b]}";

fn reference(name: &str) -> String {
    format!("{{$ref: '#/components/schemas/{name}'}}")
}

/// A field that is a string or one of these components, with the mark of an id.
fn expandable(names: &[&str], keywords: &str) -> String {
    let all: Vec<_> = names.iter().map(|name| reference(name)).collect();
    let all = all.join(", ");
    format!("{{anyOf: [{{type: string}}, {all}], x-expandable: {{oneOf: [{all}]}}{keywords}}}")
}

#[test]
fn scalars_keep_their_formats() {
    for (source, expected) in [
        ("{type: string}", "String"),
        ("{type: string, format: date-time}", "DateTime"),
        ("{type: string, format: decimal}", "Decimal"),
        ("{type: string, format: uuid}", "String"),
        ("{type: string, format: int64}", "IntegerText"),
        ("{type: integer}", "Integer"),
        ("{type: integer, format: int32}", "Integer"),
        ("{type: integer, format: unix-time}", "Timestamp"),
        ("{type: number}", "Number"),
        ("{type: boolean}", "Boolean"),
        ("{type: boolean, enum: [true]}", "=true"),
        ("{type: string, enum: [a, b]}", "a|b"),
        ("{type: string, enum: [a]}", "a"),
    ] {
        assert_eq!(response(source), format!("{{f?: {expected}}}"), "{source}");
    }
}

#[test]
fn values_that_are_not_understood_are_reported() {
    let at = "#/components/schemas/it/properties/f";
    for (source, expected) in [
        (
            "{type: string, format: money}",
            format!("N003 {at}: `money`"),
        ),
        (
            "{type: string, format: unix-time}",
            format!("N003 {at}: `unix-time`"),
        ),
        ("{type: number, format: huge}", format!("N003 {at}: `huge`")),
        (
            "{type: integer, enum: [1, 2]}",
            format!("N015 {at}: a list of integers"),
        ),
        (
            "{type: string, enum: [a, null]}",
            format!("N015 {at}: `null`"),
        ),
        (
            "{type: boolean, enum: [false]}",
            format!("N015 {at}: a list of booleans other than `[true]`"),
        ),
        ("{allOf: [{type: object}]}", format!("N001 {at}: `allOf`")),
        ("{not: {type: object}}", format!("N001 {at}: `not`")),
        (
            "{}",
            format!("N001 {at}: a mixture of keywords of several types"),
        ),
        ("{type: array}", format!("N001 {at}: a list without items")),
        (
            "{type: string, format: binary}",
            format!("N001 {at}: raw bytes inside of a JSON document"),
        ),
        (
            "{type: object, properties: {a: {type: string}}, additionalProperties: {type: string}}",
            format!("N001 {at}: an object with both fixed and free keys"),
        ),
        (
            "{type: array, items: {type: string, nullable: true}}",
            format!("N004 {at}/items: "),
        ),
        (
            "{type: object, additionalProperties: {type: string, nullable: true}}",
            format!("N004 {at}/additionalProperties: "),
        ),
        (
            "{anyOf: [{type: string}, {type: integer}]}",
            format!("N002 {at}/anyOf: a member is written out in place"),
        ),
    ] {
        assert_eq!(response(source), expected, "{source}");
    }
}

#[test]
fn constraints_without_effect_are_warnings() {
    let schemas = "{it: {type: object, properties: {f: {type: string, pattern: '^a'}, g: {type: integer, minimum: 3}}}}";
    let (api, findings) = translate(&document("{}", schemas), &lenient());
    assert!(api.is_some());
    assert_eq!(
        findings,
        [
            "N013 #/components/schemas/it/properties/f/pattern: `pattern`",
            "N013 #/components/schemas/it/properties/g/minimum: `minimum`",
        ]
    );
}

#[test]
fn field_is_required_unless_it_may_be_null() {
    let schemas = "{it: {type: object, required: [a, b], properties: {a: {type: string}, b: {type: string, nullable: true}, c: {type: string, deprecated: true}}}}";
    let (api, _) = translate(&document("{}", schemas), &lenient());
    assert_eq!(
        shape(&api.unwrap().components[0].schema),
        "{a: String, b?: String, c?!: String}"
    );
}

#[test]
fn required_field_must_be_defined() {
    let schemas = "{it: {type: object, required: [a], properties: {}}}";
    let (_, findings) = translate(&document("{}", schemas), &lenient());
    assert_eq!(findings, ["S018 #/components/schemas/it/required: `a`"]);
}

#[test]
fn containers_hold_any_shape() {
    assert_eq!(
        response("{type: array, items: {type: integer}}"),
        "{f?: [Integer]}"
    );
    assert_eq!(
        response("{type: object, additionalProperties: {type: array, items: {type: string}}}"),
        "{f?: {*: [String]}}"
    );
    assert_eq!(
        response(
            "{type: object, properties: {a: {type: object, properties: {b: {type: string}}}}}"
        ),
        "{f?: {a?: {b?: String}}}"
    );
}

#[test]
fn component_without_fields_is_a_marker() {
    for fields in ["properties: {}", "additionalProperties: false"] {
        let schemas = format!("{{it: {{type: object, {fields}}}}}");
        let (api, findings) = translate(&document("{}", &schemas), &lenient());
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(shape(&api.unwrap().components[0].schema), "{}");
    }
}

#[test]
fn part_without_fields_is_a_marker_wherever_it_is() {
    let empty = "{type: object, properties: {}}";
    let closed = "{type: object, properties: {}, additionalProperties: false}";
    for (source, expected) in [
        (empty.to_owned(), "{}"),
        (closed.to_owned(), "{}"),
        (
            "{type: object, additionalProperties: false}".to_owned(),
            "{}",
        ),
        (format!("{{type: array, items: {closed}}}"), "[{}]"),
        (
            format!("{{type: object, additionalProperties: {empty}}}"),
            "{*: {}}",
        ),
        (
            format!("{{type: object, properties: {{a: {closed}}}}}"),
            "{a?: {}}",
        ),
    ] {
        let expected = format!("{{f?: {expected}}}");
        assert_eq!(response(&source), expected, "{source}");
        assert_eq!(super::parameter(&source), expected, "{source}");
    }
}

#[test]
fn object_of_unknown_keys_stays_raw_with_a_warning() {
    let raw = "Raw(the document does not say which keys the object has)";
    for open in [
        "{type: object}",
        "{type: object, additionalProperties: true}",
        "{type: object, properties: {}, additionalProperties: true}",
    ] {
        assert_eq!(response(open), format!("{{f?: {raw}}}"), "{open}");
        assert_eq!(super::parameter(open), format!("{{f?: {raw}}}"), "{open}");
        let schemas = format!("{{it: {open}}}");
        let (api, findings) = translate(&document("{}", &schemas), &lenient());
        assert_eq!(findings, ["N005 #/components/schemas/it: "], "{open}");
        assert_eq!(shape(&api.unwrap().components[0].schema), raw, "{open}");
    }
}

#[test]
fn component_that_is_no_object_stands_for_its_shape() {
    assert_eq!(response_with(&reference("name"), OTHERS), "{f?: a|b}");
    assert_eq!(response_with(&reference("plain"), OTHERS), "{f?: &plain}");
    assert_eq!(response_with(&reference("either"), OTHERS), "{f?: &either}");
}

#[test]
fn only_named_components_are_kept() {
    let schemas = "{name: {type: string, enum: [a]}, it: {type: object}, alias: {$ref: '#/components/schemas/it'}}";
    let (api, _) = translate(&document("{}", schemas), &lenient());
    let names: Vec<_> = api
        .unwrap()
        .components
        .into_iter()
        .map(|c| c.name)
        .collect();
    assert_eq!(names, ["it"]);
}

#[test]
fn id_or_object_is_expandable() {
    assert_eq!(
        response_with(&expandable(&["customer"], ""), OTHERS),
        "{f?: Id(&customer)}"
    );
    assert_eq!(
        response_with(
            &expandable(&["customer", "gone"], ", nullable: true"),
            OTHERS
        ),
        "{f?: Id(<customer: customer gone: customer deleted>)}"
    );
    assert_eq!(
        response_with(&expandable(&["either", "gone"], ""), OTHERS),
        "{f?: Id(<customer: customer card: card gone: customer deleted>)}"
    );
}

#[test]
fn id_or_object_needs_the_mark_and_the_mark_must_agree() {
    let at = "#/components/schemas/it/properties/f/anyOf";
    let unmarked = format!("{{anyOf: [{{type: string}}, {}]}}", reference("customer"));
    assert_eq!(
        response_with(&unmarked, OTHERS),
        format!("N002 {at}: text or an object, without the mark of an id")
    );
    let other = format!(
        "{{anyOf: [{{type: string}}, {}], x-expandable: {{oneOf: [{}]}}}}",
        reference("customer"),
        reference("card")
    );
    assert_eq!(
        response_with(&other, OTHERS),
        format!("N002 {at}: `x-expandable` names other components")
    );
}

#[test]
fn union_is_decided_by_its_tags() {
    let union = |names: &[&str]| {
        let all: Vec<_> = names.iter().map(|name| reference(name)).collect();
        response_with(&format!("{{anyOf: [{}]}}", all.join(", ")), OTHERS)
    };
    assert_eq!(union(&["customer"]), "{f?: &customer}");
    assert_eq!(
        union(&["customer", "card"]),
        "{f?: <customer: customer card: card>}"
    );
    assert_eq!(
        union(&["either", "customer"]),
        "{f?: <customer: customer card: card>}"
    );
    let at = "#/components/schemas/it/properties/f/anyOf";
    assert_eq!(union(&["plain", "card"]), format!("N002 {at}: plain, card"));
    assert_eq!(
        union(&["customer", "gone"]),
        "{f?: <customer: customer gone: customer deleted>}"
    );
}

#[test]
fn pair_of_views_is_its_first_member_with_nothing_required() {
    let schemas = format!(
        "{{it: {{type: object, properties: {{f: {{anyOf: [{}, {}]}}}}}}{OTHERS}}}",
        reference("plain"),
        reference("view")
    );
    let dialect = format!("views = ['view']\n{}", lenient());
    let (api, findings) = translate(&document("{}", &schemas), &dialect);
    assert!(findings.is_empty(), "{findings:?}");
    let api = api.unwrap();
    let named = |name: &str| {
        shape(
            &api.components
                .iter()
                .find(|c| c.name == name)
                .unwrap()
                .schema,
        )
    };
    assert_eq!(named("it"), "{f?: &plain}");
    assert_eq!(named("plain"), "{a?: String}");
    assert_eq!(named("view"), "{b?: String}");
}

#[test]
fn envelope_is_a_page_wherever_it_is_written_out() {
    let envelope = |extra: &str, required: &str| {
        format!(
            "{{type: object, required: [{required}], properties: {{object: {{type: string, enum: [list]}}, data: {{type: array, items: {}}}, has_more: {{type: boolean}}{extra}}}}}",
            reference("customer")
        )
    };
    let all = "object, data, has_more";
    assert_eq!(
        response_with(&envelope("", all), OTHERS),
        "{f?: CursorPage(&customer)}"
    );
    assert_eq!(
        response_with(
            &envelope(", url: {type: string, pattern: '^/v1'}", all),
            OTHERS
        ),
        "{f?: CursorPage(&customer)}"
    );
    // Another field, or one that may be missing: an object like any other.
    assert_eq!(
        response_with(&envelope(", more: {type: string}", all), OTHERS),
        "{f?: {object: =list, data: [&customer], has_more: Boolean, more?: String}}"
    );
    assert!(response_with(&envelope("", "object, data"), OTHERS).contains("has_more?"));
}

#[test]
fn text_and_limits_are_kept() {
    let schemas = "{it: {type: object, description: ' What ', x-resource: 1, properties: {f: {type: string, description: '', maxLength: 22}, g: {type: string, description: G, maxLength: 5000}}}}";
    let (api, _) = translate(&document("{}", schemas), &lenient());
    let it = &api.unwrap().components[0];
    assert!(it.is_resource);
    assert_eq!(it.schema.doc.text.as_deref(), Some("What"));
    let crate::api::ValueKind::Record(record) = &it.schema.kind else {
        panic!()
    };
    let docs: Vec<_> = record
        .fields
        .iter()
        .map(|f| (f.schema.doc.text.as_deref(), f.schema.doc.max_length))
        .collect();
    assert_eq!(docs, [(None, Some(22)), (Some("G"), None)]);
}

#[test]
fn path_of_a_page_is_one_that_fits_its_pattern() {
    let page = "{type: object, required: [object, data, has_more], properties: {
        object: {type: string, enum: [list]}, has_more: {type: boolean},
        data: {type: array, items: {type: string}},
        url: {type: string, pattern: '^/v1/a/[^/]+/b'}}}";
    let schemas = format!("{{it: {{type: object, properties: {{f: {page}}}}}}}");
    let (api, findings) = translate(&document("{}", &schemas), &lenient());
    let api = api.unwrap_or_else(|| panic!("{findings:?}"));
    let ValueKind::Record(record) = &api.components[0].schema.kind else {
        panic!("{:?}", api.components[0]);
    };
    let doc = &record.fields[0].schema.doc;
    assert_eq!(doc.list_path.as_deref(), Some("/v1/a/sample/b"));
}

#[test]
fn prefix_of_ids_matches_a_tag() {
    let schemas = "{it: {type: object, properties: {object: {type: string, enum: [it]}}}}";
    let dialect = "[tags]\nobject = 'object'\n[id_prefixes]\nit = 'i'\n";
    let (api, findings) = translate(&document("{}", schemas), dialect);
    let prefixes = api.map(|api| api.service.id_prefixes);
    assert_eq!(prefixes, Some(vec![("it".to_owned(), "i".to_owned())]));
    assert!(findings.is_empty(), "{findings:?}");
}
