//! `schema-server [--spec FILE] [--port N] [--mode minimal|full]`: runs the schema server alone.
//!
//! Prints its base URL on one line and serves until it is killed.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;

use tests::schema_server::{Mode, SchemaServer, Service};

const USAGE: &str = "usage: schema-server [--spec FILE] [--port N] [--mode minimal|full]";

fn main() -> Result<(), Box<dyn Error>> {
    let mut spec = "specs/stripe.yaml".to_owned();
    let (mut port, mut mode) = (0, Mode::Minimal);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match (argument.as_str(), value.as_str()) {
            ("--spec", _) => spec = value,
            ("--port", _) => port = value.parse()?,
            ("--mode", "minimal") => mode = Mode::Minimal,
            ("--mode", "full") => mode = Mode::Full,
            _ => return Err(USAGE.into()),
        }
    }
    let server = SchemaServer::serve(Arc::new(Service::load(&spec, mode)?), port)?;
    writeln!(std::io::stdout(), "{}", server.base_url())?;
    server.wait();
    Ok(())
}
