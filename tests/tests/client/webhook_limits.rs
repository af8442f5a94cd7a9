//! The route of webhooks, with peers that send nothing, too much, or not all of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::{join_all, try_join_all};
use runtime::clock::{Clock as _, SystemClock};
use runtime::value::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use webhooks::{InboxAdmin as _, MemoryInbox, Receiver, Signer, Verifier, axum_route};

type Tested = Result<(), Box<dyn std::error::Error>>;

const SECRET: &str = "whsec_limits";
const EVENT: &str = r#"{"id":"evt_1","object":"event","type":"customer.created","created":1,
    "data":{"object":{"id":"cus_1","object":"customer"}}}"#;

/// A server whose bodies have to arrive within 500 ms.
struct Server {
    address: SocketAddr,
    inbox: MemoryInbox,
}

async fn start_server(
    configure: impl FnOnce(Receiver) -> Receiver,
) -> Result<Server, Box<dyn std::error::Error>> {
    let inbox = MemoryInbox::new();
    let receiver = Receiver::new(Verifier::new(SECRET)?, inbox.clone());
    let receiver = configure(receiver.read_timeout(Duration::from_millis(500)));
    let app = axum::Router::new().route("/webhooks", axum_route(receiver));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(Server { address, inbox })
}

impl Server {
    /// Sends the head of a request and a part of its body, and reads what is answered until the
    /// server closes the connection.
    async fn send_part(&self, head: &str, part: &[u8]) -> std::io::Result<String> {
        let mut peer = TcpStream::connect(self.address).await?;
        let head = format!("POST /webhooks HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n");
        peer.write_all(head.as_bytes()).await?;
        // The server may close the connection before it has read everything.
        let _ = peer.write_all(part).await;
        let mut answer = Vec::new();
        let _ = peer.read_to_end(&mut answer).await;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Sends a genuine webhook, and returns the status line of the answer.
    async fn send_genuine(&self) -> std::io::Result<String> {
        let now = SystemClock.calendar().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_secs().cast_signed());
        let signature = Signer::new(SECRET)
            .at(Timestamp(now))
            .sign(EVENT.as_bytes());
        let length = EVENT.len();
        let head = format!(
            "Stripe-Signature: {signature}\r\nContent-Length: {length}\r\nConnection: close"
        );
        let answer = self.send_part(&head, EVENT.as_bytes()).await?;
        Ok(status_line(&answer))
    }
}

fn status_line(answer: &str) -> String {
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_send_no_body_are_dropped_in_time() -> Tested {
    let server = start_server(|receiver| receiver).await?;
    let started = SystemClock.now();
    let peers = (0..300).map(|_| server.send_part("Content-Length: 1000", b""));
    for answer in try_join_all(peers).await? {
        assert_eq!(status_line(&answer), "HTTP/1.1 408 Request Timeout");
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn unverified_bodies_use_no_more_memory_than_allowed() -> Tested {
    let part = vec![b'x'; 900_000];
    let server = start_server(|receiver| receiver.max_unverified_bytes(8 << 20)).await?;
    let peers = (0..100).map(|_| server.send_part("Content-Length: 1000000", &part));
    let answers = try_join_all(peers).await?;
    let statuses: Vec<_> = answers.iter().map(|answer| status_line(answer)).collect();
    let waited = |status: &String| status.contains("408");
    let refused = |status: &String| status.contains("503");
    assert!(
        statuses
            .iter()
            .all(|status| waited(status) || refused(status) || status.is_empty())
    );
    // Those that waited for the rest of their bodies held the memory: 8 MiB are 9 of them.
    assert!((1..=9).contains(&statuses.iter().filter(|status| waited(status)).count()));
    assert!(
        answers
            .iter()
            .any(|answer| answer.contains("retry-after: 5"))
    );
    // The memory was returned.
    assert_eq!(server.send_genuine().await?, "HTTP/1.1 200 OK");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_returned_when_peers_are_gone() -> Tested {
    let server = start_server(|receiver| {
        let patient = receiver.read_timeout(Duration::from_secs(60));
        patient.max_unverified_bytes(10_000)
    })
    .await?;
    for _ in 0..20 {
        let mut peer = TcpStream::connect(server.address).await?;
        let head = "POST /webhooks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n";
        peer.write_all(head.as_bytes()).await?;
        peer.write_all(&[b'x'; 8_000]).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(peer);
    }
    let deadline = SystemClock.now() + Duration::from_secs(10);
    while server.send_genuine().await? != "HTTP/1.1 200 OK" {
        assert!(SystemClock.now() < deadline, "the memory was not returned");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_is_cut_short_is_a_bad_request() -> Tested {
    let server = start_server(|receiver| receiver.read_timeout(Duration::from_secs(60))).await?;
    let mut peer = TcpStream::connect(server.address).await?;
    let head = "POST /webhooks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    peer.write_all(head.as_bytes()).await?;
    peer.write_all(b"{\"id\":").await?;
    // Closes the direction to the server alone.
    peer.shutdown().await?;
    let mut answer = String::new();
    peer.read_to_string(&mut answer).await?;
    assert_eq!(status_line(&answer), "HTTP/1.1 400 Bad Request");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_is_too_long_is_refused_before_it_is_sent() -> Tested {
    let server = start_server(|receiver| receiver).await?;
    let started = SystemClock.now();
    let answer = server.send_part("Content-Length: 1048577", b"").await?;
    assert_eq!(status_line(&answer), "HTTP/1.1 413 Payload Too Large");
    assert!(
        started.elapsed() < Duration::from_millis(400),
        "it did not wait"
    );

    // Without a length, as soon as it is too long.
    let mut chunk = b"100001\r\n".to_vec();
    chunk.extend(vec![b'x'; 0x10_0001]);
    let answer = server
        .send_part("Transfer-Encoding: chunked", &chunk)
        .await?;
    // The connection may be reset before the answer was read.
    assert!(answer.is_empty() || answer.contains("413"), "{answer}");
    assert_eq!(server.inbox.collect_stats().await?.pending, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn genuine_webhooks_are_stored_while_others_are_silent() -> Tested {
    let server = start_server(|receiver| receiver).await?;
    let silent = join_all((0..50).map(|_| server.send_part("Content-Length: 1000", b"{")));
    let (_, genuine) = tokio::join!(silent, server.send_genuine());
    assert_eq!(genuine?, "HTTP/1.1 200 OK");
    assert_eq!(server.inbox.collect_stats().await?.pending, 1);
    Ok(())
}
