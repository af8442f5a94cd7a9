//! Entries of the dialect: each matches something, or is reported.

use super::{document, shape, translate};

const OK: &str = "responses: {'200': {description: ''}}";

fn two_operations() -> String {
    document(
        &format!(
            "{{/v1/old: {{get: {{operationId: Old, {OK}}}}}, /v1/new: {{get: {{operationId: New, {OK}}}}}}}"
        ),
        "{it: {type: object, properties: {f: {type: object}}}}",
    )
}

#[test]
fn entry_that_matches_nothing_is_an_error() {
    let raw = "[[raw]]\nat = 'it/f'\nwhy = 'because'\n";
    for (entry, text) in [
        ("views = ['v']", "#/views/0: `v`"),
        ("tokens = ['it/t']", "#/tokens/0: `it/t`"),
        (
            "idempotent = ['GET /v1/old', 'POST /**']",
            "#/idempotent/1: `POST /**`",
        ),
        ("[formats]\nmoney = 'text'", "#/formats/money: `money`"),
        ("[markers]\nresource = 'x-r'", "#/markers/resource: `x-r`"),
        ("[tags]\nobject = 'o'", "#/tags/object: `o`"),
        ("[id_prefixes]\ngone = 'g'", "#/id_prefixes/gone: `gone`"),
        ("[docs]\namounts = ['sum']", "#/docs/amounts/0: `sum`"),
        (
            "[docs]\ntasks = [['Pay', 'POST /v1/old']]",
            "#/docs/tasks/0: `POST /v1/old`",
        ),
        (
            "[docs.aliases]\n'POST /v1/old' = ['pay']",
            "#/docs/aliases/POST ~1v1~1old/0: `POST /v1/old pay`",
        ),
        (
            "[docs.examples]\n'GET /v1/it' = ['gone']",
            "#/docs/examples/GET ~1v1~1it/0: `GET /v1/it gone`",
        ),
        (
            "[parameters]\ncall_options = ['x']",
            "#/parameters/call_options/0: `x`",
        ),
        (
            "[parameters]\nrange = ['a', 'b']",
            "#/parameters/range: `a, b`",
        ),
        (
            "[parameters]\nranges_of_integers = ['it/f']",
            "#/parameters/ranges_of_integers/0: `it/f`",
        ),
        (
            "[hosts]\napi = 'https://api.test'\nb = 'https://b.test'",
            "#/hosts/b: `b`",
        ),
        ("[[raw]]\nat = 'it/g'\nwhy = ''", "#/raw/1: `it/g`"),
        (
            "[naming]\nhidden_prefixes = ['v3']",
            "#/naming/hidden_prefixes/0: `v3`",
        ),
        (
            "[naming.namespaces]\nv1 = ['tax']",
            "#/naming/namespaces/v1/0: `tax`",
        ),
        (
            "[naming.services]\n'a.b' = 'c'",
            "#/naming/services/a.b: `a.b`",
        ),
        (
            "[naming.methods]\n'GET /x' = 'c.d'",
            "#/naming/methods/GET ~1x: `GET /x`",
        ),
        (
            "[naming]\nsuffixed_verbs = ['void']",
            "#/naming/suffixed_verbs/0: `void`",
        ),
        (
            "[naming.types]\nitem = 'Item'",
            "#/naming/types/item: `item`",
        ),
        (
            "[naming.shapes]\n'it/x' = 'X'",
            "#/naming/shapes/it~1x: `it/x`",
        ),
        (
            "[legacy.note]\n'GET /v1/x' = 'no'",
            "#/legacy/note/GET ~1v1~1x: `GET /v1/x`",
        ),
        (
            "[rate_classes]\na = ['GET /v1/x']",
            "#/rate_classes/a/0: `GET /v1/x`",
        ),
        (
            "[[timeouts]]\nseconds = 1\noperations = ['GET /v1/x']",
            "#/timeouts/0/operations/0: `GET /v1/x`",
        ),
        (
            "[[explicit_version]]\nwhy = 'it must'\noperations = ['GET /v1/x']",
            "#/explicit_version/0/operations/0: `GET /v1/x`",
        ),
        ("[values]\n'it/x' = ['v']", "#/values/it~1x: `it/x`"),
        (
            "[[sessions]]\nhost = 'api'\noperation = 'POST /v1/x'\ntoken = 't'\nexpires = 'e'",
            "#/sessions/0: `POST /v1/x`",
        ),
    ] {
        // Top-level keys come before tables.
        let dialect = if entry.starts_with('[') {
            format!("{raw}{entry}")
        } else {
            format!("{entry}\n{raw}")
        };
        let (api, findings) = translate(&two_operations(), &dialect);
        assert!(api.is_none());
        assert_eq!(findings, [format!("D002 {text}")], "{entry}");
    }
}

