//! `.ci/instructions` runs this: counts the instructions of typed calls and of decoding with
//! callgrind, and compares them with `tests/instructions/counts.txt`. With `UPDATE=1` it writes that file.
//!
//! It starts itself as `instructions serve`, the server of the calls, and as `instructions run WORK
//! COUNT ADDRESS` under valgrind.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use instructions::{compare, count_all, parse, render, run, serve};

const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.txt");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => serve()?,
        ["run", work, count, address] => run(work, count.parse()?, address.parse()?)?,
        [] => return check(),
        _ => return Err("usage: instructions".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode, Box<dyn Error>> {
    let counts = count_all()?;
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(STORED, render(&counts))?;
    }
    let report = compare(&parse(&std::fs::read_to_string(STORED)?), &counts);
    let mut out = std::io::stdout();
    for line in &report.lines {
        writeln!(out, "{line}")?;
    }
    Ok(match report.is_failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}
