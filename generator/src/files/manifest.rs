//! The manifest of a generated crate.

use super::MARK;

/// What a manifest says that differs from crate to crate.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// Name of the crate.
    pub name: &'a str,
    /// Names the document in the header.
    pub label: &'a str,
    /// What the crate is for, one line.
    pub description: &'a str,
    /// Path of the runtime crate, relative to the manifest, with `/`.
    pub runtime: &'a str,
}

impl Manifest<'_> {
    /// The text of `Cargo.toml`. The crate is its own workspace, so that it builds wherever the
    /// output folder is.
    pub fn text(&self) -> String {
        let Self {
            name,
            label,
            description,
            runtime,
        } = self;
        let quoted = |text: &str| toml::Value::from(text).to_string();
        format!(
            "# {MARK} from {label}. To make it your own, remove this line.\n\
             \n\
             [package]\n\
             name = {name}\n\
             description = {description}\n\
             version = \"0.1.0\"\n\
             edition = \"2024\"\n\
             rust-version = \"1.85\"\n\
             publish = false\n\
             \n\
             [features]\n\
             # `Serialize` and `Deserialize` for the generated types.\n\
             serde = [\"runtime/serde\"]\n\
             \n\
             [dependencies]\n\
             runtime = {{ path = {runtime} }}\n\
             \n\
             [workspace]\n",
            name = quoted(name),
            description = quoted(description),
            runtime = quoted(runtime),
        )
    }
}
