//! Responses that belong to other requests, pages that proxies send after the API has executed a
//! write, and connections that are closed at the wrong time: over sockets, with both transports.

#![expect(clippy::unwrap_used, reason = "a test stops at the first failure")]

mod mismatches;
mod outcomes;
mod server;
mod settings;

use std::time::Duration;

use blocking::prelude::*;
use runtime::retry::RetryPolicy;
use stripe::{Client, Error};

pub(crate) fn with_retries(url: &str, retries: u32) -> (Client, Client) {
    let builder = || {
        Client::builder()
            .api_key("sk_test_1")
            .base_url(url)
            .retries(retries)
            .timeout(Duration::from_secs(5))
            .retry_policy(RetryPolicy::new().initial_backoff(Duration::ZERO))
    };
    let asynchronous = builder().build().unwrap();
    (asynchronous, builder().blocking().build().unwrap())
}

pub(crate) fn clients(url: &str) -> (Client, Client) {
    with_retries(url, 0)
}

/// Runs a call with each transport.
pub(crate) async fn with_both<T: runtime::operation::Output>(
    url: &str,
    call: impl Fn(&Client) -> runtime::call::Call<T>,
) -> [Result<T, Error>; 2] {
    let (asynchronous, waiting) = clients(url);
    let first = call(&asynchronous).await;
    let second = call(&waiting);
    let second = tokio::task::spawn_blocking(move || second.send_blocking());
    [first, second.await.unwrap()]
}
