//! The manifest of a generated crate.

use super::MARK;

/// What a manifest says that differs from crate to crate.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// Name of the crate.
    pub name: &'a str,
    /// Version of the crate.
    pub version: &'a str,
    /// Names the document in the header.
    pub label: &'a str,
    /// What the crate is for, one line.
    pub description: &'a str,
    /// Path of the runtime crate, relative to the manifest, with `/`. `None` takes the runtime from
    /// the registry.
    pub runtime: Option<&'a str>,
    /// Version of the runtime crates.
    pub runtime_version: &'a str,
    /// The crate has a module for webhooks, and so the features that go with it.
    pub webhooks: bool,
    /// The crate is a member of the workspace that its folder is in.
    pub is_member: bool,
}

/// A feature of a generated crate.
struct CargoFeature {
    name: &'static str,
    about: &'static str,
    is_default: bool,
    /// What it turns on.
    enables: &'static [&'static str],
    /// Only crates with a module for webhooks have it.
    needs_webhooks: bool,
}

impl CargoFeature {
    const fn new(
        name: &'static str,
        enables: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            is_default: false,
            enables,
            needs_webhooks: false,
        }
    }

    const fn on_by_default(mut self) -> Self {
        self.is_default = true;
        self
    }

    const fn needs_webhooks(mut self) -> Self {
        self.needs_webhooks = true;
        self
    }
}

const FEATURES: [CargoFeature; 23] = [
    CargoFeature::new("hyper", &["runtime/hyper"], "The built-in HTTP transport.").on_by_default(),
    CargoFeature::new(
        "http2",
        &["runtime/http2"],
        "HTTP/2, where the server offers it.",
    ),
    CargoFeature::new(
        "ring",
        &["runtime/ring"],
        "TLS with ring as the library for cryptography.",
    )
    .on_by_default(),
    CargoFeature::new(
        "aws-lc-rs",
        &["runtime/aws-lc-rs"],
        "TLS with aws-lc-rs as the library for cryptography.",
    ),
    CargoFeature::new(
        "webpki-roots",
        &["runtime/webpki-roots"],
        "Mozilla's root certificates, compiled in.",
    )
    .on_by_default(),
    CargoFeature::new(
        "platform-verifier",
        &["runtime/platform-verifier"],
        "The root certificates of the operating system.",
    ),
    CargoFeature::new(
        "blocking",
        &["dep:blocking"],
        "Calls that block their thread, without tokio.",
    ),
    CargoFeature::new(
        "tracing",
        &["runtime/tracing", "observe?/tracing"],
        "Spans and events of `tracing` around calls and attempts.",
    )
    .on_by_default(),
    CargoFeature::new(
        "observe",
        &["dep:observe"],
        "A health window with alerts, and redacted bodies in logs.",
    ),
    CargoFeature::new(
        "metrics",
        &["observe", "observe/metrics"],
        "Counters and histograms through the `metrics` facade.",
    ),
    CargoFeature::new(
        "journal",
        &["dep:journal"],
        "A journal of pending writes in a file.",
    ),
    CargoFeature::new(
        "fleet",
        &["dep:fleet"],
        "A journal and rate limits that processes share through a PostgreSQL database. Needs Rust \
         1.94.",
    ),
    CargoFeature::new("oauth", &["dep:oauth"], "OAuth for platforms."),
    CargoFeature::new(
        "webhook",
        &["dep:webhooks"],
        "Webhooks: verification, typed events, a durable inbox and workers.",
    )
    .on_by_default()
    .needs_webhooks(),
    CargoFeature::new(
        "axum",
        &["webhook", "webhooks/axum"],
        "A route of axum that receives webhooks.",
    )
    .needs_webhooks(),
    CargoFeature::new(
        "sqlite",
        &["webhook", "dep:webhooks-sqlite"],
        "An inbox in an SQLite file. Needs Rust 1.94.",
    )
    .needs_webhooks(),
    CargoFeature::new(
        "postgres",
        &["webhook", "dep:webhooks-postgres"],
        "An inbox in a PostgreSQL database. Needs Rust 1.94.",
    )
    .needs_webhooks(),
    CargoFeature::new(
        "serde",
        &["runtime/serde"],
        "`Serialize` and `Deserialize` for the generated types.",
    ),
    CargoFeature::new(
        "chrono",
        &["runtime/chrono"],
        "Conversions to and from types of `chrono`.",
    ),
    CargoFeature::new(
        "jiff",
        &["runtime/jiff"],
        "Conversions to and from types of `jiff`.",
    ),
    CargoFeature::new(
        "rust_decimal",
        &["runtime/rust_decimal"],
        "Conversions to and from decimals of `rust_decimal`.",
    ),
    CargoFeature::new(
        "sqlx",
        &["runtime/sqlx"],
        "Ids and timestamps in columns of databases. Needs Rust 1.94.",
    ),
    CargoFeature::new("testing", &["dep:testing"], "Test doubles."),
];

