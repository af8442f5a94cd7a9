//! How every result of an attempt is classified: the kind of the error, the outcome of the attempt
//! and of the call, whether another attempt follows, and what is reported to the circuit breaker,
//! the rate limiter and the credentials.
//!
//! The test makes real calls through a client with a scripted transport and a virtual clock, writes
//! what it observes as a table, and compares it with `table.txt` beside this file. The table is the
//! specification: a line that differs is a change of behaviour.
//! `UPDATE=1 cargo test -p typed-api-runtime --test classification` rewrites it.
//!
//! | module | content |
//! |---|---|
//! | `client` | runs one call and returns plain facts |
//! | `world` | the scripted transport, the virtual clock, the credentials and the observer of a call |
//! | `cases` | the responses, headers and other results that the sections combine |
//! | `sections`, `sequences` | which combinations are run |
//! | `table` | the text of the table |
//!
//! Only `client` and `world` use names of the crate.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::{env, fs};

mod cases;
mod client;
mod sections;
mod sequences;
mod table;
mod world;

use table::{Table, all_cases};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/classification/table.txt"
);

const UPDATE: &str =
    "`UPDATE=1 cargo test -p typed-api-runtime --test classification` rewrites the table";

/// The number of differing cases that are shown.
const SHOWN: usize = 40;

#[tokio::test]
async fn classification_equals_the_recorded_table() {
    let mut table = Table::default();
    sections::add_all(&mut table).await;
    sequences::add_all(&mut table).await;
    let actual = table.to_text();
    if env::var_os("UPDATE").is_some_and(|value| value == "1") {
        return fs::write(FILE, actual).unwrap();
    }
    match fs::read_to_string(FILE) {
        Ok(recorded) if recorded == actual => {}
        Ok(recorded) => panic!("{UPDATE}\n{}", difference(&recorded, &actual)),
        Err(error) => panic!("{UPDATE}\n{FILE}: {error}"),
    }
}

/// The cases whose results differ between two tables.
fn difference(recorded: &str, actual: &str) -> String {
    let (recorded, actual) = (all_cases(recorded), all_cases(actual));
    let gone = recorded.difference(&actual).map(|case| (case, "recorded"));
    let new = actual.difference(&recorded).map(|case| (case, "actual"));
    let mut lines: Vec<_> = gone.chain(new).collect();
    lines.sort();
    let count = lines.len();
    let shown = lines.iter().take(SHOWN);
    let shown = shown.map(|(case, which)| format!("{which:<8} {case}"));
    let shown: Vec<String> = shown.collect();
    format!("{}\n({count} results differ)", shown.join("\n"))
}
