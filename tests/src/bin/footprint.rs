//! `cargo run -p tests --release --bin footprint`: the memory of an idle client and of a call in
//! flight, from the process's resident size (Linux only).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command"
)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::task::{Context, Waker};

use stripe::clock::BoxFuture;
use stripe::customers::CreateCustomer;
use stripe::http::{RawResponse, Request};
use stripe::rate_limit::Unlimited;
use stripe::transport::{Transport, TransportError};

const CLIENTS: usize = 2_000;
const CALLS: usize = 20_000;

/// Never responds.
#[derive(Debug)]
struct Silence;

impl Transport for Silence {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(async move {
            // The request is kept, as a real transport does while it waits.
            let _request = request;
            std::future::pending().await
        })
    }
}

/// The resident size in bytes.
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}

fn main() -> ExitCode {
    match measure() {
        Some(()) => ExitCode::SUCCESS,
        None => {
            eprintln!("this needs Linux's /proc/self/statm");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Option<()> {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let _entered = tokio.enter();
    let builder = || stripe::Client::builder().api_key("sk_test_footprint");
    let first = builder().build().ok()?;
    let before = resident()?;
    let clients: Option<Vec<_>> = (0..CLIENTS).map(|_| builder().build().ok()).collect();
    let grown = resident()?.saturating_sub(before);
    println!(
        "idle client with its transport: {} bytes",
        grown / clients?.len()
    );

    let client = builder()
        .transport(Silence)
        .rate_limiter(Unlimited)
        .build()
        .ok()?;
    let before = resident()?;
    let mut context = Context::from_waker(Waker::noop());
    let mut calls: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for _ in 0..CALLS {
        let params = CreateCustomer::new().email("jenny@example.com");
        let call = client.customers().create(params);
        let mut call: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            let _ = call.await;
        });
        assert!(pin!(&mut call).poll(&mut context).is_pending());
        calls.push(call);
    }
    let grown = resident()?.saturating_sub(before);
    println!(
        "call in flight, without its connection: {} bytes",
        grown / calls.len()
    );
    drop((first, calls));
    Some(())
}
