//! HTTP/1.1 messages as bytes, parsed as far as a proxy needs.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// A request or a response with its body.
#[derive(Clone, Debug)]
pub struct HttpMessage {
    /// The message as it was received.
    pub bytes: Vec<u8>,
    /// The offset of the body.
    pub body_at: usize,
}

impl HttpMessage {
    /// Reads one message with a content length; `None` at the end of the stream.
    ///
    /// # Errors
    /// If the stream ends inside a message, or the message is invalid.
    pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let body_at = loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return match bytes.len() {
                    0 => Ok(None),
                    _ => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            if let Some(end) = find(&bytes, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = content_length(&bytes[..body_at])?;
        while bytes.len() < body_at + length {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Some(Self { bytes, body_at }))
    }

    /// Whether it is a response with status 429.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.bytes.starts_with(b"HTTP/1.1 429")
    }

    /// The offset of the middle of the body.
    #[must_use]
    pub fn half(&self) -> usize {
        self.body_at + (self.bytes.len() - self.body_at) / 2
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|w| w == pattern)
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    let text = String::from_utf8_lossy(head);
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            return value
                .trim()
                .parse()
                .map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
        }
    }
    Ok(0)
}
