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
             default = [\"reqwest\", \"tracing\"]\n\
             # The built-in HTTP transport.\n\
             reqwest = [\"runtime/reqwest\"]\n\
             # Calls that block their thread, without tokio.\n\
             blocking = [\"runtime/blocking\"]\n\
             # Spans and events of `tracing` around calls and attempts.\n\
             tracing = [\"runtime/tracing\"]\n\
             # Counters and histograms through the `metrics` facade.\n\
             metrics = [\"runtime/metrics\"]\n\
             # A journal of unfinished writes in a file.\n\
             journal = [\"runtime/journal\"]\n\
             # `Serialize` and `Deserialize` for the generated types.\n\
             serde = [\"runtime/serde\"]\n\
             # Test doubles.\n\
             testing = [\"runtime/testing\"]\n\
             \n\
             [dependencies]\n\
             runtime = {{ path = {runtime}, default-features = false }}\n\
             \n\
             [workspace]\n",
            name = quoted(name),
            description = quoted(description),
            runtime = quoted(runtime),
        )
    }
}
