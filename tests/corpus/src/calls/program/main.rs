//! Makes the calls that the standard input lists, against a server on a loopback port, and prints
//! what they return. A part of `corpus calls`, which writes it beside the client `client`.

#[allow(warnings, clippy::all, reason = "generated")]
mod exercise;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, Write as _};

use client::runtime::clock::BoxFuture;
use client::runtime::codec::DecodePolicy;
use client::runtime::http::{RawResponse, Request};
use client::runtime::operation::AuthSpec;
use client::runtime::rate_limit::Unlimited;
use client::runtime::transport::{HttpOptions, HttpTransport, Transport, TransportError};
use http::{HeaderValue, Uri};

/// Stands for the place of the document, for servers that are relative to it.
const RELATIVE_ORIGIN: &str = "https://corpus.test";

/// Sends every request to the loopback port, with the origin of its URL in a header.
#[derive(Debug)]
struct Loopback {
    inner: HttpTransport,
    server: Uri,
}

impl Transport for Loopback {
    fn send(&self, mut request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let scheme = request.uri.scheme_str().unwrap_or_default();
        let authority = request.uri.authority().map(|host| host.as_str());
        let origin = format!("{scheme}://{}", authority.unwrap_or_default());
        if let Ok(origin) = HeaderValue::from_str(&origin.to_lowercase()) {
            request.headers.insert("x-corpus-origin", origin);
        }
        let mut parts = self.server.clone().into_parts();
        parts.path_and_query = request.uri.path_and_query().cloned();
        // Without a path the request fails at the server, and goes nowhere else.
        request.uri = Uri::from_parts(parts).unwrap_or_else(|_| self.server.clone());
        self.inner.send(request)
    }

    fn streams_uploads(&self) -> bool {
        self.inner.streams_uploads()
    }
}

fn make_client(server: &str, key: &str, strict: bool) -> Result<client::Client, Box<dyn Error>> {
    let transport = Loopback {
        inner: HttpTransport::new(HttpOptions::default())?,
        server: server.parse()?,
    };
    let mut builder = client::Client::builder()
        .transport(transport)
        .api_key(key)
        .allow_plain_http(true)
        .rate_limiter(Unlimited)
        .retries(0)
        .decode_policy(match strict {
            true => DecodePolicy::Refuse,
            false => DecodePolicy::Correct,
        });
    // An API of several security schemes has a credential for each.
    let mut known = BTreeSet::new();
    let required = exercise::EXERCISES.iter().flat_map(|exercise| exercise.spec.security);
    for scheme in required.flat_map(|all| all.iter()).map(|it| it.scheme) {
        if known.insert(scheme.name) {
            let (user, password) = key.split_once(':').unwrap_or((key, ""));
            builder = match scheme.place {
                AuthSpec::Basic => builder.password_for(scheme, user, password),
                _ => builder.api_key_for(scheme, key),
            };
        }
    }
    for (host, url) in client::API.hosts {
        if !url.contains("://") {
            builder = builder.host(host, format!("{RELATIVE_ORIGIN}/{}", url.trim_matches('/')));
        }
    }
    Ok(builder.build()?)
}

/// An error with its sources, on one line.
fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (server, key) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let (strict, lenient) = (make_client(&server, &key, true)?, make_client(&server, &key, false)?);
    for line in io::read_to_string(io::stdin())?.lines() {
        // The number of the call, `true` for all parameters, `true` for refusing what would be
        // corrected, method, path.
        let fields: Vec<&str> = line.split('\t').collect();
        let [call, all, is_strict, method, path] = fields.as_slice() else {
            return Err(format!("this is not a call: {line}").into());
        };
        let client = if *is_strict == "true" { &strict } else { &lenient };
        let mut all_calls = exercise::EXERCISES.iter();
        let found = all_calls.find(|one| one.spec.method.as_str() == *method && one.spec.path == *path);
        let result = match found {
            None => None,
            Some(one) => {
                let headers = [("x-corpus-call", *call)];
                let result = (one.call)(client, *all == "true", &headers).await;
                Some(result.map_err(|error| describe(&error)))
            }
        };
        let line = match result {
            None => serde_json::json!([call, "left out", ""]),
            Some(Ok(text)) => serde_json::json!([call, "decoded", text]),
            Some(Err(text)) => serde_json::json!([call, "failed", text]),
        };
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}
