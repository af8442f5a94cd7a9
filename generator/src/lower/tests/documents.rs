use std::path::Path;

use serde_json::{Value, json};

use super::LoweredText;
use crate::diag::{Code, DiagnosticSink};
use crate::dialect::Dialect;
use crate::lower::{lower_document, lower_for_dialect};
use crate::source::SourceFile;
use crate::spec::Document;

#[test]
fn three_one_becomes_three_zero() {
    let lowered = LoweredText::of_document(
        "openapi: 3.1.0
info: {title: T, version: '1', summary: s, license: {name: n, identifier: MIT}}
jsonSchemaDialect: https://e.test
webhooks: {w: {post: {}}}
",
    );
    lowered.assert_at("/openapi", "3.0.3");
    lowered.assert_at("/paths", "{}");
    lowered.assert_findings(&[
        "G011 #/webhooks",
        "G001 #/jsonSchemaDialect",
        "G003 #",
        "G001 #/info/summary",
    ]);
}

#[test]
fn missing_title_and_version_are_added() {
    let lowered = LoweredText::of_document("openapi: 3.0\ninfo: {version: 2}\npaths: {}\n");
    lowered.assert_at("/info/title", "API");
    lowered.assert_at("/info/version", "'2'");
    lowered.assert_findings(&["G003 #/openapi", "G003 #/info", "G003 #/info/version"]);
}

#[test]
fn other_documents_are_left_as_they_are() {
    for document in [
        json!({"swagger": "2.0"}),
        json!([]),
        json!({"openapi": "4.0.0"}),
    ] {
        let mut sink = DiagnosticSink::new();
        let mut lowered = document.clone();
        assert!(lower_document(&mut lowered, &mut sink).is_some());
        assert_eq!(lowered, document);
        assert!(sink.all().is_empty());
    }
}

#[test]
fn reference_that_leads_nowhere_stays_an_error() {
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {"schemas": {"A": {"type": "array", "items": {"$ref": "#/components/schemas/B"}}}},
    });
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    lower_document(&mut document, &mut sink);
    assert!(Document::load_value(&mut document, &mut sink).is_none());
    let codes: Vec<Code> = sink.errors().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::UnresolvedReference]);
}

#[test]
fn deep_chains_do_not_exhaust_the_stack() {
    let mut schemas = serde_json::Map::new();
    let count = 20_000;
    for i in 0..count {
        let target = format!("#/components/schemas/S{}", i + 1);
        let schema = match i % 2 {
            0 => json!({"$ref": target}),
            _ => json!({"allOf": [{"$ref": target}]}),
        };
        schemas.insert(format!("S{i}"), schema);
    }
    schemas.insert(format!("S{count}"), json!({"type": "string"}));
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    });
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    assert!(lower_document(&mut document, &mut sink).is_some());
    assert!(sink.all().is_empty());
}

#[test]
fn list_that_contains_itself_through_an_object_is_translated() {
    let lowered = LoweredText::of_document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
servers: [{url: https://api.test}]
paths:
  /r: {get: {operationId: r, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/R'}}}}}}}
components:
  schemas:
    R: {type: object, properties: {t: {$ref: '#/components/schemas/T'}, m: {$ref: '#/components/schemas/M'}}}
    T: {type: array, items: {type: object, properties: {next: {$ref: '#/components/schemas/T'}}}}
    M: {type: object, additionalProperties: {type: object, properties: {next: {$ref: '#/components/schemas/M'}}}}
",
    );
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    let document = Document::load_value(&mut lowered.value.clone(), &mut sink).unwrap();
    let dialect = Dialect::default();
    crate::normalize::normalize_document(&document, &dialect, None, &mut sink);
    assert!(sink.is_clean(), "{:?}", sink.all());
}

/// Without its unions, which become any JSON, and the formats that its dialect describes, Stripe's
/// document is in the subset.
#[test]
fn document_of_the_subset_is_left_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/stripe.yaml");
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    let mut document = SourceFile::load(&path, &mut sink).unwrap().value;
    remove_unions(&mut document);
    let mut lowered = document.clone();
    let formats = ["currency", "decimal", "unix-time"];
    lower_for_dialect(&mut lowered, &formats, None, &mut sink).unwrap();
    let findings: Vec<String> = sink
        .all()
        .iter()
        .take(10)
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    let changed = changed_place(&document, &lowered);
    assert!(changed.is_empty(), "{changed}");
}

/// The first place that differs; empty if there is none.
fn changed_place(before: &Value, after: &Value) -> String {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return match before == after {
            true => String::new(),
            false => format!(" {before} → {after}"),
        };
    };
    if !old.keys().eq(new.keys()) {
        return format!(" {before} → {after}").chars().take(600).collect();
    }
    let mut places = old.iter().zip(new.values()).map(|((key, old), new)| {
        let place = changed_place(old, new);
        (key, place)
    });
    let place = places.find(|(_, place)| !place.is_empty());
    place.map_or(String::new(), |(key, place)| format!("/{key}{place}"))
}

fn remove_unions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_unions),
        Value::Object(map) => {
            let members = |key: &str| map.get(key).and_then(Value::as_array).map_or(0, Vec::len);
            if members("anyOf") > 1 || members("oneOf") > 0 {
                map.clear();
                map.insert("type".to_owned(), Value::from("string"));
            }
            map.values_mut().for_each(remove_unions);
        }
        _ => {}
    }
}
