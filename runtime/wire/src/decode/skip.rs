//! Skipping: checking a value without building anything from it.

use super::error::{DecodeError, DecodeErrorKind};
use super::reader::Reader;

impl Reader<'_> {
    /// Consumes the next value of any kind and checks its syntax.
    ///
    /// It is a loop, not a recursion: the kinds of the open brackets are the bits of `open`, which
    /// has as many as [`MAX_DEPTH`](super::MAX_DEPTH).
    pub(super) fn skip_value(&mut self) -> Result<(), DecodeError> {
        let outside = self.depth;
        let mut open = 0u128;
        loop {
            match self.peek_byte() {
                Some(b'"') => {
                    self.position += 1;
                    self.skip_string()?;
                }
                Some(b'{') => {
                    if !self.open_container(b'{', b'}', "an object")? {
                        open = open << 1 | 1;
                        self.skip_key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    if !self.open_container(b'[', b']', "an array")? {
                        open <<= 1;
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.skip_number()?,
                Some(b'n') => self.expect_literal(b"null")?,
                Some(b't') => self.expect_literal(b"true")?,
                Some(b'f') => self.expect_literal(b"false")?,
                Some(_) => return Err(self.syntax_error("expected a value")),
                None => return Err(self.error_here(DecodeErrorKind::UnexpectedEnd)),
            }
            loop {
                if self.depth == outside {
                    return Ok(());
                }
                let in_object = open & 1 == 1;
                if !self.close_or_continue(if in_object { b'}' } else { b']' })? {
                    if in_object {
                        self.skip_key()?;
                    }
                    break;
                }
                open >>= 1;
            }
        }
    }

    #[inline(always)]
    fn skip_key(&mut self) -> Result<(), DecodeError> {
        self.key_start()?;
        self.skip_string()?;
        self.expect_colon()
    }
}
