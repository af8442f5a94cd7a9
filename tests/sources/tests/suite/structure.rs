//! The architecture, enforced: how large the core is, which crate and module may use which, how
//! things are named. `sources` says how it is counted.

#![expect(
    clippy::expect_used,
    reason = "a test stops where the tree cannot be read"
)]

mod crates;
mod limits;
mod modules;
mod names;
mod walks;
mod words;

use sources::checkout::{Checkout, Package};

use super::workspace;

/// The core: `runtime/src`.
const CORE: &str = "runtime";

/// The hand-written crates in a folder and below.
fn read_crates(folder: &str) -> Checkout {
    Checkout::read_folder(&workspace(), folder).expect("sources that can be parsed")
}

fn find_package<'c>(checkout: &'c Checkout, name: &str) -> &'c Package {
    let found = checkout
        .packages
        .iter()
        .find(|package| package.name == name);
    found.expect("a hand-written member of the workspace")
}
