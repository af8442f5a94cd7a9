//! Tests of reading.

use std::path::Path;

use super::{FileFormat, SourceFile};
use crate::diag::{Code, DiagnosticSink, SpecPath};

/// Reads a text that must be refused; code, position and detail of the finding.
fn refused(format: FileFormat, text: &str) -> (Code, Option<(usize, usize)>, String) {
    let mut sink = DiagnosticSink::new();
    assert!(SourceFile::parse("test", format, text.to_owned(), &mut sink).is_none());
    let [finding] = sink.all() else {
        panic!("{:?}", sink.all())
    };
    let place = finding.location.clone().unwrap();
    assert_eq!(place.file, "test");
    (finding.code, place.position, finding.detail.clone())
}

fn read(format: FileFormat, text: &str) -> SourceFile {
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::parse("test", format, text.to_owned(), &mut sink);
    source.unwrap_or_else(|| panic!("{:?}", sink.all()))
}

fn line(source: &SourceFile, pointer: &str) -> Option<(usize, usize)> {
    source
        .positions_of(&[&SpecPath::parse(pointer).unwrap()])
        .pop()
        .unwrap()
}

const TREE: &str = "openapi: 3.0.0\npaths:\n  /v1/a:\n    get: {operationId: A, parameters: [{name: x}, {name: y}]}\n    post:\n      operationId: B\n";

#[test]
fn yaml_and_json_give_the_same_value() {
    let yaml = read(
        FileFormat::Yaml,
        "a: [1, 2.5, no, null, true, '1']\nb:\n  200: {x: 2020-01-01}\n",
    );
    let json = read(
        FileFormat::Json,
        r#"{"a": [1, 2.5, "no", null, true, "1"], "b": {"200": {"x": "2020-01-01"}}}"#,
    );
    assert_eq!(yaml.value, json.value);
}

#[test]
fn order_of_keys_is_kept() {
    let source = read(FileFormat::Yaml, "z: 1\na: 2\nm: 3\n");
    assert_eq!(
        source.value.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["z", "a", "m"]
    );
}

#[test]
fn position_is_that_of_the_key() {
    let source = read(FileFormat::Yaml, TREE);
    assert_eq!(line(&source, ""), Some((1, 1)));
    assert_eq!(line(&source, "/paths/~1v1~1a"), Some((3, 3)));
    assert_eq!(
        line(&source, "/paths/~1v1~1a/get/parameters/1/name"),
        Some((4, 52))
    );
    assert_eq!(
        line(&source, "/paths/~1v1~1a/post/operationId"),
        Some((6, 7))
    );
}

#[test]
fn position_is_that_of_the_parent_where_the_node_is_missing() {
    let source = read(FileFormat::Yaml, TREE);
    assert_eq!(
        line(&source, "/paths/~1v1~1a/post/responses/200"),
        Some((5, 5))
    );
    assert_eq!(
        line(&source, "/paths/~1v1~1a/get/parameters/7"),
        Some((4, 27))
    );
    assert_eq!(line(&source, "/openapi/x"), Some((1, 1)));
}

#[test]
fn position_in_json_and_toml() {
    let json = read(FileFormat::Json, "{\n \"a\": [1,\n  {\"b/c\": 2}]}");
    assert_eq!(line(&json, "/a/1/b~1c"), Some((3, 4)));
    let toml = read(
        FileFormat::Toml,
        "x = 1\n[a.b]\nc = { d = 2 }\n[[list]]\nn = 1\n[[list]]\nn = 2\n",
    );
    assert_eq!(line(&toml, "/a/b/c/d"), Some((3, 7)));
    assert_eq!(line(&toml, "/list/1/n"), Some((7, 1)));
    assert_eq!(line(&toml, "/nothing"), None);
}

#[test]
fn duplicate_key_is_refused_at_its_second_place() {
    let (code, position, detail) = refused(FileFormat::Yaml, "a:\n  b: 1\n  c: 2\n  b: 3\n");
    assert_eq!(
        (code, position, detail.as_str()),
        (Code::FileDuplicateKey, Some((4, 3)), "#/a/b")
    );
    let (code, position, detail) = refused(FileFormat::Json, "{\"b\": 1, \"b\": 2, \"b\": 3}");
    assert_eq!((code, position), (Code::FileDuplicateKey, Some((1, 18))));
    assert_eq!(detail, "#/b, and 1 more");
    assert_eq!(refused(FileFormat::Toml, "a = 1\na = 2\n").1, Some((2, 1)));
}

