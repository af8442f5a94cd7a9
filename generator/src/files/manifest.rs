//! The manifest of a generated crate.

use super::MARK;

/// The parts of a manifest that differ between crates.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// Name of the crate.
    pub name: &'a str,
    /// The name of the document in the header.
    pub label: &'a str,
    /// The description of the crate, one line.
    pub description: &'a str,
    /// Path of the runtime crate, relative to the manifest, with `/`.
    pub runtime: &'a str,
    /// Whether the crate has a module for webhooks, with its features.
    pub webhooks: bool,
}

/// A feature of a generated crate, which enables the runtime's feature with the same name.
struct CargoFeature {
    name: &'static str,
    about: &'static str,
    is_default: bool,
    /// Only crates with a module for webhooks have it.
    is_about_webhooks: bool,
}

impl CargoFeature {
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

const FEATURES: [CargoFeature; 11] = [
    CargoFeature::of_calls("reqwest", true, "The built-in HTTP transport."),
    CargoFeature::of_calls(
        "blocking",
        false,
        "Calls that block their thread, without tokio.",
    ),
    CargoFeature::of_calls(
        "tracing",
        true,
        "Spans and events of `tracing` around calls and attempts.",
    ),
    CargoFeature::of_calls(
        "metrics",
        false,
        "Counters and histograms through the `metrics` facade.",
    ),
    CargoFeature::of_calls(
        "journal",
        false,
        "A journal of unfinished writes in a file.",
    ),
    CargoFeature::of_webhooks(
        "webhook",
        true,
        "Webhooks: verification, typed events, an inbox and what works it off.",
    ),
    CargoFeature::of_webhooks("axum", false, "A route of axum that takes webhooks."),
    CargoFeature::of_webhooks("sqlite", false, "An inbox in an SQLite file."),
    CargoFeature::of_webhooks("postgres", false, "An inbox in a PostgreSQL database."),
    CargoFeature::of_calls(
        "serde",
        false,
        "`Serialize` and `Deserialize` for the generated types.",
    ),
    CargoFeature::of_calls("testing", false, "Test doubles."),
];

impl Manifest<'_> {
    /// The text of `Cargo.toml`. The crate is its own workspace, so that it can be
    /// built in any folder.
    pub fn to_toml(&self) -> String {
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
            features = self.features_table(),
        )
    }

    fn features_table(&self) -> String {
        let has = |feature: &&CargoFeature| self.webhooks || !feature.is_about_webhooks;
        let default = FEATURES.iter().filter(has).filter(|f| f.is_default);
        let default: Vec<String> = default.map(|f| format!("\"{}\"", f.name)).collect();
        let mut text = format!("default = [{}]\n", default.join(", "));
        for CargoFeature { name, about, .. } in FEATURES.iter().filter(has) {
            text.push_str(&format!("# {about}\n{name} = [\"runtime/{name}\"]\n"));
        }
        text
    }
}
