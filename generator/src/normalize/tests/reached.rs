//! Warnings about components that responses do not contain.

use super::super::normalize_document;
use crate::diag::DiagnosticSink;
use crate::dialect::Dialect;
use crate::source::{FileFormat, SourceFile};
use crate::spec::Document;

/// The findings, as `CODE pointer`, about a document with the body and the responses of an operation.
fn findings(is_tolerant: bool, sent: &str, responses: &str) -> Vec<String> {
    let reference = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let json = |schema: &str| format!("content: {{application/json: {{schema: {schema}}}}}");
    let body = json(&format!(
        "{{type: object, properties: {{p: {}}}}}",
        reference(sent)
    ));
    let responses = responses.split(' ').map(|response| {
        let (status, name) = response.split_once(':').unwrap();
        let schema = match name {
            "" => "{type: string}".to_owned(),
            name => reference(name),
        };
        format!("'{status}': {{description: d, {}}}", json(&schema))
    });
    let responses: Vec<String> = responses.collect();
    let (left, right) = (reference("Left"), reference("Right"));
    let text = format!(
        "openapi: 3.0.3
info: {{title: T, version: '1'}}
servers: [{{url: 'https://api.test'}}]
paths:
  /it:
    post: {{operationId: it, requestBody: {{{body}}}, responses: {{{}}}}}
components:
  schemas:
    Either: {{oneOf: [{left}, {right}]}}
    Left: {{type: object, properties: {{open: {{type: object}}}}}}
    List: {{type: array, items: {}}}
    Other: {{type: object, default: {{}}, properties: {{open: {{type: object}}}}}}
    Outer: {{type: object, properties: {{list: {}}}}}
    Right: {{type: object, properties: {{text: {{type: string}}}}}}
",
        responses.join(", "),
        reference("Either"),
        reference("List"),
    );
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(is_tolerant);
    let source = SourceFile::parse("test", FileFormat::Yaml, text, &mut sink).unwrap();
    let document = Document::load(&source, &mut sink).unwrap();
    normalize_document(&document, &Dialect::default(), None, &mut sink);
    let all = sink.all().iter();
    let all = all.map(|found| format!("{} {}", found.code.id(), found.at));
    all.filter(|found| sent == "Other" || found != DEFAULT)
        .collect()
}

const UNION: &str = "N002 #/components/schemas/Either/oneOf";
const OPEN: &str = "N005 #/components/schemas/Left/properties/open";

const DEFAULT: &str = "N013 #/components/schemas/Other/default";

#[test]
fn union_of_requests_alone_is_not_reported() {
    assert_eq!(findings(true, "Either", "200:"), [OPEN]);
}

#[test]
fn keywords_of_a_component_of_requests_are_reported() {
    let found = findings(true, "Other", "200:");
    let open = "N005 #/components/schemas/Other/properties/open";
    assert!(found.contains(&DEFAULT.to_owned()), "{found:?}");
    assert!(found.contains(&open.to_owned()), "{found:?}");
}

#[test]
fn component_that_nothing_contains_is_not_reported() {
    assert!(findings(true, "Right", "200:").is_empty());
}

#[test]
fn union_of_responses_and_failures_is_reported() {
    for responses in ["200:Outer", "200: 400:Outer", "200:List"] {
        let found = findings(true, "Right", responses);
        assert_eq!(found, [UNION], "{responses}");
    }
    let mut both = findings(true, "Either", "200:Outer");
    both.sort();
    assert_eq!(both, [UNION, OPEN]);
}

#[test]
fn strict_run_reports_all_components() {
    let found = findings(false, "Right", "200:");
    assert!(found.contains(&UNION.to_owned()), "{found:?}");
    assert!(found.contains(&OPEN.to_owned()), "{found:?}");
}
