//! Tests of reading dialect files.

use super::{
    AddressBase, AddressStep, Dialect, FormatName, IgnoredOperations, OperationPattern,
    SchemaAddress, TextPattern,
};
use crate::diag::DiagnosticSink;
use crate::source::{FileFormat, SourceFile};

fn load(text: &str) -> (Option<Dialect>, Vec<String>) {
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::parse("test", FileFormat::Toml, text.to_owned(), &mut sink);
    let dialect = source.and_then(|source| Dialect::load(&source, &mut sink));
    let findings = sink.all().iter();
    let findings = findings
        .map(|d| format!("{} {}: {}", d.code.id(), d.at, d.detail))
        .collect();
    (dialect, findings)
}

fn refused(text: &str) -> String {
    let (dialect, mut findings) = load(text);
    assert!(dialect.is_none());
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

#[test]
fn empty_file_is_the_plain_dialect() {
    let (dialect, findings) = load("");
    assert!(findings.is_empty());
    assert_eq!(dialect.unwrap().entries().count(), 0);
    assert_eq!(Dialect::default().entries().count(), 0);
}

#[test]
fn entries_know_their_place_and_the_versions_that_they_are_for() {
    let text = "describes = '2'\n[formats]\nunix-time = 'timestamp'\n[versions.'1-*'.formats]\nmoney = 'text'\n[versions.'*'.host_of]\n'GET /a' = 'b'\n";
    let (dialect, findings) = load(text);
    assert!(findings.is_empty(), "{findings:?}");
    let dialect = dialect.unwrap();
    assert_eq!(dialect.describes, ["2"]);
    let formats: Vec<_> = dialect
        .formats
        .iter()
        .map(|entry| entry.value.clone())
        .collect();
    assert_eq!(
        formats,
        [
            ("unix-time".to_owned(), FormatName::Timestamp),
            ("money".to_owned(), FormatName::Text)
        ]
    );
    let entries: Vec<_> = dialect
        .entries()
        .map(|(_, info)| (info.at.to_string(), info.is_for_version("2")))
        .collect();
    assert_eq!(
        entries,
        [
            ("#/formats/unix-time".to_owned(), true),
            ("#/versions/*/host_of/GET ~1a".to_owned(), true),
            ("#/versions/1-*/formats/money".to_owned(), false),
        ]
    );
    assert_eq!(
        dialect.entry_info(dialect.formats[1].id).unwrap().text,
        "money"
    );
}

#[test]
fn unknown_sections_and_keys_are_errors() {
    assert_eq!(
        refused("[formatss]\na = 'text'\n"),
        "D001 #/formatss: unknown section `formatss`"
    );
    assert!(refused("[service]\nkey = 'A'\n").starts_with("D001 #/service: unknown field `key`"));
    assert!(
        refused("[[raw]]\nat = 'a/b'\nwhy = 'c'\n[[raw]]\nat = 'a/b'\n")
            .starts_with("D001 #/raw/1: missing field `why`")
    );
    assert_eq!(
        refused("[versions.'1'.service]\n"),
        "D001 #/versions/1/service: `service` cannot stand under `versions`"
    );
    assert!(refused("[formats]\na = 'date'\n").starts_with("D001 #/formats: unknown variant"));
    assert_eq!(
        refused("[events]\nwildcard = '*'\n"),
        "D001 #/events: `types` says where the types are listed"
    );
}

#[test]
fn addresses_and_patterns_are_parsed_while_loading() {
    assert_eq!(
        refused("tokens = ['GET a b']\n"),
        "D004 #/tokens/0: `GET a b`"
    );
    assert_eq!(
        refused("[[raw]]\nat = 'a/[]'\nwhy = ''\n"),
        "D004 #/raw/0: `a/[]`"
    );
    assert_eq!(
        refused("idempotent = ['post /a']\n"),
        "D007 #/idempotent/0: `post /a`"
    );
    assert_eq!(
        refused("[[timeouts]]\nseconds = 1\noperations = ['GET /a', 'GET']\n"),
        "D007 #/timeouts/0/operations/1: `GET`"
    );
}

#[test]
fn site_of_a_response_begins_with_a_component() {
    let address = SchemaAddress::parse("v2.core.event/changes/list[]{}/x").unwrap();
    assert_eq!(
        address.base,
        AddressBase::Component("v2.core.event".to_owned())
    );
    assert_eq!(
        address.steps,
        [
            AddressStep::Field("changes".to_owned()),
            AddressStep::Field("list".to_owned()),
            AddressStep::Item,
            AddressStep::Value,
            AddressStep::Field("x".to_owned()),
        ]
    );
    assert_eq!(SchemaAddress::parse("customer").unwrap().steps, []);
}

#[test]
fn site_of_a_parameter_begins_with_an_operation() {
    let address = SchemaAddress::parse("POST /v1/a/{b} c/d[]").unwrap();
    let base = AddressBase::Operation {
        method: "POST".to_owned(),
        path: "/v1/a/{b}".to_owned(),
    };
    assert_eq!(address.base, base);
    assert_eq!(
        address.steps,
        [
            AddressStep::Field("c".to_owned()),
            AddressStep::Field("d".to_owned()),
            AddressStep::Item
        ]
    );
    for text in [
        "PUT /a b", "POST /a", "POST a b", "a//b", "a/{}", "a/b[", "",
    ] {
        assert_eq!(SchemaAddress::parse(text), None, "{text}");
    }
}

#[test]
fn pattern_matches_segments_and_rest() {
    let matches = |pattern: &str, operation: &str| {
        let (method, path) = operation.split_once(' ').unwrap();
        OperationPattern::parse(pattern)
            .unwrap()
            .matches(method, path)
    };
    assert!(matches("GET /v1/files", "GET /v1/files"));
    assert!(!matches("GET /v1/files", "POST /v1/files"));
    assert!(!matches("GET /v1/files", "GET /v1/files/{file}"));
    assert!(matches("* /v1/files/*", "GET /v1/files/{file}"));
    assert!(matches("GET /v1/*/search", "GET /v1/charges/search"));
    assert!(!matches("GET /v1/*/search", "GET /v1/a/b/search"));
    assert!(matches("POST /v2/**", "POST /v2/a/b"));
    assert!(matches("POST /v2/**", "POST /v2"));
    assert!(!matches("POST /v2/**", "POST /v1/a"));
    assert!(matches("* /**", "DELETE /a"));
    for text in ["GET", "GET a", "PULL /a", "GET /a//b", "GET /**/a"] {
        assert!(OperationPattern::parse(text).is_none(), "{text}");
    }
}

#[test]
fn operations_for_notifications_stand_together_or_not_at_all() {
    let only = "[events]\ntypes = 'POST /a b[]'\nlist = 'GET /b'\nlist_notifications = 'GET /c'\n";
    let why = "D001 #/events: `list_notifications` and `retrieve_notification` need each other and `list`";
    assert_eq!(refused(only), why);
    let without_list = "[events]\ntypes = 'POST /a b[]'\nlist_notifications = 'GET /c'\nretrieve_notification = 'GET /c/{d}'\n";
    assert_eq!(refused(without_list), why);
}

#[test]
fn site_of_an_answer_begins_with_an_operation_and_an_arrow() {
    let base = AddressBase::Response {
        method: "POST".to_owned(),
        path: "/v1/a".to_owned(),
    };
    let whole = SchemaAddress::parse("POST /v1/a ->").unwrap();
    assert_eq!((whole.base, whole.steps), (base.clone(), vec![]));
    let inside = SchemaAddress::parse("POST /v1/a -> b[]").unwrap();
    let steps = vec![AddressStep::Field("b".to_owned()), AddressStep::Item];
    assert_eq!((inside.base, inside.steps), (base, steps));
    for text in ["POST /a -> ", "PUT /a ->", "-> a"] {
        let is_answer = SchemaAddress::parse(text)
            .is_some_and(|address| matches!(address.base, AddressBase::Response { .. }));
        assert!(!is_answer, "{text}");
    }
}

#[test]
fn stars_of_a_text_pattern_stand_for_any_text() {
    for (pattern, text) in [
        ("a", "a"),
        ("*", ""),
        ("Pets*", "Pets"),
        ("Pets*", "Pets v2"),
        ("*.preview", "2025-12-15.preview"),
        ("Get*Id*Line", "GetOrdersIdLine"),
        ("a*ab", "aab"),
    ] {
        assert!(TextPattern::new(pattern).matches(text), "{pattern} {text}");
    }
    for (pattern, text) in [
        ("a", "ab"),
        ("a", ""),
        ("Pets*", "My Pets"),
        ("a*ab", "ab"),
        ("*b*", "a"),
        ("a*b*c", "acb"),
    ] {
        assert!(!TextPattern::new(pattern).matches(text), "{pattern} {text}");
    }
}

#[test]
fn operations_are_ignored_by_path_or_by_id() {
    let ignores = |pattern: &str| {
        IgnoredOperations::parse(pattern)
            .unwrap()
            .matches("PUT", "/v1/a/{b}", "PutAB")
    };
    assert!(ignores("PUT /v1/a/*"));
    assert!(ignores("* /v1/**"));
    assert!(ignores("PutAB"));
    assert!(ignores("Put*"));
    assert!(!ignores("GET /v1/a/*"));
    assert!(!ignores("GetAB"));
    assert_eq!(
        refused("[ignore]\noperations = ['A', 'put /a']\n"),
        "D007 #/ignore/operations/1: `put /a`"
    );
    assert_eq!(
        refused("[ignore]\noperations = ['']\n"),
        "D007 #/ignore/operations/0: ``"
    );
}

#[test]
fn versions_and_titles_are_one_or_several() {
    let (dialect, findings) = load("describes = ['1', '2']\ntitle = ['A', 'B *']\n");
    assert!(findings.is_empty(), "{findings:?}");
    let dialect = dialect.unwrap();
    assert!(dialect.describes_version("2"));
    assert!(!dialect.describes_version("3"));
    assert!(dialect.titles.iter().any(|title| title.matches("B v2")));
    assert!(Dialect::default().describes_version("3"));
    assert_eq!(
        refused("describes = 2\n"),
        "D001 #/describes: a text or a list of texts is expected"
    );
}

#[test]
fn pages_have_the_keys_of_their_style() {
    let all = "[[pages]]\nstyle = 'link'\n[[pages]]\nstyle = 'next_url'\nnext = '@odata.nextLink'\nitems = 'value'\noperations = ['GET /a', 'GET /b/**']\n";
    let (dialect, findings) = load(all);
    assert!(findings.is_empty(), "{findings:?}");
    let dialect = dialect.unwrap();
    let entries: Vec<_> = dialect
        .entries()
        .map(|(_, info)| info.at.to_string())
        .collect();
    let at = [
        "#/pages/0",
        "#/pages/1/operations/0",
        "#/pages/1/operations/1",
    ];
    assert_eq!(entries, at);
    for (entry, finding) in [
        (
            "style = 'cursor'\nparameter = 'a'",
            "D001 #/pages/0: missing field `next`",
        ),
        (
            "style = 'page'",
            "D001 #/pages/0: missing field `parameter`",
        ),
        (
            "style = 'link'\nparameter = 'a'",
            "D001 #/pages/0: unknown field `parameter`",
        ),
        ("style = 'tail'", "D001 #/pages/0: unknown variant `tail`"),
        ("parameter = 'a'", "D001 #/pages/0: missing field `style`"),
        (
            "style = 'page'\nparameter = 'a'\nfirst = -1",
            "D001 #/pages/0: invalid value",
        ),
        (
            "style = 'link'\nitems = 'a//b'",
            "D005 #/pages/0/items: `a//b` is no field; one in another is written `field/field`",
        ),
        (
            "style = 'link'\noperations = ['a']",
            "D007 #/pages/0/operations/0: `a`",
        ),
    ] {
        let found = refused(&format!("[[pages]]\n{entry}\n"));
        assert!(found.starts_with(finding), "{found}");
    }
}
