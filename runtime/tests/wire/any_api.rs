//! Operations of other APIs: their methods, credentials, parameters and outputs.

use runtime::codec::{Encode, Writer, write_record};
use runtime::error::{Error, Outcome};
use runtime::idempotency::MemoryJournal;
use runtime::operation::{Method, OperationSpec, Output, ParamPlace, QueryStyle};
use runtime::value::{PlainText, RawJson};
use runtime::{ApiSpec, Call, Client, ClientBuilder};

use crate::server::{Reply, Server};

mod answers;
mod credentials;
mod endless;
mod listings;
mod paging;
mod raw_calls;
mod schemes;

static API: ApiSpec = ApiSpec {
    title: "Pets",
    hosts: &[("api", "https://{region}.pets.example/{base}")],
    key_variable: "RUNTIME_ANY_API_TEST_KEY",
    user_agent: "pets/1",
    ..ApiSpec::DEFAULT
};

/// The API has JSON bodies and does not know idempotency keys.
static RAW: OperationSpec = OperationSpec::of("", Method::Post, "").json();

const KEY: &str = "user:PLANTED+/=";

fn builder(server: &Server) -> ClientBuilder {
    Client::builder(&API)
        .raw_calls(&RAW)
        .api_key(KEY)
        .base_url(&server.url)
        .retry_policy(runtime::retry::RetryPolicy::new().max_backoff(std::time::Duration::ZERO))
        .retries(3)
}

#[derive(Default)]
struct Params {
    name: Option<&'static str>,
    tags: Option<Vec<&'static str>>,
    token: Option<&'static str>,
}

impl Encode for Params {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(
            out,
            &[
                ("name", &self.name),
                ("tags", &self.tags),
                ("X-Token", &self.token),
            ],
        );
    }
}

fn sample() -> Params {
    Params {
        name: Some("Rex"),
        tags: Some(vec!["a", "b"]),
        ..Params::default()
    }
}

fn leak(spec: OperationSpec) -> &'static OperationSpec {
    Box::leak(Box::new(spec))
}

fn call<T: Output>(client: &Client, spec: OperationSpec, params: &Params) -> Call<T> {
    client.request_spec(leak(spec), &[], params)
}

async fn send(client: &Client, spec: OperationSpec, params: &Params) -> Result<RawJson, Error> {
    call(client, spec, params).await
}

#[tokio::test]
async fn each_method_is_sent_with_its_body() {
    let server = Server::always("{}").await;
    let client = builder(&server).build().unwrap();
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        let spec = OperationSpec::of("write", method, "/pets").json();
        send(&client, spec, &sample()).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.method, method.as_str());
        assert_eq!(
            seen.body, r#"{"name":"Rex","tags":["a","b"]}"#,
            "{method:?}"
        );
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!(seen.header("idempotency-key"), None);
    }
    for method in [Method::Get, Method::Delete, Method::Options, Method::Post] {
        let spec = OperationSpec::of("read", method, "/pets");
        send(&client, spec, &sample()).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            (seen.method.as_str(), seen.body.as_str()),
            (method.as_str(), "")
        );
        assert_eq!(seen.query(), "name=Rex&tags[0]=a&tags[1]=b");
        let length = (method == Method::Post).then_some("0");
        assert_eq!(seen.header("content-length"), length, "{method:?}");
    }
    let spec = OperationSpec::of("form", Method::Put, "/pets").form();
    send(&client, spec, &sample()).await.unwrap();
    assert_eq!(
        server.seen().pop().unwrap().body,
        "name=Rex&tags[0]=a&tags[1]=b"
    );
}