#[test]
fn entry_that_matches_nothing_in_another_version_is_a_warning() {
    let dialect = "describes = '2'\nviews = ['v']\n[[raw]]\nat = 'it/f'\nwhy = 'because'\n";
    let (api, _) = translate(&two_operations(), dialect);
    assert!(api.is_some());
}

#[test]
fn entry_for_other_versions_may_match_nothing() {
    let raw = |versions: &str| {
        format!(
            "describes = ['1', '2']\n[[versions.'{versions}'.raw]]\nat = 'it/f'\nwhy = 'because'\n[[versions.'{versions}'.raw]]\nat = 'it/g'\nwhy = 'because'\n"
        )
    };
    let (api, findings) = translate(&two_operations(), &raw("2"));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        shape(&api.unwrap().components[0].schema),
        "{f?: Raw(because)}"
    );
    for versions in ["1", "*"] {
        let (_, findings) = translate(&two_operations(), &raw(versions));
        let expected = format!("D002 #/versions/{versions}/raw/1: `it/g`");
        assert_eq!(findings, [expected]);
    }
}

#[test]
fn version_that_is_not_described_gets_one_warning() {
    let dialect = "describes = ['2', '3']\nviews = ['v', 'w']\n[versions.'3']\nviews = ['x']\n";
    let mut sink = crate::diag::DiagnosticSink::new();
    let read = |format, text: &str, sink: &mut crate::diag::DiagnosticSink| {
        crate::source::SourceFile::parse("test", format, text.to_owned(), sink).unwrap()
    };
    let yaml = read(
        crate::source::FileFormat::Yaml,
        &two_operations(),
        &mut sink,
    );
    let toml = read(crate::source::FileFormat::Toml, dialect, &mut sink);
    let document = crate::spec::Document::load(&yaml, &mut sink).unwrap();
    let dialect = crate::dialect::Dialect::load(&toml, &mut sink).unwrap();
    let api = super::normalize_document(&document, &dialect, None, &mut sink);
    assert!(api.is_some());
    let details = sink.all().iter().filter(|d| d.code.id() == "D003");
    let details: Vec<_> = details.map(|d| d.detail.as_str()).collect();
    assert_eq!(details, ["2 of 3 entries, such as `v`, `w`"]);
}

#[test]
fn ignored_operations_are_left_out_and_listed() {
    let paths = format!(
        "{{/v1/old: {{put: {{operationId: Old, {OK}}}, get: {{operationId: GetOld, {OK}}}}}, /v1/new: {{get: {{operationId: New, {OK}}}}}}}"
    );
    let text = document(&paths, "{}");
    let (api, findings) = translate(&text, "[ignore]\noperations = ['PUT /v1/**', 'GetO*']\n");
    assert!(findings.is_empty(), "{findings:?}");
    let api = api.unwrap();
    let kept: Vec<_> = api.endpoints.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(kept, ["New"]);
    let ignored = api.ignored.iter();
    let ignored: Vec<_> = ignored
        .map(|o| format!("{} {} {}", o.id, o.operation, o.pattern))
        .collect();
    assert_eq!(
        ignored,
        ["Old PUT /v1/old PUT /v1/**", "GetOld GET /v1/old GetO*"]
    );
    let (api, findings) = translate(&text, "[ignore]\noperations = ['PUT /v1/**', 'Gone']\n");
    assert!(api.is_none());
    assert_eq!(findings, ["D002 #/ignore/operations/1: `Gone`"]);
}

#[test]
fn entry_about_an_ignored_operation_matches_nothing() {
    let dialect = "[ignore]\noperations = ['Old']\n[naming.methods]\n'GET /v1/old' = 'c.d'\n[[raw]]\nat = 'it/f'\nwhy = ''\n";
    let (_, findings) = translate(&two_operations(), dialect);
    assert_eq!(
        findings,
        ["D002 #/naming/methods/GET ~1v1~1old: `GET /v1/old`"]
    );
}

