//! Numbers that no format of requests can express.

use std::fmt;

use super::Encode;
use super::brackets::{BracketWriter, PairWriter};
use crate::file_upload::FileUpload;

/// A parameter is NaN or an infinity, which cannot be sent.
///
/// A client returns it as a build error, before anything is sent:
///
/// ```
/// use wire::codec::check_numbers;
/// use wire::value::Map;
///
/// let rates: Map<f64> = Map::from([("a", 0.5), ("b", 0.0 / 0.0)]);
/// let error = check_numbers(&Map::from([("rates", rates)]) as &Map<Map<f64>>).unwrap_err();
/// assert_eq!(error.parameter(), "rates[b]");
/// assert_eq!(
///     error.to_string(),
///     "the parameter `rates[b]` is NaN, and only finite numbers can be sent",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonFiniteError {
    parameter: String,
    value: &'static str,
}

impl NonFiniteError {
    /// The name of the parameter with brackets, such as `rates[b]`; empty for a value that is no
    /// object or list.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }
}

impl fmt::Display for NonFiniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parameter, value } = self;
        write!(
            f,
            "the parameter `{parameter}` is {value}, and only finite numbers can be sent"
        )
    }
}

impl std::error::Error for NonFiniteError {}

/// Checks that all numbers in parameters can be sent.
///
/// # Errors
/// If one is NaN or infinite. The error names the first of them.
pub fn check_numbers(value: &dyn Encode) -> Result<(), NonFiniteError> {
    let mut search = NumberSearch(None);
    value.encode(&mut BracketWriter::new(&mut search));
    search.0.map_or(Ok(()), Err)
}

/// Writes nothing and keeps the first number that is not finite.
struct NumberSearch(Option<NonFiniteError>);

impl PairWriter for NumberSearch {
    fn name_part(&self, name: &mut String, part: &str) {
        name.push_str(part);
    }

    fn write_pair(&mut self, _: &str, _: &str) {}

    fn write_file(&mut self, _: &str, _: &FileUpload) {}

    fn write_non_finite(&mut self, name: &str, value: f64) {
        let parameter = name.to_owned();
        let value = if value.is_nan() { "NaN" } else { "infinite" };
        self.0.get_or_insert(NonFiniteError { parameter, value });
    }
}
