//! Damaged documents: every node of the small documents replaced or removed, one at a time.
//! Whatever the damage, the answer is an API or findings, never both nor a panic.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::path::Path;

use generator::diag::DiagnosticSink;
use generator::dialect::Dialect;
use generator::normalize::normalize_document;
use generator::source::SourceFile;
use generator::spec::Document;
use serde_json::{Value, json};

/// Documents below `specs`, without extension.
const DOCUMENTS: [&str; 6] = [
    "petstore",
    "tricky/names",
    "tricky/operations",
    "tricky/parameters",
    "tricky/responses",
    "tricky/v2",
];

/// One node in so many is damaged; all of them take minutes without optimisation. Together with
/// the kinds of damage, which rotate, this is no divisor of anything in the documents.
const STRIDE: usize = 7;

fn read(name: &str) -> SourceFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../specs")
        .join(name);
    let mut sink = DiagnosticSink::new();
    SourceFile::load(&path, &mut sink).unwrap_or_else(|| panic!("{name}: {:?}", sink.all()))
}

/// The pointers to all nodes but the root.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    let mut child = |key: &str, value: &Value| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers(value, &at, into);
        into.push(at);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| child(key, value)),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, value)| child(&i.to_string(), value));
        }
        _ => {}
    }
}

/// Puts something else in a node's place; `None` removes it.
fn damage(document: &mut Value, pointer: &str, with: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match (document.pointer_mut(parent).unwrap(), with) {
        (Value::Object(map), Some(value)) => {
            map.insert(key, value);
        }
        (Value::Object(map), None) => {
            map.shift_remove(&key);
        }
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().unwrap()] = value,
        (Value::Array(items), None) => {
            items.remove(key.parse().unwrap());
        }
        _ => unreachable!("a pointer leads into a container"),
    }
}

/// Runs the stages; the number of errors, after a check that they explain the answer.
fn run(source: &SourceFile, dialect: &Dialect, what: &str) -> usize {
    let mut sink = DiagnosticSink::new();
    let document = Document::load(source, &mut sink);
    assert_eq!(
        document.is_some(),
        sink.is_clean(),
        "{what}: {:?}",
        sink.all()
    );
    if let Some(document) = document {
        let api = normalize_document(&document, dialect, None, &mut sink);
        assert_eq!(api.is_some(), sink.is_clean(), "{what}: {:?}", sink.all());
    }
    sink.error_count()
}

#[test]
fn damaged_documents_are_refused_or_understood() {
    let kinds = [
        None,
        Some(Value::Null),
        Some(json!("x")),
        Some(json!("")),
        Some(json!(1)),
        Some(json!(true)),
        Some(json!([])),
        Some(json!(["x", 1])),
        Some(json!({})),
        Some(json!({"$ref": "#/components/schemas/card"})),
        Some(json!({"$ref": "#/components/schemas"})),
        Some(json!({"type": "object", "additionalProperties": true})),
        Some(json!({"anyOf": []})),
        Some(json!({"enum": [null], "type": "string"})),
    ];
    for name in DOCUMENTS {
        let source = read(&format!("{name}.yaml"));
        let mut sink = DiagnosticSink::new();
        let dialect = Dialect::load(&read(&format!("{name}.toml")), &mut sink).unwrap();
        assert_eq!(run(&source, &dialect, name), 0);
        let mut all = Vec::new();
        pointers(&source.value, "", &mut all);
        let mut refused = 0;
        for (i, pointer) in all.iter().enumerate().step_by(STRIDE) {
            let kind = &kinds[(i / STRIDE) % kinds.len()];
            let mut damaged = source.clone();
            damage(&mut damaged.value, pointer, kind.clone());
            let what = format!("{name}{pointer} becomes {kind:?}");
            refused += usize::from(run(&damaged, &dialect, &what) > 0);
        }
        // Most damage is noticed; an example of what is not: a description that becomes another.
        assert!(
            refused * 2 > all.len() / STRIDE,
            "{name}: {refused} of {}",
            all.len() / STRIDE
        );
    }
}