#[test]
fn broken_text_is_refused_where_it_breaks() {
    let (code, position, detail) = refused(FileFormat::Json, "{\n  \"a\": 1,\n}");
    assert_eq!(
        (code, position, detail.as_str()),
        (Code::FileSyntax, Some((3, 1)), "trailing comma")
    );
    let (code, position, detail) = refused(FileFormat::Yaml, "a: b\nc: d: e\n");
    assert_eq!((code, position), (Code::FileSyntax, Some((2, 5))));
    assert_eq!(detail, "mapping values are not allowed in this context");
    let (code, position, _) = refused(FileFormat::Toml, "a = 1\nb = \n");
    assert_eq!((code, position), (Code::FileSyntax, Some((2, 5))));
}

#[test]
fn what_json_cannot_say_is_refused() {
    assert_eq!(refused(FileFormat::Yaml, "a: .inf\n").0, Code::FileSyntax);
    assert_eq!(refused(FileFormat::Yaml, "a: !tag b\n").0, Code::FileSyntax);
    assert_eq!(
        refused(FileFormat::Yaml, "? [a]\n: b\n").0,
        Code::FileSyntax
    );
    assert_eq!(
        refused(FileFormat::Yaml, "---\na: 1\n---\nb: 2\n").0,
        Code::FileSyntax
    );
    assert_eq!(
        refused(FileFormat::Yaml, "a: &a {b: 1}\nc:\n  <<: *a\n").0,
        Code::FileSyntax
    );
}

#[test]
fn empty_text_is_refused() {
    assert_eq!(refused(FileFormat::Yaml, " \n").0, Code::FileEmpty);
    assert_eq!(refused(FileFormat::Json, "").0, Code::FileEmpty);
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    // Without the guards each of these takes minutes or gigabytes.
    let mut aliases = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(",");
        aliases.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let bombs = [
        (FileFormat::Yaml, aliases),
        (FileFormat::Yaml, "[".repeat(50_000_000)),
        (FileFormat::Yaml, "{a: ".repeat(12_000_000)),
        (FileFormat::Yaml, "- ".repeat(100_000)),
        (FileFormat::Yaml, format!("[{}]", "a,".repeat(25_000_000))),
        (FileFormat::Json, "[".repeat(50_000_000)),
        (FileFormat::Json, format!("[{}1]", "1,".repeat(25_000_000))),
    ];
    for (format, text) in bombs {
        let (code, _, detail) = refused(format, &text);
        assert_eq!(code, Code::FileTooComplex, "{detail}");
    }
}

#[test]
fn brackets_in_prose_are_no_bomb() {
    read(
        FileFormat::Yaml,
        &format!("a: '{}'\n", "see [".repeat(1000)),
    );
}

#[test]
fn file_problems_are_findings() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| {
        let mut sink = DiagnosticSink::new();
        let source = SourceFile::load(path, &mut sink);
        (
            source.is_some(),
            sink.all()
                .first()
                .map(|d| (d.code, d.location.clone().unwrap().position)),
        )
    };
    let path = folder.path().join("x.yaml");
    assert_eq!(load(&path), (false, Some((Code::FileUnreadable, None))));
    assert_eq!(
        load(folder.path()),
        (false, Some((Code::FileUnreadable, None)))
    );
    std::fs::write(&path, b"a: 1\nb: \xff\n").unwrap();
    assert_eq!(
        load(&path),
        (false, Some((Code::FileNotUtf8, Some((2, 4)))))
    );
    std::fs::write(&path, vec![b'a'; 65 * 1024 * 1024]).unwrap();
    assert_eq!(load(&path), (false, Some((Code::FileTooLarge, None))));
    std::fs::write(&path, b"\xef\xbb\xbfa: 1\n").unwrap();
    assert_eq!(load(&path), (true, None));
}
