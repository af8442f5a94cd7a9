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
    /// The crate has a module for webhooks, and so the features that go with it.
    pub webhooks: bool,
}

/// A feature of a generated crate, which turns on the runtime's of the same name.
struct Feature {
    name: &'static str,
    about: &'static str,
    is_default: bool,
    /// Only crates with a module for webhooks have it.
    is_about_webhooks: bool,
}

impl Feature {
    const fn of_calls(name: &'static str, is_default: bool, about: &'static str) -> Self {
        Self {
            name,
            about,
            is_default,
            is_about_webhooks: false,
        }
    }

    const fn of_webhooks(name: &'static str, is_default: bool, about: &'static str) -> Self {
        Self {
            is_about_webhooks: true,
            ..Self::of_calls(name, is_default, about)
        }
    }
}

const FEATURES: [Feature; 11] = [
    Feature::of_calls("reqwest", true, "The built-in HTTP transport."),
    Feature::of_calls(
        "blocking",
        false,
        "Calls that block their thread, without tokio.",
    ),
    Feature::of_calls(
        "tracing",
        true,
        "Spans and events of `tracing` around calls and attempts.",
    ),
    Feature::of_calls(
        "metrics",
        false,
        "Counters and histograms through the `metrics` facade.",
    ),
    Feature::of_calls(
        "journal",
        false,
        "A journal of unfinished writes in a file.",
    ),
    Feature::of_webhooks(
        "webhook",
        true,
        "Webhooks: verification, typed events, an inbox and what works it off.",
    ),
    Feature::of_webhooks("axum", false, "A route of axum that takes webhooks."),
    Feature::of_webhooks("sqlite", false, "An inbox in an SQLite file."),
    Feature::of_webhooks("postgres", false, "An inbox in a PostgreSQL database."),
    Feature::of_calls(
        "serde",
        false,
        "`Serialize` and `Deserialize` for the generated types.",
    ),
    Feature::of_calls("testing", false, "Test doubles."),
];

impl Manifest<'_> {
    /// The text of `Cargo.toml`. The crate is its own workspace, so that it builds wherever the
    /// output folder is.
    pub fn text(&self) -> String {
        let Self {
            name,
            label,
            description,
            runtime,
            webhooks: _,
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
             {features}\
             \n\
             [dependencies]\n\
             runtime = {{ path = {runtime}, default-features = false }}\n\
             \n\
             [workspace]\n",
            name = quoted(name),
            description = quoted(description),
            runtime = quoted(runtime),
            features = self.features(),
        )
    }

    fn features(&self) -> String {
        let has = |feature: &&Feature| self.webhooks || !feature.is_about_webhooks;
        let default = FEATURES.iter().filter(has).filter(|f| f.is_default);
        let default: Vec<String> = default.map(|f| format!("\"{}\"", f.name)).collect();
        let mut text = format!("default = [{}]\n", default.join(", "));
        for Feature { name, about, .. } in FEATURES.iter().filter(has) {
            text.push_str(&format!("# {about}\n{name} = [\"runtime/{name}\"]\n"));
        }
        text
    }
}
