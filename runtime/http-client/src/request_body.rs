//! The body of a request: bytes in memory, or a reader.

use std::fmt;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// How many bytes are read from a reader at once.
const CHUNK_LEN: usize = 64 * 1024;

/// The body of a request.
///
/// ```
/// use http_client::RequestBody;
///
/// let body = RequestBody::from("a=1");
/// let streamed = RequestBody::from_reader(1_000, std::io::repeat(0));
/// # let _ = (body, streamed);
/// ```
pub struct RequestBody(Source);

enum Source {
    Full(Full<Bytes>),
    Reader(ReaderBody),
}

/// A body that is read while it is sent.
struct ReaderBody {
    /// The number of bytes that are not read yet.
    left: u64,
    state: ReadState,
}

enum ReadState {
    Idle(Box<dyn Read + Send>),
    /// The reader blocks, so it is on a thread for blocking work.
    Reading(JoinHandle<(Box<dyn Read + Send>, io::Result<Bytes>)>),
    Ended,
}

impl RequestBody {
    /// A body of exactly `length` bytes, which are read on a thread of tokio's for blocking work.
    /// Sending fails if the reader fails or ends before.
    pub fn from_reader(length: u64, reader: impl Read + Send + 'static) -> Self {
        Self(Source::Reader(ReaderBody {
            left: length,
            state: ReadState::Idle(Box::new(reader)),
        }))
    }
}

impl<B: Into<Bytes>> From<B> for RequestBody {
    fn from(bytes: B) -> Self {
        Self(Source::Full(Full::new(bytes.into())))
    }
}

impl ReaderBody {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match &mut self.state {
                ReadState::Ended => return Poll::Ready(None),
                ReadState::Idle(_) if self.left == 0 => self.state = ReadState::Ended,
                ReadState::Idle(_) => {
                    let state = std::mem::replace(&mut self.state, ReadState::Ended);
                    if let ReadState::Idle(reader) = state {
                        let length = usize::try_from(self.left).unwrap_or(CHUNK_LEN);
                        let length = length.min(CHUNK_LEN);
                        let read = spawn_blocking(move || read_chunk(reader, length));
                        self.state = ReadState::Reading(read);
                    }
                }
                ReadState::Reading(read) => {
                    let read = ready!(Pin::new(read).poll(context));
                    self.state = ReadState::Ended;
                    let chunk = match read {
                        Ok((_, Ok(chunk))) if chunk.is_empty() => {
                            Err(io::ErrorKind::UnexpectedEof.into())
                        }
                        Ok((reader, Ok(chunk))) => {
                            self.left -= chunk.len() as u64;
                            self.state = ReadState::Idle(reader);
                            Ok(chunk)
                        }
                        Ok((_, Err(error))) => Err(error),
                        // The reader panicked, or the runtime shuts down.
                        Err(error) => Err(io::Error::other(error)),
                    };
                    return Poll::Ready(Some(chunk));
                }
            }
        }
    }
}

/// Reads at most `length` bytes: as many as there are, so that few chunks are sent.
fn read_chunk(
    mut reader: Box<dyn Read + Send>,
    length: usize,
) -> (Box<dyn Read + Send>, io::Result<Bytes>) {
    let mut chunk = Vec::with_capacity(length);
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    let result = reader.by_ref().take(limit).read_to_end(&mut chunk);
    (reader, result.map(|_| Bytes::from(chunk)))
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Source::Full(full) => {
                let frame = ready!(Pin::new(full).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Source::Reader(reader) => {
                let chunk = ready!(reader.poll_chunk(context));
                Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Full(full) => full.is_end_stream(),
            Source::Reader(reader) => {
                reader.left == 0 && !matches!(reader.state, ReadState::Reading(_))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Full(full) => full.size_hint(),
            Source::Reader(reader) => SizeHint::with_exact(reader.left),
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RequestBody")
    }
}
