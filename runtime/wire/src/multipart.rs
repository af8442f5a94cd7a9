//! `multipart/form-data` bodies (RFC 7578), for operations that take a file.
//!
//! In: parameters that contain [`FileUpload`]s. Out: the bytes of the body, or the text between
//! files that are read later. Names have brackets
//! as in forms, as plain UTF-8.

use std::fmt;

use bytes::Bytes;

use crate::encode::{BracketWriter, Encode, PairWriter, Writer};
use crate::file_upload::{FileContent, FileUpload};
use crate::upload::{FileSegment, Segment, UploadBody};

mod member;

/// Why a multipart body could not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultipartError {
    /// The boundary is empty, longer than 70 bytes, or has characters that RFC 2046 does not allow
    /// or that would need quotes.
    InvalidBoundary,
    /// The boundary occurs in the content; another one must be generated.
    BoundaryInContent,
    /// The media type of a file or part has characters that are not allowed in a header.
    InvalidContentType,
    /// A file is not in memory.
    NotInMemory,
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidBoundary => "the multipart boundary is not valid",
            Self::BoundaryInContent => "the multipart boundary occurs in the content",
            Self::InvalidContentType => "the content type of a part is not valid",
            Self::NotInMemory => "a file is read while it is sent, and is not in memory",
        })
    }
}

impl std::error::Error for MultipartError {}

/// Encodes a record as a multipart body with the given boundary.
///
/// The boundary should be random.
///
/// # Errors
/// If the boundary is invalid or occurs in the content, the media type of a file is invalid, or a
/// file is not in memory.
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
    let parts = MultipartParts::encode(value, boundary)?;
    if !parts.files.is_empty() {
        return Err(MultipartError::NotInMemory);
    }
    Ok(parts.into_bytes(boundary))
}

/// The parts of a multipart body, without its closing line, so that parts can be added.
#[derive(Clone, Default)]
pub(crate) struct MultipartParts {
    text: Vec<u8>,
    /// The files that are read while the body is sent, each after this many bytes of the text.
    files: Vec<(usize, FileSegment)>,
}

impl MultipartParts {
    /// Encodes a record.
    pub(crate) fn encode(value: &dyn Encode, boundary: &str) -> Result<Self, MultipartError> {
        Self::write(boundary, |body| value.encode(&mut BracketWriter::new(body)))
    }

    fn write(
        boundary: &str,
        write: impl FnOnce(&mut MultipartBody<'_>),
    ) -> Result<Self, MultipartError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_'+.".contains(&byte);
        if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(plain) {
            return Err(MultipartError::InvalidBoundary);
        }
        let mut body = MultipartBody {
            parts: Self::default(),
            boundary,
            error: None,
        };
        write(&mut body);
        match body.error {
            Some(error) => Err(error),
            None => Ok(body.parts),
        }
    }

    /// Adds the parts of another record.
    pub(crate) fn append_parts(&mut self, other: Self) {
        let offset = self.text.len();
        self.text.extend_from_slice(&other.text);
        let files = other.files.into_iter();
        self.files
            .extend(files.map(|(at, file)| (offset + at, file)));
    }

    /// Whether files are read while the body is sent.
    pub(crate) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// The whole body, without the files that are not in memory.
    pub(crate) fn into_bytes(mut self, boundary: &str) -> Vec<u8> {
        self.text
            .extend_from_slice(closing_line(boundary).as_bytes());
        self.text
    }

    /// The whole body, with its files.
    pub(crate) fn into_upload(self, boundary: &str) -> UploadBody {
        let (files, mut text) = (self.files, Bytes::from(self.text));
        let mut segments = Vec::with_capacity(files.len() * 2 + 2);
        let mut taken = 0;
        for (at, file) in files {
            segments.push(Segment::Text(text.split_to(at - taken)));
            segments.push(Segment::File(file));
            taken = at;
        }
        segments.push(Segment::Text(text));
        segments.push(Segment::Text(closing_line(boundary).into()));
        UploadBody::new(segments)
    }
}

fn closing_line(boundary: &str) -> String {
    format!("--{boundary}--\r\n")
}

/// A file is a part of a multipart body. Other formats write its name.
impl Encode for FileUpload {
    fn encode(&self, out: &mut dyn Writer) {
        out.file(self);
    }
}

struct MultipartBody<'a> {
    parts: MultipartParts,
    boundary: &'a str,
    /// The first error, since the methods of [`Writer`] return none.
    error: Option<MultipartError>,
}

impl MultipartBody<'_> {
    fn write_part(&mut self, name: &str, rest_of_header: &str, content: &[u8]) {
        let boundary = self.boundary.as_bytes();
        let mut windows = content.windows(boundary.len());
        if windows.any(|window| window == boundary) {
            self.error.get_or_insert(MultipartError::BoundaryInContent);
        }
        self.write_head(name, rest_of_header, content.len());
        self.parts.text.extend_from_slice(content);
        self.parts.text.extend_from_slice(b"\r\n");
    }

    /// Writes what precedes a content of this length.
    fn write_head(&mut self, name: &str, rest_of_header: &str, content_len: usize) {
        if name.contains(self.boundary) {
            self.error.get_or_insert(MultipartError::BoundaryInContent);
        }
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"{rest_of_header}\r\n\r\n",
            self.boundary
        );
        let text = &mut self.parts.text;
        text.reserve(head.len() + content_len + 2);
        text.extend_from_slice(head.as_bytes());
    }

    /// Writes a file with this media type.
    fn write_file_part(&mut self, name: &str, file: &FileUpload, media_type: &str) {
        let Some(media_type) = self.check_media_type(media_type) else {
            return;
        };
        let file_name = escape_name(file.name());
        let rest = format!("; filename=\"{file_name}\"\r\nContent-Type: {media_type}");
        match (file.content(), file.progress()) {
            (FileContent::Bytes(bytes), None) => self.write_part(name, &rest, bytes),
            // The content is not searched for the boundary, which is 128 random bits.
            (content, progress) => {
                self.write_head(name, &rest, 0);
                let file = FileSegment::new(content, progress);
                self.parts.files.push((self.parts.text.len(), file));
                self.parts.text.extend_from_slice(b"\r\n");
            }
        }
    }

    /// A media type, if it fits a header.
    fn check_media_type<'m>(&mut self, media_type: &'m str) -> Option<&'m str> {
        let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if media_type.is_empty() || !media_type.bytes().all(visible) {
            self.error.get_or_insert(MultipartError::InvalidContentType);
            return None;
        }
        Some(media_type)
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
        self.write_file_part(name, file, file.media_type());
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
