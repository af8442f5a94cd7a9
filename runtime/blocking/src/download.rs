//! Files that are received while they are read.

use std::fmt;
use std::io::{self, Read};

use bytes::{Buf, Bytes};

use runtime::call::Call;
use runtime::download::Download;
use runtime::error::Error;
use runtime::value::Binary;

use crate::{block_on, check_client};

/// Sends a call whose response is a file, and reads the file as a stream.
pub trait StreamBlocking {
    /// Sends the call and blocks the thread until the head of the response was received; see
    /// [`Call::stream`].
    ///
    /// # Errors
    /// Those of the async call, and [`Error::is_build`] if the client needs tokio.
    ///
    /// ```
    /// use blocking::prelude::*;
    /// # use runtime::call::Call;
    /// # use runtime::value::Binary;
    /// # fn example(call: Call<Binary>) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = std::fs::File::create("quote.pdf")?;
    /// std::io::copy(&mut call.stream_blocking()?, &mut file)?;
    /// # Ok(())
    /// # }
    /// ```
    fn stream_blocking(self) -> Result<BlockingDownload, Error>;
}

impl StreamBlocking for Call<Binary> {
    fn stream_blocking(self) -> Result<BlockingDownload, Error> {
        check_client(self.client())?;
        let download = block_on(self.stream())?;
        Ok(BlockingDownload {
            download,
            chunk: Bytes::new(),
        })
    }
}

/// A file that is received while it is read, from [`StreamBlocking::stream_blocking`].
///
/// An error of [`Read`] has an [`Error`] inside: [`io::Error::get_ref`], and then `downcast_ref`.
/// [`chunk`](Self::chunk) returns it directly.
#[must_use = "a download receives nothing unless it is read"]
pub struct BlockingDownload {
    download: Download,
    /// What is left of the last chunk.
    chunk: Bytes,
}

impl BlockingDownload {
    /// Sets a function that is called for each chunk; see [`Download::on_progress`].
    pub fn on_progress(mut self, progress: impl FnMut(u64, Option<u64>) + Send + 'static) -> Self {
        self.download = self.download.on_progress(progress);
        self
    }

    /// The length of the file in bytes, if the server states it.
    pub fn content_length(&self) -> Option<u64> {
        self.download.content_length()
    }

    /// The media type of the file, if the server states it.
    pub fn content_type(&self) -> Option<&str> {
        self.download.content_type()
    }

    /// The next chunk; `None` at the end of the file.
    ///
    /// # Errors
    /// As [`Download::chunk`].
    pub fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if self.chunk.is_empty() {
            return block_on(self.download.chunk());
        }
        Ok(Some(std::mem::take(&mut self.chunk)))
    }
}

impl Read for BlockingDownload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() && !buffer.is_empty() {
            match block_on(self.download.chunk()).map_err(io::Error::other)? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len());
        let (filled, _) = buffer.split_at_mut(count);
        self.chunk.copy_to_slice(filled);
        Ok(count)
    }
}

impl fmt::Debug for BlockingDownload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.download.fmt(out)
    }
}
