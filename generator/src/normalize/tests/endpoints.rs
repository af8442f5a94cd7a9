//! Operations: where parameters travel, what comes back, policies.

use super::{document, field, lenient, record_text, shape, translate};
use crate::api::{Encoding, Endpoint, ErrorCode, ErrorFacts};
use crate::dialect::Dialect;

const OBJECTS: &str = "{thing: {type: object, properties: {id: {type: string}}}}";
const OK: &str = "'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}";
const EXPAND: &str = "expand: {type: array, items: {type: string}}";

/// One operation at `/v1/things/{id}/parts/{part}`; `rest` is what it says besides its id.
fn one(method: &str, rest: &str, dialect: &str) -> Result<Endpoint, Vec<String>> {
    let paths = format!("{{'/v1/things': {{{method}: {{operationId: It, {rest}}}}}}}");
    let (api, findings) = translate(&document(&paths, OBJECTS), dialect);
    api.map(|mut api| api.endpoints.remove(0)).ok_or(findings)
}

fn findings(method: &str, rest: &str) -> Vec<String> {
    one(method, rest, &lenient()).unwrap_err()
}

fn form(properties: &str) -> String {
    format!(
        "requestBody: {{content: {{application/x-www-form-urlencoded: {{schema: {{type: object, properties: {{{properties}}}}}}}}}}}"
    )
}

#[test]
fn path_parameters_come_in_the_order_of_the_template() {
    let parameter =
        |name| format!("{{name: {name}, in: path, required: true, schema: {{type: string}}}}");
    let paths = format!(
        "{{'/v1/a/{{x}}/b/{{y}}': {{get: {{operationId: A, parameters: [{}, {}], responses: {{{OK}}}}}}}}}",
        parameter("y"),
        parameter("x")
    );
    let (api, _) = translate(&document(&paths, OBJECTS), &lenient());
    let names: Vec<_> = api.unwrap().endpoints[0]
        .path_params
        .iter()
        .map(field)
        .collect();
    assert_eq!(names, ["x: String", "y: String"]);
}

#[test]
fn call_options_are_lifted_from_query_and_body() {
    let rest = format!(
        "{}, responses: {{{OK}}}",
        form(&format!("{EXPAND}, a: {{type: string}}"))
    );
    let endpoint = one("post", &rest, &lenient()).unwrap();
    assert_eq!(endpoint.call_options, ["expand"]);
    let (wire, record) = endpoint.body.unwrap();
    assert_eq!(
        (wire, record_text(&record)),
        (Encoding::Form, "{a?: String}".to_owned())
    );

    let query = "parameters: [{name: expand, in: query, style: deepObject, schema: {type: array, items: {type: string}}}]";
    let endpoint = one("get", &format!("{query}, responses: {{{OK}}}"), &lenient()).unwrap();
    assert_eq!(
        (endpoint.call_options, record_text(&endpoint.query)),
        (vec!["expand".to_owned()], "{}".to_owned())
    );
}

#[test]
fn body_without_fields_is_none() {
    let rest = format!("{}, responses: {{{OK}}}", form(EXPAND));
    assert!(one("post", &rest, &lenient()).unwrap().body.is_none());
    let rest = format!("{}, responses: {{{OK}}}", form(""));
    assert!(one("get", &rest, &lenient()).unwrap().body.is_none());
}

#[test]
fn body_of_a_delete_travels_in_the_query_if_the_dialect_says_so() {
    let rest = format!("{}, responses: {{{OK}}}", form("a: {type: string}"));
    let endpoint = one("delete", &rest, &lenient()).unwrap();
    assert!(endpoint.body.is_none());
    assert_eq!(record_text(&endpoint.query), "{a?: String}");
    let endpoint = one("delete", &rest, "").unwrap();
    assert!(endpoint.body.is_some());
    assert!(endpoint.query.fields.is_empty());

    let both = format!(
        "{}, parameters: [{{name: a, in: query, schema: {{type: string}}}}], responses: {{{OK}}}",
        form("a: {type: string}")
    );
    assert!(findings("delete", &both)[0].starts_with("S014 "));
}

