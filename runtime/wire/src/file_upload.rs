//! A file among the parameters of an operation.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

/// The media type of a file that has none of its own.
pub(crate) const BYTES: &str = "application/octet-stream";

/// A function that is called with the bytes that were sent, and how many there are in total.
pub(crate) type ProgressFn = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Why a file cannot be uploaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum UploadError {
    /// The file cannot be opened or read.
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file has another length or time of modification than when its upload was created, so
    /// that this attempt would send other bytes than an earlier one.
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The reader was read by an earlier attempt, and can be read once.
    AlreadyRead,
    /// The source ended before it had the length that was stated.
    TooShort {
        /// How many bytes are missing.
        missing: u64,
    },
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "the file {} cannot be read", path.display()),
            Self::Changed { path } => {
                write!(
                    f,
                    "the file {} has changed since its upload was created",
                    path.display()
                )
            }
            Self::AlreadyRead => f.write_str("the reader of the file was already read"),
            Self::TooShort { missing } => write!(f, "the file ended {missing} bytes too early"),
        }
    }
}

impl Error for UploadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A file to upload: bytes in memory, or a source that is read while it is sent.
///
/// ```no_run
/// use wire::codec::FileUpload;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let file = FileUpload::new("receipt.png", &b"\x89PNG"[..]).content_type("image/png");
/// assert_eq!(file.name(), "receipt.png");
///
/// let large = FileUpload::from_path("evidence.pdf")?
///     .content_type("application/pdf")
///     .on_progress(|sent, total| println!("{sent} of {total} bytes"));
/// # let _ = large;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FileUpload {
    name: String,
    content_type: String,
    content: FileContent,
    progress: Option<ProgressFn>,
}

/// Where the bytes of a file come from.
#[derive(Clone)]
pub(crate) enum FileContent {
    Bytes(Bytes),
    Path(Arc<FileAtPath>),
    Reader(Arc<OneShotReader>),
}

/// A file of the file system, as it was when its upload was created.
#[derive(PartialEq, Eq)]
pub(crate) struct FileAtPath {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

/// A reader, which can be read once.
pub(crate) struct OneShotReader {
    reader: Mutex<Option<Box<dyn Read + Send>>>,
    length: u64,
}

impl FileUpload {
    /// A file of that name and content, of type `application/octet-stream`.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::from_content(name.into(), FileContent::Bytes(bytes.into()))
    }

    /// A file of the file system, of type `application/octet-stream` and with the name that the
    /// path ends with. It is read while it is sent, so its size does not matter for memory, and
    /// opened again for each attempt. The length in bytes is that of now: a file that changes
    /// afterwards fails with [`UploadError::Changed`].
    ///
    /// # Errors
    /// [`UploadError::Io`] if there is no such file, or it is no regular file.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, UploadError> {
        let path = path.as_ref();
        let failed = |source| UploadError::Io {
            path: path.to_owned(),
            source,
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(failed(io::Error::other("not a regular file")));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = FileAtPath {
            path: path.to_owned(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        };
        Ok(Self::from_content(
            name.into_owned(),
            FileContent::Path(Arc::new(file)),
        ))
    }

    /// A file whose `length` bytes are read from a reader while they are sent. A reader that ends
    /// earlier fails the upload; more bytes are not read.
    ///
    /// A reader can be read once, so that an attempt that began to read it is not repeated: the
    /// call returns the error of that attempt. Use [`from_path`](Self::from_path) for uploads that
    /// are to be retried.
    ///
    /// ```
    /// use wire::codec::FileUpload;
    ///
    /// let file = FileUpload::from_reader("zeros.bin", 1_000_000_000, std::io::repeat(0));
    /// assert_eq!(file.length(), 1_000_000_000);
    /// ```
    pub fn from_reader(
        name: impl Into<String>,
        length: u64,
        reader: impl Read + Send + 'static,
    ) -> Self {
        let reader = OneShotReader {
            reader: Mutex::new(Some(Box::new(reader))),
            length,
        };
        Self::from_content(name.into(), FileContent::Reader(Arc::new(reader)))
    }

    fn from_content(name: String, content: FileContent) -> Self {
        Self {
            name,
            content_type: BYTES.to_owned(),
            content,
            progress: None,
        }
    }

    /// Sets the media type, for example `image/png`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Sets the file name that is sent.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets a function that is called while the file is sent, with the number of bytes that were
    /// passed to the transport and the length of the file, both in bytes.
    ///
    /// The first number grows with every call and ends with the length. A retry sends the bytes
    /// again without repeating calls. The function runs on the thread that sends, and must not
    /// block. It is not called for an empty file. A transport that does not stream reads the file
    /// into memory first, and the calls are made then.
    #[must_use]
    pub fn on_progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
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

    /// The length of the content in bytes.
    pub fn length(&self) -> u64 {
        self.content.length()
    }

    /// The content, if it is in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.content {
            FileContent::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn content(&self) -> &FileContent {
        &self.content
    }

    pub(crate) fn progress(&self) -> Option<&ProgressFn> {
        self.progress.as_ref()
    }
}

impl FileContent {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Path(file) => file.length,
            Self::Reader(reader) => reader.length,
        }
    }

    /// Whether the content can be read from its begin.
    pub(crate) fn is_readable(&self) -> bool {
        match self {
            Self::Reader(source) => {
                let reader = source.reader.lock();
                reader.unwrap_or_else(PoisonError::into_inner).is_some()
            }
            _ => true,
        }
    }

    /// Checks that a file is what it was when its upload was created.
    pub(crate) fn check_source(&self) -> Result<(), UploadError> {
        match self {
            Self::Path(file) => file.check_metadata(fs::metadata(&file.path)),
            Self::Reader(_) if !self.is_readable() => Err(UploadError::AlreadyRead),
            _ => Ok(()),
        }
    }

    /// Opens the content. A reader is taken.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, UploadError> {
        match self {
            Self::Bytes(bytes) => Ok(Box::new(io::Cursor::new(bytes.clone()))),
            Self::Path(file) => {
                let opened = fs::File::open(&file.path).map_err(|error| file.io_error(error))?;
                file.check_metadata(opened.metadata())?;
                Ok(Box::new(opened))
            }
            Self::Reader(source) => {
                let mut reader = source.reader.lock().unwrap_or_else(PoisonError::into_inner);
                reader.take().ok_or(UploadError::AlreadyRead)
            }
        }
    }
}

impl FileAtPath {
    fn check_metadata(&self, found: io::Result<fs::Metadata>) -> Result<(), UploadError> {
        let found = found.map_err(|error| self.io_error(error))?;
        if found.len() == self.length && found.modified().ok() == self.modified {
            return Ok(());
        }
        Err(UploadError::Changed {
            path: self.path.clone(),
        })
    }

    fn io_error(&self, source: io::Error) -> UploadError {
        UploadError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// Two files are equal if name, media type and content are: bytes by value, files by path, length
/// and time of modification, and a reader only to a clone of itself.
impl PartialEq for FileUpload {
    fn eq(&self, other: &Self) -> bool {
        let is_same_content = match (&self.content, &other.content) {
            (FileContent::Bytes(one), FileContent::Bytes(other)) => one == other,
            (FileContent::Path(one), FileContent::Path(other)) => one == other,
            (FileContent::Reader(one), FileContent::Reader(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        is_same_content && self.name == other.name && self.content_type == other.content_type
    }
}

impl Eq for FileUpload {}

/// Shows the length of the content, not the content and not its path.
impl fmt::Debug for FileUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileUpload")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("length", &self.length())
            .finish()
    }
}
