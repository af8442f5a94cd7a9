//! Values that may be null without being fields: items, values of maps and whole responses.

use super::tolerant::{endpoint, translate};
use super::{record_text, shape};
use crate::api::ErrorFacts;

const TEXT: &str = "{type: string, nullable: true}";
const NOTE: &str = "{nullable: true, anyOf: [{$ref: '#/components/schemas/Note'}]}";

fn responses(all: &str) -> String {
    format!("    get: {{operationId: it, responses: {{{all}}}}}")
}

fn response(status: &str, schema: &str) -> String {
    format!("'{status}': {{description: '', content: {{application/json: {{schema: {schema}}}}}}}")
}

/// The shape of a whole response.
fn output(schema: &str) -> String {
    shape(&endpoint(&responses(&response("200", schema))).output)
}

fn body(content: &str, properties: &str) -> String {
    let schema = format!("{{type: object, properties: {{{properties}}}}}");
    format!(
        "    post: {{operationId: it, requestBody: {{content: {{{content}: {{schema: {schema}}}}}}}, \
         responses: {{'204': {{description: ''}}}}}}"
    )
}

#[test]
fn items_values_and_responses_may_be_null() {
    assert_eq!(output(TEXT), "Optional(String)");
    assert_eq!(output(NOTE), "Optional(&Note)");
    let list = format!("{{type: array, items: {NOTE}}}");
    assert_eq!(output(&list), "[Optional(&Note)]");
    let nested = format!("{{type: array, nullable: true, items: {list}}}");
    assert_eq!(output(&nested), "Optional([[Optional(&Note)]])");
    let map = format!("{{type: object, additionalProperties: {TEXT}}}");
    assert_eq!(output(&map), "{*: Optional(String)}");
    let raw = "{type: array, items: {x-any-value: true, nullable: true}}";
    assert_eq!(output(raw), "[Raw(the document allows any value)]");
}

#[test]
fn response_that_may_be_null_beside_none_is_optional_once() {
    let all = format!("{}, '204': {{description: ''}}", response("200", NOTE));
    assert_eq!(shape(&endpoint(&responses(&all)).output), "Optional(&Note)");
}

#[test]
fn failure_that_may_be_null_has_the_type_of_the_value() {
    let all = format!("{}, {}", response("200", TEXT), response("400", NOTE));
    let ErrorFacts::Bodies(bodies) = endpoint(&responses(&all)).errors else {
        panic!("no bodies");
    };
    let bodies: Vec<String> = bodies.iter().map(|(_, body)| shape(body)).collect();
    assert_eq!(bodies, ["&Note"]);
}

#[test]
fn null_in_lists_of_requests_is_sent_as_json_only() {
    let fields = format!("x: {{type: array, items: {TEXT}}}, y: {TEXT}");
    let fields_of = |content: &str| {
        let (api, findings) = translate(&body(content, &fields), "");
        let (_, record) = api.endpoints[0].body.as_ref().unwrap();
        (record_text(record), findings)
    };
    let (json, findings) = fields_of("application/json");
    assert_eq!(json, "{x?: [Optional(String)], y?: Clearable(String)}");
    assert!(findings.is_empty(), "{findings:?}");
    let (form, findings) = fields_of("application/x-www-form-urlencoded");
    assert_eq!(form, "{x?: [String], y?: String}");
    let at = "#/paths/~1notes/post/requestBody/content/application~1x-www-form-urlencoded/schema";
    assert_eq!(
        findings,
        [
            format!("G008 warning {at}/properties/x/items"),
            format!("G008 warning {at}/properties/y"),
        ]
    );
}
