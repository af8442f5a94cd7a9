//! The throughput of decoding responses, compared with serde_json into the same structs.
//!
//! `cargo run --release -p typed-api-wire --example decode_throughput`; prints megabytes per second, the
//! best of several rounds, for a hand-written invoice, for a list of a hundred copies of it, and
//! for the same texts without white space. With a number as its argument, each text is decoded that
//! many times and nothing is measured: `valgrind --tool=callgrind` counts the instructions.

#![allow(clippy::print_stdout, reason = "prints its measurements")]
#![allow(clippy::disallowed_methods, reason = "measures real time")]
#![allow(missing_docs, reason = "the structs only imitate generated ones")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::codec::{DecodeError, Place, Reader, Record, RecordShape, decode};

const INVOICE: &str = include_str!("../tests/json_conformance/invoice.json");

/// A struct that serde and the runtime decode alike, as the generator would write it.
macro_rules! record {
    ($name:ident { $($index:literal $field:ident: $type:ty),* $(,)? } else $last:ident: $rest:ty) => {
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        pub struct $name { $(pub $field: Option<$type>,)* pub $last: Option<$rest> }

        impl Record for $name {
            #[inline]
            fn shape(&self) -> &'static RecordShape {
                const SHAPE: RecordShape = RecordShape::new(
                    stringify!($name),
                    &[$(stringify!($field),)* stringify!($last)],
                    &[0],
                );
                &SHAPE
            }

            #[inline]
            fn at(&mut self, index: usize) -> &mut dyn Place {
                match index {
                    $($index => &mut self.$field,)*
                    _ => &mut self.$last,
                }
            }
        }

        impl Place for $name {
            #[inline]
            fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
                reader.record(self)
            }
        }
    };
}

record!(Customer { 0 id: String, 1 object: String, 2 name: String } else phone: String);
record!(Line { 0 id: String, 1 amount: i64, 2 quantity: i64 } else rate: f64);
record!(Lines { 0 object: String, 1 data: Vec<Line>, 2 has_more: bool } else url: String);
record!(Transitions { 0 finalized_at: i64, 1 paid_at: i64 } else voided_at: i64);
record!(Invoice {
    0 id: String,
    1 object: String,
    2 amount_due: i64,
    3 attempt_count: i64,
    4 auto_advance: bool,
    5 customer: Box<Customer>,
    6 discounts: Vec<String>,
    7 lines: Box<Lines>,
    8 livemode: bool,
    9 status_transitions: Box<Transitions>,
    10 tax: i64,
} else total_excluding_tax: f64);
record!(Invoices { 0 object: String, 1 data: Vec<Invoice>, 2 has_more: bool } else url: String);

fn main() {
    let list = format!(
        r#"{{"object": "list", "data": [{}], "url": "/v1"}}"#,
        [INVOICE; 100].join(",")
    );
    measure::<Invoice>("invoice", INVOICE);
    measure::<Invoice>("invoice, compact", &compact(INVOICE));
    measure::<Invoices>("list", &list);
    measure::<Invoices>("list, compact", &compact(&list));
}

fn compact(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .unwrap_or_default()
        .to_string()
}

/// The number of rounds to decode without measuring, for tools that count instructions.
fn rounds() -> Option<usize> {
    std::env::args().nth(1)?.parse().ok()
}

fn measure<T>(name: &str, text: &str)
where
    T: Place + Default + DeserializeOwned + PartialEq,
{
    let bytes = text.as_bytes();
    if let Some(rounds) = rounds() {
        (0..rounds).for_each(|_| drop(black_box(decode::<T>(black_box(bytes)))));
        return;
    }
    let same = decode::<T>(bytes).ok() == serde_json::from_slice::<T>(bytes).ok();
    let ours = throughput(bytes, &|bytes| drop(black_box(decode::<T>(bytes))));
    let theirs = throughput(bytes, &|bytes| {
        drop(black_box(serde_json::from_slice::<T>(bytes)))
    });
    println!(
        "{name:18} {:7} bytes  runtime {ours:5.0} MB/s  serde_json {theirs:5.0} MB/s  ratio {:.2}  same: {same}",
        bytes.len(),
        ours / theirs
    );
}

/// Megabytes per second in the best of ten rounds.
fn throughput(bytes: &[u8], decode: &dyn Fn(&[u8])) -> f64 {
    let mut best = 0f64;
    for _ in 0..10 {
        let (start, mut read) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_millis(100) {
            for _ in 0..10 {
                decode(black_box(bytes));
                read += bytes.len();
            }
        }
        best = best.max(read as f64 / start.elapsed().as_secs_f64() / 1e6);
    }
    best
}
