//! The checks find what is wrong with a request, and nothing else.

use serde_json::{Value, json};

use super::body::read_parts;
use super::check::{Received, check_request, find_operation};
use super::compare::first_difference;
use super::credentials::encode_base64;
use super::document::{Document, decode_percent};
use super::operation::{Operation, read_operations};
use super::plan::{PlannedCall, ReplyKind, plan_calls};
use super::route::match_path;
use super::schema::{Direction, SchemaCheck};
use super::synth::Synthesizer;

const KEY: &str = "user:password";

/// A shop with every place and style that is checked.
fn shop() -> Value {
    json!({
        "openapi": "3.0.3",
        "servers": [{
            "url": "https://{place}.shop.test/v1/",
            "variables": {"place": {"default": "north"}},
        }],
        "security": [{"key": []}],
        "paths": {
            "/items/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
                ],
                "get": {
                    "parameters": [
                        {"name": "tag", "in": "query", "schema":
                            {"type": "array", "items": {"type": "string"}}},
                        {"name": "size", "in": "query", "explode": false, "schema":
                            {"type": "array", "items": {"type": "integer"}}},
                        {"name": "price", "in": "query", "style": "deepObject", "schema":
                            {"type": "object", "properties": {"most": {"type": "integer"}}}},
                        {"name": "filter", "in": "query", "content": {"application/json": {"schema":
                            {"type": "object", "properties": {"all": {"type": "boolean"}}}}}},
                        {"name": "X-Shop", "in": "header", "required": true,
                            "schema": {"type": "string", "enum": ["north", "south"]}},
                        {"name": "session", "in": "cookie", "schema": {"type": "boolean"}},
                    ],
                    "responses": {"200": {"content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Item"},
                        "examples": {
                            "right": {"value": {"name": "a", "count": 1}},
                            "wrong": {"value": {"name": 1}},
                        },
                    }}}},
                },
                "put": {
                    "security": [{"basic": []}, {"token": []}],
                    "requestBody": {"required": true, "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Item"}},
                        "application/x-www-form-urlencoded":
                            {"schema": {"$ref": "#/components/schemas/Item"}},
                        "multipart/form-data": {"schema": {"$ref": "#/components/schemas/Item"}},
                    }},
                    "responses": {"204": {"description": "Done."}},
                },
            },
            "/items/all": {"get": {"security": [], "responses": {"default": {}}}},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "apiKey", "in": "query", "name": "token"},
            },
            "schemas": {"Item": {
                "type": "object",
                "required": ["name", "id"],
                "properties": {
                    "id": {"type": "integer", "readOnly": true},
                    "name": {"type": "string"},
                    "count": {"type": "integer", "nullable": true},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "part": {"$ref": "#/components/schemas/Item"},
                },
            }},
        },
    })
}

