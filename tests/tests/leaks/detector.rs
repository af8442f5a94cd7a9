//! The search finds planted texts.

use runtime::operation::Method;
use runtime::telemetry::{CallEvent, Observer};

use crate::api::builder;
use crate::evidence::{Evidence, Line, search};
use crate::listeners;
use crate::planted::{
    CLIENT_SECRET, DIGITS, FIXED_KEY, MARKERS, MESSAGE, WORD, base64_forms, forms,
};
use crate::server::{Reply, Server};

fn found(text: &str) -> Vec<(&'static str, &'static str)> {
    let line = Line {
        scene: "a test".to_owned(),
        source: "somebody".to_owned(),
        text: text.to_owned(),
    };
    let leaks = search(&[line], MARKERS);
    leaks.iter().map(|leak| (leak.marker, leak.form)).collect()
}

#[test]
fn search_finds_a_marker_in_every_form() {
    for (line, marker, form) in [
        ("key sk_test_PLANTEDfixed.", "FIXED_KEY", "plain"),
        (
            "/v1?email=jenny%2BPLANTED%40example.com&x",
            "EMAIL",
            "percent-encoded",
        ),
        (
            "/v1?email=jenny%2bPLANTED%40example.com",
            "EMAIL",
            "percent-encoded",
        ),
        ("q=PLANTED+query%2F%C3%A9%2B", "QUERY", "form-encoded"),
        (
            r#"{"note": "PLANTED \"note\"\n&="}"#,
            "METADATA",
            "JSON-escaped",
        ),
        ("c2tfdGVzdF9QTEFOVEVEZml4ZWQ=", "FIXED_KEY", "base64"),
        // "user:PLANTEDproxy", as it is sent to a proxy.
        ("Basic dXNlcjpQTEFOVEVEcHJveHk=", "PROXY", "base64"),
        (
            "[80, 76, 65, 78, 84, 69, 68, 99, 118, 99]",
            "CVC",
            "list of bytes",
        ),
        ("504c414e544544637663", "CVC", "hexadecimal"),
        ("number: 4929174028365190", "DIGITS", "plain"),
    ] {
        let found = found(line);
        assert!(found.contains(&(marker, form)), "{line}: {found:?}");
    }
    assert!(found("sk_test_plant").is_empty());
}

#[test]
fn search_finds_part_of_a_marker_by_its_common_word() {
    let found = found("sk_test_PLANTED…");
    assert_eq!(found, [("WORD", "plain")]);
}

/// An observer that leaks, as no program should have it.
#[derive(Debug)]
struct Indiscreet;

impl Observer for Indiscreet {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        if let Some(message) = event.error.and_then(|error| error.message()) {
            tracing::trace!(target: "indiscreet::message", message);
        }
        if let Some(body) = event.error.and_then(|error| error.raw_body()) {
            let body = body.to_vec();
            tracing::trace_span!(target: "indiscreet::body", "body", ?body);
        }
    }
}

#[tokio::test]
async fn leak_of_an_observer_is_found_with_its_target_and_scene() {
    let evidence = Evidence::new();
    let _guard = listeners::install_here(&evidence);
    evidence.scene("an indiscreet observer");
    let body = format!(r#"{{"error": {{"message": "{MESSAGE}", "x": "{CLIENT_SECRET}"}}}}"#);
    let server = Server::start(move |_| Reply::status(400, &body)).await;
    let client = builder(&server).observer(Indiscreet).api_key(FIXED_KEY);
    let client = client.build().unwrap();
    client.raw(Method::Get, "/v1/x").await.unwrap_err();
    let leaks = search(&evidence.lines(), MARKERS);
    for (marker, form, source) in [
        ("MESSAGE", "plain", "indiscreet::message"),
        ("CLIENT_SECRET", "list of bytes", "indiscreet::body"),
    ] {
        let leak = leaks
            .iter()
            .find(|leak| leak.marker == marker && leak.source == source);
        let leak = leak.unwrap_or_else(|| panic!("{marker} in {leaks:?}"));
        assert_eq!(
            (leak.form, leak.scene.as_str()),
            (form, "an indiscreet observer")
        );
    }
    let elsewhere = leaks
        .iter()
        .any(|leak| !leak.source.starts_with("indiscreet"));
    assert!(!elsewhere, "{leaks:?}");
    let verdict = evidence.verdict(MARKERS).unwrap_err();
    assert!(verdict.contains("MESSAGE (plain) from indiscreet::message"));
}

#[test]
fn planted_texts_are_distinct() {
    for marker in MARKERS.iter().filter(|marker| marker.name != "WORD") {
        let others = MARKERS.iter().filter(|other| other.name != marker.name);
        let within = others
            .filter(|other| other.text.contains(marker.text))
            .count();
        assert_eq!(within, 0, "{} is part of another", marker.name);
        assert!(
            marker.text.contains(WORD) || marker.name == "DIGITS",
            "{}",
            marker.name
        );
    }
}

/// Whether `.ci/secrets` lets a log with this line pass.
#[cfg(unix)]
fn passes(line: &str) -> bool {
    let log = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        log.path(),
        format!("test one ... ok\n{line}\ntest two ... ok\n"),
    )
    .unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/secrets");
    let output = std::process::Command::new(script).arg(log.path()).output();
    let status = output.unwrap().status;
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    status.success()
}

#[cfg(unix)]
#[test]
fn script_of_the_gate_finds_every_marker_in_a_log() {
    assert!(passes("test leaks ... ok, 80, 76, sk_test and planted"));
    for marker in MARKERS {
        assert!(!passes(marker.text), "{}", marker.name);
    }
    for (form, text) in forms(WORD).into_iter().chain(base64_forms(DIGITS)) {
        assert!(!passes(&format!("<{text}>")), "{form} {text}");
    }
    assert!(!passes("key: sk_live_simulated"));
}