#[test]
fn parameters_in_other_places_and_styles_are_reported() {
    let at = "#/paths/~1v1~1things/get/parameters/0";
    for (parameter, expected) in [
        (
            "{name: a, in: header, schema: {type: string}}",
            format!("N007 {at}: `a`"),
        ),
        (
            "{name: a, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}",
            format!("N006 {at}: lists and objects travel as `deepObject`, single values as `form`"),
        ),
        (
            "{name: a, in: query, schema: {type: array, items: {type: string}}}",
            format!("N006 {at}: lists and objects travel as `deepObject`, single values as `form`"),
        ),
        (
            "{name: a, in: query, content: {application/json: {schema: {type: string}}}}",
            format!("N006 {at}: `content` instead of `schema`"),
        ),
    ] {
        let rest = format!("parameters: [{parameter}], responses: {{{OK}}}");
        assert_eq!(findings("get", &rest), [expected], "{parameter}");
    }
}

#[test]
fn bodies_that_are_not_understood_are_reported() {
    let at = "#/paths/~1v1~1things/post/requestBody/content";
    for (content, expected) in [
        (
            "text/plain: {schema: {type: object}}",
            format!("N008 {at}/text~1plain: `text/plain`"),
        ),
        (
            "application/json: {schema: {type: object}}, multipart/form-data: {schema: {type: object}}",
            format!("N008 {at}: more than one content type"),
        ),
        (
            "application/json: {schema: {type: string}}",
            format!("N011 {at}/application~1json/schema: "),
        ),
        (
            "application/json: {}",
            format!("N011 {at}/application~1json/schema: there is no schema"),
        ),
        (
            "application/json: {schema: {type: object}, encoding: {a: {style: form}}}",
            format!("N006 {at}/application~1json/encoding/a: only exploded `deepObject`"),
        ),
    ] {
        let rest = format!("requestBody: {{content: {{{content}}}}}, responses: {{{OK}}}");
        assert_eq!(findings("post", &rest), [expected], "{content}");
    }
    let rest = format!("{}, responses: {{{OK}}}", form("a: {type: string}"));
    assert_eq!(
        findings("get", &rest),
        ["N011 #/paths/~1v1~1things/get/requestBody: a GET request has no body"]
    );
}

#[test]
fn methods_without_meaning_here_are_reported() {
    assert_eq!(
        findings("trace", &format!("responses: {{{OK}}}")),
        ["S013 #/paths/~1v1~1things/trace: TRACE /v1/things"]
    );
}

#[test]
fn output_is_a_component_a_page_bytes_or_nothing() {
    let output = |response: &str| {
        let rest = format!("responses: {{'200': {{description: ''{response}}}}}");
        one("get", &rest, &lenient()).map(|endpoint| shape(&endpoint.output))
    };
    let json = |schema: &str| {
        output(&format!(
            ", content: {{application/json: {{schema: {schema}}}}}"
        ))
    };
    assert_eq!(
        json("{$ref: '#/components/schemas/thing'}").unwrap(),
        "&thing"
    );
    assert_eq!(
        json("{anyOf: [{$ref: '#/components/schemas/thing'}]}").unwrap(),
        "&thing"
    );
    for empty in [
        "{type: object, properties: {}}",
        "{type: object, properties: {}, additionalProperties: false}",
    ] {
        assert_eq!(json(empty).unwrap(), "Nothing", "{empty}");
    }
    assert!(json("{type: object}").unwrap().starts_with("Raw("));
    assert_eq!(output("").unwrap(), "Nothing");
    let page = "{type: object, required: [data, has_more, object], properties: {object: {type: string, enum: [list]}, data: {type: array, items: {$ref: '#/components/schemas/thing'}}, has_more: {type: boolean}}}";
    assert_eq!(json(page).unwrap(), "CursorPage(&thing)");
    let pdf = |schema: &str| {
        output(&format!(
            ", content: {{application/pdf: {{schema: {schema}}}}}"
        ))
    };
    assert_eq!(pdf("{type: string, format: binary}").unwrap(), "Binary");
    let at = "#/paths/~1v1~1things/get/responses/200/content";
    assert_eq!(
        pdf("{type: string}").unwrap_err(),
        [format!(
            "N008 {at}/application~1pdf/schema: expected `type: string, format: binary`"
        )]
    );
    let unnamed = "an operation returns a component, a union of components, or a page";
    for schema in [
        "{type: array, items: {type: string}}",
        "{type: object, properties: {a: {type: string}}}",
        "{type: string}",
    ] {
        assert_eq!(
            json(schema).unwrap_err(),
            [format!("N001 {at}/application~1json/schema: {unnamed}")]
        );
    }
}

