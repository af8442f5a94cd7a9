//! Connections, limits and time.

use std::future::IntoFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::Client;

use crate::api::{API, Anything, Create, KEY, Params, Retrieve, Slow, builder, client};
use crate::server::{Reply, Server};

const ITEM: &str = r#"{"id": "item_1"}"#;

#[tokio::test]
async fn connection_is_reused_when_calls_follow_each_other() {
    let server = Server::start(|seen| match seen.path() {
        "/v1/items/missing" => Reply::status(404, r#"{"error": {"type": "x"}}"#),
        _ => Reply::json(ITEM),
    })
    .await;
    let client = client(&server);
    for id in ["a", "missing", "b", "c"] {
        let _ = client.clone().request::<Retrieve>(&[id], &()).await;
    }
    client
        .request::<Create>(&[], &Params::default())
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    assert!(seen.iter().all(|seen| seen.connection == 0), "{seen:#?}");
}

#[tokio::test]
async fn redirect_is_refused_when_server_sends_one() {
    let other = Server::always(ITEM).await;
    let target = format!("{}/stolen", other.url);
    let server =
        Server::start(move |_| Reply::Respond(307, vec![("location", target.clone())], Vec::new()))
            .await;
    let error = client(&server)
        .request::<Create>(&[], &Params::default())
        .await
        .unwrap_err();
    assert!(
        error.is_redirect() && error.outcome().is_unknown(),
        "{error}"
    );
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn body_is_refused_when_longer_than_allowed() {
    let server = Server::start(|seen| match seen.path() {
        "/v1/items/announced" => Reply::json(&format!("{{\"id\": \"{}\"}}", "x".repeat(2_000))),
        "/v1/items/fits" => Reply::Chunked(1_000),
        _ => Reply::Chunked(50_000),
    })
    .await;
    let client = builder(&server).max_response_bytes(1_016).build().unwrap();
    for id in ["announced", "chunked"] {
        let error = client.request::<Retrieve>(&[id], &()).await.unwrap_err();
        assert!(
            error.is_too_large() && error.outcome().is_unknown(),
            "{id}: {error}"
        );
    }
    let item = client.request::<Retrieve>(&["fits"], &()).await.unwrap();
    assert_eq!(item.id, "item_1");
}

#[tokio::test]
async fn attempt_times_out_when_server_stalls() {
    for stall in [|| Reply::Stall, || Reply::StallInBody] {
        let server = Server::start(move |_| stall()).await;
        let client = builder(&server)
            .timeout(Duration::from_secs(1))
            .build()
            .unwrap();
        let error = client
            .request::<Create>(&[], &Params::default())
            .await
            .unwrap_err();
        assert!(
            error.is_timeout() && error.outcome().is_unknown(),
            "{error}"
        );
        let key = server.only().header("idempotency-key").map(str::to_owned);
        assert_eq!(error.idempotency_key(), key.as_deref());
        assert_eq!(error.attempts(), 1);
        let call = client.request::<Slow>(&[], &Params::default());
        let error = call.timeout(Duration::from_millis(900)).await.unwrap_err();
        assert!(
            error.is_timeout() && error.to_string().contains("900ms"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn slow_operation_keeps_its_time_when_client_allows_less() {
    let server = Server::start(|_| Reply::Slow(Duration::from_millis(500), 0)).await;
    let client = builder(&server)
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert!(
        client
            .request::<Slow>(&[], &Params::default())
            .await
            .is_ok()
    );
    let call = client.request::<Slow>(&[], &Params::default());
    assert!(
        call.deadline(Duration::from_millis(700))
            .await
            .unwrap_err()
            .is_timeout()
    );
}

#[tokio::test]
async fn failure_is_not_sent_when_the_port_is_closed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(&API)
        .api_key(KEY)
        .base_url(&url)
        .build()
        .unwrap();
    let error = client
        .request::<Create>(&[], &Params::default())
        .await
        .unwrap_err();
    assert!(
        error.is_connect() && error.outcome().is_not_sent(),
        "{error}"
    );
    assert!(error.idempotency_key().is_some());
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn outcome_is_unknown_when_connection_breaks() {
    for broken in [|| Reply::HangUp, || Reply::Cut("{\"id\": ")] {
        let server = Server::start(move |_| broken()).await;
        let error = client(&server)
            .request::<Create>(&[], &Params::default())
            .await
            .unwrap_err();
        assert!(
            error.is_interrupted() && error.outcome().is_unknown(),
            "{error}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn retried_write_repeats_bytes_and_key_when_server_fails_first() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::HangUp,
        1 => Reply::status(503, "busy"),
        _ => Reply::json(ITEM),
    })
    .await;
    let params = Params {
        email: Some("e".to_owned()),
        ..Params::default()
    };
    let call = client(&server).request::<Create>(&[], &params).retries(2);
    assert_eq!(call.await.unwrap().id, "item_1");
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for later in &seen[1..] {
        assert_eq!(later.body, seen[0].body);
        assert_eq!(
            later.header("idempotency-key"),
            seen[0].header("idempotency-key")
        );
    }
}

#[tokio::test]
async fn nothing_is_retried_without_a_retry_policy() {
    let server = Server::start(|_| Reply::status(503, "busy")).await;
    let error = client(&server)
        .request::<Anything>(&[], &())
        .await
        .unwrap_err();
    assert_eq!((error.attempts(), server.seen().len()), (1, 1));
}

#[tokio::test]
async fn parallel_calls_all_succeed_when_connections_are_shared() {
    let server = Server::always(ITEM).await;
    let client = client(&server);
    let calls: Vec<_> = (0..50)
        .map(|_| tokio::spawn(client.request::<Anything>(&[], &()).into_future()))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.seen().len(), 50);
}

/// The variable of a child process that has a proxy in its environment.
const CHILD: &str = "RUNTIME_WIRE_PROXY_CHILD";

#[tokio::test]
async fn proxy_of_environment_is_used() {
    let proxy = Server::always(ITEM).await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "transport::answer_comes_from_proxy_when_host_does_not_exist",
    ]);
    child
        .env(CHILD, "1")
        .env("http_proxy", &proxy.url)
        .env_remove("no_proxy");
    child.env_remove("NO_PROXY");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(proxy.only().target, "http://api.example.test/v1/anything");
}

/// Does nothing unless the test above runs it, because the host does not exist.
#[tokio::test]
async fn answer_comes_from_proxy_when_host_does_not_exist() {
    if std::env::var_os(CHILD).is_some() {
        let client = Client::builder(&API)
            .api_key(KEY)
            .allow_plain_http(true)
            .base_url("http://api.example.test");
        client
            .build()
            .unwrap()
            .request::<Anything>(&[], &())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn failure_is_not_sent_when_server_speaks_no_tls() {
    let server = Server::always(ITEM).await;
    let url = server.url.replace("http://", "https://");
    let client = Client::builder(&API)
        .api_key(KEY)
        .base_url(&url)
        .build()
        .unwrap();
    let patience = Duration::from_secs(2);
    let call = client
        .request::<Create>(&[], &Params::default())
        .timeout(patience);
    let error = call.await.unwrap_err();
    assert!(
        error.is_connect() && error.outcome().is_not_sent(),
        "{error:?}"
    );
}
