//! Answers that are no JSON.

use std::fmt;

use bytes::Bytes;

/// The body of an answer that is a file, for example a PDF.
///
/// ```
/// use runtime::value::Binary;
///
/// let pdf = Binary::new(Some("application/pdf".to_owned()), &b"%PDF-1.7"[..]);
/// assert_eq!(pdf.bytes.len(), 8);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binary {
    /// What the server says the bytes are.
    pub content_type: Option<String>,
    /// The bytes.
    pub bytes: Bytes,
}

impl Binary {
    /// Bytes of a media type.
    pub fn new(content_type: Option<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            content_type,
            bytes: bytes.into(),
        }
    }
}

/// Shows the size of the content, not the content.
impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binary")
            .field("content_type", &self.content_type)
            .field("length", &self.bytes.len())
            .finish()
    }
}
