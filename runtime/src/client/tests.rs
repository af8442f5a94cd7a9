use std::time::Duration;

use super::{ApiSpec, Client, ClientBuilder};
use crate::clock::{BoxFuture, Clock};
use crate::http::{RawResponse, Request};
use crate::transport::{Transport, TransportError};

mod limiter;

static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "1",
    hosts: &[("api", "https://api.example.test")],
    key_variable: "RUNTIME_CLIENT_TEST_KEY",
    user_agent: "test/1",
    ..ApiSpec::DEFAULT
};

#[derive(Debug)]
struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(std::future::pending())
    }
}

#[derive(Debug)]
struct Stopped(std::time::Instant);

impl Clock for Stopped {
    fn now(&self) -> std::time::Instant {
        self.0
    }

    fn calendar(&self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn random(&self) -> u64 {
        0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the stopped clock stops at some time"
)]
fn builder() -> ClientBuilder {
    let clock = Stopped(std::time::Instant::now());
    Client::builder(&API)
        .transport(Nowhere)
        .clock(clock)
        .api_key("sk_test_1")
}

#[test]
fn client_is_built_when_everything_is_right() {
    let client = builder()
        .base_url(" http://localhost:12111/ ")
        .build()
        .unwrap();
    assert_eq!(client.host_url("api"), Some("http://localhost:12111"));
    assert_eq!(client.api().title, "Test API");
}

#[test]
fn client_is_refused_when_url_is_wrong() {
    for bad in [
        "",
        "api.example.test",
        "ftp://x.test",
        "https://user:PLANTED@x.test",
        "https://x.test?y",
        "https://",
        "https://x y",
    ] {
        let error = builder().base_url(bad).build().unwrap_err();
        assert!(
            error.is_build() && error.to_string().contains("\"api\""),
            "{bad}: {error}"
        );
        assert!(!format!("{error:?}").contains("PLANTED"));
    }
}

#[test]
fn client_is_refused_when_host_is_unknown() {
    let error = builder()
        .host("files", "https://x.test")
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("files"), "{error}");
}

#[test]
fn error_says_how_to_give_a_key_when_there_is_none() {
    let error = Client::builder(&API).build().unwrap_err();
    assert!(
        error.to_string().contains("RUNTIME_CLIENT_TEST_KEY"),
        "{error}"
    );
    let error = Client::builder(&API).from_env().build().unwrap_err();
    assert!(
        error.to_string().contains("RUNTIME_CLIENT_TEST_KEY"),
        "{error}"
    );
}

#[test]
fn client_is_refused_when_name_does_not_fit_a_header() {
    let error = builder()
        .app_info("shop\n", None, None)
        .build()
        .unwrap_err();
    assert!(error.is_build(), "{error}");
}

#[cfg(not(any(feature = "hyper")))]
#[test]
fn error_names_feature_when_nothing_is_built_in() {
    let error = Client::builder(&API)
        .api_key("sk_test_1")
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("hyper"), "{error}");
}

#[tokio::test]
async fn option_is_refused_when_api_has_no_header_for_it() {
    use crate::operation::Method;
    let client = builder().build().unwrap();
    let error = client
        .raw(Method::Get, "/v1/x")
        .account("acct_1")
        .await
        .unwrap_err();
    assert!(
        error.is_build() && error.to_string().contains("account"),
        "{error}"
    );
}
