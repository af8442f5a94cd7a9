//! Documents without a dialect: what is translated, and what becomes of the rest.

use super::super::normalize_document;
use crate::api::{
    Api, AuthScheme, Endpoint, ErrorFacts, MemberSelector, ParamPlace, PlacedParam, QueryStyle,
    ValueKind,
};
use crate::diag::DiagnosticSink;
use crate::dialect::Dialect;
use crate::source::{FileFormat, SourceFile};
use crate::spec::Document;

const SCHEMAS: &str = "
    Note: {type: object, required: [title], properties: {title: {type: string}}}
    Problem: {type: object, properties: {code: {type: integer}}}
    Cat: {type: object, required: [kind, lives], properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, required: [kind], properties: {kind: {type: string}}}
    Kitten: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
    Level: {type: integer, x-known-values: [4, 5]}
    Same: {type: object, required: [kind], properties: {kind: {type: string}}}
    Tree: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}
";

/// Translates operations of one path; the findings as `CODE severity pointer`.
pub(super) fn translate(operations: &str, more: &str) -> (Api, Vec<String>) {
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: Notes, version: '1'}}\n{more}\npaths:\n  /notes:\n{operations}\ncomponents:\n  securitySchemes:\n    key: {{type: apiKey, in: header, name: X-Key}}\n    session: {{type: apiKey, in: cookie, name: session}}\n    user: {{type: http, scheme: basic}}\n    token: {{type: oauth2, flows: {{}}}}\n    card: {{type: mutualTLS}}\n  schemas:{SCHEMAS}"
    );
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    let source = SourceFile::parse("test", FileFormat::Yaml, text, &mut sink).unwrap();
    let document = Document::load(&source, &mut sink);
    let document = document.unwrap_or_else(|| panic!("{:?}", sink.all()));
    let api = normalize_document(&document, &Dialect::default(), None, &mut sink);
    let findings = sink.all().iter();
    let findings = findings.map(|d| format!("{} {} {}", d.code.id(), d.severity, d.at));
    (api.unwrap(), findings.collect())
}

pub(super) fn endpoint(operation: &str) -> Endpoint {
    let (api, findings) = translate(operation, "");
    let [endpoint] = api.endpoints.as_slice() else {
        panic!("{findings:?}");
    };
    endpoint.clone()
}

pub(super) fn places(endpoint: &Endpoint) -> Vec<(&str, &ParamPlace)> {
    let placed = endpoint.placed.iter();
    placed
        .map(|PlacedParam { wire, place, .. }| (wire.as_str(), place))
        .collect()
}

const OK: &str = "responses: {'204': {description: done}}";

fn with_parameters(method: &str, parameters: &str, more: &str) -> Endpoint {
    endpoint(&format!(
        "    {method}: {{operationId: it, parameters: [{parameters}], {more}{OK}}}"
    ))
}

#[test]
fn parameters_have_the_places_and_styles_of_the_document() {
    let list = "schema: {type: array, items: {type: string}}";
    let object = "schema: {type: object, properties: {a: {type: string}}}";
    let get = with_parameters(
        "get",
        &format!(
            "{{name: a, in: query, {list}}}, {{name: b, in: query, explode: false, {list}}}, \
             {{name: c, in: query, style: pipeDelimited, {list}}}, \
             {{name: d, in: query, {object}}}, {{name: e, in: query, style: deepObject, {object}}}, \
             {{name: X-F, in: header, schema: {{type: string}}}}, \
             {{name: g, in: cookie, schema: {{type: string}}}}, \
             {{name: h, in: query, schema: {{type: string}}}}"
        ),
        "",
    );
    assert_eq!(
        places(&get),
        [
            ("a", &ParamPlace::Query(QueryStyle::Repeated)),
            ("b", &ParamPlace::Query(QueryStyle::Comma)),
            ("c", &ParamPlace::Query(QueryStyle::Pipe)),
            ("d", &ParamPlace::Query(QueryStyle::Properties)),
            ("X-F", &ParamPlace::Header),
            ("g", &ParamPlace::Cookie),
        ]
    );
}

#[test]
fn parameters_beside_a_body_stay_in_the_query() {
    let post = with_parameters(
        "post",
        "{name: dry, in: query, schema: {type: boolean}}",
        "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}, ",
    );
    assert_eq!(
        places(&post),
        [("dry", &ParamPlace::Query(QueryStyle::Brackets))]
    );
}

