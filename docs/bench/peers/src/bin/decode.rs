//! `decode names`: the documents, with their length in bytes as sent and without white space.
//!
//! `decode READER DOCUMENT COUNT`: decodes a document as many times. `valgrind --tool=callgrind`
//! counts the instructions of two runs; the difference divided by the difference of their counts
//! is the cost of a document.
//!
//! `decode READER DOCUMENT`: prints megabytes per second of CPU time, the best of several
//! rounds.

use std::hint::black_box;
use std::io::Write;

use miniserde::Deserialize;
use ours::runtime::codec::Place;
use ours::runtime::value::List;
use peers::{Failure, documents};

const USAGE: &str = "usage: decode names | decode READER DOCUMENT [COUNT]";

/// Decodes a text, and says whether that worked.
type Decode = fn(&str) -> bool;

/// The reader `name` for a document.
fn reader(name: &str, document: &str) -> Option<Decode> {
    match name {
        "ours" => ours_typed(document),
        "async-stripe" => async_stripe_typed(document),
        "serde-value" => {
            Some(|text| black_box(serde_json::from_str::<serde_json::Value>(text)).is_ok())
        }
        "sonic-value" => {
            Some(|text| black_box(sonic_rs::from_str::<sonic_rs::Value>(text)).is_ok())
        }
        "serde-derive" if document == "customer" => {
            Some(|text| black_box(serde_json::from_str::<peers::customer::Customer>(text)).is_ok())
        }
        _ => None,
    }
}

fn ours_typed(document: &str) -> Option<Decode> {
    use ours::resources::{Charge, Customer, Invoice, PaymentIntent, Subscription};
    fn typed<T: Place + Default>(text: &str) -> bool {
        black_box(ours::runtime::codec::decode::<T>(text.as_bytes())).is_ok()
    }
    Some(match document {
        "customer" => typed::<Customer>,
        "payment_intent" => typed::<PaymentIntent>,
        "charge" => typed::<Charge>,
        "invoice" => typed::<Invoice>,
        "subscription" => typed::<Subscription>,
        "list_customer" => typed::<List<Customer>>,
        "list_charge" => typed::<List<Charge>>,
        _ => return None,
    })
}

fn async_stripe_typed(document: &str) -> Option<Decode> {
    use stripe_shared::{Charge, Customer, Invoice, PaymentIntent, Subscription};
    use stripe_types::List;
    fn typed<T: Deserialize>(text: &str) -> bool {
        black_box(miniserde::json::from_str::<T>(text)).is_ok()
    }
    Some(match document {
        "customer" => typed::<Customer>,
        "payment_intent" => typed::<PaymentIntent>,
        "charge" => typed::<Charge>,
        "invoice" => typed::<Invoice>,
        "subscription" => typed::<Subscription>,
        "list_customer" => typed::<List<Customer>>,
        "list_charge" => typed::<List<Charge>>,
        _ => return None,
    })
}

/// Megabytes per second of CPU time, the best of seven rounds of about eight megabytes.
fn speed(decode: Decode, text: &str) -> Result<f64, Failure> {
    let count = 1 + 8_000_000 / text.len();
    let mut best: f64 = 0.0;
    for _ in 0..7 {
        let started = cpu_seconds()?;
        for _ in 0..count {
            decode(black_box(text));
        }
        let speed = (count * text.len()) as f64 / (cpu_seconds()? - started) / 1e6;
        best = best.max(speed);
    }
    Ok(best)
}

/// How long this thread has run on a processor (Linux only). Other programs hardly change it.
fn cpu_seconds() -> Result<f64, Failure> {
    // The system brings the figure up to date when the thread gives its processor to another.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = std::io::stdout();
    if arguments[..] == ["names"] {
        for name in documents::NAMES {
            let length = |name: &str| documents::text(name).map_or(0, |text| text.len());
            writeln!(
                out,
                "{name} {} {}",
                length(name),
                length(&format!("{name}.compact"))
            )?;
        }
        return Ok(());
    }
    let [name, document, ref count @ ..] = arguments[..] else {
        return Err(USAGE.into());
    };
    let text = documents::text(document).ok_or(USAGE)?;
    let decode = reader(name, document.trim_end_matches(".compact"));
    let decode = decode
        .filter(|decode| decode(&text))
        .ok_or("it does not decode that")?;
    match count {
        [] => writeln!(out, "{:.0}", speed(decode, &text)?)?,
        [count, ..] => {
            for _ in 0..count.parse::<usize>()? {
                decode(black_box(&text));
            }
        }
    }
    Ok(())
}
