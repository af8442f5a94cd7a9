//! A password in the address of a proxy: given to the built-in transport, and in the environment of
//! another process, since the blocking transport cannot be configured with a proxy.

use blocking::prelude::*;
use std::path::Path;
use std::process::Command;

use runtime::operation::Method;
use runtime::transport::{HttpOptions, HttpTransport, ProxyChoice};

use crate::evidence::Evidence;
use crate::listeners;
use crate::planted::{FIXED_KEY, PATH, PROXY};
use crate::scenes::{answer, body, builder, loaded, nowhere, params, server};
use crate::server::Reply;

/// The file for the output that the other process collects; without it, the test below does
/// nothing.
const FILE: &str = "LEAKS_TEST_CHILD";

/// A transport that uses a proxy with a password.
pub(crate) fn proxied(proxy: &str) -> HttpTransport {
    let address = proxy.replace("http://", &format!("http://user:{PROXY}@"));
    let options = HttpOptions {
        proxy: ProxyChoice::Url(address),
        ..HttpOptions::default()
    };
    HttpTransport::new(options).unwrap()
}

pub(crate) async fn play(evidence: &Evidence) {
    evidence.scene("a proxy with a password");
    let proxy = server(|seen| match seen.method.as_str() {
        "CONNECT" => answer(407, "{}"),
        "DELETE" => Reply::HangUp,
        _ => answer(200, body()),
    })
    .await;
    for (proxy, url) in [
        (&proxy.url, "http://api.example.test"),
        (&proxy.url, "https://api.example.test"),
        (&nowhere().await, "http://api.example.test"),
    ] {
        let client = builder(evidence, url).transport(proxied(proxy)).build();
        calls(evidence, &client.unwrap()).await;
    }
    let secret = base64_of(&format!("user:{PROXY}"));
    let has_password = |value: &str| value.contains(&secret);
    let seen = proxy.seen();
    let mut values = seen
        .iter()
        .filter_map(|one| one.header("proxy-authorization"));
    assert!(values.any(has_password), "the proxy was given no password");
    drop(seen);

    evidence.scene("a proxy with a password in the environment");
    let before = proxy.seen().len();
    let file = tempfile::NamedTempFile::new().unwrap();
    let address = proxy
        .url
        .replace("http://", &format!("http://user:{PROXY}@"));
    let path = file.path().to_owned();
    let child = tokio::task::spawn_blocking(move || run_child(&path, &address));
    child.await.unwrap();
    let seen = proxy.seen().split_off(before);
    assert!(seen.len() >= 4, "both transports use the proxy: {seen:?}");
    for line in std::fs::read_to_string(file.path()).unwrap().lines() {
        let (source, text) = line.split_once('\t').unwrap();
        evidence.add(source, serde_json::from_str::<String>(text).unwrap());
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

async fn calls(evidence: &Evidence, client: &runtime::Client) {
    for method in [Method::Post, Method::Delete] {
        let call = loaded(client.raw(method, &format!("/v1/{PATH}")));
        if let Err(error) = call.param("email", &params().email).await {
            evidence.error(&error);
        }
    }
    evidence.debug("runtime::Client", client);
}

fn run_child(file: &Path, proxy: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxy::child_uses_the_proxy_of_its_environment"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        child.env(name, proxy);
    }
    for name in [
        "NO_PROXY",
        "no_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "all_proxy",
    ] {
        child.env_remove(name);
    }
    let output = child.env(FILE, file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The other process; as a test of its own it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_uses_the_proxy_of_its_environment() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let evidence = Evidence::new();
    listeners::install(&evidence);
    let url = "http://api.example.test";
    let client = builder(&evidence, url).build().unwrap();
    calls(&evidence, &client).await;
    let client = builder(&evidence, url)
        .blocking()
        .api_key(FIXED_KEY)
        .build()
        .unwrap();
    evidence.debug("runtime::Client", &client);
    let work = tokio::task::spawn_blocking(move || {
        let call = |method| loaded(client.raw(method, &format!("/v1/{PATH}")));
        (
            call(Method::Post).send_blocking(),
            call(Method::Delete).send_blocking(),
        )
    });
    // ureq requests a tunnel from the proxy, which this one rejects.
    let (post, delete) = work.await.unwrap();
    evidence.failure(post);
    evidence.failure(delete);
    let lines = evidence.lines().into_iter().map(|line| {
        let text = serde_json::to_string(&line.text).unwrap();
        format!("{}\t{text}\n", line.source)
    });
    std::fs::write(file, lines.collect::<String>()).unwrap();
}
