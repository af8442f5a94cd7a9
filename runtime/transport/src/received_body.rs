//! The body of a response while it is read: how much of it was received, and whether that is all.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::header;

use crate::{BodyStream, RawResponse, TransportError};

#[cfg(feature = "tokio")]
mod save;

#[cfg(feature = "tokio")]
pub use save::SaveError;

/// A function that is called with the bytes that were received, and how many there are in total.
type OnProgress = Box<dyn FnMut(u64, Option<u64>) + Send>;

/// The body of a response that is read in chunks. It ends after an error.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use transport::{RawResponse, ReceivedBody};
///
/// let response = RawResponse::new(StatusCode::OK, HeaderMap::new(), "a,b\n");
/// let body = ReceivedBody::of_response(&response);
/// assert_eq!(body.content_length(), Some(4));
/// ```
pub struct ReceivedBody {
    body: BodyStream,
    content_length: Option<u64>,
    received: u64,
    has_ended: bool,
    on_progress: Option<OnProgress>,
}

impl ReceivedBody {
    /// Takes the body of a response, whether or not the transport has read it.
    pub fn of_response(response: &RawResponse) -> Self {
        let stream = response.take_stream();
        let content_length = match &stream {
            Some(_) => response
                .header(header::CONTENT_LENGTH)
                .and_then(|length| length.parse().ok()),
            None => Some(response.body().len() as u64),
        };
        Self {
            body: stream.unwrap_or_else(|| BodyStream::from_bytes(response.body().clone())),
            content_length,
            received: 0,
            has_ended: false,
            on_progress: None,
        }
    }

    /// Sets a function that is called for each chunk, with the number of bytes that were received
    /// so far and the content length.
    pub fn set_progress(&mut self, on_progress: impl FnMut(u64, Option<u64>) + Send + 'static) {
        self.on_progress = Some(Box::new(on_progress));
    }

    /// The length of the body in bytes, if the server states it.
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// How many bytes were received so far.
    pub fn received(&self) -> u64 {
        self.received
    }
}

impl Stream for ReceivedBody {
    type Item = Result<Bytes, InterruptedBody>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let source = match ready!(Pin::new(&mut self.body).poll_next(context)) {
            Some(Ok(chunk)) => {
                self.received += chunk.len() as u64;
                let (received, total) = (self.received, self.content_length);
                if let Some(on_progress) = &mut self.on_progress {
                    on_progress(received, total);
                }
                return Poll::Ready(Some(Ok(chunk)));
            }
            Some(Err(error)) => Some(error),
            None => None,
        };
        self.has_ended = true;
        let is_short = self.content_length.is_some_and(|all| self.received < all);
        let is_failed = source.is_some() || is_short;
        Poll::Ready(is_failed.then(|| {
            Err(InterruptedBody {
                received: self.received,
                expected: self.content_length,
                source,
            })
        }))
    }
}

impl fmt::Debug for ReceivedBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ReceivedBody")
            .field("content_length", &self.content_length)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// How far the body of a response was received before it was interrupted.
#[derive(Debug)]
pub struct InterruptedBody {
    received: u64,
    expected: Option<u64>,
    /// None if the body ended early without an error of the transport.
    source: Option<TransportError>,
}

impl InterruptedBody {
    /// How many bytes were received.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes the server announced, if it did.
    pub fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// Whether the next chunk took too long.
    pub fn is_timeout(&self) -> bool {
        self.source.as_ref().is_some_and(TransportError::is_timeout)
    }
}

impl fmt::Display for InterruptedBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the body ended after {}", self.received)?;
        match self.expected {
            Some(expected) => write!(out, " of {expected} bytes"),
            None => out.write_str(" bytes"),
        }
    }
}

impl Error for InterruptedBody {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests;
