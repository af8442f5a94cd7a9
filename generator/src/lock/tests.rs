//! Tests of the lock file.

use super::{CallForm, Lock, LockedKind, Place};
use crate::diag::{Code, DiagnosticSink};
use crate::source::{FileFormat, SourceFile};

const TEXT: &str = r#"
format = 2
[types]
"params::Address" = "new(line1, city)"
"shared::Mode" = "enum"
"shared::Part" = "object"
[required]
"shared::Part" = "a, b"
[places]
"a::B.c" = "shared::Mode"
[methods]
"a.create()" = "PostA"
"a.create_with(params)" = "PostA"
"a.update(params)" = "PostAId"
[events]
"kinds::A_B" = "a.b"
[retired]
"a::Old" = "new() at a::B.old"
"#;

fn load(text: &str) -> (Lock, DiagnosticSink) {
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::parse("x", FileFormat::Toml, text.to_owned(), &mut sink).unwrap();
    (Lock::load(&source, &mut sink), sink)
}

#[test]
fn what_is_written_is_read_again() {
    let (lock, sink) = load(TEXT);
    assert_eq!(sink.all(), []);
    let address = &lock.types["params::Address"];
    assert_eq!(address.kind, LockedKind::Params);
    assert_eq!(
        address.required.as_deref(),
        Some(&["line1".into(), "city".into()][..])
    );
    let part = lock.types["shared::Part"].required.as_deref();
    assert_eq!(part, Some(&["a".into(), "b".into()][..]));
    assert_eq!(load(&lock.to_text()).0, lock);
}

#[test]
fn methods_of_one_operation_are_read_together() {
    let lock = load(TEXT).0;
    let methods = lock.operation_methods();
    assert_eq!(methods["PostA"].form, CallForm::PlainAndWith);
    assert_eq!(methods["PostA"].method, "create");
    let lines = methods["PostA"].form.method_lines("a", "create");
    assert_eq!(lines, ["a.create()", "a.create_with(params)"]);
    assert_eq!(methods["PostAId"].form, CallForm::Params);
}

#[test]
fn file_of_another_format_is_an_error() {
    let codes = |text: &str| -> Vec<Code> {
        let sink = load(text).1;
        sink.all().iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(""), []);
    assert_eq!(codes("[types]\n'a::B' = 'x'\n"), [Code::LockFormat]);
    assert_eq!(codes("format = 1\n"), [Code::LockFormat]);
    assert_eq!(
        codes("format = 2\n[types]\n'a::B' = 'x'\n"),
        [Code::LockSyntax]
    );
}

#[test]
fn places_of_types_are_readable() {
    let field = Place::Field {
        owner: "a::B",
        label: "c",
    };
    assert_eq!(field.to_string(), "a::B.c");
    let deleted = Place::Object {
        tag: "a",
        deleted: true,
    };
    assert_eq!(deleted.to_string(), "deleted object a");
    assert_eq!(Place::Response("GetA", "").to_string(), "response of GetA");
}
