//! Runs the fault simulation for many seeds, or prints the events of one.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use clap::Parser;
use simulator::{Rule, Stats, Verdict, run};

/// Runs the runtime's client in a simulated, unreliable world.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this seed alone and prints everything that happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Breaks a rule of the runtime on purpose.
    #[arg(long = "break")]
    rule: Option<Rule>,
    /// How many threads to use; all processors by default.
    #[arg(long)]
    jobs: Option<usize>,
}

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    if let Some(seed) = arguments.seed {
        let verdict = run(seed, arguments.rule, true);
        return tell(&mut out, &verdict, true);
    }
    let (stats, failed) = run_all(&arguments);
    write!(out, "{stats}")?;
    match failed {
        None => {
            writeln!(out, "every invariant held")?;
            Ok(ExitCode::SUCCESS)
        }
        Some(seed) => tell(&mut out, &run(seed, arguments.rule, true), false),
    }
}

/// Runs seeds on all threads until one fails. Returns the lowest that did.
fn run_all(arguments: &Arguments) -> (Stats, Option<u64>) {
    let jobs = arguments
        .jobs
        .or_else(|| thread::available_parallelism().ok().map(Into::into))
        .unwrap_or(1);
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let stop = AtomicBool::new(false);
    let total = Mutex::new((Stats::default(), None::<u64>));
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                let (mut stats, mut failed) = (Stats::default(), None);
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let verdict = run(seed, arguments.rule, false);
                    stats.add(&verdict.stats);
                    if verdict.violation.is_some() {
                        failed = Some(seed);
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                if let Ok(mut total) = total.lock() {
                    total.0.add(&stats);
                    total.1 = total.1.into_iter().chain(failed).min();
                }
            });
        }
    });
    total.into_inner().unwrap_or_default()
}

fn tell(out: &mut impl io::Write, verdict: &Verdict, always: bool) -> io::Result<ExitCode> {
    if always || verdict.violation.is_some() {
        for line in &verdict.trace {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(
        out,
        "seed {}, fingerprint {:016x}",
        verdict.seed, verdict.hash
    )?;
    let Some(violation) = &verdict.violation else {
        writeln!(out, "every invariant held")?;
        return Ok(ExitCode::SUCCESS);
    };
    writeln!(
        out,
        "violated after {:?}: {}: {}",
        violation.at, violation.invariant, violation.text
    )?;
    Ok(ExitCode::FAILURE)
}
