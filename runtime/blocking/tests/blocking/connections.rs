//! Connections: reuse, broken connections, redirects and proxies.

use blocking::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::Client;

use crate::api::{API, Anything, Create, KEY, Params, Retrieve};
use crate::server::{Reply, Server};
use crate::{builder, client};

const ITEM: &str = r#"{"id": "item_1"}"#;

#[test]
fn connection_is_reused_when_calls_follow_each_other() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/v1/items/missing" => Reply::status(404, r#"{"error": {"type": "x"}}"#),
        "/v1/items/pieces" => Reply::Chunked(2_000),
        _ => Reply::json(ITEM),
    });
    let client = client(&server);
    for id in ["a", "missing", "pieces", "b"] {
        let _ = client.request::<Retrieve>(&[id], &()).send_blocking();
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|seen| seen.connection == 0), "{seen:#?}");
}

#[test]
fn new_connection_is_opened_when_server_closed_the_old_one() {
    let server = Server::start(|_| Reply::Last(ITEM));
    let client = client(&server);
    for number in 1..=3 {
        let call = client.request::<Create>(&[], &Params::default());
        call.send_blocking().unwrap();
        while server.closed() < number {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn write_is_retried_under_its_key_when_pooled_connection_breaks() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        1 => Reply::HangUp,
        _ => Reply::json(ITEM),
    });
    let client = builder(&server).retries(1).build().unwrap();
    for _ in 0..2 {
        let call = client.request::<Create>(&[], &Params::default());
        call.send_blocking().unwrap();
    }
    let seen = server.seen();
    let connections: Vec<_> = seen.iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
    let key = |index: usize| seen[index].header("idempotency-key");
    assert_eq!(key(1), key(2));
    assert_ne!(key(0), key(1));
}

#[test]
fn redirect_is_not_followed() {
    let other = Server::always(ITEM);
    for body in ["", "moved"] {
        let target = format!("{}/stolen", other.url);
        let server = Server::start(move |_| {
            Reply::Respond(307, vec![("location", target.clone())], body.into())
        });
        let call = client(&server).request::<Create>(&[], &Params::default());
        let error = call.send_blocking().unwrap_err();
        assert!(
            error.is_redirect() && error.outcome().is_unknown(),
            "{error}"
        );
    }
    assert!(other.seen().is_empty());
}

#[test]
fn outcome_is_not_sent_when_no_server_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [url.as_str(), "http://no-such-host.invalid"] {
        let client = Client::builder(&API)
            .api_key(KEY)
            .base_url(url)
            .allow_plain_http(true)
            .retries(0)
            .blocking();
        let call = client
            .build()
            .unwrap()
            .request::<Create>(&[], &Params::default());
        let error = call.send_blocking().unwrap_err();
        assert!(
            error.is_connect() && error.outcome().is_not_sent(),
            "{error:?}"
        );
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn outcome_is_not_sent_when_server_has_no_tls() {
    // One that responds in plain text, and one that closes the connection immediately.
    for reply in [|| Reply::status(400, "what?"), || Reply::HangUp] {
        let server = Server::start(move |_| reply());
        let url = server.url.replace("http://", "https://");
        let client = builder(&server).base_url(&url).build().unwrap();
        let call = client.request::<Create>(&[], &Params::default());
        let error = call
            .timeout(Duration::from_secs(2))
            .send_blocking()
            .unwrap_err();
        assert!(
            error.is_connect() && error.outcome().is_not_sent(),
            "{error:?}"
        );
    }
}

#[test]
fn outcome_is_unknown_when_connection_breaks() {
    for broken in [|| Reply::HangUp, || Reply::Cut("{\"id\": ")] {
        let server = Server::start(move |_| broken());
        let call = client(&server).request::<Create>(&[], &Params::default());
        let error = call.send_blocking().unwrap_err();
        assert!(
            error.is_interrupted() && error.outcome().is_unknown(),
            "{error}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

/// The variable of a child process that has a proxy in its environment.
const CHILD: &str = "RUNTIME_BLOCKING_PROXY_CHILD";

fn run_child(proxy: &str) {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "connections::call_goes_through_proxy_of_environment",
    ]);
    for name in [
        "no_proxy",
        "NO_PROXY",
        "all_proxy",
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
    ] {
        child.env_remove(name);
    }
    let output = child
        .env(CHILD, "1")
        .env("ALL_PROXY", proxy)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}

#[test]
fn proxy_of_environment_is_used() {
    let proxy = Server::start(|seen| match seen.method.as_str() {
        "CONNECT" => Reply::status(200, ""),
        _ => Reply::json(ITEM),
    });
    run_child(&proxy.url);
    let seen = proxy.seen();
    assert_eq!(seen[0].target, "api.example.test:80");
    // The proxy does not receive the credentials.
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[1].target, "/v1/anything");
}

/// Does nothing unless the test above runs it, because the host does not exist.
#[test]
fn call_goes_through_proxy_of_environment() {
    if std::env::var_os(CHILD).is_some() {
        let client = Client::builder(&API)
            .api_key(KEY)
            .base_url("http://api.example.test")
            .allow_plain_http(true)
            .blocking();
        let call = client.build().unwrap().request::<Anything>(&[], &());
        call.send_blocking().unwrap();
    }
}

#[test]
fn outcome_is_not_sent_when_proxy_rejects_the_tunnel() {
    let listener = Server::start(|_| Reply::status(403, "no"));
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "connections::rejection_by_proxy_is_a_connect_error",
    ]);
    let output = child
        .env(CHILD, "1")
        .env("ALL_PROXY", &listener.url)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert_eq!(listener.only().method, "CONNECT");
}

/// Does nothing unless the test above runs it.
#[test]
fn rejection_by_proxy_is_a_connect_error() {
    if std::env::var_os(CHILD).is_some() {
        let client = Client::builder(&API)
            .api_key(KEY)
            .base_url("http://api.example.test")
            .allow_plain_http(true)
            .retries(0)
            .blocking();
        let call = client
            .build()
            .unwrap()
            .request::<Create>(&[], &Params::default());
        let error = call.send_blocking().unwrap_err();
        assert!(
            error.is_connect() && error.outcome().is_not_sent(),
            "{error:?}"
        );
    }
}
