//! Spans and events contain no secrets, at any level, with a real socket.

use std::io::Write;
use std::sync::{Arc, Mutex};

use runtime::operation::Method;
use runtime::{Client, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::stage::{API, retrieve};

/// All lines that are written, by any target.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Responds to all requests, one connection per request.
async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = vec![0; 16 << 10];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    url
}

async fn calls(client: &Client) -> Vec<Result<(), Error>> {
    let read = retrieve(client, "PLANTED_path").param("q", &"PLANTED_query");
    let write = client
        .raw(Method::Post, "/v1/PLANTED_raw?x=PLANTED")
        .header("x-own", "PLANTED_header")
        .idempotency_key("PLANTED_idempotency")
        .account("acct_PLANTED")
        .param("email", &"PLANTED@example.com");
    vec![read.await.map(drop), write.await.map(drop)]
}

#[tokio::test]
async fn trace_shows_no_secrets_whatever_happens() {
    const GOOD: &str = "HTTP/1.1 200 OK\r\nrequest-id: req_1\r\nx-answer: PLANTED_answer\r\n\
        connection: close\r\ncontent-length: 17\r\n\r\n{\"id\":\"PLANTED1\"}";
    const BAD: &str = "HTTP/1.1 500 No\r\nrequest-id: req_1\r\nconnection: close\r\n\
        content-length: 32\r\n\r\n{\"error\":{\"message\":\"PLANTED..\"}}";
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for url in [
        server(GOOD).await,
        server(BAD).await,
        "http://127.0.0.1:1".to_owned(),
    ] {
        let client = Client::builder(&API)
            .api_key("sk_test_PLANTED")
            .base_url(url)
            .retries(1)
            .send_telemetry(true)
            .build()
            .unwrap();
        calls(&client).await;
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("runtime::attempt") && text.contains("req_1"),
        "{text}"
    );
    assert!(text.contains("runtime::retry"), "{text}");
    assert!(!text.contains("PLANTED"), "{text}");
}
