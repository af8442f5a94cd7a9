//! The generated crate's `Cargo.toml`: its version, its dependencies and its workspace.

use serde::Serialize;

use super::{GenerateRequest, paths};
use crate::files::{CargoWorkspace, Manifest};
use crate::model::Model;

#[cfg(test)]
mod tests;

/// The version of the runtime that generated code is written for.
const RUNTIME_VERSION: &str = env!("CARGO_PKG_VERSION");
/// The version of a crate for an API whose version is not a date.
const FIRST_VERSION: &str = "0.1.0";

/// The workspace that a generated crate belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct WorkspaceReport {
    /// The path of its manifest.
    pub manifest: String,
    /// The folder of the crate, as `members` of the manifest names it.
    pub member: String,
    /// Whether `members` has it.
    pub is_listed: bool,
}

/// The text of `Cargo.toml`.
pub(super) fn cargo_manifest(
    request: &GenerateRequest,
    model: &Model,
    label: &str,
    is_member: bool,
) -> String {
    let derived = || derive_version(&model.version);
    Manifest {
        name: &request.options.crate_name,
        version: &request.crate_version.clone().unwrap_or_else(derived),
        label,
        description: &format!("Client for the {} {}", model.title, model.version),
        runtime: paths::runtime_path(request.runtime.as_deref(), &request.out).as_deref(),
        runtime_version: request
            .runtime_version
            .as_deref()
            .unwrap_or(RUNTIME_VERSION),
        webhooks: model.events.is_some(),
        is_member,
    }
    .to_toml()
}

/// The version of a crate: `0.20260128.0` for `2026-01-28.clover`.
///
/// Cargo takes versions with another second number as incompatible, so an update of dependencies
/// stays with the version of the API. The third number is left for other releases of the crate.
pub(super) fn derive_version(api_version: &str) -> String {
    let date = api_date(api_version);
    date.map_or(FIRST_VERSION.to_owned(), |date| format!("0.{date}.0"))
}

/// The date at the beginning of a version, as a number.
fn api_date(version: &str) -> Option<u32> {
    let (date, rest) = version.split_at_checked(10)?;
    let has_more_digits = rest.starts_with(|c: char| c.is_ascii_digit());
    let is_date = date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_date && !has_more_digits).then(|| date.replace('-', "").parse().ok())?
}

/// The workspace above the output, if the crate belongs to it. The workspace of the runtime takes
/// in only what it lists: output in a checkout of the generator is not part of the checkout.
pub(super) fn find_workspace(request: &GenerateRequest) -> Option<WorkspaceReport> {
    let out = paths::resolve_path(&request.out);
    let above = CargoWorkspace::find_above(&out)?;
    let member = paths::relative_path(&out, &above.root)?;
    let runtime = paths::runtime_folder(request.runtime.as_deref());
    let of_runtime = runtime.and_then(|runtime| CargoWorkspace::find_above(&runtime));
    let is_foreign = of_runtime.is_none_or(|workspace| workspace.root != above.root);
    let is_listed = above.lists_member(&member);
    (is_foreign || is_listed).then(|| WorkspaceReport {
        manifest: above.root.join("Cargo.toml").display().to_string(),
        member,
        is_listed,
    })
}
