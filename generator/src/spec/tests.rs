//! Tests of the checks on the document as a document.

use super::{Document, SchemaNode};
use crate::diag::DiagnosticSink;
use crate::source::{FileFormat, SourceFile};

/// Loads a document; the findings as `CODE pointer: detail`.
fn load(text: &str) -> (Option<Document>, Vec<String>) {
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::parse("test", FileFormat::Yaml, text.to_owned(), &mut sink);
    let document = source.and_then(|source| Document::load(&source, &mut sink));
    let findings = sink.all().iter();
    let findings = findings
        .map(|d| format!("{} {}: {}", d.code.id(), d.at, d.detail))
        .collect();
    (document, findings)
}

fn refused(text: &str) -> Vec<String> {
    let (document, findings) = load(text);
    assert!(document.is_none(), "{findings:?}");
    findings
}

fn accepted(text: &str) -> Document {
    let (document, findings) = load(text);
    assert!(findings.is_empty(), "{findings:?}");
    document.unwrap()
}

/// A document with these paths and component schemas.
fn with(paths: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {paths}\ncomponents: {{schemas: {schemas}}}\n"
    )
}

/// An operation with that id and parameters.
fn operation(id: &str, parameters: &str) -> String {
    format!(
        "{{operationId: {id}, parameters: {parameters}, responses: {{'200': {{description: ''}}}}}}"
    )
}

#[test]
fn malformed_security_is_refused_where_it_is() {
    for (security, at) in [
        ("key", ""),
        ("{key: []}", ""),
        ("null", ""),
        ("[key]", "/0"),
        ("[{key: read}]", "/0/key"),
        ("[{key: [1]}]", "/0/key/0"),
    ] {
        let own = format!("{{/a: {{get: {{operationId: a, security: {security}}}}}}}");
        let root = format!("{}security: {security}\n", with("{}", "{}"));
        for (text, place) in [
            (with(&own, "{}"), "#/paths/~1a/get/security"),
            (root, "#/security"),
        ] {
            let findings = refused(&text);
            let expected = format!("S005 {place}{at}: ");
            assert!(findings[0].starts_with(&expected), "{findings:?}");
        }
    }
}

#[test]
fn order_of_the_document_is_kept() {
    let paths = format!(
        "{{/z: {{get: {}, delete: {}}}, /a: {{post: {}}}}}",
        operation("Z", "[]"),
        operation("D", "[]"),
        operation("A", "[]")
    );
    let document = accepted(&with(&paths, "{b: {type: object}, a: {type: object}}"));
    let titles: Vec<_> = document
        .operations
        .iter()
        .map(super::SpecOperation::title)
        .collect();
    assert_eq!(titles, ["GET /z", "DELETE /z", "POST /a"]);
    assert_eq!(document.schemas.keys().collect::<Vec<_>>(), ["b", "a"]);
    assert!(matches!(document.schema("a"), Some(SchemaNode::Inline(_))));
    assert!(document.schema("c").is_none());
}

#[test]
fn other_versions_have_their_own_findings() {
    assert_eq!(
        refused("swagger: '2.0'\n"),
        ["S002 #/swagger: `swagger: 2.0`"]
    );
    assert_eq!(
        refused("openapi: 3.1.0\n"),
        ["S003 #/openapi: `openapi: 3.1.0`"]
    );
    assert_eq!(
        refused("openapi: 4.0.0\n"),
        ["S004 #/openapi: `openapi: 4.0.0`"]
    );
    assert_eq!(
        refused("openapi: 3.0\n"),
        ["S004 #/openapi: the version must be text"]
    );
    assert_eq!(refused("a: b\n"), ["S001 #: there is no `openapi`"]);
    assert_eq!(refused("- a\n"), ["S001 #: "]);
}

#[test]
fn unknown_keyword_of_a_schema_is_found_where_it_stands() {
    let schemas = "{a: {type: object, properties: {b: {type: string, nullabel: true}}}}";
    assert_eq!(
        refused(&with("{}", schemas)),
        [
            "S006 #/components/schemas/a/properties/b/nullabel: `nullabel` in a schema; did you mean `nullable`?"
        ]
    );
}

