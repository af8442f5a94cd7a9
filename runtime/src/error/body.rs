//! The error object of a failure response, read with the laxest of all decoders.
//!
//! In: any bytes. Out: [`ErrorBody`], whose accessors are `None` where the body does not give
//! what they ask. Reading it never fails, so a failure is never hidden by its own body.

use std::fmt;

use crate::value::RawJson;

/// A typed view of the errors that an operation documents.
///
/// Generated error enums implement it; use it through `Error::typed`.
pub trait TypedError: Sized {
    /// The error in this type, or `None` if it is not one of those.
    fn from_error(error: &ErrorBody) -> Option<Self>;
}

/// For operations that document no errors of their own: every error is one of those.
impl TypedError for () {
    fn from_error(_: &ErrorBody) -> Option<Self> {
        Some(())
    }
}

/// The error object of a response, as far as it could be read.
///
/// `Debug` shows the codes only, since messages and embedded objects hold personal data.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The whole error object, or `null` if there is none.
    pub raw: RawJson,
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
    param: Option<String>,
    decline_code: Option<String>,
    oauth: bool,
}

impl ErrorBody {
    /// Reads a body: `{"error": {…}}`, or the OAuth form `{"error": "code", …}`.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let whole = std::str::from_utf8(body)
            .ok()
            .and_then(|text| text.parse::<RawJson>().ok());
        let Some(whole) = whole else {
            return Self::default();
        };
        let Some(raw) = whole.get("error") else {
            return Self::default();
        };
        if let Ok(code) = raw.decode::<String>() {
            return Self {
                code: Some(code),
                message: text(&whole, "error_description"),
                oauth: true,
                raw: whole,
                ..Self::default()
            };
        }
        Self {
            kind: text(&raw, "type"),
            code: text(&raw, "code"),
            message: text(&raw, "message"),
            param: text(&raw, "param"),
            decline_code: text(&raw, "decline_code"),
            oauth: false,
            raw,
        }
    }

    /// The class of error, such as `invalid_request_error`.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The machine-readable code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The text for developers. It may hold personal data.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The parameter at fault.
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    /// The card issuer's reason.
    pub fn decline_code(&self) -> Option<&str> {
        self.decline_code.as_deref()
    }

    /// Any other text of the error object, such as `doc_url` or `advice_code`.
    pub fn text(&self, field: &str) -> Option<String> {
        text(&self.raw, field)
    }

    /// Whether the body has the form of OAuth errors.
    pub fn is_oauth(&self) -> bool {
        self.oauth
    }
}

/// A member of an object, if it is there and is text.
fn text(object: &RawJson, field: &str) -> Option<String> {
    object.get(field)?.decode().ok()
}

impl fmt::Debug for ErrorBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ErrorBody")
            .field("kind", &self.kind)
            .field("code", &self.code)
            .field("param", &self.param)
            .field("decline_code", &self.decline_code)
            .finish_non_exhaustive()
    }
}
