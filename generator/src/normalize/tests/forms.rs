//! Fields of forms and parameters that cannot be translated: optional ones are left out, required
//! ones leave out what they are part of.

use super::record_text;
use super::tolerant::translate;

const TREE: &str = "{$ref: '#/components/schemas/Tree'}";
const CHILDREN: &str = "N014 warning #/components/schemas/Tree/properties/children/items";

/// The fields of the body or the query of the only operation, and the findings.
fn fields(operation: &str) -> (Option<String>, Vec<String>) {
    let (api, findings) = translate(
        &format!(
            "    post: {{operationId: it, {operation}, responses: {{'204': {{description: done}}}}}}"
        ),
        "",
    );
    let fields = api.endpoints.first().map(|it| match &it.body {
        Some((_, record)) => record_text(record),
        None => record_text(&it.query),
    });
    (fields, findings)
}

fn form(schema: &str, more: &str) -> (Option<String>, Vec<String>) {
    fields(&format!(
        "requestBody: {{required: true, content: {{application/x-www-form-urlencoded: \
         {{schema: {{type: object, {schema}}}{more}}}}}}}"
    ))
}

#[test]
fn optional_field_that_contains_its_object_is_left_out() {
    let properties = format!("required: [meta], properties: {{meta: {TREE}, k: {{type: string}}}}");
    let (found, findings) = form(&properties, "");
    assert_eq!(found.as_deref(), Some("{meta: {}, k?: String}"));
    assert_eq!(findings, [CHILDREN]);

    let query = format!("parameters: [{{name: n, in: query, style: deepObject, schema: {TREE}}}]");
    let (found, findings) = fields(&query);
    assert_eq!(found.as_deref(), Some("{n?: {}}"));
    assert_eq!(findings, [CHILDREN]);
}

#[test]
fn required_field_that_is_left_out_leaves_out_the_operation() {
    let inner = "{type: object, required: [b], properties: {b: {not: {}}}}";
    for (required, expected) in [("a, k", None), ("k", Some("{k: String}"))] {
        let properties =
            format!("required: [{required}], properties: {{a: {inner}, k: {{type: string}}}}");
        let (found, findings) = form(&properties, "");
        assert_eq!(found.as_deref(), expected, "{findings:?}");
        let media = "#/paths/~1notes/post/requestBody/content/application~1x-www-form-urlencoded";
        let a = format!("{media}/schema/properties/a");
        let mut wanted = vec![
            format!("N001 warning {a}/properties/b"),
            format!("N006 warning {a}/properties/b"),
        ];
        if expected.is_none() {
            wanted.push(format!("N006 warning {a}"));
            wanted.push("N011 warning #/paths/~1notes/post/requestBody".to_owned());
            wanted.push("N027 warning #/paths/~1notes/post".to_owned());
        }
        assert_eq!(findings, wanted);
    }
}

#[test]
fn required_parameter_that_is_left_out_leaves_out_the_operation() {
    for (required, expected) in [(true, None), (false, Some("{}"))] {
        let query = format!(
            "parameters: [{{name: n, in: query, required: {required}, schema: {{not: {{}}}}}}]"
        );
        let (found, findings) = fields(&query);
        assert_eq!(found.as_deref(), expected, "{findings:?}");
        let at = "#/paths/~1notes/post";
        let mut wanted = vec![format!("N001 warning {at}/parameters/0/schema")];
        if required {
            wanted.push(format!("N006 warning {at}/parameters/0"));
            wanted.push(format!("N027 warning {at}"));
        }
        assert_eq!(findings, wanted);
    }
}

#[test]
fn encoding_of_a_field_that_is_left_out_is_no_finding_of_its_own() {
    let properties = "properties: {a: {not: {}}, k: {type: string}}";
    let (_, findings) = form(properties, ", encoding: {a: {style: form}}");
    let media = "#/paths/~1notes/post/requestBody/content/application~1x-www-form-urlencoded";
    assert_eq!(
        findings,
        [format!("N001 warning {media}/schema/properties/a")]
    );
}

#[test]
fn field_that_is_json_text_may_contain_its_object() {
    let properties = format!("required: [meta], properties: {{meta: {TREE}}}");
    let (found, findings) = form(
        &properties,
        ", encoding: {meta: {contentType: application/json}}",
    );
    assert_eq!(found.as_deref(), Some("{meta: &Tree}"));
    assert!(findings.is_empty(), "{findings:?}");
}