#[test]
fn unknown_keyword_of_an_operation_is_found() {
    let paths = "{/a: {get: {operationID: A, responses: {'200': {description: ''}}}}}";
    assert_eq!(
        refused(&with(paths, "{}")),
        [
            "S006 #/paths/~1a/get/operationID: `operationID` in an operation; did you mean `operationId`?"
        ]
    );
}

#[test]
fn extensions_are_allowed_everywhere() {
    let paths = "{x-a: 1, /a: {x-b: 1, get: {x-c: 1, operationId: A, responses: {x-d: 1, '200': {x-e: 1, description: ''}}}}}";
    accepted(&with(paths, "{a: {type: object, x-f: {b: 1}}}"));
}

#[test]
fn value_of_the_wrong_type_is_found() {
    let schemas = "{a: {type: object, required: yes}, b: [], c: {properties: {d: null}}}";
    assert_eq!(
        refused(&with("{}", schemas)),
        [
            "S005 #/components/schemas/a/required: expected a list of texts, found text",
            "S005 #/components/schemas/b: expected a schema, found a list",
            "S005 #/components/schemas/c/properties/d: expected a schema, found null",
        ]
    );
}

#[test]
fn missing_keyword_is_found() {
    assert_eq!(
        refused("openapi: 3.0.0\ninfo: {title: T}\n"),
        [
            "S005 #/info: info needs `version`",
            "S005 #: the document needs `paths`"
        ]
    );
}

#[test]
fn reference_that_leads_nowhere_is_found() {
    let schemas = "{a: {type: array, items: {$ref: '#/components/schemas/b'}}}";
    assert_eq!(
        refused(&with("{}", schemas)),
        ["S007 #/components/schemas/a/items: `#/components/schemas/b`"]
    );
}

#[test]
fn reference_out_of_the_document_is_found() {
    let schemas = "{a: {$ref: 'other.yaml#/b'}}";
    assert_eq!(
        refused(&with("{}", schemas)),
        ["S008 #/components/schemas/a: `other.yaml#/b`"]
    );
}

#[test]
fn keyword_beside_a_reference_is_found() {
    let schemas = "{a: {type: object}, b: {$ref: '#/components/schemas/a', nullable: true}}";
    assert_eq!(
        refused(&with("{}", schemas)),
        ["S010 #/components/schemas/b/nullable: `nullable`"]
    );
}

#[test]
fn circle_of_aliases_is_found_once() {
    let schemas = "{a: {$ref: '#/components/schemas/b'}, b: {anyOf: [{$ref: '#/components/schemas/c'}]}, c: {type: array, items: {$ref: '#/components/schemas/a'}}}";
    assert_eq!(
        refused(&with("{}", schemas)),
        ["S009 #/components/schemas/a: a → b → c → a"]
    );
}

#[test]
fn circle_through_a_field_is_allowed() {
    let schemas = "{a: {type: object, properties: {next: {$ref: '#/components/schemas/a'}}}}";
    accepted(&with("{}", schemas));
}

#[test]
fn operation_ids_are_there_and_unique() {
    let paths = format!(
        "{{/a: {{get: {}}}, /b: {{get: {}}}, /c: {{get: {{responses: {{'200': {{description: ''}}}}}}}}}}",
        operation("A", "[]"),
        operation("A", "[]")
    );
    assert_eq!(
        refused(&with(&paths, "{}")),
        [
            "S012 #/paths/~1b/get/operationId: `A` is also that of GET /a",
            "S011 #/paths/~1c/get: GET /c",
        ]
    );
}

#[test]
fn path_parameters_fit_the_template() {
    let parameters = "[{name: id, in: path, required: true, schema: {type: string}}, {name: other, in: path, required: true, schema: {type: string}}]";
    let paths = format!(
        "{{'/a/{{id}}/{{sub}}': {{get: {}}}}}",
        operation("A", parameters)
    );
    assert_eq!(
        refused(&with(&paths, "{}")),
        [
            "S016 #/paths/~1a~1{id}~1{sub}/get/parameters/1: `other`",
            "S015 #/paths/~1a~1{id}~1{sub}/get: `{sub}`",
        ]
    );
}

