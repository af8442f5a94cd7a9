//! The body of a response, in chunks as they are received.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

use crate::TransportError;

/// The body of a response that is read while it is received.
///
/// It ends after an error. Dropping it before its end closes the connection.
///
/// ```
/// use transport::BodyStream;
///
/// let body = BodyStream::from_bytes("a,b\n");
/// # let _ = body;
/// ```
pub struct BodyStream(Chunks);

/// The next chunk, or the end of a body.
type PolledChunk = Poll<Option<Result<Bytes, TransportError>>>;

enum Chunks {
    InMemory(Bytes),
    Received(Box<dyn FnMut(&mut Context<'_>) -> PolledChunk + Send>),
    Ended,
}

impl BodyStream {
    /// Creates a body from a stream of its chunks, for transports. The stream fails if the next
    /// chunk takes longer than [`Request::stall_limit`](crate::Request::stall_limit).
    pub fn new(chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static) -> Self {
        let mut chunks = Box::pin(chunks);
        Self::from_poll_fn(move |context| chunks.as_mut().poll_next(context))
    }

    /// Creates a body from a function that polls for the next chunk. It is not called again after
    /// the end or an error.
    ///
    /// ```
    /// use std::task::Poll;
    /// use transport::BodyStream;
    ///
    /// let empty = BodyStream::from_poll_fn(|_| Poll::Ready(None));
    /// # let _ = empty;
    /// ```
    pub fn from_poll_fn(
        poll_chunk: impl FnMut(&mut Context<'_>) -> PolledChunk + Send + 'static,
    ) -> Self {
        Self(Chunks::Received(Box::new(poll_chunk)))
    }

    /// Creates a body of bytes in memory.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Chunks::InMemory(bytes.into()))
    }

    /// Polls for the next chunk; `None` at the end, and after an error. No chunk is empty.
    pub fn poll_chunk(&mut self, context: &mut Context<'_>) -> PolledChunk {
        let last = match &mut self.0 {
            Chunks::Ended => None,
            Chunks::InMemory(bytes) if bytes.is_empty() => None,
            Chunks::InMemory(bytes) => return Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Chunks::Received(poll_chunk) => loop {
                match ready!(poll_chunk(context)) {
                    Some(Ok(chunk)) if chunk.is_empty() => {}
                    Some(Ok(chunk)) => return Poll::Ready(Some(Ok(chunk))),
                    last => break last,
                }
            },
        };
        self.0 = Chunks::Ended;
        Poll::Ready(last)
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledChunk {
        self.poll_chunk(context)
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("BodyStream")
    }
}
