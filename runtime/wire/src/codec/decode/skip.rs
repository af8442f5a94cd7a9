//! Skipping: checking a value without building anything from it.

use super::error::{DecodeError, DecodeErrorKind};
use super::reader::Reader;

impl Reader<'_> {
    /// Consumes the next value, whatever it is, and checks its syntax.
    ///
    /// A loop, not a recursion: the kinds of the open brackets are bits of `open`,
    /// of which there are as many as [`MAX_DEPTH`](super::MAX_DEPTH) allows.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        let outside = self.depth;
        let mut open = 0u128;
        loop {
            match self.token() {
                Some(b'"') => {
                    self.position += 1;
                    self.skip_string()?;
                }
                Some(b'{') => {
                    if !self.open(b'{', b'}', "an object")? {
                        open = open << 1 | 1;
                        self.skip_key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    if !self.open(b'[', b']', "an array")? {
                        open <<= 1;
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.skip_number()?,
                Some(b'n') => self.literal("null")?,
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                Some(_) => return Err(self.syntax("expected a value")),
                None => return Err(self.error(DecodeErrorKind::UnexpectedEnd)),
            }
            loop {
                if self.depth == outside {
                    return Ok(());
                }
                let in_object = open & 1 == 1;
                if !self.closes(if in_object { b'}' } else { b']' })? {
                    if in_object {
                        self.skip_key()?;
                    }
                    break;
                }
                open >>= 1;
            }
        }
    }

    fn skip_key(&mut self) -> Result<(), DecodeError> {
        self.key_start()?;
        self.skip_string()?;
        self.colon()
    }
}