#[tokio::test]
async fn raw_calls_have_json_bodies_where_the_method_has_one() {
    let server = Server::always("{}").await;
    let client = builder(&server).build().unwrap();
    let json: RawJson = r#"{"a":1}"#.parse().unwrap();
    for method in [Method::Post, Method::Put, Method::Patch] {
        client.raw(method, "/pets").json(&json).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            (seen.method.as_str(), seen.body.as_str()),
            (method.as_str(), r#"{"a":1}"#)
        );
        assert_eq!(seen.header("idempotency-key"), None);
    }
    client
        .raw(Method::Patch, "/pets")
        .param("a", &1_i64)
        .await
        .unwrap();
    assert_eq!(server.seen().pop().unwrap().body, r#"{"a":1}"#);
    let error = client
        .raw(Method::Get, "/pets")
        .json(&json)
        .await
        .unwrap_err();
    assert!(error.is_build(), "{error}");
}

#[tokio::test]
async fn write_without_a_key_is_sent_once_unless_it_was_not_executed() {
    let failing = |status| async move {
        let body = r#"{"error": {"message": "busy"}}"#;
        let server = Server::start(move |_| Reply::status(status, body)).await;
        let client = builder(&server).build().unwrap();
        (server, client)
    };
    let (server, client) = failing(503).await;
    for method in [Method::Post, Method::Patch, Method::Put, Method::Delete] {
        let before = server.seen().len();
        let spec = OperationSpec::of("write", method, "/pets");
        let error = send(&client, spec, &sample()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert!(error.pending().is_none());
        assert_eq!(server.seen().len() - before, 1, "{method:?}");
        assert_eq!(server.seen()[before].header("idempotency-key"), None);
    }
    let before = server.seen().len();
    client.raw(Method::Post, "/pets").await.unwrap_err();
    client.raw(Method::Patch, "/pets").await.unwrap_err();
    assert_eq!(server.seen().len() - before, 2);

    // What may be repeated is.
    let before = server.seen().len();
    let put = OperationSpec::of("put", Method::Put, "/pets").repeatable();
    send(&client, put, &sample()).await.unwrap_err();
    assert_eq!(server.seen().len() - before, 4);
    let before = server.seen().len();
    let head = OperationSpec::of("head", Method::Head, "/pets");
    call::<()>(&client, head, &Params::default())
        .await
        .unwrap_err();
    assert_eq!(server.seen().len() - before, 4);

    // A 429 says that the request was not executed.
    let (server, client) = failing(429).await;
    let spec = OperationSpec::of("write", Method::Post, "/pets");
    send(&client, spec, &sample()).await.unwrap_err();
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn idempotency_key_is_in_the_header_of_the_operation() {
    const PAY: OperationSpec =
        OperationSpec::of("pay", Method::Post, "/payments").idempotency_header("X-Request-Id");
    let server = Server::start(|_| Reply::status(503, "{}")).await;
    let client = builder(&server).retries(1).build().unwrap();
    let paying = call::<RawJson>(&client, PAY, &sample()).idempotency_key("pay-1");
    let error = paying.await.unwrap_err();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for seen in &seen {
        assert_eq!(seen.header("x-request-id"), Some("pay-1"));
        assert_eq!(seen.header("idempotency-key"), None);
    }
    let write = error.pending().unwrap().clone();
    assert_eq!(write.header("x-request-id"), Some("pay-1"));
    // Resumed with and without its operation.
    client.resume(&write).await.unwrap_err();
    client.resume_as::<Pay>(&write).await.unwrap_err();
    let seen = &server.seen()[2..];
    assert_eq!(seen.len(), 4);
    assert!(
        seen.iter()
            .all(|it| it.header("x-request-id") == Some("pay-1"))
    );
    assert_eq!(seen[3].header("idempotency-key"), None);
    // A header of that name is the key.
    call::<RawJson>(&client, PAY, &sample())
        .header("x-request-id", "pay-2")
        .await
        .unwrap_err();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("x-request-id"), Some("pay-2"));

    struct Pay;
    impl runtime::Operation for Pay {
        type Params = ();
        type Output = RawJson;
        type Error = ();
        const SPEC: &'static OperationSpec = &PAY;
    }
}

#[tokio::test]
async fn parameters_are_in_their_places() {
    const WRITE: OperationSpec = OperationSpec::of("write", Method::Put, "/pets")
        .json()
        .content_type("application/vnd.api+json")
        .accept("application/vnd.pets+json")
        .placed(&[
            ParamPlace::query("tags").style(QueryStyle::Repeated),
            ParamPlace::header("X-Token"),
        ]);
    let server = Server::always("{}").await;
    let client = builder(&server).build().unwrap();
    let params = || Params {
        token: Some("t-1"),
        ..sample()
    };
    send(&client, WRITE, &params()).await.unwrap();
    let seen = server.only();
    assert_eq!(seen.target, "/pets?tags=a&tags=b");
    assert_eq!(seen.body, r#"{"name":"Rex"}"#);
    assert_eq!(seen.header("x-token"), Some("t-1"));
    assert_eq!(
        seen.header("content-type"),
        Some("application/vnd.api+json")
    );
    assert_eq!(seen.header("accept"), Some("application/vnd.pets+json"));
    // The caller's own header replaces the parameter.
    call::<RawJson>(&client, WRITE, &params())
        .header("x-token", "own")
        .await
        .unwrap();
    assert_eq!(server.seen().pop().unwrap().header("x-token"), Some("own"));
    let wrong = Params {
        token: Some("PLANTED\n"),
        ..Params::default()
    };
    let error = send(&client, WRITE, &wrong).await.unwrap_err();
    assert!(error.is_build(), "{error}");
    assert!(!format!("{error:?}").contains("PLANTED"));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn header_parameters_are_part_of_a_pending_write_or_it_is_not_kept() {
    const WRITE: OperationSpec = OperationSpec::of("write", Method::Post, "/pets").idempotent_key();
    let server = Server::start(|_| Reply::status(503, "{}")).await;
    let journal = MemoryJournal::new();
    let client = builder(&server).journal(journal).build().unwrap();
    let plain = WRITE.placed(const { &[ParamPlace::header("name")] });
    let error = send(&client, plain, &sample()).await.unwrap_err();
    let write = error.pending().unwrap().clone();
    assert_eq!(write.header("name"), Some("Rex"));
    client.resume(&write).await.unwrap_err();
    assert_eq!(server.seen().pop().unwrap().header("name"), Some("Rex"));
    let error = client
        .resume(&write)
        .header("name", "Max")
        .await
        .unwrap_err();
    assert!(error.is_build(), "{error}");
    // A credential is not stored, and without it this would be another write.
    const PLACES: &[&[ParamPlace]] = &[
        &[ParamPlace::header("X-Token")],
        &[ParamPlace::cookie("X-Token")],
    ];
    for place in PLACES {
        let params = Params {
            token: Some("t-1"),
            ..sample()
        };
        let error = send(&client, WRITE.placed(place), &params)
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert!(error.pending().is_none());
    }
    assert_eq!(client.pending_writes().await.unwrap(), [write]);
}

#[tokio::test]
async fn text_is_decoded_as_it_is() {
    let server = Server::start(|seen| match seen.path() {
        "/text" => Reply::json("id,é\n1,2\n"),
        _ => Reply::Respond(200, Vec::new(), b"\xff".to_vec()),
    })
    .await;
    let client = builder(&server).build().unwrap();
    let text = OperationSpec::get("text", "/text");
    let text: PlainText = call(&client, text, &Params::default()).await.unwrap();
    assert_eq!(text.0, "id,é\n1,2\n");
    assert_eq!(server.only().header("accept"), Some("*/*"));
    assert!(!format!("{text:?}").contains("id"));
    let bytes = OperationSpec::get("bytes", "/bytes");
    let error = call::<PlainText>(&client, bytes, &Params::default())
        .await
        .unwrap_err();
    assert!(error.is_decode(), "{error}");
}

#[tokio::test]
async fn json_is_checked_when_the_accepted_type_is_json() {
    let server = Server::always("<html>").await;
    let client = builder(&server).build().unwrap();
    let json = OperationSpec::of("write", Method::Post, "/pets").accept("application/x+json");
    let error = send(&client, json, &Params::default()).await.unwrap_err();
    assert!(
        error.is_decode() && error.outcome() == Outcome::Unknown,
        "{error}"
    );
}

#[tokio::test]
async fn head_has_no_body() {
    let server = Server::start(|_| Reply::Respond(200, Vec::new(), Vec::new())).await;
    let client = builder(&server).build().unwrap();
    let head = OperationSpec::of("head", Method::Head, "/pets/1");
    let response = call::<()>(&client, head, &Params::default())
        .with_response()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(server.only().method, "HEAD");
}

#[test]
fn url_of_the_server_is_complete_or_the_client_is_refused() {
    static NOWHERE: ApiSpec = ApiSpec {
        hosts: &[("api", "")],
        ..ApiSpec::DEFAULT
    };
    let error = Client::builder(&NOWHERE).api_key(KEY).build().unwrap_err();
    assert!(error.is_build(), "{error}");
    assert!(
        error
            .to_string()
            .contains("names no server: set one with `base_url`"),
        "{error}"
    );
    let built = |builder: ClientBuilder| {
        let client = builder.api_key(KEY).build()?;
        Ok::<_, Error>(client.host_url("api").unwrap().to_owned())
    };
    let nowhere = Client::builder(&NOWHERE).base_url("https://x.test/");
    assert_eq!(built(nowhere).unwrap(), "https://x.test");
    let nowhere = Client::builder(&NOWHERE).host("api", "https://y.test");
    assert_eq!(built(nowhere).unwrap(), "https://y.test");

    // The default is that of the API.
    let pets = || Client::builder(&API).server_variable("base", "v1");
    let error = built(pets()).unwrap_err();
    assert!(error.is_build(), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("\"region\": set it with `server_variable`"),
        "{text}"
    );
    let eu = pets().server_variable("region", "eu");
    assert_eq!(built(eu).unwrap(), "https://eu.pets.example/v1");
    let both = pets()
        .server_variable("region", "eu")
        .server_variable("base", "v2/x")
        .server_variable("region", "us-1");
    assert_eq!(built(both).unwrap(), "https://us-1.pets.example/v2/x");
    let error = built(pets().server_variable("zone", "eu")).unwrap_err();
    assert!(error.to_string().contains("zone"), "{error}");
    for evil in [
        "evil.test/",
        "evil.test?",
        "evil.test#",
        "a@evil.test",
        "e\\",
    ] {
        let error = built(pets().server_variable("region", evil)).unwrap_err();
        assert!(
            error.is_build() && !error.to_string().contains("evil"),
            "{error}"
        );
    }
}
