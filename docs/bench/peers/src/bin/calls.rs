//! `calls serve FILE`: the server of `peers::server`, with the text of a file.
//!
//! `calls CLIENT ADDRESS COUNT`: as many calls that retrieve a customer, one after the other, over
//! kept connections, on a runtime of one thread. `valgrind --tool=callgrind` counts the
//! instructions of two runs; the difference divided by the difference of their counts is the cost
//! of a call, without what happens once.
//!
//! `calls CLIENT ADDRESS COUNT CONCURRENT`: the same with several callers on a runtime of two
//! threads; prints the calls per second.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use ours::circuit_breaker::CircuitBreaker;
use ours::rate_limit::{Limiter, Preset, Unlimited};
use peers::customer::Customer;
use peers::{Failure, server};
use stripe_core::customer::{RetrieveCustomer, RetrieveCustomerReturned};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

const USAGE: &str = "usage: calls serve FILE | calls CLIENT ADDRESS COUNT [CONCURRENT]";
const KEY: &str = "sk_test_measured";
const ID: &str = "cus_qHabxZyElR3d6I";

/// Limits that are never reached: what is measured is the limiter, not its waiting.
const GENEROUS: Preset = Preset::new(10_000_000, 10_000_000, 10_000_000);

/// A client and how it makes one call; each returns the length of what it read, so that nothing is
/// left out by the compiler.
enum Caller {
    /// The body is received, and not decoded.
    Bytes(reqwest::Client, String),
    /// Decoded into a value of serde_json.
    Value(reqwest::Client, String),
    /// Decoded into the hand-written struct.
    Derive(reqwest::Client, String),
    /// The generated client of the peer.
    AsyncStripe(stripe::Client),
    /// This repository's client.
    Ours(ours::Client),
}

impl Caller {
    fn new(name: &str, address: &str) -> Result<Self, Failure> {
        let base = format!("http://{address}");
        let url = format!("{base}/v1/customers/{ID}");
        Ok(match name {
            "reqwest-bytes" => Self::Bytes(bare_client()?, url),
            "reqwest-value" => Self::Value(bare_client()?, url),
            "reqwest-derive" => Self::Derive(bare_client()?, url),
            "async-stripe" => {
                let builder = stripe::ClientBuilder::new(KEY).url(format!("{base}/"));
                Self::AsyncStripe(builder.build()?)
            }
            // All that is on by default, with limits that do not delay.
            "ours" => {
                let limiter = Limiter::new(GENEROUS).concurrent(100_000).queue(100_000);
                let builder = ours::Client::builder().api_key(KEY).base_url(&base);
                Self::Ours(builder.rate_limiter(limiter).build()?)
            }
            "ours-bare" => {
                let builder = ours::Client::builder().api_key(KEY).base_url(&base);
                let builder = builder.rate_limiter(Unlimited);
                let builder = builder.circuit_breaker(CircuitBreaker::disabled());
                Self::Ours(builder.build()?)
            }
            _ => return Err(USAGE.into()),
        })
    }

    async fn call(&self) -> Result<usize, Failure> {
        Ok(match self {
            Self::Bytes(client, url) => get(client, url).await?.bytes().await?.len(),
            Self::Value(client, url) => {
                let body = get(client, url).await?.bytes().await?;
                let customer: serde_json::Value = serde_json::from_slice(&body)?;
                customer["id"].as_str().map_or(0, str::len)
            }
            Self::Derive(client, url) => {
                let body = get(client, url).await?.bytes().await?;
                let customer: Customer = serde_json::from_slice(&body)?;
                customer.id.len()
            }
            Self::AsyncStripe(client) => match RetrieveCustomer::new(ID).send(client).await? {
                RetrieveCustomerReturned::Customer(customer) => customer.id.as_str().len(),
                RetrieveCustomerReturned::DeletedCustomer(_) => return Err("deleted".into()),
            },
            Self::Ours(client) => {
                let customer = client.customers().retrieve(ID).await?;
                customer.live().ok_or("deleted")?.id.as_str().len()
            }
        })
    }
}

/// A client as a program without a client library would have it.
fn bare_client() -> Result<reqwest::Client, Failure> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore { roots })
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    Ok(builder.no_proxy().build()?)
}

async fn get(client: &reqwest::Client, url: &str) -> Result<reqwest::Response, Failure> {
    let request = client
        .get(url)
        .header("authorization", "Bearer sk_test_measured");
    let request = request.header("stripe-version", ours::API.version);
    Ok(request.send().await?.error_for_status()?)
}

async fn calls(caller: &Caller, count: usize) -> Result<usize, Failure> {
    let mut read = 0;
    for _ in 0..count {
        read += caller.call().await?;
    }
    Ok(read)
}

fn one_by_one(caller: &Caller, count: usize) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let read = runtime.block_on(calls(caller, count))?;
    writeln!(std::io::stdout(), "{read}")?;
    Ok(())
}

fn at_once(caller: Caller, count: usize, concurrent: usize) -> Result<(), Failure> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let caller = Arc::new(caller);
    let rate = runtime.block_on(async {
        let mut callers = JoinSet::new();
        let started = Instant::now();
        for _ in 0..concurrent {
            let caller = Arc::clone(&caller);
            callers.spawn(async move { calls(&caller, count / concurrent).await });
        }
        while let Some(done) = callers.join_next().await {
            done??;
        }
        let made = count / concurrent * concurrent;
        Ok::<_, Failure>(made as f64 / started.elapsed().as_secs_f64())
    })?;
    writeln!(std::io::stdout(), "{rate:.0}")?;
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", file] => Ok(server::serve(&std::fs::read_to_string(file)?)?),
        [name, address, count] => one_by_one(&Caller::new(name, address)?, count.parse()?),
        [name, address, count, concurrent] => at_once(
            Caller::new(name, address)?,
            count.parse()?,
            concurrent.parse()?,
        ),
        _ => Err(USAGE.into()),
    }
}