#[test]
fn operation_without_a_successful_response_answers_nothing() {
    let at = "#/paths/~1v1~1things/get";
    for (rest, at) in [
        ("deprecated: false", at.to_owned()),
        ("responses: {}", at.to_owned()),
        (
            "responses: {default: {description: ''}}",
            format!("{at}/responses"),
        ),
    ] {
        let paths = format!("{{/v1/things: {{get: {{operationId: It, {rest}}}}}}}");
        let (api, findings) = translate(&document(&paths, OBJECTS), &lenient());
        assert_eq!(shape(&api.unwrap().endpoints[0].output), "Nothing");
        assert_eq!(findings, [format!("N009 {at}: GET /v1/things")]);
    }
}

#[test]
fn at_most_one_response_is_a_success() {
    let at = "#/paths/~1v1~1things/get/responses";
    assert_eq!(
        findings(
            "get",
            &format!("responses: {{{OK}, '404': {{description: ''}}}}")
        ),
        [format!("N010 {at}: `404`; failures belong under `default`")]
    );
    assert_eq!(
        findings(
            "get",
            &format!("responses: {{{OK}, '201': {{description: ''}}}}")
        ),
        [format!("N010 {at}: several successful responses")]
    );
}

#[test]
fn servers_decide_the_host() {
    let dialect = format!(
        "{}\n[hosts]\napi = 'https://api.test'\nfiles = 'https://files.test'\n[host_of]\n'GET /v1/things' = 'files'\n",
        lenient()
    );
    let ok = format!("responses: {{{OK}}}");
    assert_eq!(one("post", &ok, &dialect).unwrap().host, "api");
    assert_eq!(one("get", &ok, &dialect).unwrap().host, "files");
    let own = format!("servers: [{{url: 'https://files.test/'}}], {ok}");
    assert_eq!(one("post", &own, &dialect).unwrap().host, "files");
    let other = format!("servers: [{{url: 'https://other.test/'}}], {ok}");
    assert_eq!(
        one("post", &other, &dialect).unwrap_err(),
        ["N012 #/paths/~1v1~1things/post: `https://other.test/`"]
    );
    // Without a dialect there is one host, the document's first.
    assert_eq!(one("post", &ok, "").unwrap().host, "api");
}

#[test]
fn policies_come_from_patterns() {
    let dialect = "describes = 'another'\nidempotent = ['POST /v1/**']\n[rate_classes]\nfirst = ['GET /v1/*']\nsecond = ['GET /v1/things']\n[[timeouts]]\nseconds = 7\noperations = ['* /v1/things']\n[[explicit_version]]\nwhy = 'it must'\noperations = ['POST /v1/things']\n";
    let ok = format!("responses: {{{OK}}}");
    let get = one("get", &ok, dialect).unwrap();
    assert_eq!(
        (
            get.rate_class.as_str(),
            get.timeout_secs,
            get.idempotent_key
        ),
        ("first", Some(7), false)
    );
    let post = one("post", &ok, dialect).unwrap();
    assert_eq!(
        (
            post.rate_class.as_str(),
            post.timeout_secs,
            post.idempotent_key
        ),
        ("default", Some(7), true)
    );
    assert_eq!(post.explicit_version.as_deref(), Some("it must"));
    assert_eq!(get.explicit_version, None);
    // Without rules: what HTTP says, and the header that the document declares.
    let plain = |method: &str| {
        let endpoint = one(method, &ok, "").unwrap();
        (endpoint.idempotent_key, endpoint.is_repeatable)
    };
    assert_eq!(plain("post"), (false, false));
    assert_eq!(plain("patch"), (false, false));
    assert_eq!(plain("put"), (false, true));
    assert_eq!(plain("delete"), (false, true));
}

