//! TLS with root certificates of the program, and tunnels through proxies, over real sockets.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_client::{HttpClient, HttpOptions, ProxyChoice, RootCertificates, read_body};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// What a server has read before it sent its response, and the protocol that TLS has negotiated.
type Seen = tokio::sync::oneshot::Receiver<(Vec<u8>, Option<Vec<u8>>)>;

struct TlsServer {
    port: u16,
    /// The certificate that its clients have to trust.
    pem: String,
    seen: Seen,
}

/// A server for one connection, with a certificate that no authority has signed.
async fn tls_server(protocols: &[&[u8]]) -> TlsServer {
    let generated = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(generated.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![generated.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, seen) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = acceptor.accept(stream).await else {
            return;
        };
        let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        let mut read = vec![0; 4_096];
        let length = stream.read(&mut read).await.unwrap();
        read.truncate(length);
        let _ = sender.send((read, protocol));
        stream.write_all(RESPONSE).await.unwrap();
        let _ = stream.shutdown().await;
    });
    let pem = generated.cert.pem();
    TlsServer { port, pem, seen }
}

/// A proxy for one tunnel. Returns its port and the request by which the tunnel was opened.
async fn proxy() -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(client.read_u8().await.unwrap());
        }
        let request = String::from_utf8(request).unwrap();
        let target = request.split(' ').nth(1).unwrap().to_owned();
        let mut server = TcpStream::connect(target).await.unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        request
    });
    (port, serving)
}

fn request(port: u16) -> http::Request<Bytes> {
    let url = format!("https://localhost:{port}/v1/customers");
    http::Request::get(url).body(Bytes::new()).unwrap()
}

fn options(pem: &str, proxy: ProxyChoice) -> HttpOptions {
    HttpOptions {
        proxy,
        root_certificates: RootCertificates::from_pem(pem.as_bytes()).unwrap(),
        ..HttpOptions::default()
    }
}

#[tokio::test]
async fn server_is_reached_when_its_root_certificate_was_added() {
    let server = tls_server(&[]).await;
    let client = HttpClient::new(&options(&server.pem, ProxyChoice::Direct)).unwrap();
    let response = client.send(request(server.port)).await.unwrap();
    let body = response.into_body();
    let body = read_body(body, 2, Duration::from_secs(5)).await.unwrap();
    assert_eq!(body, "ok");
    let (seen, _) = server.seen.await.unwrap();
    let seen = String::from_utf8(seen).unwrap();
    assert!(seen.starts_with("GET /v1/customers HTTP/1.1\r\n"), "{seen}");
    assert!(
        seen.contains(&format!("localhost:{}", server.port)),
        "{seen}"
    );
}

#[tokio::test]
async fn server_is_refused_when_its_certificate_is_not_trusted() {
    let server = tls_server(&[]).await;
    let direct = HttpOptions {
        proxy: ProxyChoice::Direct,
        ..HttpOptions::default()
    };
    let client = HttpClient::new(&direct).unwrap();
    let error = client.send(request(server.port)).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn tunnel_is_opened_with_the_password_of_the_proxy() {
    let server = tls_server(&[]).await;
    let (port, serving) = proxy().await;
    let url = ProxyChoice::Url(format!("http://user:secret@127.0.0.1:{port}"));
    assert!(!format!("{url:?}").contains("secret"));
    let client = HttpClient::new(&options(&server.pem, url)).unwrap();
    let response = client.send(request(server.port)).await.unwrap();
    assert_eq!(response.status(), 200);
    let opened = serving.await.unwrap();
    let target = format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port);
    assert!(opened.starts_with(&target), "{opened}");
    // `user:secret` in Base64.
    assert!(opened.contains("Basic dXNlcjpzZWNyZXQ="), "{opened}");
    let (seen, _) = server.seen.await.unwrap();
    let seen = String::from_utf8(seen).unwrap();
    assert!(
        !seen.to_lowercase().contains("proxy-authorization"),
        "{seen}"
    );
}

#[test]
fn url_of_a_proxy_is_checked() {
    for url in [
        "",
        "socks5://127.0.0.1:1080",
        "http://",
        "a:b",
        "proxy.example.com",
        "http://proxy.example.com:port",
        "http://user@",
    ] {
        let options = HttpOptions {
            proxy: ProxyChoice::Url(url.to_owned()),
            ..HttpOptions::default()
        };
        assert!(HttpClient::new(&options).is_err(), "{url}");
    }
    for url in [
        "http://proxy.example.com",
        "https://user:password@proxy.example.com:3128",
        "http://[::1]:3128/",
    ] {
        let options = HttpOptions {
            proxy: ProxyChoice::Url(url.to_owned()),
            ..HttpOptions::default()
        };
        assert!(HttpClient::new(&options).is_ok(), "{url}");
    }
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it() {
    let server = tls_server(&[b"h2", b"http/1.1"]).await;
    let client = HttpClient::new(&options(&server.pem, ProxyChoice::Direct)).unwrap();
    // The server does not speak it: what it has read suffices.
    assert!(client.send(request(server.port)).await.is_err());
    let (seen, protocol) = server.seen.await.unwrap();
    assert_eq!(protocol.as_deref(), Some(&b"h2"[..]));
    assert!(seen.starts_with(b"PRI * HTTP/2.0"), "{seen:?}");
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn http1_is_spoken_where_the_server_offers_nothing_else() {
    let server = tls_server(&[b"http/1.1"]).await;
    let client = HttpClient::new(&options(&server.pem, ProxyChoice::Direct)).unwrap();
    let response = client.send(request(server.port)).await.unwrap();
    assert_eq!(response.status(), 200);
    let (_, protocol) = server.seen.await.unwrap();
    assert_eq!(protocol.as_deref(), Some(&b"http/1.1"[..]));
}
