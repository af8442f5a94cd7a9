//! The server on a real socket, with hand-written requests.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::fixture::stripe;
use super::server::{SchemaServer, StartError};

fn start() -> SchemaServer {
    SchemaServer::serve(stripe(), 0).unwrap()
}

fn exchange(server: &SchemaServer, request: &str) -> (String, Vec<u8>) {
    let address = server.base_url().replace("http://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let end = response.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&response[..end]).to_lowercase();
    (head, response[end + 4..].to_vec())
}

const COMMON: &str = "Host: x\r\nConnection: close\r\nAuthorization: Bearer sk\r\n\
     Stripe-Version: 2026-01-28.clover\r\n";

#[test]
fn a_post_is_answered_with_its_headers() {
    let request = format!(
        "POST /v1/customers HTTP/1.1\r\n{COMMON}Idempotency-Key: key-7\r\nX-Synth: full\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nname=a+b"
    );
    let (head, body) = exchange(&start(), &request);
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for header in [
        "content-type: application/json",
        "idempotency-key: key-7",
        "stripe-version: 2026-01-28.clover",
        "request-id: req_",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["object"], "customer");
    assert!(
        body.get("metadata").is_some(),
        "full answers hold optional properties"
    );
}

#[test]
fn a_pdf_is_binary() {
    let request = format!("GET /v1/quotes/qt_1/pdf HTTP/1.1\r\n{COMMON}\r\n");
    let (head, body) = exchange(&start(), &request);
    assert!(head.contains("content-type: application/pdf"), "{head}");
    assert!(body.starts_with(b"%PDF-"));
}

#[test]
fn errors_carry_a_request_id() {
    let (head, body) = exchange(
        &start(),
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(
        head.starts_with("http/1.1 401") && head.contains("request-id: req_"),
        "{head}"
    );
    assert!(body.starts_with(b"{\"error\":{\"type\":\"invalid_request_error\""));
}

#[test]
fn dropping_the_server_closes_the_port() {
    let server = start();
    let address = server.base_url().replace("http://", "");
    let mut open = TcpStream::connect(&address).unwrap();
    drop(server);
    assert!(TcpStream::connect(&address).is_err());
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_missing_document_is_an_error() {
    let error = SchemaServer::start("no/such/file.yaml").unwrap_err();
    assert!(matches!(error, StartError::Document(_)));
    assert!(error.to_string().contains("no/such/file.yaml"));
}
