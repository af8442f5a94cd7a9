//! Reads security schemes and requirements.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::diag::{DiagnosticSink, SpecPath};

/// How an API takes credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityScheme {
    /// A key in a header of this name.
    HeaderKey(String),
    /// A key in a parameter of the query of this name.
    QueryKey(String),
    /// A key in a cookie of this name.
    CookieKey(String),
    /// User and password in the header `Authorization`.
    Basic,
    /// A token in the header `Authorization`, however it is obtained.
    Bearer,
    /// A token in the header `Authorization` from this URL, by OAuth's client credentials flow.
    ClientCredentials(String),
    /// Something else, such as `mutualTLS` or `http digest`.
    Other(String),
}

/// What a request needs: names of schemes with scopes. One of several alternatives.
pub type SecurityRequirement = IndexMap<String, Vec<String>>;

/// The schemes of a document, by name. References among them are followed once.
pub(super) fn read_schemes(root: &Map<String, Value>) -> IndexMap<String, SecurityScheme> {
    let all = root
        .get("components")
        .and_then(|components| components.get("securitySchemes"))
        .and_then(Value::as_object);
    let read = |(name, value): (&String, &Value)| {
        let target = value.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|text| all?.get(text.rsplit('/').next()?));
        (name.clone(), read_scheme(target.unwrap_or(value)))
    };
    all.into_iter().flatten().map(read).collect()
}

fn read_scheme(value: &Value) -> SecurityScheme {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, name) = (text("type"), text("name").to_owned());
    let scheme = text("scheme").to_ascii_lowercase();
    match (kind, text("in"), scheme.as_str()) {
        ("apiKey", "header", _) => SecurityScheme::HeaderKey(name),
        ("apiKey", "query", _) => SecurityScheme::QueryKey(name),
        ("apiKey", "cookie", _) => SecurityScheme::CookieKey(name),
        ("http", _, "basic") => SecurityScheme::Basic,
        ("oauth2", ..) => match token_url(value) {
            Some(url) => SecurityScheme::ClientCredentials(url),
            None => SecurityScheme::Bearer,
        },
        ("http", _, "bearer") | ("openIdConnect", ..) => SecurityScheme::Bearer,
        ("http", ..) => SecurityScheme::Other(format!("http {scheme}")),
        _ => SecurityScheme::Other(kind.to_owned()),
    }
}

/// Where the client credentials flow fetches tokens, if the scheme has this flow.
fn token_url(value: &Value) -> Option<String> {
    let flow = value.get("flows")?.get("clientCredentials")?;
    flow.get("tokenUrl")?.as_str().map(str::to_owned)
}

/// The requirements of the whole document; `None` if it states none.
pub(super) fn read_requirements(
    root: &Map<String, Value>,
    sink: &mut DiagnosticSink,
) -> Option<Vec<SecurityRequirement>> {
    let at = SpecPath::root().child("security");
    super::deserialize_part(root.get("security")?, &at, sink)
}