#[test]
fn parameters_of_one_name_are_found() {
    let parameters = "[{name: q, in: query, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]";
    let paths = format!("{{/a: {{get: {}}}}}", operation("A", parameters));
    assert_eq!(
        refused(&with(&paths, "{}")),
        ["S014 #/paths/~1a/get/parameters/1: `q`"]
    );
}

#[test]
fn operation_replaces_a_parameter_that_its_path_shares() {
    let own = "[{name: q, in: query, required: true, schema: {type: string}}]";
    let paths = format!(
        "{{/a: {{parameters: [{{name: q, in: query, schema: {{type: string}}}}, {{name: r, in: query, schema: {{type: string}}}}], get: {}}}}}",
        operation("A", own)
    );
    let document = accepted(&with(&paths, "{}"));
    let places: Vec<_> = document.operations[0]
        .parameters
        .iter()
        .map(|(at, _)| at.to_string())
        .collect();
    assert_eq!(
        places,
        ["#/paths/~1a/parameters/1", "#/paths/~1a/get/parameters/0"]
    );
}

#[test]
fn broken_templates_are_found() {
    for path in [
        "a", "/a/{id", "/a/id}", "/{a}/{a}", "/a/{}", "/a/{b/c}", "/a?b=c",
    ] {
        let paths = format!("{{'{path}': {{get: {}}}}}", operation("A", "[]"));
        let findings = refused(&with(&paths, "{}"));
        assert!(findings[0].starts_with("S017 "), "{path}: {findings:?}");
    }
}

#[test]
fn templates_differ_in_more_than_parameter_names() {
    let parameter =
        |name| format!("[{{name: {name}, in: path, required: true, schema: {{type: string}}}}]");
    let paths = format!(
        "{{'/a/{{b}}': {{get: {}}}, '/a/{{c}}': {{post: {}}}}}",
        operation("A", &parameter("b")),
        operation("B", &parameter("c"))
    );
    assert_eq!(
        refused(&with(&paths, "{}")),
        ["S019 #/paths/~1a~1{c}: `/a/{b}`"]
    );
}

#[test]
fn findings_of_the_typed_reader_name_the_component() {
    // `minLength: -1` passes the table of keywords.
    let findings = refused(&with("{}", "{a: {type: string, minLength: -1}}"));
    assert!(
        findings[0].starts_with("S005 #/components/schemas/a: "),
        "{findings:?}"
    );
}

#[test]
fn style_of_paths_in_a_query_is_a_warning_and_the_default_applies() {
    let parameters = "[{name: q, in: query, style: simple, schema: {type: string}}, {$ref: '#/components/parameters/r'}]";
    let paths = format!("{{/a: {{get: {}}}}}", operation("A", parameters));
    let text = with(&paths, "{}").replace(
        "components: {",
        "components: {parameters: {r: {name: r, in: query, style: simple, explode: false, schema: {type: string}}}, ",
    );
    let (document, findings) = load(&text);
    assert_eq!(
        findings,
        [
            "S020 #/paths/~1a/get/parameters/0/style: `simple` of `q`",
            "S020 #/components/parameters/r/style: `simple` of `r`",
        ]
    );
    let document = document.unwrap();
    for (at, used) in &document.operations[0].parameters {
        let (parameter, _) = document.parameter(used, at).unwrap();
        let openapiv3::Parameter::Query { style, .. } = parameter else {
            panic!("{parameter:?}")
        };
        assert_eq!(*style, openapiv3::QueryStyle::Form);
    }
    let other = "[{name: q, in: query, style: matrix, schema: {type: string}}]";
    let paths = format!("{{/a: {{get: {}}}}}", operation("A", other));
    assert!(refused(&with(&paths, "{}"))[0].starts_with("S005 #/paths/~1a/get"));
}

#[test]
fn operation_may_lack_responses() {
    let document = accepted(&with("{/a: {get: {operationId: A}}}", "{}"));
    assert!(
        document.operations[0]
            .definition
            .responses
            .responses
            .is_empty()
    );
}
