//! A body with files that are read while it is sent.
//!
//! In: the text of a multipart body and the files between its parts. Out: its length, and as often
//! as it is sent a reader of all its bytes. This module does blocking input and no networking.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};

use crate::file_upload::{FileContent, FileUpload, ProgressFn, UploadError};

/// A body that is read while it is sent. Clones share the sources.
#[derive(Clone)]
pub struct UploadBody {
    segments: Arc<[Segment]>,
    length: u64,
}

/// A part of a body.
#[derive(Clone)]
pub(crate) enum Segment {
    Text(Bytes),
    File(FileSegment),
}

/// A file within a body.
#[derive(Clone)]
pub(crate) struct FileSegment {
    content: FileContent,
    progress: Option<Arc<UploadProgress>>,
}

/// How much of a file was sent, for all attempts of one call.
struct UploadProgress {
    callback: ProgressFn,
    reported: AtomicU64,
}

impl FileSegment {
    pub(crate) fn new(content: &FileContent, callback: Option<&ProgressFn>) -> Self {
        Self {
            content: content.clone(),
            progress: callback.map(|callback| {
                Arc::new(UploadProgress {
                    callback: Arc::clone(callback),
                    reported: AtomicU64::new(0),
                })
            }),
        }
    }

    fn report_progress(&self, sent: u64) {
        if let Some(progress) = &self.progress {
            if progress.reported.fetch_max(sent, Ordering::Relaxed) < sent {
                (progress.callback)(sent, self.content.length());
            }
        }
    }
}

impl Segment {
    fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(file) => file.content.length(),
        }
    }
}

impl UploadBody {
    pub(crate) fn new(segments: Vec<Segment>) -> Self {
        Self {
            length: segments.iter().map(Segment::length).sum(),
            segments: segments.into(),
        }
    }

    /// A body that is one file.
    pub(crate) fn from_file(file: &FileUpload) -> Self {
        let segment = FileSegment::new(file.content(), file.progress());
        Self::new(vec![Segment::File(segment)])
    }

    fn files(&self) -> impl Iterator<Item = &FileContent> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::File(file) => Some(&file.content),
            Segment::Text(_) => None,
        })
    }

    /// The length in bytes: the value of the header `Content-Length`.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether another attempt can send the same bytes: no source is a reader that was read.
    pub fn is_repeatable(&self) -> bool {
        self.files().all(FileContent::is_readable)
    }

    /// Whether all files are bytes in memory.
    pub fn is_in_memory(&self) -> bool {
        self.files()
            .all(|file| matches!(file, FileContent::Bytes(_)))
    }

    /// Checks that every file is what it was when its upload was created.
    ///
    /// # Errors
    /// [`UploadError::Changed`], [`UploadError::Io`] or [`UploadError::AlreadyRead`].
    pub fn check_sources(&self) -> Result<(), UploadError> {
        self.files().try_for_each(FileContent::check_source)
    }

    /// A reader of all bytes. Files are opened when they are reached.
    pub fn open(&self) -> UploadReader {
        UploadReader {
            body: self.clone(),
            next: 0,
            current: Current::Text(Bytes::new()),
        }
    }

    /// Reads the whole body into memory.
    ///
    /// # Errors
    /// The same as reading it.
    pub fn read_to_bytes(&self) -> io::Result<Bytes> {
        let capacity = usize::try_from(self.length).map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(capacity)
            .map_err(io::Error::other)?;
        self.open().read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

impl fmt::Debug for UploadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadBody")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// A reader of a body, for one attempt. It returns exactly [`UploadBody::length`] bytes, or an error
/// whose inner error is an [`UploadError`].
pub struct UploadReader {
    body: UploadBody,
    /// The index of the segment after the current one.
    next: usize,
    current: Current,
}

/// What is left of the current segment.
enum Current {
    Text(Bytes),
    File {
        index: usize,
        reader: Box<dyn Read + Send>,
        left: u64,
    },
}

impl UploadReader {
    /// Opens the next segment; false at the end.
    fn advance(&mut self) -> Result<bool, UploadError> {
        let Some(segment) = self.body.segments.get(self.next) else {
            return Ok(false);
        };
        self.current = match segment {
            Segment::Text(text) => Current::Text(text.clone()),
            Segment::File(file) => Current::File {
                index: self.next,
                reader: file.content.open()?,
                left: file.content.length(),
            },
        };
        self.next += 1;
        Ok(true)
    }

    /// Reads from the current segment; 0 at its end.
    fn read_current(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.current {
            Current::Text(text) => {
                let count = text.len().min(buffer.len());
                let (filled, _) = buffer.split_at_mut(count);
                text.copy_to_slice(filled);
                Ok(count)
            }
            Current::File { left: 0, .. } => Ok(0),
            Current::File {
                index,
                reader,
                left,
            } => {
                let count = reader.take(*left).read(buffer)?;
                if count == 0 {
                    return Err(io::Error::other(UploadError::TooShort { missing: *left }));
                }
                *left -= count as u64;
                if let Some(Segment::File(file)) = self.body.segments.get(*index) {
                    // The file must be the same after its last byte was read, or the server gets a
                    // mixture of two versions.
                    if *left == 0 && matches!(file.content, FileContent::Path(_)) {
                        file.content.check_source().map_err(io::Error::other)?;
                    }
                    file.report_progress(file.content.length() - *left);
                }
                Ok(count)
            }
        }
    }
}

impl Read for UploadReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = self.read_current(buffer)?;
            if count > 0 || !self.advance().map_err(io::Error::other)? {
                return Ok(count);
            }
        }
    }
}

impl fmt::Debug for UploadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadReader")
            .field("length", &self.body.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