/// A request of the shop, in the form `GET /path?query`, with headers.
fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Received {
    let (method, target) = line.split_once(' ').unwrap_or((line, ""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers.iter();
    Received {
        method: method.to_owned(),
        origin: "https://north.shop.test".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// The problems of a request: place and reason of each.
fn problems(request: &Received) -> Vec<String> {
    let document = Document::of_value(shop());
    let operations = read_operations(&document);
    let found = find_operation(&operations, request).and_then(|index| operations.get(index));
    let Some(operation) = found else {
        return vec!["no operation".to_owned()];
    };
    let problems = check_request(&document, operation, request, KEY);
    problems
        .iter()
        .map(|one| format!("{}: {}", one.place, one.reason))
        .collect()
}

/// The headers of a right request that reads an item.
const READ: [(&str, &str); 3] = [
    ("host", "north.shop.test"),
    ("x-key", KEY),
    ("x-shop", "north"),
];

#[test]
fn right_requests_have_no_problems() {
    let none = Vec::<String>::new();
    let query = "tag=a&tag=b&size=1,2&price%5Bmost%5D=5&filter=%7B%22all%22%3Atrue%7D";
    let line = format!("GET /v1/items/7?{query}");
    let headers = [READ.as_slice(), &[("cookie", "session=true")]].concat();
    assert_eq!(problems(&request(&line, &headers, "")), none);
    assert_eq!(problems(&request("GET /v1/items/all", &[], "")), none);
    let basic = format!("Basic {}", encode_base64(KEY));
    let headers = [
        ("authorization", basic.as_str()),
        ("content-type", "application/json"),
    ];
    let body = r#"{"name": "a", "count": null, "part": {"name": "b"}}"#;
    assert_eq!(problems(&request("PUT /v1/items/7", &headers, body)), none);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let line = "PUT /v1/items/7?token=user%3Apassword";
    assert_eq!(
        problems(&request(line, &headers, "name=a+b&count=1&tags=x&tags=y")),
        none
    );
    let headers = [("content-type", "multipart/form-data; boundary=xx")];
    let body = "--xx\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\r\n--xx\r\n\
                Content-Disposition: form-data; name=\"count\"\r\n\r\n1\r\n--xx--\r\n";
    assert_eq!(problems(&request(line, &headers, body)), none);
}

#[test]
fn wrong_method_server_and_path_have_no_operation() {
    for line in [
        "POST /v1/items/7",
        "GET /items/7",
        "GET /v1/items/",
        "GET /v1/items/7/x",
    ] {
        assert_eq!(
            problems(&request(line, &READ, "")),
            ["no operation"],
            "{line}"
        );
    }
    let mut other = request("GET /v1/items/7", &READ, "");
    other.origin = "http://north.shop.test".to_owned();
    assert_eq!(problems(&other), ["no operation"]);
}

#[test]
fn wrong_parameters_are_found() {
    let cases = [
        (
            "GET /v1/items/x",
            "path id: is text, and integer is expected",
        ),
        ("GET /v1/items/7?size=1&size=2", ""),
        (
            "GET /v1/items/7?size=a",
            "query size/0: is text, and integer is expected",
        ),
        (
            "GET /v1/items/7?tag=a,b&more=1",
            "query more: the operation does not declare it",
        ),
        (
            "GET /v1/items/7?price=1",
            "query price: the operation does not declare it",
        ),
        (
            "GET /v1/items/7?price%5Bmost%5D=x",
            "query price/most: is text, and integer is expected",
        ),
        (
            "GET /v1/items/7?price%5Bx%5D=1",
            "query price/x: the schema does not declare the member",
        ),
        (
            "GET /v1/items/7?filter=x",
            "query filter: is text, and object is expected",
        ),
        (
            "GET /v1/items/7?all=true",
            "query all: the operation does not declare it",
        ),
    ];
    for (line, expected) in cases {
        let expected: Vec<&str> = Some(expected)
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect();
        assert_eq!(problems(&request(line, &READ, "")), expected, "{line}");
    }
    let with = |header: (&'static str, &'static str)| [READ.as_slice(), &[header]].concat();
    let line = "GET /v1/items/7";
    let undeclared = problems(&request(line, &with(("x-more", "1")), ""));
    assert_eq!(
        undeclared,
        ["header x-more: the operation does not declare it"]
    );
    let cookie = problems(&request(line, &with(("cookie", "session=1")), ""));
    assert_eq!(cookie, ["cookie session: is text, and boolean is expected"]);
    let missing = problems(&request(line, &READ[..2], ""));
    assert_eq!(missing, ["header X-Shop: is missing"]);
    let wrong = problems(&request(line, &[READ[1], ("x-shop", "west")], ""));
    assert_eq!(wrong, ["header X-Shop: the enum does not list \"west\""]);
    let accept = problems(&request(line, &with(("accept", "text/html")), ""));
    assert_eq!(
        accept,
        ["header Accept: text/html is not a media type of the response"]
    );
}

#[test]
fn missing_misplaced_and_surplus_credentials_are_found() {
    let shop = ("x-shop", "north");
    let found = |headers: &[(&str, &str)]| problems(&request("GET /v1/items/7", headers, ""));
    assert_eq!(
        found(&[shop]),
        ["credential: sent as none, and stated is header x-key"]
    );
    let other = found(&[shop, ("x-key", "another")]);
    assert_eq!(
        other,
        ["credential: sent as none, and stated is header x-key"]
    );
    let bearer = found(&[shop, ("authorization", "Bearer user:password")]);
    assert_eq!(
        bearer,
        ["credential: sent as bearer token, and stated is header x-key"]
    );
    let surplus = problems(&request("GET /v1/items/all", &READ[..2], ""));
    assert_eq!(
        surplus,
        [
            "credential: sent as header x-key, and stated is none",
            "header x-key: the operation does not declare it"
        ]
    );
    let put = problems(&request(
        "PUT /v1/items/7",
        &[("content-type", "application/json")],
        "{\"name\": \"a\"}",
    ));
    let expected = "credential: sent as none, and stated is basic authentication, or query token";
    assert_eq!(put, [expected]);
}

#[test]
fn wrong_bodies_are_found() {
    let put = |media_type: &str, body: &str| {
        let headers = [("content-type", media_type)];
        problems(&request(
            "PUT /v1/items/7?token=user%3Apassword",
            &headers,
            body,
        ))
    };
    let json = |body: &str| put("application/json", body);
    assert_eq!(json("{}"), ["body/name: the required member is missing"]);
    assert_eq!(
        json(r#"{"name": 1}"#),
        ["body/name: is a number, and string is expected"]
    );
    assert_eq!(
        json(r#"{"name": null}"#),
        ["body/name: is null, and string is expected"]
    );
    assert_eq!(
        json(r#"{"name": "a", "nmae": "b"}"#),
        ["body/nmae: the schema does not declare the member"]
    );
    assert_eq!(
        json(r#"{"name": "a", "part": {}}"#),
        ["body/part/name: the required member is missing"]
    );
    assert_eq!(json("[]"), ["body: is a list, and object is expected"]);
    assert_eq!(json("{").len(), 1);
    assert_eq!(
        put("text/plain", "a"),
        ["header Content-Type: text/plain is not a media type of the body"]
    );
    let form = put("application/x-www-form-urlencoded", "name=a&count=x");
    assert_eq!(form, ["body/count: is text, and integer is expected"]);
    let none = problems(&request("PUT /v1/items/7?token=user%3Apassword", &[], ""));
    assert_eq!(none, ["body: is missing"]);
    let surplus = problems(&request("GET /v1/items/7", &READ, "x"));
    assert_eq!(surplus, ["body: the operation has none"]);
}

#[test]
fn most_literal_path_is_found() {
    let document = Document::of_value(shop());
    let operations = read_operations(&document);
    let path = |line: &str| {
        let index = find_operation(&operations, &request(line, &[], ""))?;
        operations
            .get(index)
            .map(|operation: &Operation| operation.path.as_str())
    };
    assert_eq!(path("GET /v1/items/all"), Some("/items/all"));
    assert_eq!(path("GET /v1/items/7"), Some("/items/{id}"));
}

#[test]
fn templates_match_paths() {
    let values = |template: &str, path: &str| {
        let found = match_path(template, path)?;
        Some(
            found
                .into_iter()
                .map(|(_, value)| value)
                .collect::<Vec<_>>(),
        )
    };
    let of = |texts: &[&str]| {
        Some(
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(values("/a/{b}/c", "/a/1/c"), of(&["1"]));
    assert_eq!(values("/a/{b}.{c}", "/a/1.json"), of(&["1", "json"]));
    assert_eq!(values("/a/{b}", "/a/"), None);
    assert_eq!(values("/a/{b}", "/a/1/2"), None);
    assert_eq!(values("/a", "/b"), None);
}

#[test]
fn responses_are_planned_from_examples_and_schemas() {
    let document = Document::of_value(shop());
    let operations = read_operations(&document);
    let calls = plan_calls(&document, &operations);
    let of_item: Vec<&PlannedCall> = calls.iter().filter(|call| call.operation == 0).collect();
    let kinds: Vec<&ReplyKind> = of_item.iter().map(|call| &call.reply.kind).collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    assert_eq!(kinds[..2], [&ReplyKind::Synthesized; 2]);
    // The example lacks the required `id`.
    for (kind, place) in kinds[2..].iter().zip(["/id", "/name"]) {
        let ReplyKind::Example(_, Some(problem)) = kind else {
            unreachable!("the example contradicts its schema: {kind:?}");
        };
        assert!(
            problem.place == place || problem.place == "/id",
            "{problem:?}"
        );
    }
    let bodies: Vec<Value> = of_item
        .iter()
        .filter_map(|call| serde_json::from_slice(&call.reply.body).ok())
        .collect();
    assert_eq!(bodies[0], json!({"id": 7, "name": "text"}));
    let full = json!({"id": 7, "name": "text", "count": 7, "tags": ["text"]});
    assert_eq!(bodies[1], full);
}

#[test]
fn synthesized_values_fit_their_schemas() {
    let document = Document::of_value(json!({
        "openapi": "3.1.0",
        "components": {"schemas": {
            "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}}},
            "Endless": {"type": "object", "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
        }},
    }));
    let reference = json!({"$ref": "#/components/schemas/Cat"});
    let schemas = [
        json!({"type": ["null", "integer"], "minimum": 9}),
        json!({"allOf": [reference, {"type": "object", "properties": {"a": {"type": "string"}}}]}),
        json!({"oneOf": [reference], "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}}),
        json!({"type": "array", "items": reference, "minItems": 2}),
        json!({"type": "object", "additionalProperties": {"type": "number"}}),
    ];
    let check = SchemaCheck {
        document: &document,
        direction: Direction::Response,
    };
    for schema in &schemas {
        for everything in [false, true] {
            let value = Synthesizer {
                document: &document,
                everything,
            }
            .make_value(schema);
            let problems = value
                .as_ref()
                .map(|value| check.check_value(schema, value, ""));
            assert_eq!(problems, Some(Vec::new()), "{schema} {value:?}");
        }
    }
    let endless = json!({"$ref": "#/components/schemas/Endless"});
    let value = Synthesizer {
        document: &document,
        everything: true,
    }
    .make_value(&endless);
    assert_eq!(value, None);
}

#[test]
fn members_that_a_client_loses_or_changes_are_found() {
    let sent = json!({"a": [1, {"b": "x"}], "c": null, "at": "2026-01-02T03:04:05.000Z"});
    let same = json!({"a": [1.0, {"b": "x"}], "at": "2026-01-02T03:04:05Z"});
    assert_eq!(first_difference(&sent, &same, ""), None);
    let cases = [
        (
            json!({"a": [1, {}], "at": "2026-01-02T03:04:05Z"}),
            "/a/1/b is lost",
        ),
        (json!({"a": [1], "at": "2026-01-02T03:04:05Z"}), "/a was"),
        (
            json!({"a": [1, {"b": "x"}], "at": "2026-01-02T03:04:06Z"}),
            "/at was",
        ),
        (
            json!({"a": [1, {"b": "x"}], "at": "2026-01-02T03:04:05Z", "d": 1}),
            "/d was added",
        ),
    ];
    for (kept, expected) in cases {
        let found = first_difference(&sent, &kept, "").unwrap_or_default();
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn texts_are_read() {
    assert_eq!(decode_percent("a%20b%2"), "a b%2");
    assert_eq!(encode_base64("a"), "YQ==");
    assert_eq!(encode_base64("user:password"), "dXNlcjpwYXNzd29yZA==");
    let broken = read_parts("multipart/form-data; boundary=x", b"--x\r\nname: a");
    assert!(broken.is_err(), "{broken:?}");
    assert!(read_parts("multipart/form-data", b"").is_err());
}
