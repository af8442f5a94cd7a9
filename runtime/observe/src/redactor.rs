//! Removes credentials and personal data from bodies, queries and headers that are logged or
//! stored.
//!
//! In: a body, a query or headers. Out: text of the same format in which the values of listed
//! fields, and everything that looks like a credential, are replaced by [`REDACTED`]. Text that
//! cannot be parsed is not shown at all, so that an unknown format cannot leak. Personal data is
//! recognised by the name of its field, not by its value: free text is not searched for names,
//! addresses or card numbers.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use wire::secret::redact_credentials;

use http::{HeaderMap, HeaderName, HeaderValue, header};

mod fields;
mod form;
mod json;
#[cfg(test)]
mod tests;

/// The text that replaces a hidden value.
pub const REDACTED: &str = "[redacted]";

/// Headers that contain credentials.
const SECRET_HEADERS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
];

/// Hides the values of fields by their names.
///
/// Names are compared case-insensitively (ASCII), at any depth. `null` and empty strings are kept.
/// Credentials are hidden in every field: secret and restricted API keys (`sk_live_…`,
/// `rk_test_…`), ephemeral keys, webhook secrets (`whsec_…`), client secrets (`…_secret_…`) and
/// OAuth codes (`ac_…`).
///
/// ```
/// use observe::Redactor;
///
/// let redactor = Redactor::standard().also(["internal_note"]);
/// assert_eq!(
///     redactor.json(r#"{"id": "cus_1", "email": "jenny@example.com", "internal_note": null}"#),
///     r#"{"id":"cus_1","email":"[redacted]","internal_note":null}"#,
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
    /// Hides the values of these fields, and credentials.
    pub fn new<S: AsRef<str>>(fields: impl IntoIterator<Item = S>) -> Self {
        let none = Self {
            fields: Arc::default(),
            keeps_shapes: false,
        };
        none.also(fields)
    }

    /// Hides the credentials and personal data of payment APIs:
    ///
    /// * credentials: client secrets, tokens, passwords, signing secrets, keys;
    /// * cards: number, expiry, security code, PIN, cryptogram (the last four digits and the
    ///   brand stay);
    /// * bank accounts: account and routing numbers in their national forms;
    /// * persons: names, e-mail and postal addresses, phone numbers, dates of birth, identity
    ///   and tax numbers, network addresses;
    /// * `metadata`, which may contain any data, and the `query` of searches, which often contains
    ///   a name or an e-mail address.
    ///
    /// All fields of a listed name are hidden: with `name`, the names of products, too.
    /// [`except`](Redactor::except) removes names from the list. Free text such as `description`
    /// and the `message` of errors is shown.
    pub fn standard() -> Self {
        Self::new(fields::STANDARD)
    }

    /// Adds these fields.
    #[must_use]
    pub fn also<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        let names = fields
            .into_iter()
            .map(|name| name.as_ref().to_ascii_lowercase());
        Arc::make_mut(&mut self.fields).extend(names);
        self
    }

    /// Removes these fields.
    #[must_use]
    pub fn except<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        let known = Arc::make_mut(&mut self.fields);
        for name in fields {
            known.remove(&name.as_ref().to_ascii_lowercase());
        }
        self
    }

    /// Keeps the types of hidden values in JSON: a hidden number becomes `0`, a hidden boolean
    /// `false`, and in a hidden object or list every value is hidden separately and keys are shown.
    /// The text then still decodes to the types that the API documents.
    #[must_use]
    pub fn keeping_shapes(mut self) -> Self {
        self.keeps_shapes = true;
        self
    }

    /// Whether the values of a field are hidden.
    fn hides(&self, field: &str) -> bool {
        if field.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.fields.contains(&field.to_ascii_lowercase());
        }
        self.fields.contains(field)
    }

    /// A JSON text without hidden values and without white space. Of text that is not JSON, only
    /// the length is shown.
    pub fn json(&self, text: &str) -> String {
        json::redact(self, text).unwrap_or_else(|| body_length(text.as_bytes()))
    }

    /// A form or query without hidden values: `a[b][c]=v&…`, with literal or encoded brackets. A
    /// value is hidden if any part of its key is a listed field.
    pub fn form(&self, text: &str) -> String {
        form::redact(self, text)
    }

    /// Other text without credentials. It has no fields, so personal data is shown.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        redact_credentials(text)
    }

    /// A body by its content type: JSON and forms are redacted, of all others only the length is
    /// shown. Without a content type, the body is treated as JSON.
    pub fn body(&self, content_type: Option<&str>, body: &[u8]) -> String {
        if body.is_empty() {
            return String::new();
        }
        let content_type = content_type.unwrap_or("application/json");
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        match (essence.as_str(), std::str::from_utf8(body)) {
            ("application/x-www-form-urlencoded", Ok(text)) => self.form(text),
            (json, Ok(text)) if json == "application/json" || json.ends_with("+json") => {
                self.json(text)
            }
            _ => body_length(body),
        }
    }

    /// Headers by name and value, in their order. Hidden are values that are marked as sensitive or
    /// are not visible ASCII, `Authorization`, `Proxy-Authorization`, cookies, and headers with the
    /// name of a listed field. Idempotency keys and account ids are shown: they are not
    /// credentials.
    pub fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let shown = headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), self.header_value(name, value)));
        shown.collect()
    }

    fn header_value(&self, name: &HeaderName, value: &HeaderValue) -> String {
        let is_secret = value.is_sensitive() || SECRET_HEADERS.contains(name);
        match value.to_str() {
            Ok(text) if !is_secret && !self.hides(name.as_str()) => self.text(text).into_owned(),
            _ => REDACTED.to_owned(),
        }
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

fn body_length(body: &[u8]) -> String {
    format!("[{} bytes]", body.len())
}
