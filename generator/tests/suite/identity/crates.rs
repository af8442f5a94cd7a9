//! Crates from small documents, with the lock carried along.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use generator::diag::Code;
use generator::pipeline::{GenerateRequest, generate_crate};
use tempfile::TempDir;

pub(crate) const DIALECT: &str = r#"
describes = "1"
strict = true
[service]
key_variable = "KEY"
[hosts]
api = "https://api.test"
[markers]
resource = "x-resourceId"
[tags]
object = "object"
[naming]
by_path = true
hidden_prefixes = ["v1"]
"#;

/// The parts of a document that tests change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    /// Parameters by operation, as the content of a schema; empty for an operation without any.
    pub(crate) params: BTreeMap<&'static str, String>,
    /// Components by name, as the content of a schema.
    pub(crate) components: BTreeMap<&'static str, String>,
}

impl Document {
    /// Two resources, each with an operation `create` that takes these properties.
    pub(crate) fn with_params(apple: &str, berry: &str) -> Self {
        let mut document = Self::with_fields("", "");
        document.set_params("apple", apple, "");
        document.set_params("berry", berry, "");
        document
    }

    /// Two resources with these fields, whose operations take no parameters.
    pub(crate) fn with_fields(apple: &str, berry: &str) -> Self {
        let mut document = Self::default();
        document.params.insert("apple", String::new());
        document.params.insert("berry", String::new());
        document.set_object("apple", apple);
        document.set_object("berry", berry);
        document
    }

    pub(crate) fn set_params(&mut self, operation: &'static str, properties: &str, required: &str) {
        let schema = match properties {
            "" => String::new(),
            some => format!(
                "type: object, properties: {{{some}}}{}",
                required_list(required)
            ),
        };
        self.params.insert(operation, schema);
    }

    /// A tagged object.
    pub(crate) fn set_object(&mut self, name: &'static str, fields: &str) {
        let comma = if fields.is_empty() { "" } else { ", " };
        let schema = format!(
            "type: object, x-resourceId: {name}, required: [id, object], properties: \
             {{id: {{type: string}}, object: {{type: string, enum: [{name}]}}{comma}{fields}}}"
        );
        self.components.insert(name, schema);
    }

    /// An object without a tag.
    pub(crate) fn set_part(&mut self, name: &'static str, fields: &str, required: &str) {
        let required = required_list(required);
        let schema = format!("type: object, properties: {{{fields}}}{required}");
        self.components.insert(name, schema);
    }

    pub(crate) fn to_yaml(&self) -> String {
        let mut text = "openapi: 3.0.3\ninfo: {title: Fruit, version: '1'}\n\
                        servers: [{url: 'https://api.test/'}]\npaths:\n"
            .to_owned();
        for (name, params) in &self.params {
            let body = match params.as_str() {
                "" => String::new(),
                schema => format!(
                    "      requestBody: {{content: {{application/x-www-form-urlencoded: {{schema: {{{schema}}}}}}}}}\n"
                ),
            };
            text.push_str(&format!(
                "  /v1/{name}s:\n    post:\n      operationId: Post_{name}s\n{body}      responses: \
                 {{'200': {{description: '', content: {{application/json: {{schema: \
                 {{$ref: '#/components/schemas/{name}'}}}}}}}}}}\n"
            ));
        }
        text.push_str("components:\n  schemas:\n");
        for (name, schema) in &self.components {
            text.push_str(&format!("    {name}: {{{schema}}}\n"));
        }
        text
    }
}

fn required_list(required: &str) -> String {
    match required {
        "" => String::new(),
        some => format!(", required: [{some}]"),
    }
}

/// The crate of a document, and the lock beside the document.
pub(crate) struct Crate {
    folder: TempDir,
    files: BTreeMap<String, String>,
    pub(crate) lock: String,
    pub(crate) findings: Vec<(Code, String)>,
}

impl Crate {
    /// The first run, which locks what it makes.
    pub(crate) fn publish_first(document: &Document) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("fruit.toml"), DIALECT).unwrap();
        fs::write(folder.path().join("fruit.names.toml"), "").unwrap();
        let mut made = Self {
            folder,
            files: BTreeMap::new(),
            lock: String::new(),
            findings: Vec::new(),
        };
        made.update_to(document);
        assert_eq!(made.findings, []);
        made
    }

    /// Makes the crate again, from another document.
    pub(crate) fn update_to(&mut self, document: &Document) {
        let folder = self.folder.path();
        fs::write(folder.join("fruit.yaml"), document.to_yaml()).unwrap();
        let request = GenerateRequest::new(folder.join("fruit.yaml"), folder.join("out"));
        let run = generate_crate(&request);
        let findings = run.findings.all().iter();
        self.findings = findings.map(|f| (f.code, f.detail.clone())).collect();
        assert!(
            run.report.is_some(),
            "{:?}\n{}",
            self.findings,
            document.to_yaml()
        );
        self.files.clear();
        read_files(&folder.join("out/src"), "", &mut self.files);
        self.lock = fs::read_to_string(folder.join("fruit.names.toml")).unwrap();
    }

    /// Makes the crate again after the document has grown: every line of the lock stays.
    pub(crate) fn grow_to(&mut self, document: &Document) {
        let before = self.lock.clone();
        self.update_to(document);
        assert_eq!(self.findings, []);
        for line in before.lines() {
            assert!(
                self.lock.lines().any(|l| l == line),
                "{line}\n{}",
                self.lock
            );
        }
    }

    /// Asserts that a file contains this code, which may be broken into lines there.
    pub(crate) fn assert_has(&self, file: &str, code: &str) {
        let text = &self.files[file];
        assert!(
            squeeze_text(text).contains(&squeeze_text(code)),
            "{code}\n{text}"
        );
    }

    /// Asserts that a file does not contain this code.
    pub(crate) fn assert_lacks(&self, file: &str, code: &str) {
        let text = &self.files[file];
        assert!(
            !squeeze_text(text).contains(&squeeze_text(code)),
            "{code}\n{text}"
        );
    }

    /// The details of the findings with this code.
    pub(crate) fn details_of(&self, code: Code) -> Vec<&str> {
        let found = self.findings.iter().filter(|(c, _)| *c == code);
        found.map(|(_, detail)| detail.as_str()).collect()
    }
}

/// Text without white space and without commas before closing brackets.
fn squeeze_text(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.replace(",)", ")")
        .replace(",}", "}")
        .replace(",>", ">")
}

fn read_files(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read_files(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}