#[test]
fn bodies_may_be_of_any_type() {
    let placed = |content: &str| {
        let body = format!("requestBody: {{required: true, content: {{{content}}}}}, ");
        let put = with_parameters("put", "", &body);
        let places = put.placed.iter().map(|param| param.place.clone());
        (put.media_type.clone(), places.collect::<Vec<_>>())
    };
    let list = "{schema: {type: array, items: {type: string}}}";
    assert_eq!(
        placed(&format!("application/json: {list}")),
        (None, vec![ParamPlace::JsonBody])
    );
    assert_eq!(
        placed(&format!("application/merge-patch+json: {list}")),
        (
            Some("application/merge-patch+json".to_owned()),
            vec![ParamPlace::JsonBody]
        )
    );
    let text = "text/csv".to_owned();
    assert_eq!(
        placed("text/csv: {schema: {type: string}}"),
        (None, vec![ParamPlace::TextBody(text)])
    );
    let image = "image/png".to_owned();
    assert_eq!(
        placed("image/png: {schema: {type: string, format: binary}}"),
        (None, vec![ParamPlace::BytesBody(image)])
    );
    assert_eq!(
        placed(
            "application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: array, items: {type: string}}}}}"
        ),
        (None, vec![ParamPlace::Form(QueryStyle::Repeated)])
    );
}

#[test]
fn only_declared_keys_and_idempotent_methods_are_repeated() {
    let facts = |method: &str, parameters: &str| {
        let it = with_parameters(method, parameters, "");
        (it.idempotent_key, it.is_repeatable, it.idempotency_header)
    };
    let header = "{name: X-Idempotency-Key, in: header, schema: {type: string}}";
    let own = Some("X-Idempotency-Key".to_owned());
    let json =
        "{name: X-Idempotency-Key, in: header, x-json-content: true, schema: {type: string}}";
    assert_eq!(facts("post", ""), (false, false, None));
    assert_eq!(facts("patch", ""), (false, false, None));
    for header in [header, json] {
        assert_eq!(facts("post", header), (true, false, own.clone()));
    }
    assert_eq!(facts("put", ""), (false, true, None));
    assert_eq!(facts("delete", ""), (false, true, None));
}

#[test]
fn credentials_are_those_of_the_document() {
    let auth = |security: &str| {
        let operation = format!("    get: {{operationId: it, {security}{OK}}}");
        let (api, findings) = translate(&operation, "security: [{key: []}]");
        let endpoint = &api.endpoints[0];
        let codes: Vec<String> = findings.iter().map(|f| f[..4].to_owned()).collect();
        let alternatives = endpoint.security.iter().map(|needed| {
            let needed = needed
                .iter()
                .map(|it| format!("{}{:?}", it.scheme, it.scopes));
            needed.collect::<Vec<_>>().join(" + ")
        });
        (
            endpoint.auth.clone(),
            alternatives.collect::<Vec<_>>().join(" | "),
            codes.join(" "),
        )
    };
    let header = || AuthScheme::Header("X-Key".to_owned());
    let expect = |places: &[AuthScheme], alternatives: &str, codes: &str| {
        (places.to_vec(), alternatives.to_owned(), codes.to_owned())
    };
    // One kind of key needs no name.
    assert_eq!(auth(""), expect(&[header()], "", ""));
    let none = expect(&[AuthScheme::None], "", "");
    assert_eq!(auth("security: [], "), none);
    assert_eq!(
        auth("security: [{user: []}, {token: [read]}], "),
        expect(&[AuthScheme::Basic], "user[] | token[\"read\"]", "")
    );
    assert_eq!(
        auth("security: [{key: [], user: []}], "),
        expect(&[header(), AuthScheme::Basic], "key[] + user[]", "")
    );
    assert_eq!(
        auth("security: [{token: [read]}], "),
        expect(&[AuthScheme::Bearer], "token[\"read\"]", "")
    );
    // The credential is sent, if there is one.
    assert_eq!(
        auth("security: [{}, {key: []}], "),
        expect(&[header()], "key[] | ", "")
    );
    assert_eq!(
        auth("security: [{card: []}], "),
        expect(&[AuthScheme::None], "", "N024")
    );
    assert_eq!(
        auth("security: [{card: []}, {key: []}, {user: [], token: []}], "),
        expect(&[header()], "", "N031 N031")
    );
}

#[test]
fn schemes_are_those_that_operations_require() {
    let paths = |second: &str| {
        let first = format!("    get: {{operationId: one, security: [{{key: []}}], {OK}}}");
        let second = format!("    post: {{operationId: two, security: [{second}], {OK}}}");
        let third = format!("    put: {{operationId: three, security: [{{user: []}}], {OK}}}");
        translate(&format!("{first}\n{second}\n{third}"), "")
            .0
            .service
    };
    let service = paths("{user: []}, {token: [read, write]}, {token: [write, list]}");
    let names: Vec<_> = service.schemes.iter().map(|it| it.name.as_str()).collect();
    // The one that most operations can do with comes first.
    assert_eq!(names, ["user", "key", "token"]);
    assert_eq!(service.schemes[2].scopes, ["read", "write", "list"]);
    let raw = service.raw_calls.expect("raw calls").security;
    let raw: Vec<_> = raw.iter().map(|needed| needed[0].scheme.as_str()).collect();
    assert_eq!(raw, names);
}

