//! YAML text to a value: the one place that knows which YAML reader is used.
//!
//! `serde_yaml` is archived, so the workspace takes a fork under that name. `serde_norway` was
//! chosen because it is the only one whose author also maintains the fork of libyaml below it
//! (`unsafe-libyaml-norway`); `serde_yaml_ng` stands on the archived `unsafe-libyaml`, and
//! `serde_yml` has advisories (RUSTSEC-2025-0067 and -0068). `serde-saphyr`, in safe Rust, would
//! be the better choice once the workspace may ask for rustc 1.89. A swap is this function.

use serde_json::Value;

use super::Fault;
use super::tree::{Duplicates, Tree};
use crate::diag::{Code, SpecPath};

/// Deeper flow collections are refused before the reader sees them: libyaml spends time
/// proportional to the depth on every token, which makes a file of brackets take for ever.
const MAX_FLOW_DEPTH: usize = 200;

/// Reads a whole text as one YAML document.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let duplicates = Duplicates::default();
    match Tree::read(serde_yaml::Deserializer::from_str(text), &duplicates) {
        Ok(value) => duplicates.into_result(value),
        Err(error) => {
            let position = error.location().map(|l| (l.line(), l.column()));
            let detail = error.to_string();
            Err(Fault { code: Code::FileSyntax, position, at: SpecPath::root(), detail })
        }
    }
}
