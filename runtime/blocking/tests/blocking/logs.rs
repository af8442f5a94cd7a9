//! What ureq writes to the `log` crate.

use blocking::prelude::*;
use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::api::{Create, KEY, Params, Retrieve};
use crate::client;
use crate::server::Server;

/// Collects the log.
#[derive(Clone, Default)]
struct CollectedLog(Arc<Mutex<Vec<u8>>>);

impl Write for CollectedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn trace_log_contains_no_credentials_urls_or_bodies_of_requests() {
    let log = CollectedLog::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let server = Server::always(r#"{"id": "item_1"}"#);
    let params = Params {
        email: Some("PLANTED@example.test".to_owned()),
        ..Params::default()
    };
    let client = client(&server);
    let call = client.request::<Create>(&[], &params);
    call.send_blocking().unwrap();
    let read = client.request::<Retrieve>(&["PLANTED_id"], &());
    let read = read.extra_param("q", &"PLANTED").header("x-own", "PLANTED");
    read.send_blocking().unwrap();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // At this level ureq dumps what is sent, 16 bytes to a line.
    let rows = text
        .lines()
        .filter(|line| line.contains("ureq_proto::util"));
    let dump: String = rows.map(|row| &row[row.len() - 16..]).collect();
    assert!(dump.contains("authorization:.****"), "{dump}");
    for secret in [KEY, "PLANTED"] {
        assert!(
            !text.contains(secret) && !dump.contains(secret),
            "{secret} in {text}"
        );
    }
    let [seen, read] = server.seen().try_into().unwrap();
    assert_eq!(read.target, "/v1/items/PLANTED_id?q=PLANTED");
    assert_eq!(read.header("x-own"), Some("PLANTED"));
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Bearer {KEY}")
    );
    assert!(seen.body.contains("PLANTED"), "{seen:?}");
}
