//! The error object of an error response.
//!
//! In: any bytes. Out: [`ErrorBody`], whose accessors are `None` where the body lacks the field or
//! has another type there. Parsing never fails, so that a malformed body does not hide the error.

use std::fmt;

use super::Error;
use crate::codec::{DecodePolicy, JsonKind, Place, Reader, decode_with};
use crate::value::RawJson;

/// A typed view of the errors that an operation documents.
///
/// Generated error enums implement it; use it through `Error::typed`.
pub trait TypedError: Sized {
    /// The error in this type, or `None` if it is not one of the documented ones.
    fn from_error(error: &ErrorBody) -> Option<Self>;

    /// The same for errors that the status of the response tells apart. Defaults to
    /// [`from_error`](Self::from_error).
    fn from_response(status: u16, error: &ErrorBody) -> Option<Self> {
        let _ = status;
        Self::from_error(error)
    }
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
    /// The whole body, or `null` if it is not JSON.
    pub whole: RawJson,
    /// Its members that are texts.
    texts: Vec<(String, String)>,
    oauth: bool,
    /// Whether the error object is the whole body.
    pub(super) is_bare: bool,
}

impl ErrorBody {
    /// Reads a body: `{"error": {…}}`, the OAuth form `{"error": "code", …}`, or
    /// `{"error": "A sentence."}`, which is not the API's own and has a message alone.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let whole = std::str::from_utf8(body)
            .ok()
            .and_then(|text| text.parse::<RawJson>().ok());
        let Some(whole) = whole else {
            return Self::default();
        };
        let Some(raw) = whole.get("error") else {
            return Self {
                whole,
                ..Self::default()
            };
        };
        match raw.decode::<String>() {
            Ok(code) if is_code(&code) => Self {
                texts: read_texts(&whole),
                raw: whole.clone(),
                whole,
                oauth: true,
                is_bare: false,
            },
            Ok(sentence) => Self {
                texts: vec![("message".to_owned(), sentence)],
                whole,
                ..Self::default()
            },
            Err(_) => Self {
                texts: read_texts(&raw),
                raw,
                whole,
                oauth: false,
                is_bare: false,
            },
        }
    }

    /// The whole body as the error object, unless its member `error` is one.
    pub(crate) fn or_whole(mut self) -> Self {
        self.is_bare = true;
        let is_found = match self.oauth {
            true => self.text("error_description").is_some(),
            false => !self.raw.is_null(),
        };
        if is_found || !self.whole.as_str().trim_start().starts_with('{') {
            return self;
        }
        let mut texts = read_texts(&self.whole);
        // Problems of RFC 9457 have the second and the third.
        let names = ["message", "detail", "title", "error"];
        let find = |name: &str| texts.iter().rev().find(|(found, _)| found == name);
        if let Some((_, text)) = names.into_iter().find_map(find) {
            texts.push(("message".to_owned(), text.clone()));
        }
        Self {
            texts,
            raw: self.whole.clone(),
            whole: self.whole,
            oauth: false,
            is_bare: true,
        }
    }

    /// The whole body in a type; `None` if the body lacks something that the type requires, or does
    /// not fit it otherwise.
    pub fn decode_whole<T: Place + Default>(&self) -> Option<T> {
        let decoded = decode_with(self.whole.as_str().as_bytes(), DecodePolicy::Refuse);
        decoded.ok().map(|(value, _)| value)
    }

    /// The class of error, such as `invalid_request_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.text("type")
    }

    /// The machine-readable code.
    pub fn code(&self) -> Option<&str> {
        self.text(if self.oauth { "error" } else { "code" })
    }

    /// The text for developers. It may hold personal data.
    pub fn message(&self) -> Option<&str> {
        let name = if self.oauth {
            "error_description"
        } else {
            "message"
        };
        self.text(name)
    }

    /// Any string of the error object by its name, such as `doc_url` or `advice_code`.
    pub fn text(&self, field: &str) -> Option<&str> {
        // Of a repeated name, the last value counts.
        let mut texts = self.texts.iter().rev();
        let (_, text) = texts.find(|(name, _)| name == field)?;
        Some(text)
    }

    /// Whether the body has the form of OAuth errors.
    pub fn is_oauth(&self) -> bool {
        self.oauth
    }
}

/// Whether a text is the code of an OAuth error, and not a sentence. RFC 6749 would allow blanks,
/// but no code that it or an API defines has one.
fn is_code(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// The members of an object that are texts.
fn read_texts(object: &RawJson) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut reader = Reader::from_text(object.as_str());
    // The text was checked when it became a `RawJson`.
    let _ = reader.object(&mut |reader, key| {
        if reader.peek() != JsonKind::String {
            return reader.raw().map(drop);
        }
        texts.push((key.into_owned(), reader.string()?.into_owned()));
        Ok(())
    });
    texts
}

impl fmt::Debug for ErrorBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ErrorBody")
            .field("error_type", &self.error_type())
            .field("code", &self.code())
            .field("param", &self.text("param"))
            .field("decline_code", &self.text("decline_code"))
            .finish_non_exhaustive()
    }
}

/// Defines methods that return a text of the error object: `name, "documentation";`.
macro_rules! text_members {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        impl Error {
            $(
                $(#[doc = $doc])+
                pub fn $name(&self) -> Option<&str> {
                    self.body()?.text(stringify!($name))
                }
            )+
        }
    };
}

text_members! {
    /// The card issuer's reason, such as `insufficient_funds`.
    decline_code;

    /// The parameter that caused the error, such as `items[0][price]`.
    param;

    /// The address of the documentation of the error's code.
    doc_url;

    /// What the card issuer advises: `confirm_card_data`, `do_not_try_again` or `try_again_later`.
    advice_code;

    /// The advice of the card network, as a code of that network. See
    /// [`advice_code`](Error::advice_code) for the same in one set of codes.
    network_advice_code;

    /// The card network's reason, as a code of that network. See
    /// [`decline_code`](Error::decline_code) for the same in one set of codes.
    network_decline_code;

    /// The id of the charge that failed.
    charge;

    /// The type of the payment method that failed, such as `card`.
    payment_method_type;

    /// The address of the request in the API's dashboard.
    request_log_url;

    /// A text of API v2 that may be shown to the program's own users. It is in the language of the
    /// account and may contain personal data.
    user_message;

    /// Why API v2 refused the request, as a code, for errors whose type alone does not say it.
    reason;
}
