//! Operations of the API: their constants, parameter types and response types.
//!
//! In: constants of generated code. Out: [`OperationSpec`], from which calls are built, and the
//! traits that connect it to Rust types. This module sends no requests.

use crate::codec::{
    Correction, DecodeError, DecodePolicy, Encode, Expected, Place, Reader, decode_response,
};
use crate::http::RawResponse;
use crate::value::{Binary, PlainText};

pub use crate::codec::Body;
pub use crate::error::TypedError;

mod api_spec;
#[cfg(test)]
mod tests;

pub use api_spec::{ApiSpec, EventsSpec, SessionSpec};
pub use wire::operation::{
    AuthSpec, CredentialScheme, Method, MissingCredentials, OperationSpec, PageSpec, PageStyle,
    ParamPlace, PathStyle, QueryStyle, RequiredCredential, join_items,
};
pub(crate) use wire::path::{expand_template, fill_variables, split_path, split_url};

/// An operation as a type, with its parameters, its output and its errors.
///
/// Generated code has one such type per operation; a program can write its own for an operation
/// that the document lacks:
///
/// ```
/// use runtime::error::ErrorBody;
/// use runtime::operation::{Operation, OperationSpec, TypedError};
/// use runtime::value::RawJson;
///
/// struct Undocumented;
/// struct NoErrors;
///
/// impl TypedError for NoErrors {
///     fn from_error(_: &ErrorBody) -> Option<Self> { None }
/// }
///
/// impl Operation for Undocumented {
///     type Params = ();
///     type Output = RawJson;
///     type Error = NoErrors;
///     const SPEC: &'static OperationSpec =
///         &OperationSpec::get("GetUndocumented", "/v1/undocumented/{id}");
/// }
///
/// fn call(client: &runtime::client::Client) -> runtime::call::Call<RawJson> {
///     client.request::<Undocumented>(&["id_1"], &())
/// }
/// ```
pub trait Operation: 'static {
    /// The parameters outside of the path; `()` if there are none.
    type Params: Encode;
    /// What a successful response decodes to.
    type Output: Output;
    /// The errors that the document lists for the operation.
    type Error: TypedError;
    /// The constants.
    const SPEC: &'static OperationSpec;
}

/// A type that a successful response can be converted to.
///
/// Implemented for all types that implement [`Place`], for [`Binary`] and for [`PlainText`].
pub trait Output: Sized + Send + 'static {
    /// The value of the request's `Accept` header.
    const ACCEPT: &'static str = "application/json";

    /// Converts a response with a success status, and returns what was corrected in it. `expected`
    /// is what its object must have, if that is checked.
    ///
    /// # Errors
    /// Returns an error if the body does not decode to the type, or is not what is expected.
    fn from_response(
        response: &RawResponse,
        policy: DecodePolicy,
        expected: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError>;
}

impl<T: Place + Default + Send + 'static> Output for T {
    fn from_response(
        response: &RawResponse,
        policy: DecodePolicy,
        expected: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError> {
        // An operation that may return nothing may do so with any status and no body at all.
        if response.body().is_empty() && Self::default().stands_for_nothing() {
            return Ok((Self::default(), Vec::new()));
        }
        decode_response(json_text(response), policy, expected)
    }
}

impl Output for Binary {
    const ACCEPT: &'static str = "*/*";

    fn from_response(
        response: &RawResponse,
        _: DecodePolicy,
        _: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError> {
        let file = Self {
            content_type: response.header("content-type").map(str::to_owned),
            bytes: response.body().clone(),
        };
        Ok((file, Vec::new()))
    }
}

impl Output for PlainText {
    const ACCEPT: &'static str = "*/*";

    fn from_response(
        response: &RawResponse,
        _: DecodePolicy,
        _: Option<Expected<'_>>,
    ) -> Result<(Self, Vec<Correction>), DecodeError> {
        // The reader refuses what is not UTF-8.
        Reader::new(response.body())?;
        let text = String::from_utf8_lossy(response.body()).into_owned();
        Ok((Self(text), Vec::new()))
    }
}

/// The JSON of a response; a status that forbids a body stands for `null`.
fn json_text(response: &RawResponse) -> &[u8] {
    if response.status() == http::StatusCode::NO_CONTENT && response.body().is_empty() {
        return b"null";
    }
    response.body()
}
