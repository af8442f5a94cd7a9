//! `multipart/form-data` bodies (RFC 7578), for operations that take a file.
//!
//! In: parameters that contain [`FileUpload`]s. Out: the bytes of the body. Names have brackets
//! as in forms, as plain UTF-8.

use std::fmt;

use crate::encode::{BracketWriter, Encode, PairWriter, Writer};
use crate::file_upload::FileUpload;

/// Why a multipart body could not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultipartError {
    /// The boundary is empty, longer than 70 bytes, or has characters that RFC 2046 does not allow
    /// or that would need quotes.
    InvalidBoundary,
    /// The boundary occurs in the content; another one must be generated.
    BoundaryInContent,
    /// The media type of a file has characters that are not allowed in a header.
    InvalidContentType,
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidBoundary => "the multipart boundary is not valid",
            Self::BoundaryInContent => "the multipart boundary occurs in the content",
            Self::InvalidContentType => "the content type of a file is not valid",
        })
    }
}

impl std::error::Error for MultipartError {}

/// Encodes a record as a multipart body with the given boundary.
///
/// The boundary should be random.
///
/// # Errors
/// If the boundary is invalid or occurs in the content, or the media type of a file is invalid.
///
/// ```
/// use wire::value::Metadata;
///
/// let fields = Metadata::from([("purpose", "logo")]);
/// let body = wire::codec::encode_multipart(&fields, "b0undary")?;
/// assert_eq!(
///     body,
///     b"--b0undary\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nlogo\r\n--b0undary--\r\n",
/// );
/// # Ok::<(), wire::codec::MultipartError>(())
/// ```
pub fn encode_multipart(value: &dyn Encode, boundary: &str) -> Result<Vec<u8>, MultipartError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_'+.".contains(&byte);
    if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(plain) {
        return Err(MultipartError::InvalidBoundary);
    }
    let mut parts = MultipartBody {
        body: Vec::new(),
        boundary,
        error: None,
    };
    value.encode(&mut BracketWriter::new(&mut parts));
    if let Some(error) = parts.error {
        return Err(error);
    }
    let mut body = parts.body;
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(body)
}

/// A file is a part of a multipart body. Other formats write its name.
impl Encode for FileUpload {
    fn encode(&self, out: &mut dyn Writer) {
        out.file(self);
    }
}

struct MultipartBody<'a> {
    body: Vec<u8>,
    boundary: &'a str,
    /// The first error, since the methods of [`Writer`] return none.
    error: Option<MultipartError>,
}

impl MultipartBody<'_> {
    fn write_part(&mut self, name: &str, rest_of_header: &str, content: &[u8]) {
        let boundary = self.boundary.as_bytes();
        let mut windows = content.windows(boundary.len());
        if windows.any(|window| window == boundary) || name.contains(self.boundary) {
            self.error.get_or_insert(MultipartError::BoundaryInContent);
        }
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"{rest_of_header}\r\n\r\n",
            self.boundary
        );
        self.body.reserve(head.len() + content.len() + 2);
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
    }
}

impl PairWriter for MultipartBody<'_> {
    fn name_part(&self, name: &mut String, part: &str) {
        name.push_str(&escape_name(part));
    }

    fn write_pair(&mut self, name: &str, value: &str) {
        self.write_part(name, "", value.as_bytes());
    }

    fn write_file(&mut self, name: &str, file: &FileUpload) {
        let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if file.media_type().is_empty() || !file.media_type().bytes().all(visible) {
            self.error.get_or_insert(MultipartError::InvalidContentType);
            return;
        }
        let rest = format!(
            "; filename=\"{}\"\r\nContent-Type: {}",
            escape_name(file.name()),
            file.media_type()
        );
        self.write_part(name, &rest, file.bytes());
    }
}

/// Escapes the three characters that would end a quoted name, as the HTML standard requires of
/// browsers.
fn escape_name(text: &str) -> String {
    text.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests;
