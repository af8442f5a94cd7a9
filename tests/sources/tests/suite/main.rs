//! The sources of this repository: generated files are what the generator writes, hand-written ones
//! keep to the architecture, and the links of the pages resolve.

use std::path::{Path, PathBuf};

mod golden;
mod module_cycles;
mod pages;
mod public_interface;
mod structure;
mod up_to_date;
mod workspaces;

/// The root of the repository.
fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}
