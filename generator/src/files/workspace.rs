//! The Cargo workspace above a folder.

use std::path::{Path, PathBuf};

use super::disk::read_output;

/// A Cargo workspace.
#[derive(Clone, Debug)]
pub struct CargoWorkspace {
    /// The folder of its manifest.
    pub root: PathBuf,
    members: Vec<String>,
}

impl CargoWorkspace {
    /// The nearest workspace above a folder. Manifests that cannot be read are left to Cargo.
    pub fn find_above(folder: &Path) -> Option<Self> {
        folder.ancestors().skip(1).find_map(Self::read_root)
    }

    fn read_root(root: &Path) -> Option<Self> {
        let bytes = read_output(&root.join("Cargo.toml")).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let manifest: toml::Table = text.parse().ok()?;
        let workspace = manifest.get("workspace")?;
        let members = workspace.get("members").and_then(toml::Value::as_array);
        let members = members.into_iter().flatten();
        let members = members.filter_map(|member| member.as_str().map(str::to_owned));
        Some(Self {
            root: root.to_owned(),
            members: members.collect(),
        })
    }

    /// Whether `members` has this folder, which is relative to the root.
    pub fn lists_member(&self, folder: &str) -> bool {
        self.members.iter().any(|member| {
            let begin = member.strip_suffix('*');
            let rest = begin.and_then(|begin| folder.strip_prefix(begin));
            member == folder || rest.is_some_and(|rest| !rest.contains('/'))
        })
    }
}
