//! The work whose instructions are counted, in a process of its own.

use std::hint::black_box;
use std::io::{self, Write};
use std::net::SocketAddr;

use stripe::customers::CreateCustomer;
use stripe::rate_limit::{Limiter, Preset};
use stripe::resources::{Charge, Customer, Invoice, PaymentIntent, Subscription};
use tokio::runtime::{Builder, Runtime};
use wire::codec::{DecodeError, Place, decode};
use wire::value::List;

use crate::{documents, loopback};

/// Limits that are never reached: what is counted is the limiter, not its waiting.
const GENEROUS: Preset = Preset::new(10_000_000, 10_000_000, 10_000_000);

/// Why the work could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// The runtime or the server does not start.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A call or the client failed.
    #[error(transparent)]
    Call(#[from] stripe::Error),
    /// A document does not decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// There is no work of that name.
    #[error("there is no {0}")]
    Unknown(String),
}

/// The documents' names, and those of the calls.
pub(super) const CALLS: [&str; 2] = ["call: retrieve a customer", "call: create a customer"];
pub(super) const DOCUMENTS: [&str; 7] = [
    "decode: charge",
    "decode: customer",
    "decode: invoice",
    "decode: payment_intent",
    "decode: subscription",
    "decode: list of 100 charges",
    "decode: list of 100 customers",
];

/// Responds to all calls with a customer, until the process is killed; prints the address.
///
/// # Errors
/// If the system gives no port.
pub fn serve() -> Result<(), WorkError> {
    one_thread()?.block_on(async {
        let address = loopback::serve(text("customer")).await?;
        writeln!(io::stdout(), "{address}")?;
        std::future::pending::<()>().await;
        Ok(())
    })
}

/// Does the work `name` as often as `count` says; calls go to the server at `address`.
///
/// # Errors
/// If a call or decoding fails, or if there is no such work.
pub fn run(name: &str, count: usize, address: SocketAddr) -> Result<(), WorkError> {
    if CALLS.contains(&name) {
        return calls(name, count, address);
    }
    match name.trim_start_matches("decode: ") {
        "charge" => decode_all::<Charge>(text("charge"), count),
        "customer" => decode_all::<Customer>(text("customer"), count),
        "invoice" => decode_all::<Invoice>(text("invoice"), count),
        "payment_intent" => decode_all::<PaymentIntent>(text("payment_intent"), count),
        "subscription" => decode_all::<Subscription>(text("subscription"), count),
        "list of 100 charges" => {
            decode_all::<List<Charge>>(&documents::list_of(text("charge"), 100), count)
        }
        "list of 100 customers" => {
            decode_all::<List<Customer>>(&documents::list_of(text("customer"), 100), count)
        }
        _ => Err(WorkError::Unknown(name.to_owned())),
    }
}

fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn text(component: &str) -> &'static str {
    let mut texts = documents::TEXTS.iter();
    let found = texts.find(|(name, _)| *name == component);
    found.map_or("", |(_, text)| text)
}

fn calls(name: &str, count: usize, address: SocketAddr) -> Result<(), WorkError> {
    let limiter = Limiter::new(GENEROUS).concurrent(100_000).queue(100_000);
    one_thread()?.block_on(async {
        let client = stripe::Client::builder()
            .api_key("sk_test_measured")
            .base_url(format!("http://{address}"))
            .rate_limiter(limiter)
            .build()?;
        for _ in 0..count {
            if name == CALLS[0] {
                black_box(client.customers().retrieve("cus_qHabxZyElR3d6I").await?);
            } else {
                let params = CreateCustomer::new()
                    .email("jenny@example.com")
                    .name("Jenny");
                black_box(client.customers().create(params).await?);
            }
        }
        Ok(())
    })
}

fn decode_all<T: Place + Default>(text: &str, count: usize) -> Result<(), WorkError> {
    for _ in 0..count {
        black_box(decode::<T>(black_box(text.as_bytes()))?);
    }
    Ok(())
}
