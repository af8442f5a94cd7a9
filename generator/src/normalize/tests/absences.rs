//! In which ways the document lets a response lack the value of a field.

use super::super::normalize_document;
use super::{document, lenient, translate};
use crate::api::{Absence, Api, ValueKind};
use crate::diag::DiagnosticSink;
use crate::dialect::Dialect;
use crate::source::{FileFormat, SourceFile};
use crate::spec::Document;

const NULL: Absence = absence(true, false);
const LEFT_OUT: Absence = absence(false, true);
const BOTH: Absence = absence(true, true);

const fn absence(null: bool, left_out: bool) -> Absence {
    Absence { null, left_out }
}

/// The fields of the first of these components.
fn absences(schemas: &str, dialect: &str) -> Vec<(String, Absence)> {
    let (api, findings) = translate(&document("{}", schemas), dialect);
    first_absences(&api.unwrap_or_else(|| panic!("{findings:?}")))
}

fn first_absences(api: &Api) -> Vec<(String, Absence)> {
    let ValueKind::Record(record) = &api.components[0].schema.kind else {
        panic!("{:?}", api.components[0].schema.kind);
    };
    let fields = record.fields.iter();
    let fields = fields.map(|field| (field.wire.clone(), field.absence));
    fields.collect()
}

fn expected(fields: &[(&str, Absence)]) -> Vec<(String, Absence)> {
    let fields = fields.iter();
    fields
        .map(|(wire, absence)| ((*wire).to_owned(), *absence))
        .collect()
}

#[test]
fn absences_are_those_that_the_document_allows() {
    let fields = "a: {type: string}, b: {type: string, nullable: true}, c: {type: string}, \
                  d: {type: string, nullable: true}, e: {$ref: '#/components/schemas/other'}, \
                  f: {nullable: true, anyOf: [{$ref: '#/components/schemas/other'}]}";
    let schemas = format!(
        "{{it: {{type: object, required: [a, b], properties: {{{fields}}}}}, \
         other: {{type: object, properties: {{x: {{type: string}}}}}}}}"
    );
    let all = [
        ("a", Absence::default()),
        ("b", NULL),
        ("c", LEFT_OUT),
        ("d", BOTH),
        ("e", LEFT_OUT),
        ("f", BOTH),
    ];
    assert_eq!(absences(&schemas, &lenient()), expected(&all));
}

#[test]
fn any_value_may_be_null() {
    let fields = "a: {x-any-value: true}, b: {x-any-value: true}, c: {type: object}";
    let schemas = format!("{{it: {{type: object, required: [a], properties: {{{fields}}}}}}}");
    let all = [("a", NULL), ("b", BOTH), ("c", LEFT_OUT)];
    assert_eq!(absences(&schemas, &lenient()), expected(&all));
}

#[test]
fn value_of_a_shape_that_is_not_supported_may_be_null() {
    let field = "f: {type: boolean, enum: [false]}";
    let schemas = format!("{{it: {{type: object, properties: {{{field}}}}}}}");
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    let text = document("{}", &schemas);
    let source = SourceFile::parse("test", FileFormat::Yaml, text, &mut sink).unwrap();
    let document = Document::load(&source, &mut sink).unwrap();
    let api = normalize_document(&document, &Dialect::default(), None, &mut sink).unwrap();
    assert_eq!(first_absences(&api), expected(&[("f", BOTH)]));
}

#[test]
fn object_of_which_there_are_two_views_may_leave_out_all_its_fields() {
    let schemas = "{full: {type: object, required: [a, b], properties: {a: {type: string}, \
                   b: {type: string, nullable: true}}}, \
                   view: {type: object, properties: {a: {type: string}}}, \
                   it: {type: object, properties: {f: {anyOf: [\
                   {$ref: '#/components/schemas/full'}, {$ref: '#/components/schemas/view'}]}}}}";
    let dialect = format!("views = ['view']\n{}", lenient());
    let all = [("a", LEFT_OUT), ("b", BOTH)];
    assert_eq!(absences(schemas, &dialect), expected(&all));
}
