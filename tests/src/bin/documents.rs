//! `cargo run -p tests --no-default-features --bin documents`: writes the documents of the
//! benchmarks, `docs/bench/documents/*.json`.

use std::error::Error;
use std::path::Path;

use tests::documents::{Rules, generate};

fn main() -> Result<(), Box<dyn Error>> {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = workspace.join("docs/bench/documents");
    let rules = Rules::parse(&std::fs::read_to_string(folder.join("shapes.toml"))?)?;
    for (component, text) in generate(&workspace.join("specs/stripe.yaml"), &rules)? {
        std::fs::write(folder.join(format!("{component}.json")), text)?;
    }
    Ok(())
}
