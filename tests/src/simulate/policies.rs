//! The policies under test, as a simulated client gets them.

use runtime::client::ClientBuilder;

use super::sabotage::Rule;
use super::scenario::Process;

/// Gives a client its policies, with the broken one if one is to be broken.
pub(super) fn install(
    builder: ClientBuilder,
    _plan: &Process,
    _broken: Option<Rule>,
) -> ClientBuilder {
    builder
}
