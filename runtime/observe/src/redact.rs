//! Hiding what must not be shown in bodies and headers that somebody asked to see.
//!
//! In: a body, a query or headers. Out: text of the same format in which the values of listed
//! fields, and everything that looks like a credential wherever it stands, are replaced by
//! [`MARK`]; all else is the same byte for byte. Afterwards text that could not be understood is
//! hidden as a whole, so a format that is not known here cannot leak. It deliberately does not
//! search prose for names, addresses or card numbers: what is personal is told by the name of
//! the field, not guessed from the value.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};

mod fields;
mod form;
mod json;
mod multipart;
mod pattern;
#[cfg(test)]
mod tests;

/// What stands in the place of a hidden value.
pub const MARK: &str = "[redacted]";

/// Headers that carry credentials, whoever sends them.
const SECRET_HEADERS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
];

/// Hides the values of fields by their names.
///
/// Names are compared without regard to ASCII case, at any depth. `null` and the empty text are
/// kept, since that a field is absent is no secret. Whatever the field, texts that look like
/// credentials are replaced too: secret and restricted API keys (`sk_live_…`, `rk_test_…`),
/// ephemeral keys, webhook secrets (`whsec_…`), client secrets (`…_secret_…`), OAuth codes
/// (`ac_…`), and what follows `Bearer` or `Basic`.
///
/// ```
/// use observe::Redactor;
///
/// let redactor = Redactor::standard().also(["internal_note"]);
/// assert_eq!(
///     redactor.json(r#"{"id": "cus_1", "email": "jenny@example.com", "internal_note": null}"#),
///     r#"{"id": "cus_1", "email": "[redacted]", "internal_note": null}"#,
/// );
/// assert_eq!(
///     redactor.form("amount=2000&card%5Bcvc%5D=123"),
///     "amount=2000&card%5Bcvc%5D=[redacted]",
/// );
/// ```
#[derive(Clone)]
pub struct Redactor {
    /// In lower case.
    fields: Arc<BTreeSet<String>>,
    keeps_shapes: bool,
}

impl Redactor {
    /// Hides the values of these fields, and what looks like a credential.
    pub fn new<S: AsRef<str>>(fields: impl IntoIterator<Item = S>) -> Self {
        let none = Self {
            fields: Arc::default(),
            keeps_shapes: false,
        };
        none.also(fields)
    }

    /// Hides what payment APIs have of credentials and personal data:
    ///
    /// * credentials: client secrets, tokens, passwords, signing secrets, keys;
    /// * cards: number, expiry, security code, PIN, cryptogram (the last four digits and the
    ///   brand stay);
    /// * bank accounts: account and routing numbers in their national forms;
    /// * persons: names, e-mail and postal addresses, phone numbers, dates of birth, identity
    ///   and tax numbers, network addresses;
    /// * `metadata`, since a program may keep anything there, and the `query` of searches, since
    ///   it names whom they look for.
    ///
    /// A name stands for all fields of that name: with `name`, the names of products are hidden
    /// too. [`except`](Redactor::except) takes names out. Free texts such as `description` and
    /// the `message` of errors are shown.
    pub fn standard() -> Self {
        Self::new(fields::STANDARD)
    }

    /// The same, and these fields too.
    #[must_use]
    pub fn also<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        let names = fields.into_iter().map(|name| lower(name.as_ref()));
        Arc::make_mut(&mut self.fields).extend(names);
        self
    }

    /// The same without these fields.
    #[must_use]
    pub fn except<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        let known = Arc::make_mut(&mut self.fields);
        for name in fields {
            known.remove(&lower(name.as_ref()));
        }
        self
    }

    /// The same, but JSON keeps its shape: a hidden number becomes `0`, a hidden boolean
    /// `false`, and of a hidden object or list every value is hidden on its own, so that its
    /// keys can be seen. The text then still decodes to the types that the API documents.
    #[must_use]
    pub fn keeping_shapes(mut self) -> Self {
        self.keeps_shapes = true;
        self
    }

    /// Whether the values of a field are hidden.
    pub fn hides(&self, field: &str) -> bool {
        if field.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.fields.contains(&lower(field));
        }
        self.fields.contains(field)
    }

    /// A JSON text without what must be hidden. Of a text that is no JSON, only the length is
    /// told.
    pub fn json(&self, text: &str) -> String {
        json::redact(self, text)
            .unwrap_or_else(|| format!("[{} bytes that are no JSON]", text.len()))
    }

    /// A form or query without what must be hidden: `a[b][c]=v&…`, with brackets encoded or not.
    /// A value is hidden if any part of its key is a listed field.
    pub fn form(&self, text: &str) -> String {
        form::redact(self, text)
    }

    /// The names and sizes of the parts of a multipart body.
    pub fn multipart(&self, body: &[u8], boundary: &str) -> String {
        multipart::outline(body, boundary).unwrap_or_else(|| length(body))
    }

    /// Other text with everything replaced that looks like a credential. No field is known in
    /// it, so personal data stays.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        pattern::redact(text)
    }

    /// A path with a query, as in a request line or a `Location`.
    pub fn target(&self, target: &str) -> String {
        match target.split_once('?') {
            Some((path, query)) => format!("{}?{}", self.text(path), self.form(query)),
            None => self.text(target).into_owned(),
        }
    }

    /// A body by its content type: JSON and forms field by field, multipart as names and sizes,
    /// of everything else the length. Without a content type it is shown only if it is JSON.
    pub fn body(&self, content_type: Option<&str>, body: &[u8]) -> String {
        if body.is_empty() {
            return String::new();
        }
        let content_type = content_type.unwrap_or("application/json");
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = lower(essence.trim());
        if essence == "multipart/form-data" {
            return match multipart::boundary(content_type) {
                Some(boundary) => self.multipart(body, boundary),
                None => length(body),
            };
        }
        let Ok(text) = std::str::from_utf8(body) else {
            return length(body);
        };
        match essence.as_str() {
            "application/x-www-form-urlencoded" => self.form(text),
            "application/json" => self.json(text),
            other if other.ends_with("+json") => self.json(text),
            _ => length(body),
        }
    }

    /// One header as it may be shown. Hidden are values that are marked sensitive or are no
    /// visible ASCII, `Authorization`, `Proxy-Authorization`, cookies, and headers with the name
    /// of a listed field. The idempotency key and account ids stay: they are no credentials,
    /// and without them nobody can tell two writes apart.
    pub fn header<'v>(&self, name: &HeaderName, value: &'v HeaderValue) -> Cow<'v, str> {
        let is_secret = value.is_sensitive() || SECRET_HEADERS.contains(name);
        match value.to_str() {
            Ok(text) if !is_secret && !self.hides(name.as_str()) => self.text(text),
            _ => Cow::Borrowed(MARK),
        }
    }

    /// All headers as they may be shown, in their order.
    pub fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let shown = headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), self.header(name, value).into()));
        shown.collect()
    }
}

/// The fields of [`Redactor::standard`].
impl Default for Redactor {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Redactor")
            .field("fields", &self.fields.len())
            .field("keeps_shapes", &self.keeps_shapes)
            .finish()
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn length(body: &[u8]) -> String {
    format!("[{} bytes]", body.len())
}
