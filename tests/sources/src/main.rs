//! Prints the figures of the hand-written crates of a checkout as a Markdown table.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Parser;
use sources::checkout::Checkout;
use sources::files::read_text;
use sources::report::StructureReport;
use sources::walks::parse_walks;

/// Measures the structure of the hand-written crates of a checkout.
#[derive(Parser)]
struct Arguments {
    /// The root of the checkout.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))]
    root: PathBuf,
    /// Measures the walks that this page writes down instead: numbered lists of functions.
    #[arg(long)]
    walks: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let checkout = Checkout::read_from(&arguments.root)?;
    let mut out = io::stdout().lock();
    let Some(page) = &arguments.walks else {
        write!(out, "{}", StructureReport::measure(&checkout))?;
        return Ok(());
    };
    for walk in parse_walks(&read_text(page)?) {
        let figures = walk.measure(&checkout, &arguments.root)?;
        let steps = walk.steps.len();
        writeln!(out, "{}: {steps} functions, {figures}", walk.title)?;
    }
    Ok(())
}
