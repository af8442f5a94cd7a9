//! Tests of the translation: small documents in, shapes in a compact notation out.

mod dialect;
mod endpoints;
mod events;
mod parameters;
mod responses;
mod stripe;

use super::normalize_document;
use crate::api::{Api, Constant, Field, Kind, Member, Record, Schema};
use crate::diag::Sink;
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
[[pages]]
style = 'cursor'
tag = 'list'
items = 'data'
required = ['data', 'has_more', 'object']
optional = ['url']
";

/// Translates; the findings as `CODE pointer: detail`.
fn translate(document: &str, dialect: &str) -> (Option<Api>, Vec<String>) {
    let mut sink = Sink::new();
    let read = |format, text: &str, sink: &mut Sink| {
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
        Kind::Scalar(scalar) => format!("{scalar:?}"),
        Kind::Choice(choice) => choice.values.join("|"),
        Kind::Token(choice) => format!("Token({})", choice.values.join("|")),
        Kind::Constant(Constant::String(value)) => format!("={value}"),
        Kind::Constant(Constant::True) => "=true".to_owned(),
        Kind::Record(record) => record_text(record),
        Kind::List(inner) => format!("[{}]", shape(inner)),
        Kind::Map(inner) => format!("{{*: {}}}", shape(inner)),
        Kind::Union(members) => {
            let members: Vec<_> = members.iter().map(member).collect();
            format!("<{}>", members.join(" "))
        }
        Kind::Either(all) => {
            let all: Vec<_> = all.iter().map(shape).collect();
            format!("Either({})", all.join(", "))
        }
        Kind::Reference(name) => format!("&{name}"),
        Kind::Expandable(inner) => format!("Id({})", shape(inner)),
        Kind::Clearable(inner) => format!("Clearable({})", shape(inner)),
        Kind::KeywordOr(choice, inner) => {
            format!("KeywordOr({}, {})", choice.values.join("|"), shape(inner))
        }
        Kind::Range(inner) => format!("Range({})", shape(inner)),
        Kind::TokenOr(inner) => format!("TokenOr({})", shape(inner)),
        Kind::Page(style, inner) => format!("{style:?}Page({})", shape(inner)),
        Kind::Raw(why) => format!("Raw({why})"),
        Kind::Nothing => "Nothing".to_owned(),
    }
}

fn member(member: &Member) -> String {
    let deleted = if member.deleted { " deleted" } else { "" };
    format!("{}: {}{deleted}", member.component, member.object)
}

fn record_text(record: &Record) -> String {
    let fields: Vec<_> = record.fields.iter().map(field).collect();
    format!("{{{}}}", fields.join(", "))
}

fn field(field: &Field) -> String {
    let optional = if field.required { "" } else { "?" };
    let deprecated = if field.deprecated { "!" } else { "" };
    format!(
        "{}{optional}{deprecated}: {}",
        field.wire,
        shape(&field.schema)
    )
}
