//! The error object of an error response.
//!
//! In: any bytes. Out: [`ErrorBody`], whose accessors are `None` where the body lacks the field or
//! has another type there. Parsing never fails, so that a malformed body does not hide the error.

use std::fmt;

use crate::value::RawJson;

/// A typed view of the errors that an operation documents.
///
/// Generated error enums implement it; use it through `Error::typed`.
pub trait TypedError: Sized {
    /// The error in this type, or `None` if it is not one of the documented ones.
    fn from_error(error: &ErrorBody) -> Option<Self>;
}

/// For operations that document no errors of their own: any error converts to `()`.
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
    error_type: Option<String>,
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
                message: text_member(&whole, "error_description"),
                oauth: true,
                raw: whole,
                ..Self::default()
            };
        }
        Self {
            error_type: text_member(&raw, "type"),
            code: text_member(&raw, "code"),
            message: text_member(&raw, "message"),
            param: text_member(&raw, "param"),
            decline_code: text_member(&raw, "decline_code"),
            oauth: false,
            raw,
        }
    }

    /// The class of error, such as `invalid_request_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// The machine-readable code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The text for developers. It may hold personal data.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The parameter that caused the error.
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    /// The card issuer's reason.
    pub fn decline_code(&self) -> Option<&str> {
        self.decline_code.as_deref()
    }

    /// Any other string of the error object, such as `doc_url` or `advice_code`.
    pub fn text(&self, field: &str) -> Option<String> {
        text_member(&self.raw, field)
    }

    /// Whether the body has the form of OAuth errors.
    pub fn is_oauth(&self) -> bool {
        self.oauth
    }
}

/// A member of an object, if it exists and is a string.
fn text_member(object: &RawJson, field: &str) -> Option<String> {
    object.get(field)?.decode().ok()
}

impl fmt::Debug for ErrorBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ErrorBody")
            .field("error_type", &self.error_type)
            .field("code", &self.code)
            .field("param", &self.param)
            .field("decline_code", &self.decline_code)
            .finish_non_exhaustive()
    }
}