#[test]
fn token_urls_are_on_the_server() {
    let url = |servers: &str, url: &str| {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: Notes, version: '1'}}\nservers: [{servers}]\npaths: {{/its: {{get: {{operationId: it, security: [{{staff: []}}], {OK}}}}}}}\ncomponents: {{securitySchemes: {{staff: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: '{url}', scopes: {{}}}}}}}}}}}}"
        );
        let mut sink = DiagnosticSink::new();
        sink.set_tolerant(true);
        let source = SourceFile::parse("test", FileFormat::Yaml, text, &mut sink).unwrap();
        let document = Document::load(&source, &mut sink).unwrap();
        let api = normalize_document(&document, &Dialect::default(), None, &mut sink).unwrap();
        let codes = sink.all().iter().map(|found| found.code.id().to_owned());
        let codes: Vec<_> = codes.filter(|code| code == "N032").collect();
        let scheme = api.service.schemes.first();
        (scheme.and_then(|it| it.token_url.clone()), codes.len())
    };
    let server = "{url: 'https://api.test/v1/'}";
    let found = |url: &str| (Some(url.to_owned()), 0);
    assert_eq!(
        url(server, "https://id.test/token"),
        found("https://id.test/token")
    );
    assert_eq!(url(server, "/token"), found("https://api.test/token"));
    assert_eq!(
        url(server, "token?a=b"),
        found("https://api.test/v1/token?a=b")
    );
    assert_eq!(
        url("{url: 'https://api.test'}", "token"),
        found("https://api.test/token")
    );
    assert_eq!(url("{url: /v1}", "token"), (None, 1));
    assert_eq!(url("", "/token"), (None, 1));
    assert_eq!(url(server, "../token"), (None, 1));
}

#[test]
fn responses_and_failures_differ_by_status() {
    let content = |name: &str| {
        format!(
            "{{description: it, content: {{application/json: {{schema: {{$ref: '#/components/schemas/{name}'}}}}}}}}"
        )
    };
    let (note, problem) = (content("Note"), content("Problem"));
    let get = endpoint(&format!(
        "    get: {{operationId: it, responses: {{'200': {note}, '201': {note}, '404': {problem}, 5XX: {problem}, default: {problem}}}}}"
    ));
    assert!(matches!(&get.output.kind, ValueKind::Reference(name) if name == "Note"));
    let ErrorFacts::Bodies(bodies) = &get.errors else {
        panic!("{:?}", get.errors);
    };
    let statuses: Vec<&str> = bodies.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(statuses, ["404", "5XX", "default"]);

    let (api, findings) = translate(
        &format!("    get: {{operationId: it, responses: {{'200': {note}, '201': {problem}}}}}"),
        "",
    );
    assert!(matches!(api.endpoints[0].output.kind, ValueKind::Raw(_)));
    assert_eq!(findings, ["N028 warning #/paths/~1notes/get/responses"]);
}

#[test]
fn members_of_unions_differ_by_what_the_document_says() {
    let selectors = |union: &str| {
        let get = endpoint(&format!(
            "    get: {{operationId: it, responses: {{'200': {{description: it, content: {{application/json: {{schema: {{{union}}}}}}}}}}}}}"
        ));
        match get.output.kind {
            ValueKind::Union(members) => members.into_iter().map(|m| m.selector).collect(),
            _ => Vec::new(),
        }
    };
    let of = |names: &[&str]| {
        let all: Vec<String> = names
            .iter()
            .map(|name| format!("{{$ref: '#/components/schemas/{name}'}}"))
            .collect();
        format!("oneOf: [{}]", all.join(", "))
    };
    let property = |value: &str| MemberSelector::Property {
        name: "kind".to_owned(),
        value: value.to_owned(),
    };
    let discriminator =
        "discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat'}}";
    assert_eq!(
        selectors(&format!("{}, {discriminator}", of(&["Cat", "Dog"]))),
        [property("cat"), property("Dog")]
    );
    let required = |names: &[&str]| {
        MemberSelector::Required(names.iter().map(|name| (*name).to_owned()).collect())
    };
    assert_eq!(
        selectors(&of(&["Cat", "Dog"])),
        [required(&["kind", "lives"]), required(&["kind"])]
    );
    // These do not differ, and the last may have what the first requires.
    assert_eq!(selectors(&of(&["Dog", "Same"])), []);
    assert_eq!(selectors(&of(&["Cat", "Kitten"])), []);
    // Nothing has the value.
    let elsewhere =
        "discriminator: {propertyName: kind, mapping: {dog: '#/components/schemas/Same'}}";
    assert_eq!(
        selectors(&format!("{}, {elsewhere}", of(&["Cat", "Dog"]))),
        []
    );
}

