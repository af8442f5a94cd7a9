//! Writes a body to a file, or to any writer of tokio's.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::Pin;

use bytes::{Buf, Bytes};
use futures_core::Stream;
use tokio::fs::{File, remove_file, rename};
use tokio::io::AsyncWrite;

use super::{InterruptedBody, ReceivedBody};

/// Why a body was not written completely.
#[derive(Debug)]
pub enum SaveError {
    /// The body was interrupted.
    Body(InterruptedBody),
    /// The writer or the file system failed.
    Write(io::Error),
}

impl ReceivedBody {
    /// Writes the rest of the body to a writer, flushes it, and returns the number of bytes.
    ///
    /// # Errors
    /// If the body is interrupted or the writer fails.
    pub async fn write_to(
        &mut self,
        writer: &mut (dyn AsyncWrite + Unpin + Send),
    ) -> Result<u64, SaveError> {
        let before = self.received;
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await {
            let chunk = chunk.map_err(SaveError::Body)?;
            let written = write_chunk(writer, chunk).await;
            written.map_err(SaveError::Write)?;
        }
        let flushed = poll_fn(|context| Pin::new(&mut *writer).poll_flush(context)).await;
        flushed.map_err(SaveError::Write)?;
        Ok(self.received - before)
    }

    /// Writes the rest of the body to a file with the same path and `.part`, which is renamed when
    /// it is complete and removed after an error. Returns the number of bytes.
    ///
    /// # Errors
    /// If the body is interrupted or the file cannot be written.
    pub async fn save_to(&mut self, path: &Path) -> Result<u64, SaveError> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".part");
        let mut file = File::create(&partial).await.map_err(SaveError::Write)?;
        let mut saved = self.write_to(&mut file).await;
        drop(file);
        if saved.is_ok() {
            if let Err(error) = rename(&partial, path).await {
                saved = Err(SaveError::Write(error));
            }
        }
        if saved.is_err() {
            // What failed before is the error that matters.
            let _ = remove_file(&partial).await;
        }
        saved
    }
}

async fn write_chunk(
    writer: &mut (dyn AsyncWrite + Unpin + Send),
    mut chunk: Bytes,
) -> io::Result<()> {
    while !chunk.is_empty() {
        match poll_fn(|context| Pin::new(&mut *writer).poll_write(context, &chunk)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => chunk.advance(count),
        }
    }
    Ok(())
}
