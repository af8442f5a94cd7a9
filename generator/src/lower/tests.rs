use serde_json::Value;

use crate::diag::{DiagnosticSink, Severity};
use crate::source::SourceFile;
use crate::spec::Document;

mod composition;
mod documents;
mod keywords;
mod operations;
mod positions;
mod references;
mod requirements;
mod schemas;
mod unions;

/// A lowered document.
struct LoweredText {
    value: Value,
    findings: Vec<String>,
    details: Vec<String>,
}

impl LoweredText {
    /// Lowers a document, which `spec` must accept afterwards.
    fn of_document(text: &str) -> Self {
        let mut sink = DiagnosticSink::new();
        sink.set_tolerant(true);
        let source = SourceFile::parse(
            "test.yaml",
            crate::source::FileFormat::Yaml,
            text.to_owned(),
            &mut sink,
        );
        let mut value = source.expect("well-formed YAML").value;
        super::lower_document(&mut value, &mut sink).expect("no error");
        let findings: Vec<String> = sink
            .all()
            .iter()
            .map(|finding| {
                assert_eq!(finding.severity, Severity::Warning);
                format!("{} {}", finding.code.id(), finding.at)
            })
            .collect();
        let details = sink.all().iter().map(|finding| finding.detail.clone());
        let details = details.collect();
        let loaded = Document::load_value(&mut value.clone(), &mut sink);
        let errors: Vec<String> = sink.errors().map(ToString::to_string).collect();
        assert!(loaded.is_some(), "{}\n{value:#}", errors.join("\n"));
        Self {
            value,
            findings,
            details,
        }
    }

    /// Lowers component schemas, which are YAML in one line.
    fn of_schemas(schemas: &str) -> Self {
        Self::of_document(&format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas: {schemas}\n"
        ))
    }

    /// Lowers the schema `A`.
    fn of_schema(schema: &str) -> Self {
        Self::of_schemas(&format!("{{A: {schema}}}"))
    }

    /// Lowers `paths`, which are YAML in one line.
    fn of_paths(paths: &str) -> Self {
        Self::of_document(&format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {paths}\n"
        ))
    }

    fn at(&self, pointer: &str) -> &Value {
        self.value
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer} of {:#}", self.value))
    }

    /// Compares a schema, written as YAML in one line.
    #[track_caller]
    fn assert_schema(&self, name: &str, expected: &str) {
        self.assert_at(&format!("/components/schemas/{name}"), expected);
    }

    /// The same at a pointer. Causes of any JSON are those of the findings, which are compared apart.
    #[track_caller]
    fn assert_at(&self, pointer: &str, expected: &str) {
        let expected: Value = serde_yaml::from_str(expected).unwrap();
        let mut found = self.at(pointer).clone();
        remove_causes(&mut found);
        assert_eq!(found, expected, "{:#}", self.at(pointer));
    }

    #[track_caller]
    fn assert_findings(&self, expected: &[&str]) {
        assert_eq!(self.findings, expected);
    }
}

fn remove_causes(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove("x-any-cause");
            map.values_mut().for_each(remove_causes);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_causes),
        _ => {}
    }
}