#[test]
fn what_is_not_supported_is_left_out_with_a_warning() {
    let (api, findings) = translate(
        &format!("    get: {{operationId: good, {OK}}}\n    trace: {{operationId: bad, {OK}}}"),
        "",
    );
    let ids: Vec<&str> = api.endpoints.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["good"]);
    assert_eq!(
        findings,
        [
            "S013 warning #/paths/~1notes/trace",
            "N027 warning #/paths/~1notes/trace"
        ]
    );
}

#[test]
fn parameters_that_contain_themselves_are_components() {
    let (api, findings) = translate(
        &format!(
            "    post: {{operationId: it, requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Tree'}}}}}}}}, {OK}}}"
        ),
        "",
    );
    assert_eq!(findings, [] as [&str; 0]);
    let names: Vec<&str> = api
        .parameter_components
        .iter()
        .map(|component| component.name.as_str())
        .collect();
    assert_eq!((api.endpoints.len(), names), (1, vec!["Tree"]));
}

#[test]
fn parameters_that_are_the_credential_are_left_to_the_client() {
    let (api, _) = translate(
        &format!(
            "    get: {{operationId: it, parameters: [{{name: x-key, in: header, required: true, schema: {{type: string}}}}, {{name: a, in: query, schema: {{type: string}}}}], {OK}}}"
        ),
        "security: [{key: []}]",
    );
    let names: Vec<&str> = api.endpoints[0]
        .query
        .fields
        .iter()
        .map(|field| field.wire.as_str())
        .collect();
    assert_eq!((names, api.endpoints[0].placed.len()), (vec!["a"], 0));
}

#[test]
fn credential_with_json_content_is_left_to_the_client() {
    for (place, name, scheme) in [
        ("header", "X-Key", "key"),
        ("cookie", "session", "session"),
        ("header", "Authorization", "user"),
    ] {
        let (api, _) = translate(
            &format!(
                "    get: {{operationId: it, security: [{{{scheme}: []}}], parameters: [{{name: {name}, in: {place}, x-json-content: true, schema: {{type: string}}}}], {OK}}}"
            ),
            "",
        );
        let it = &api.endpoints[0];
        assert_eq!((it.query.fields.len(), it.placed.len()), (0, 0), "{name}");
    }
}

#[test]
fn servers_of_operations_keep_scheme_variables_and_origin() {
    let hosts = |server: &str| {
        let (api, _) = translate(
            &format!("    get: {{operationId: it, servers: [{server}], {OK}}}"),
            "servers: [{url: 'https://{region}.a.test/v1', variables: {region: {default: eu}}}]",
        );
        let host = api.endpoints[0].host.clone();
        let found = api.service.hosts.iter().find(|(key, _)| *key == host);
        found.map(|(_, url)| url.clone())
    };
    let other = "{url: 'https://{region}.b.test', variables: {region: {default: us}}}";
    assert_eq!(hosts(other).as_deref(), Some("https://us.b.test"));
    assert_eq!(
        hosts("{url: /v9}").as_deref(),
        Some("https://{region}.a.test/v9")
    );
    assert_eq!(
        hosts("{url: 'http://b.test/'}").as_deref(),
        Some("http://b.test")
    );
}

#[test]
fn servers_have_variables_and_operations_have_servers() {
    let (api, _) = translate(
        &format!("    get: {{operationId: it, servers: [{{url: 'https://files.test/v2'}}], {OK}}}"),
        "servers: [{url: 'https://{region}.test/{base}', variables: {region: {default: eu}, base: {default: ''}}}]",
    );
    let hosts: Vec<(&str, &str)> = api
        .service
        .hosts
        .iter()
        .map(|(key, url)| (key.as_str(), url.as_str()))
        .collect();
    assert_eq!(
        hosts,
        [
            ("api", "https://{region}.test/{base}"),
            ("https://files.test/v2", "https://files.test/v2")
        ]
    );
    assert_eq!(api.endpoints[0].host, "https://files.test/v2");
    let variables = &api.service.server_variables;
    assert_eq!(variables, &[("region".to_owned(), "eu".to_owned())]);
}

#[test]
fn raw_calls_have_a_key_only_if_all_writes_declare_it() {
    let header = |more: &str| {
        let declared =
            "parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}], ";
        let (api, _) = translate(
            &format!(
                "    post: {{operationId: a, {declared}{OK}}}\n    patch: {{operationId: b, {more}{OK}}}\n    get: {{operationId: c, {OK}}}"
            ),
            "",
        );
        api.service.raw_calls.and_then(|raw| raw.idempotency_header)
    };
    assert_eq!(header(""), None);
    let declared = "parameters: [{name: idempotency-key, in: header, schema: {type: string}}], ";
    assert_eq!(header(declared).as_deref(), Some("Idempotency-Key"));
}
