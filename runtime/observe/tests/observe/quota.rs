//! The used share of a client's rate limits.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use observe::HealthWindow;
use runtime::clock::BoxFuture;
use runtime::clock::Clock;
use runtime::http::{RawResponse, Request};
use runtime::rate_limit::{AcquireError, AcquireRequest, Permit, RateLimiter, Unlimited, Usage};
use runtime::transport::{Transport, TransportError};
use runtime::{Client, ClientBuilder};

use crate::stage::API;

#[derive(Debug)]
struct EmptyResponses;

impl Transport for EmptyResponses {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(async { Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), "{}")) })
    }
}

fn builder() -> ClientBuilder {
    Client::builder(&API)
        .api_key("sk_test_1")
        .transport(EmptyResponses)
}

/// Reports two limits: three quarters of a rate and half of a concurrency are used.
#[derive(Debug)]
struct Busy;

impl RateLimiter for Busy {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Unlimited.acquire(request, clock)
    }

    fn usage(&self, _: std::time::Instant) -> Vec<Usage> {
        let usage = |allowed_per_second, concurrent| {
            let mut usage = Usage::new("account");
            usage.per_second = Some(100);
            usage.allowed_per_second = allowed_per_second;
            usage.used = 60;
            usage.concurrent = concurrent;
            usage.in_flight = 5;
            usage
        };
        vec![
            usage(Some(80.0), Some(10)),
            usage(None, Some(0)),
            usage(Some(0.0), None),
        ]
    }
}

/// A limiter of which little is used, but which the server has requested a pause.
#[derive(Debug)]
struct Paused;

impl RateLimiter for Paused {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Unlimited.acquire(request, clock)
    }

    fn usage(&self, _: std::time::Instant) -> Vec<Usage> {
        let mut usage = Usage::new("account");
        usage.allowed_per_second = Some(80.0);
        usage.used = 8;
        usage.pause = Some(Duration::from_secs(3));
        vec![usage]
    }
}

#[test]
fn health_has_the_largest_share_of_a_limit_that_is_used() {
    let window = HealthWindow::new();
    let client = builder().rate_limiter(Busy).build().unwrap();
    assert_eq!(window.snapshot(&client).quota, Some(0.75));
    let client = builder().rate_limiter(Paused).build().unwrap();
    assert_eq!(window.snapshot(&client).quota, Some(1.0));
    assert_eq!(window.snapshot(builder().build().unwrap()).quota, None);
}
