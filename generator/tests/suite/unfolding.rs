//! The work grows with the document, also where its components contain each other several times.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own documents cannot be read"
)]

use generator::diag::DiagnosticSink;
use generator::dialect::Dialect;
use generator::lock::Lock;
use generator::model::{Model, build_model};
use generator::normalize::normalize_document;
use generator::source::{FileFormat, SourceFile};
use generator::spec::Document;

const DIALECT: &str = r#"
describes = "none"
[service]
key_variable = "KEY"
[hosts]
api = "https://a.test"
"#;

/// The model of a document with these components, of which an operation responds with `R`, and
/// the codes of the findings.
fn model_of(body: &str, schemas: &[String]) -> (Option<Model>, Vec<&'static str>) {
    let text = format!(
        "openapi: 3.0.0\ninfo: {{title: T, version: '1'}}\nservers: [{{url: 'https://a.test'}}]\n\
         paths:\n  /v1/r:\n    post:\n      operationId: PostR\n{body}      responses:\n        \
         '200': {{description: '', content: {{application/json: {{schema: \
         {{$ref: '#/components/schemas/R'}}}}}}}}\ncomponents:\n  schemas:\n    {}\n",
        schemas.join("\n    ")
    );
    let mut sink = DiagnosticSink::new();
    let read = |format, text: &str, sink: &mut DiagnosticSink| {
        SourceFile::parse("test", format, text.to_owned(), sink).unwrap()
    };
    let source = read(FileFormat::Yaml, &text, &mut sink);
    let dialect = read(FileFormat::Toml, DIALECT, &mut sink);
    let dialect = Dialect::load(&dialect, &mut sink).unwrap();
    let document = Document::load(&source, &mut sink).unwrap();
    let api = normalize_document(&document, &dialect, None, &mut sink);
    let model = api.and_then(|api| build_model(&api, &Lock::default(), &mut sink));
    (
        model,
        sink.all().iter().map(|found| found.code.id()).collect(),
    )
}

fn reference(name: &str) -> String {
    format!("{{$ref: '#/components/schemas/{name}'}}")
}

/// `R`, which has the first of a row of components, each of which has the next one twice.
fn levels(count: usize, wrap: impl Fn(&str) -> String) -> Vec<String> {
    let mut schemas = vec![format!(
        "R: {{type: object, properties: {{first: {}}}}}",
        reference("L0")
    )];
    for level in 0..count {
        let next = reference(&format!("L{}", level + 1));
        let object = format!("{{type: object, properties: {{a: {next}, b: {next}}}}}");
        schemas.push(format!("L{level}: {}", wrap(&object)));
    }
    schemas.push(format!(
        "L{count}: {}",
        wrap("{type: object, properties: {end: {type: string}}}")
    ));
    schemas
}

#[test]
fn lists_that_contain_lists_twice_are_types() {
    let wrappers: [fn(&str) -> String; 2] = [
        |object| format!("{{type: array, items: {object}}}"),
        |object| format!("{{type: object, additionalProperties: {object}}}"),
    ];
    for wrap in wrappers {
        let count = |levels: usize| {
            let (model, findings) = model_of("", &self::levels(levels, wrap));
            assert!(model.is_some(), "{findings:?}");
            model.unwrap().types().count()
        };
        // Two levels more are two types more.
        assert_eq!(count(20) - count(10), 10);
        assert_eq!(count(40) - count(20), 20);
    }
}

#[test]
fn a_list_may_contain_itself() {
    for list in [
        "{type: array, items: OBJECT}",
        "{type: object, additionalProperties: OBJECT}",
        "{type: array, items: {type: array, items: OBJECT}}",
    ] {
        let object = format!("{{type: object, properties: {{next: {}}}}}", reference("T"));
        let schemas = [
            format!("R: {{type: object, properties: {{t: {}}}}}", reference("T")),
            format!("T: {}", list.replace("OBJECT", &object)),
        ];
        let (model, findings) = model_of("", &schemas);
        assert!(model.is_some(), "{findings:?}");
        assert_eq!(model.unwrap().types().count(), 2);
    }
}

#[test]
fn parameters_that_unfold_too_far_are_an_error() {
    let body = format!(
        "      requestBody: {{content: {{application/json: {{schema: {}}}}}}}\n",
        reference("R")
    );
    let unfold = |count| model_of(&body, &levels(count, str::to_owned));
    let (model, findings) = unfold(8);
    assert!(model.is_some(), "{findings:?}");
    for count in [20, 30, 200] {
        let (model, findings) = unfold(count);
        assert!(model.is_none());
        assert_eq!(findings, ["N023"]);
    }
}

#[test]
fn parameters_that_all_contain_each_other_end() {
    let body = format!(
        "      requestBody: {{content: {{application/json: {{schema: {}}}}}}}\n",
        reference("R")
    );
    let fields: Vec<String> = (0..12)
        .map(|other| format!("f{other}: {}", reference(&format!("P{other}"))))
        .collect();
    let object = format!("{{type: object, properties: {{{}}}}}", fields.join(", "));
    let mut schemas = vec![format!("R: {object}")];
    schemas.extend((0..12).map(|number| format!("P{number}: {object}")));
    let (model, findings) = model_of(&body, &schemas);
    assert!(model.is_none());
    assert!(findings.contains(&"N023"), "{}", findings.len());
    assert!(findings.len() < 25_000, "{}", findings.len());
}