#[test]
fn answer_may_stay_raw_as_a_whole_or_in_part() {
    let answer = |schema: &str| {
        format!(
            "responses: {{'200': {{description: '', content: {{application/json: {{schema: {schema}}}}}}}}}"
        )
    };
    let page = "{type: object, required: [data, has_more, object], properties: {object: {type: string, enum: [list]}, data: {type: array, items: {type: object, properties: {a: {type: object}}}}, has_more: {type: boolean}}}";
    let paths = format!(
        "{{/a: {{get: {{operationId: A, {}}}}}, /b: {{get: {{operationId: B, {}}}}}, /c: {{get: {{operationId: C, {}}}}}, /d: {{get: {{operationId: D, {}}}}}}}",
        answer("{type: object, properties: {a: {type: string}}}"),
        answer("{type: object, properties: {}}"),
        answer("{$ref: '#/components/schemas/it'}"),
        answer(page),
    );
    let text = document(
        &paths,
        "{it: {type: object, properties: {f: {type: string}}}}",
    );
    let raw = |at: &str| format!("[[raw]]\nat = '{at}'\nwhy = 'because'\n");
    let dialect = format!(
        "{}\n{}{}{}{}",
        super::lenient(),
        raw("GET /a ->"),
        raw("GET /b ->"),
        raw("GET /c ->"),
        raw("GET /d -> data[]/a"),
    );
    let (api, findings) = translate(&text, &dialect);
    assert!(findings.is_empty(), "{findings:?}");
    let outputs: Vec<_> = api
        .unwrap()
        .endpoints
        .iter()
        .map(|e| shape(&e.output))
        .collect();
    let because = "Raw(because)";
    assert_eq!(
        outputs,
        [because, because, because, "CursorPage({a?: Raw(because)})"]
    );
    let paths = format!(
        "{{/b: {{get: {{operationId: B, {}}}}}}}",
        answer("{type: object, properties: {}}")
    );
    let unmatched = raw("GET /b -> gone") + &raw("GET /gone ->") + &raw("GET /b ->");
    let (_, findings) = translate(&document(&paths, "{}"), &unmatched);
    assert_eq!(
        findings,
        [
            "D002 #/raw/0: `GET /b -> gone`",
            "D002 #/raw/1: `GET /gone ->`"
        ]
    );
}

#[test]
fn token_is_an_enum_and_nothing_else() {
    let schemas =
        "{it: {type: object, properties: {f: {type: string, enum: [a, b]}, g: {type: string}}}}";
    let text = document("{}", schemas);
    let (api, _) = translate(&text, "tokens = ['it/f']");
    assert_eq!(
        shape(&api.unwrap().components[0].schema),
        "{f?: Token(a|b), g?: String}"
    );
    let (_, findings) = translate(&text, "tokens = ['it/g']");
    assert_eq!(findings, ["D002 #/tokens/0: `it/g`"]);
}

#[test]
fn raw_field_may_be_of_any_shape_and_null() {
    let schemas = "{it: {type: object, required: [f, g], properties: {f: {type: object, nullable: true}, g: {$ref: '#/components/schemas/it'}}}}";
    let (api, _) = translate(
        &document("{}", schemas),
        "[[raw]]\nat = 'it/f'\nwhy = 'a'\n[[raw]]\nat = 'it/g'\nwhy = 'b'\n",
    );
    assert_eq!(
        shape(&api.unwrap().components[0].schema),
        "{f?: Raw(a), g: Raw(b)}"
    );
}

#[test]
fn legacy_operation_names_one_that_exists() {
    let raw = "[[raw]]\nat = 'it/f'\nwhy = 'because'\n";
    let instead = |replacement: &str| {
        format!(
            "{raw}[legacy.instead]\n'GET /v1/old' = '{replacement}'\n[legacy.note]\n'GET /v1/old' = 'Old.'\n"
        )
    };
    let (api, _) = translate(&two_operations(), &instead("GET /v1/new"));
    let deprecation = api.unwrap().endpoints[0].deprecation.clone().unwrap();
    assert_eq!(deprecation.instead.as_deref(), Some("GET /v1/new"));
    assert_eq!(deprecation.note.as_deref(), Some("Old."));

    let (_, findings) = translate(&two_operations(), &instead("GET /v1/newer"));
    assert_eq!(
        findings,
        ["D006 #/legacy/instead/GET ~1v1~1old: `GET /v1/newer`"]
    );
    let (api, _) = translate(
        &two_operations(),
        &format!("describes = '2'\n{}", instead("GET /v1/newer")),
    );
    let deprecation = api.unwrap().endpoints[0].deprecation.clone().unwrap();
    assert_eq!(
        (deprecation.instead, deprecation.note.as_deref()),
        (None, Some("Old."))
    );
}

