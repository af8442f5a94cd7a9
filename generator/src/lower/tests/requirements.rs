use super::LoweredText;
use serde_json::{Value, json};

/// The requirements of the operation, and what is reported.
fn lower_requirements(security: &str) -> (Option<Value>, Vec<String>) {
    let lowered = LoweredText::of_document(&format!(
        "{{openapi: 3.0.3, info: {{title: T, version: '1'}}, paths: {{/a: {{get: {{operationId: a, \
         security: {security}, responses: {{'200': {{description: x}}}}}}}}}}, \
         components: {{securitySchemes: {{key: {{type: apiKey, in: header, name: K}}}}}}}}"
    ));
    let found = lowered.value.pointer("/paths/~1a/get/security").cloned();
    (found, lowered.findings)
}

#[test]
fn requirement_that_names_its_scheme_is_kept() {
    let at = "#/paths/~1a/get/security";
    for (security, expected, place) in [
        ("key", json!([{"key": []}]), ""),
        ("{key: []}", json!([{"key": []}]), ""),
        ("[key]", json!([{"key": []}]), "/0"),
        ("[{key: read}]", json!([{"key": ["read"]}]), "/0/key"),
        ("[{key: null}]", json!([{"key": []}]), "/0/key"),
        ("[{key: {}}]", json!([{"key": []}]), "/0/key"),
        ("[{key: [1, read]}]", json!([{"key": ["read"]}]), "/0/key/0"),
        ("[5, {key: []}]", json!([{"key": []}]), "/0"),
    ] {
        let (found, findings) = lower_requirements(security);
        assert_eq!(found, Some(expected), "{security}");
        assert_eq!(findings, [format!("G003 {at}{place}")], "{security}");
    }
}

#[test]
fn requirements_that_are_not_understood_do_not_say_that_none_is_needed() {
    let at = "#/paths/~1a/get/security";
    for (security, place) in [("5", ""), ("null", ""), ("[5]", "/0"), ("[null]", "/0")] {
        let (found, findings) = lower_requirements(security);
        assert_eq!(found, None, "{security}");
        assert_eq!(findings, [format!("G003 {at}{place}")], "{security}");
    }
}

#[test]
fn requirements_that_are_right_stay() {
    for (security, expected) in [
        ("[]", json!([])),
        ("[{}]", json!([{}])),
        ("[{}, {key: [read]}]", json!([{}, {"key": ["read"]}])),
    ] {
        assert_eq!(lower_requirements(security), (Some(expected), Vec::new()));
    }
}

#[test]
fn requirement_of_the_document_is_kept() {
    let lowered = LoweredText::of_document(
        "{openapi: 3.0.3, info: {title: T, version: '1'}, paths: {}, security: key, \
         components: {securitySchemes: {key: {type: apiKey, in: header, name: K}}}}",
    );
    assert_eq!(lowered.value["security"], json!([{"key": []}]));
    lowered.assert_findings(&["G003 #/security"]);
}
