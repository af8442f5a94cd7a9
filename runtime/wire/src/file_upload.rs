//! A file among the parameters of an operation.

use std::fmt;

use bytes::Bytes;

/// A file to upload.
///
/// ```
/// use wire::codec::FileUpload;
///
/// let file = FileUpload::new("receipt.png", &b"\x89PNG"[..]).content_type("image/png");
/// assert_eq!(file.name(), "receipt.png");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FileUpload {
    name: String,
    content_type: String,
    bytes: Bytes,
}

impl FileUpload {
    /// A file of that name and content, of type `application/octet-stream`.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            content_type: "application/octet-stream".to_owned(),
            bytes: bytes.into(),
        }
    }

    /// Sets the media type, for example `image/png`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// The file name that is sent.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type.
    pub fn media_type(&self) -> &str {
        &self.content_type
    }

    /// The content.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Shows the length of the content, not the content.
impl fmt::Debug for FileUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileUpload")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("length", &self.bytes.len())
            .finish()
    }
}
