//! Tests of the translation: small documents in, shapes in a compact notation out.

mod absences;
mod dialect;
mod encoding;
mod endpoints;
mod events;
mod forms;
mod known_values;
mod nulls;
mod one_sided;
mod paging;
mod parameters;
mod reached;
mod responses;
mod stripe;
mod tolerant;

use super::normalize_document;
use crate::api::{Api, Constant, FieldSchema, RecordSchema, Schema, UnionMember, ValueKind};
use crate::diag::DiagnosticSink;
use crate::dialect::Dialect;
use crate::source::{FileFormat, SourceFile};
use crate::spec::Document;

/// The conventions that most tests use.
const DIALECT: &str = "
tokens = []
idempotent = []
[markers]
expandable = 'x-expandable'
resource = 'x-resource'
[tags]
object = 'object'
deleted = 'deleted'
[formats]
unix-time = 'timestamp'
decimal = 'decimal'
[parameters]
clear = ''
call_options = ['expand']
range = ['gt', 'lt']
range_of_timestamps = true
delete_body_in_query = true
usual_max_length = 5000
[[envelopes]]
style = 'cursor'
tag = 'list'
items = 'data'
required = ['data', 'has_more', 'object']
optional = ['url']
";

/// Translates; the findings as `CODE pointer: detail`.
fn translate(document: &str, dialect: &str) -> (Option<Api>, Vec<String>) {
    translate_into(document, dialect, DiagnosticSink::new())
}

fn translate_into(
    document: &str,
    dialect: &str,
    mut sink: DiagnosticSink,
) -> (Option<Api>, Vec<String>) {
    let read = |format, text: &str, sink: &mut DiagnosticSink| {
        SourceFile::parse("test", format, text.to_owned(), sink).unwrap()
    };
    let source = read(FileFormat::Yaml, document, &mut sink);
    let document = Document::load(&source, &mut sink);
    let source = read(FileFormat::Toml, dialect, &mut sink);
    // The conventions are for another version, so that tests need not use all of them.
    let dialect = Dialect::load(&source, &mut sink);
    assert!(sink.is_clean(), "{:?}", sink.all());
    let api = normalize_document(&document.unwrap(), &dialect.unwrap(), None, &mut sink);
    let findings = sink.all().iter().filter(|d| d.code.id() != "D003");
    let findings = findings
        .map(|d| format!("{} {}: {}", d.code.id(), d.at, d.detail))
        .collect();
    (api, findings)
}

/// The conventions, for a version that no test document has.
fn lenient() -> String {
    format!("describes = 'another'\n{DIALECT}")
}

fn document(paths: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\nservers: [{{url: 'https://api.test/'}}]\npaths: {paths}\ncomponents: {{schemas: {schemas}}}\n"
    )
}

/// The shape of the field `f` of a component.
fn response(field: &str) -> String {
    response_with(field, "")
}

/// The same, with other components around.
fn response_with(field: &str, others: &str) -> String {
    let schemas = format!("{{it: {{type: object, properties: {{f: {field}}}}}{others}}}");
    let (api, findings) = translate(&document("{}", &schemas), &lenient());
    match api {
        Some(api) => shape(&api.components[0].schema),
        None => findings.join("\n"),
    }
}

/// A document with one operation, `POST /it`, and this body.
fn with_body(body: &str, content: &str) -> String {
    let paths = format!(
        "{{/it: {{post: {{operationId: It, requestBody: {{content: {{{content}: {{schema: {body}}}}}}}, responses: {{'200': {{description: ''}}}}}}}}}}"
    );
    document(&paths, "{}")
}

/// The shape of the body field `f` of a form.
fn parameter(field: &str) -> String {
    parameter_in(field, "application/x-www-form-urlencoded")
}

fn parameter_in(field: &str, content: &str) -> String {
    let body = format!("{{type: object, properties: {{f: {field}}}}}");
    let (api, findings) = translate(&with_body(&body, content), &lenient());
    match api {
        Some(api) => match &api.endpoints[0].body {
            Some((_, record)) => record_text(record),
            None => "no body".to_owned(),
        },
        None => findings.join("\n"),
    }
}

fn shape(schema: &Schema) -> String {
    match &schema.kind {
        ValueKind::Scalar(scalar) => format!("{scalar:?}"),
        ValueKind::Choice(choice) => choice.values.join("|"),
        ValueKind::Token(choice) => format!("Token({})", choice.values.join("|")),
        ValueKind::Constant(Constant::String(value)) => format!("={value}"),
        ValueKind::Constant(Constant::True) => "=true".to_owned(),
        ValueKind::Record(record) => record_text(record),
        ValueKind::List(inner) => format!("[{}]", shape(inner)),
        ValueKind::Map(inner) => format!("{{*: {}}}", shape(inner)),
        ValueKind::Union(members) => {
            let members: Vec<_> = members.iter().map(member).collect();
            format!("<{}>", members.join(" "))
        }
        ValueKind::Either(all) => {
            let all: Vec<_> = all.iter().map(shape).collect();
            format!("Either({})", all.join(", "))
        }
        ValueKind::Reference(name) => format!("&{name}"),
        ValueKind::Expandable(inner) => format!("Id({})", shape(inner)),
        ValueKind::Clearable(inner) => format!("Clearable({})", shape(inner)),
        ValueKind::KeywordOr(choice, inner) => {
            format!("KeywordOr({}, {})", choice.values.join("|"), shape(inner))
        }
        ValueKind::Range(inner) => format!("Range({})", shape(inner)),
        ValueKind::TokenOr(inner) => format!("TokenOr({})", shape(inner)),
        ValueKind::Page(style, inner) => format!("{style:?}Page({})", shape(inner)),
        ValueKind::Raw(why) => format!("Raw({})", why.text),
        ValueKind::Nothing => "Nothing".to_owned(),
        ValueKind::PlainText => "PlainText".to_owned(),
        ValueKind::Optional(inner) => format!("Optional({})", shape(inner)),
    }
}

fn member(member: &UnionMember) -> String {
    let deleted = if member.deleted { " deleted" } else { "" };
    format!("{}: {}{deleted}", member.component, member.object)
}

fn record_text(record: &RecordSchema) -> String {
    let fields: Vec<_> = record.fields.iter().map(field).collect();
    format!("{{{}}}", fields.join(", "))
}

fn field(field: &FieldSchema) -> String {
    let optional = if field.required { "" } else { "?" };
    let deprecated = if field.deprecated { "!" } else { "" };
    format!(
        "{}{optional}{deprecated}: {}",
        field.wire,
        shape(&field.schema)
    )
}