#[test]
fn failures_are_common_or_listed() {
    let schemas = "{thing: {type: object, properties: {}}, error: {type: object, required: [error], properties: {error: {$ref: '#/components/schemas/problem'}}}, problem: {type: object, properties: {}}, open: {type: object, properties: {error: {type: object, properties: {code: {type: string}}}}}, late: {type: object, description: Too late, properties: {error: {type: object, properties: {code: {type: string, enum: [late]}}}}}}";
    let dialect = format!(
        "{}\n[errors]\nenvelope = 'error'\nobject = 'problem'\nmember = 'error'\ncode = 'code'\nopen = ['open']\n",
        lenient()
    );
    let with = |default: &str| {
        let paths = format!(
            "{{/a: {{get: {{operationId: A, responses: {{{OK}, default: {{description: '', content: {{application/json: {{schema: {default}}}}}}}}}}}}}}}"
        );
        translate(&document(&paths, schemas), &dialect)
    };
    let names = |api: &crate::api::Api| -> Vec<_> {
        api.components.iter().map(|c| c.name.clone()).collect()
    };
    let (api, _) = with("{$ref: '#/components/schemas/error'}");
    let api = api.unwrap();
    assert!(matches!(api.endpoints[0].errors, ErrorFacts::Common));
    assert_eq!(api.error_object.as_deref(), Some("problem"));
    assert_eq!(names(&api), ["thing", "problem", "open", "late"]);

    let (api, _) =
        with("{oneOf: [{$ref: '#/components/schemas/late'}, {$ref: '#/components/schemas/open'}]}");
    let api = api.unwrap();
    let ErrorFacts::Codes(codes) = &api.endpoints[0].errors else {
        panic!()
    };
    let late = ErrorCode {
        code: "late".to_owned(),
        doc: Some("Too late".to_owned()),
    };
    assert_eq!(codes, &[late]);
    assert_eq!(names(&api), ["thing", "error", "problem"]);

    let at = "#/paths/~1a/get/responses/default/content/application~1json/schema";
    let (_, findings) = with("{$ref: '#/components/schemas/thing'}");
    assert_eq!(
        findings,
        [format!(
            "N016 {at}: neither the common envelope nor `oneOf` error components"
        )]
    );
    let (_, findings) = with("{oneOf: [{$ref: '#/components/schemas/thing'}]}");
    assert_eq!(
        findings,
        ["N016 #/components/schemas/thing: the code has more or less than one value"]
    );
}

#[test]
fn error_members_are_those_that_the_document_has() {
    let schemas = "{thing: {type: object, required: [kind], properties: {kind: {type: string, enum: [a, b]}}}, error: {type: object, required: [error], properties: {error: {$ref: '#/components/schemas/problem'}}}, problem: {type: object, properties: {thing: {$ref: '#/components/schemas/thing'}}}}";
    let paths = format!(
        "{{/a: {{get: {{operationId: A, responses: {{{OK}, default: {{description: '', content: {{application/json: {{schema: {{$ref: '#/components/schemas/error'}}}}}}}}}}}}}}}}"
    );
    let with = |objects: &str| {
        let dialect = format!(
            "{}\n[errors]\nenvelope = 'error'\nobject = 'problem'\nmember = 'error'\ncode = 'code'\nclass = 'type'\n[errors.objects]\n{objects}\n[values]\n'thing/kind' = ['b', 'c']\n",
            lenient(),
        );
        translate(&document(&paths, schemas), &dialect)
    };
    let (api, findings) = with("thing = 'thing'");
    let api = api.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!(api.error_members.class.as_deref(), Some("type"));
    let objects = vec![("thing".to_owned(), "thing".to_owned())];
    assert_eq!(api.error_members.objects, objects);
    // A value that the document lists is not repeated.
    let kind = shape(&api.components[0].schema);
    assert!(kind.contains("a|b|c"), "{kind}");
    for wrong in ["other = 'thing'", "thing = 'other'"] {
        let (api, _) = with(wrong);
        assert!(api.unwrap().error_members.objects.is_empty(), "{wrong}");
    }
}

#[test]
fn plain_dialect_knows_no_vendor() {
    assert!(Dialect::default().formats.is_empty());
    let rest = format!("{}, responses: {{{OK}}}", form(EXPAND));
    let endpoint = one("post", &rest, "").unwrap();
    assert!(endpoint.call_options.is_empty());
    assert_eq!(
        record_text(&endpoint.body.unwrap().1),
        "{expand?: [String]}"
    );
}