/// Begins the names of the packages of the runtime.
const FAMILY: &str = "typed-api-";

/// A satellite crate of the runtime: its name, its folder in the runtime's, and whether only
/// crates with a module for webhooks have it.
const SATELLITES: [(&str, &str, bool); 9] = [
    ("blocking", "blocking", false),
    ("fleet", "fleet", false),
    ("journal", "journal", false),
    ("oauth", "oauth", false),
    ("observe", "observe", false),
    ("testing", "testing", false),
    ("webhooks", "webhooks", true),
    ("webhooks-postgres", "webhooks/postgres", true),
    ("webhooks-sqlite", "webhooks/sqlite", true),
];

impl Manifest<'_> {
    /// The text of `Cargo.toml`. Unless the crate is a member of another workspace it is its own,
    /// so that it builds wherever the output folder is.
    pub fn to_toml(&self) -> String {
        let Self {
            name,
            version,
            label,
            description,
            ..
        } = self;
        format!(
            "# {MARK} from {label}. To make it your own, remove this line.\n\
             \n\
             [package]\n\
             name = {name}\n\
             description = {description}\n\
             version = {version}\n\
             edition = \"2024\"\n\
             rust-version = \"1.85\"\n\
             publish = false\n\
             \n\
             [features]\n\
             {features}\
             \n\
             [dependencies]\n\
             {runtime}, default-features = false }}\n\
             {satellites}\
             {workspace}",
            name = quoted(name),
            version = quoted(version),
            description = quoted(description),
            runtime = self.dependency("runtime", ""),
            features = self.features(),
            satellites = self.satellites(),
            workspace = if self.is_member {
                ""
            } else {
                "\n[workspace]\n"
            },
        )
    }

    /// The beginning of the dependency on a crate of the runtime. Cargo uses the path where there is
    /// one, and the version once the generated crate is packaged.
    fn dependency(&self, name: &str, folder: &str) -> String {
        let version = quoted(self.runtime_version);
        let path = self.runtime.map(|runtime| {
            let path = quoted(&format!("{runtime}{folder}"));
            format!("path = {path}, ")
        });
        let path = path.unwrap_or_default();
        format!("{name} = {{ package = \"{FAMILY}{name}\", {path}version = {version}")
    }

    fn features(&self) -> String {
        let has = |feature: &&CargoFeature| self.webhooks || !feature.needs_webhooks;
        let default = FEATURES.iter().filter(has).filter(|f| f.is_default);
        let default: Vec<&str> = default.map(|f| f.name).collect();
        let mut text = format!("default = {default:?}\n");
        for feature in FEATURES.iter().filter(has) {
            let CargoFeature {
                name,
                about,
                enables,
                ..
            } = feature;
            let mut enables = enables.to_vec();
            if self.webhooks {
                enables.extend(match *name {
                    "hyper" => Some("webhooks?/tokio"),
                    "tracing" => Some("webhooks?/tracing"),
                    _ => None,
                });
            }
            text.push_str(&format!("# {about}\n{name} = {enables:?}\n"));
        }
        text
    }

    fn satellites(&self) -> String {
        let has = |(_, _, needs_webhooks): &&(&str, &str, bool)| self.webhooks || !needs_webhooks;
        let lines = SATELLITES.iter().filter(has).map(|(name, folder, _)| {
            let dependency = self.dependency(name, &format!("/{folder}"));
            format!("{dependency}, optional = true }}\n")
        });
        lines.collect()
    }
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