#[test]
fn host_of_an_operation_is_listed() {
    let dialect = "[hosts]\napi = 'https://api.test'\n[host_of]\n'GET /v1/old' = 'b'\n[[raw]]\nat = 'it/f'\nwhy = 'because'\n";
    let (_, findings) = translate(&two_operations(), dialect);
    assert_eq!(
        findings,
        ["D005 #/host_of/GET ~1v1~1old: `b` is not under `[hosts]`"]
    );
}

#[test]
fn naming_tables_are_handed_on() {
    let dialect = "[[raw]]\nat = 'it/f'\nwhy = 'because'\n[naming]\nhidden_prefixes = ['v1']\nsuffixed_verbs = ['old']\n[naming.namespaces]\nv1 = ['old']\n[naming.services]\nold = 'older'\n[naming.types]\nit = 'It'\n[naming.shapes]\n'it/f' = 'F'\n";
    let (api, findings) = translate(&two_operations(), dialect);
    assert!(findings.is_empty(), "{findings:?}");
    let naming = api.unwrap().naming;
    assert_eq!(naming.namespaces, [(String::new(), vec!["old".to_owned()])]);
    assert_eq!(
        naming.service_renames,
        [("old".to_owned(), "older".to_owned())]
    );
    assert_eq!(naming.type_names, [("it".to_owned(), "It".to_owned())]);
    let (site, name) = &naming.shared_names[0];
    assert_eq!(
        (site.to_string().as_str(), name.as_str()),
        ("#/components/schemas/it/properties/f", "F")
    );
}

#[test]
fn version_with_blanks_is_a_warning() {
    let text = two_operations().replace("version: '1'", "version: Wed Oct 15");
    let (api, findings) = translate(&text, "[[raw]]\nat = 'it/f'\nwhy = 'because'\n");
    assert!(api.is_some());
    assert_eq!(findings, ["N021 #/info/version: `Wed Oct 15`"]);
}

#[test]
fn session_is_refused_when_its_operation_lacks_a_field_or_its_host_is_unknown() {
    let answer = "responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/it'}}}}}";
    let text = document(
        &format!("{{/v1/s: {{post: {{operationId: Open, {answer}}}}}}}"),
        "{it: {type: object, properties: {token: {type: string}, end: {type: integer}}}}",
    );
    let dialect = |host: &str, expires: &str| {
        format!(
            "[[sessions]]\nhost = '{host}'\noperation = 'POST /v1/s'\ntoken = 'token'\nexpires = '{expires}'\n"
        )
    };
    for (host, expires, error) in [
        ("api", "until", "the response of POST /v1/s has no `until`"),
        ("other", "end", "`other` is not under `[hosts]`"),
    ] {
        let (api, findings) = translate(&text, &dialect(host, expires));
        assert!(api.is_none());
        assert_eq!(findings, [format!("D005 #/sessions/0: {error}")]);
    }
    let (api, findings) = translate(&text, &dialect("api", "end"));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(api.unwrap().service.sessions[0].operation, "Open");
}

#[test]
fn limit_of_a_class_is_refused_when_no_operation_has_it() {
    let raw = "[[raw]]\nat = 'it/f'\nwhy = 'because'\n";
    let limits = "[rate_limits]\nlive_per_second = 9\ntest_per_second = 2\noperation_per_second = 1\n[rate_limits.classes]\na = {per_second = 3}\n";
    let (api, findings) = translate(&two_operations(), &format!("{raw}{limits}"));
    assert!(api.is_none());
    assert_eq!(
        findings,
        ["D005 #/rate_limits/classes/a: `a` is not under `[rate_classes]`"]
    );
    let dialect = format!("{raw}{limits}[rate_classes]\na = ['GET /v1/old']\n");
    let (api, findings) = translate(&two_operations(), &dialect);
    assert!(findings.is_empty(), "{findings:?}");
    let limits = api.unwrap().service.rate_limits.unwrap();
    assert_eq!((limits.live, limits.classes[0].per_second), (9, 3));
}
