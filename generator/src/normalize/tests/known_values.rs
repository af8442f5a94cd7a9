//! The values of numbers that documentation names.

use super::tolerant::translate;
use crate::api::{FieldSchema, RecordSchema, ValueKind};

const LEVEL: &str = "{type: integer, x-known-values: [1, 2]}";

fn values(fields: &[FieldSchema]) -> Vec<(&str, String)> {
    let all = fields.iter();
    all.map(|field| (&*field.wire, field.schema.doc.known_values.join(" ")))
        .collect()
}

fn record(kind: &ValueKind) -> &RecordSchema {
    match kind {
        ValueKind::Record(record) => record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_of_parameters_and_responses_have_known_values() {
    let object = format!(
        "{{type: object, properties: {{a: {LEVEL}, b: {{type: integer, nullable: true, x-known-values: [3]}}, \
         c: {{nullable: true, anyOf: [{{$ref: '#/components/schemas/Level'}}]}}, d: {{type: integer}}}}}}"
    );
    let content = format!("content: {{application/json: {{schema: {object}}}}}");
    let operation = format!(
        "    post: {{operationId: it, parameters: [{{name: q, in: query, schema: {LEVEL}}}], \
         requestBody: {{{content}}}, responses: {{'200': {{description: '', {content}}}}}}}"
    );
    let (api, findings) = translate(&operation, "");
    assert!(findings.is_empty(), "{findings:?}");
    let endpoint = &api.endpoints[0];
    let expected = [("a", "1 2"), ("b", "3"), ("c", "4 5"), ("d", "")];
    let expected = expected.map(|(wire, values)| (wire, values.to_owned()));
    assert_eq!(values(&record(&endpoint.output.kind).fields), expected);
    let (_, body) = endpoint.body.as_ref().unwrap();
    assert_eq!(values(&body.fields), expected);
    assert_eq!(values(&endpoint.query.fields), [("q", "1 2".to_owned())]);
}
