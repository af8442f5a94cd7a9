//! Responses that are files, read as a stream.
//!
//! In: a call whose response is a file. Out: a [`Download`], as soon as the head of the response was
//! received. Up to then the call is one like any other: credentials, retries, limits and time limits
//! apply. The body is read afterwards, when the program asks for it; only the stall timeout applies
//! then, and neither the limit of the length of a response nor the deadline of the call.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;
use transport::ReceivedBody;
#[cfg(feature = "tokio")]
use transport::SaveError;

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, ErrorKind, TimeLimit};
use crate::execute::CompletedCall;
use crate::http::RawResponse;
use crate::request::PreparedRequest;
use crate::value::Binary;

pub use transport::InterruptedBody;

/// Calls whose response is a file.
impl Call<Binary> {
    /// Sends the call and returns as soon as the head of the response was received. The body is
    /// read from the result and is never in memory as a whole.
    ///
    /// The options of the call apply until then. An interrupted body is not requested again.
    ///
    /// # Errors
    /// Those of the call.
    ///
    /// ```
    /// # use runtime::call::Call;
    /// # use runtime::error::Error;
    /// # use runtime::value::Binary;
    /// # async fn example(call: Call<Binary>) -> Result<(), Error> {
    /// let mut download = call.stream().await?;
    /// println!("{:?} bytes of {:?}", download.content_length(), download.content_type());
    /// while let Some(chunk) = download.chunk().await? {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stream(self) -> Result<Download, Error> {
        let Self {
            client,
            mut prepared,
            ..
        } = self;
        prepared.request.wants_stream = true;
        let completed = client.send_prepared(prepared).await?;
        let body = ReceivedBody::of_response(&completed.response);
        Ok(Download { completed, body })
    }
}

/// Calls for files by URL.
impl Client {
    /// Creates a call of the file at a URL that the server sent, such as `file.url`.
    ///
    /// The URL must be one of the API's hosts, as the API states them or as the client is
    /// configured; the request goes to the configured host. The call fails with
    /// [`Error::is_build`] for any other URL, since it would send the API key there. URLs of
    /// file links are public and not for this method.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// # async fn example(client: Client, url: &str) -> Result<(), Error> {
    /// let mut download = client.file_at(url).stream().await?;
    /// while let Some(chunk) = download.chunk().await? {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn file_at(&self, url: &str) -> Call<Binary> {
        Call::new(self, PreparedRequest::for_file_url(self.defaults(), url))
    }
}

/// A file that is received while it is read, from [`Call::stream`].
///
/// It is a [`Stream`] of chunks and ends after an error. An error within the body is
/// [`Error::is_interrupted`], or [`Error::is_timeout`] if the next chunk took longer than the
/// client's [`stall_timeout`](crate::client::ClientBuilder::stall_timeout);
/// [`Error::bytes_received`] is how far it got, and an [`InterruptedBody`] is among its sources. Dropping a download closes its connection.
#[must_use = "a download receives nothing unless it is read"]
pub struct Download {
    completed: CompletedCall,
    body: ReceivedBody,
}

impl Download {
    /// Sets a function that is called for each chunk, with the number of bytes that were received
    /// so far and the [`content_length`](Self::content_length). The first number grows with every
    /// call and ends with the length of the file.
    pub fn on_progress(mut self, progress: impl FnMut(u64, Option<u64>) + Send + 'static) -> Self {
        self.body.set_progress(progress);
        self
    }

    /// The length of the file in bytes, if the server states it.
    pub fn content_length(&self) -> Option<u64> {
        self.body.content_length()
    }

    /// The media type of the file, such as `application/pdf`, if the server states it.
    pub fn content_type(&self) -> Option<&str> {
        self.response().header(http::header::CONTENT_TYPE)
    }

    /// The head of the response. Its body is empty if the transport streams.
    pub fn response(&self) -> &RawResponse {
        &self.completed.response
    }

    /// How many bytes were received so far.
    pub fn received(&self) -> u64 {
        self.body.received()
    }

    /// The next chunk; `None` at the end of the file.
    ///
    /// # Errors
    /// Returns [`Error::is_interrupted`] or [`Error::is_timeout`], and `None` afterwards.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.next().await.transpose()
    }

    /// Writes the rest of the file to a writer, flushes it, and returns the number of bytes that
    /// were written. One chunk at a time is in memory.
    ///
    /// # Errors
    /// Returns the errors of [`chunk`](Self::chunk), and [`Error::is_file_write`] if the writer
    /// fails.
    ///
    /// ```
    /// # use runtime::call::Call;
    /// # use runtime::value::Binary;
    /// # async fn example(call: Call<Binary>) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut output = tokio::fs::File::create("report.csv").await?;
    /// call.stream().await?.write_to(&mut output).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn write_to(
        &mut self,
        writer: &mut (dyn tokio::io::AsyncWrite + Unpin + Send),
    ) -> Result<u64, Error> {
        let written = self.body.write_to(writer).await;
        written.map_err(|error| self.save_error(error))
    }

    /// Writes the rest of the file to a path, replaces a file there, and returns the number of bytes
    /// that were written. Needs a runtime of tokio.
    ///
    /// The bytes are written to a file with the same path and `.part`, which is renamed when it is
    /// complete and removed after an error. It remains if the future is dropped.
    ///
    /// # Errors
    /// As [`write_to`](Self::write_to).
    ///
    /// ```
    /// # use runtime::call::Call;
    /// # use runtime::error::Error;
    /// # use runtime::value::Binary;
    /// # async fn example(call: Call<Binary>) -> Result<(), Error> {
    /// let length = call.stream().await?.save_to("quote.pdf").await?;
    /// println!("{length} bytes");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn save_to(mut self, path: impl AsRef<std::path::Path>) -> Result<u64, Error> {
        let saved = self.body.save_to(path.as_ref()).await;
        saved.map_err(|error| self.save_error(error))
    }

    #[cfg(feature = "tokio")]
    fn save_error(&self, error: SaveError) -> Error {
        match error {
            SaveError::Body(body) => self.interrupted_error(body),
            SaveError::Write(source) => {
                let error = Error::from_kind(ErrorKind::FileWrite).with_source(source);
                self.completed.response_error(error)
            }
        }
    }

    fn interrupted_error(&self, body: InterruptedBody) -> Error {
        let error = match body.is_timeout() {
            true => Error::from_kind(ErrorKind::Timeout).with_time_limit(TimeLimit::BodyStall),
            false => Error::from_kind(ErrorKind::Interrupted),
        };
        self.completed.response_error(error.with_source(body))
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(self.body.poll_next_unpin(context));
        Poll::Ready(chunk.map(|chunk| chunk.map_err(|error| self.interrupted_error(error))))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Download")
            .field("response", self.response())
            .field("body", &self.body)
            .finish()
    }
}
