//! Has the generator write the calls, so that they are always those of the committed document.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use generator::pipeline::{self, ExerciserExtent, GenerateRequest};

fn main() -> Result<(), Box<dyn Error>> {
    let specs = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../specs");
    for file in ["stripe.yaml", "stripe.toml", "stripe.names.toml"] {
        println!("cargo::rerun-if-changed={}", specs.join(file).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    let mut request = GenerateRequest::new(specs.join("stripe.yaml"), "");
    request.options.crate_name = "stripe".to_owned();
    let text = pipeline::generate_exerciser(&request, ExerciserExtent::Everything);
    let text = text.map_err(|findings| {
        let findings = findings.all().iter();
        let lines: Vec<String> = findings
            .map(|f| format!("{}: {}", f.code.id(), f.detail))
            .collect();
        lines.join("\n")
    })?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("exercise.rs"), text)?;
    Ok(())
}
