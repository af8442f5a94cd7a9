//! Reads the body of a response: whole, within a limit of its length, or chunk by chunk. Both within
//! a limit of the time between chunks.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Incoming};
use tokio::time::{Sleep, sleep};

/// The maximum number of bytes that are allocated in advance, for any content length.
const MAX_RESERVED_LEN: usize = 1 << 20;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The body is longer than the limit.
    #[error("the body is too long")]
    TooLong,
    /// The next chunk took too long.
    #[error("the body stalled for {0:?}")]
    Stalled(Duration),
    /// The connection broke.
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

/// Reads a body to its end, but never more than `limit` bytes, and waits for each chunk no longer
/// than `stall`.
///
/// # Errors
/// If the body is longer, stalls, or ends early.
pub async fn read_body(body: Incoming, limit: usize, stall: Duration) -> Result<Bytes, ReadError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(ReadError::TooLong);
    }
    let mut body = pin!(body);
    let Some(first) = read_chunk(body.as_mut(), stall).await? else {
        return Ok(Bytes::new());
    };
    if body.is_end_stream() && first.len() <= limit {
        return Ok(first);
    }
    let mut read = BytesMut::from(first);
    read.reserve(announced.min(MAX_RESERVED_LEN));
    while read.len() <= limit {
        match read_chunk(body.as_mut(), stall).await? {
            Some(chunk) => read.extend_from_slice(&chunk),
            None => return Ok(read.freeze()),
        }
    }
    Err(ReadError::TooLong)
}

/// A body that is read chunk by chunk.
#[derive(Debug)]
pub struct BodyChunks {
    body: Incoming,
    stall: Duration,
    /// Runs while a chunk is waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl BodyChunks {
    /// A body whose chunks are waited for no longer than `stall`.
    pub fn new(body: Incoming, stall: Duration) -> Self {
        Self {
            body,
            stall,
            timer: None,
        }
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    /// If the body stalls or ends early. It must not be polled again.
    pub fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, ReadError>>> {
        if let Poll::Ready(chunk) = poll_data(Pin::new(&mut self.body), context) {
            self.timer = None;
            return Poll::Ready(chunk.map(|chunk| chunk.map_err(ReadError::Broken)));
        }
        let stall = self.stall;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(stall)));
        let expired = timer.as_mut().poll(context);
        expired.map(|()| Some(Err(ReadError::Stalled(stall))))
    }
}

/// The next chunk of a body, if it is received in time. There is no timer while chunks are ready.
async fn read_chunk(
    mut body: Pin<&mut Incoming>,
    stall: Duration,
) -> Result<Option<Bytes>, ReadError> {
    let mut timer = None;
    poll_fn(|context| {
        if let Poll::Ready(chunk) = poll_data(body.as_mut(), context) {
            return Poll::Ready(chunk.transpose().map_err(ReadError::Broken));
        }
        let timer = timer.get_or_insert_with(|| Box::pin(sleep(stall)));
        let expired = timer.as_mut().poll(context);
        expired.map(|()| Err(ReadError::Stalled(stall)))
    })
    .await
}

/// The next data of a body, without its trailers.
fn poll_data(
    mut body: Pin<&mut Incoming>,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, hyper::Error>>> {
    loop {
        return Poll::Ready(match body.as_mut().poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => Some(Ok(data)),
                Err(_) => continue,
            },
            Poll::Ready(Some(Err(error))) => Some(Err(error)),
            Poll::Ready(None) => None,
            Poll::Pending => return Poll::Pending,
        });
    }
}
