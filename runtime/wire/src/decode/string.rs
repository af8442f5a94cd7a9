//! Strings: a fast path without escapes, and a slower one with them.

use std::borrow::Cow;

use super::error::{DecodeError, DecodeErrorKind};
use super::reader::Reader;
use super::scan::{hex_digits, string_stop};

impl<'a> Reader<'a> {
    /// Reads a string whose opening quote has been consumed.
    #[inline]
    pub(super) fn string_rest(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let start = self.position;
        let bytes = self.text.as_bytes();
        let stop = string_stop(bytes, start);
        if bytes.get(stop) == Some(&b'"') {
            self.position = stop + 1;
            return Ok(Cow::Borrowed(self.text_between(start, stop)));
        }
        self.unescaped().map(Cow::Owned)
    }

    /// Reads a string into `target`.
    pub(super) fn string_into(&mut self, target: &mut String) -> Result<(), DecodeError> {
        if self.peek_byte() != Some(b'"') {
            *target = self.filled_or_mismatch("a string")?;
            return Ok(());
        }
        self.position += 1;
        let start = self.position;
        let stop = string_stop(self.text.as_bytes(), start);
        if self.text.as_bytes().get(stop) != Some(&b'"') {
            *target = self.unescaped()?;
            return Ok(());
        }
        self.position = stop + 1;
        *target = self.text_between(start, stop).to_owned();
        Ok(())
    }

    /// Reads a string with escapes, whose opening quote has been consumed.
    #[cold]
    fn unescaped(&mut self) -> Result<String, DecodeError> {
        let mut text = String::new();
        self.string_pieces(&mut |piece| text.push_str(piece))?;
        Ok(text)
    }

    /// Checks a string whose opening quote has been consumed.
    #[inline(always)]
    pub(super) fn skip_string(&mut self) -> Result<(), DecodeError> {
        let bytes = self.text.as_bytes();
        let stop = string_stop(bytes, self.position);
        if bytes.get(stop) == Some(&b'"') {
            self.position = stop + 1;
            return Ok(());
        }
        self.string_pieces(&mut |_| {})
    }

    /// Calls `each` with the unescaped parts of a string, up to the closing quote.
    fn string_pieces(&mut self, each: &mut dyn FnMut(&str)) -> Result<(), DecodeError> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.position;
            self.position = string_stop(bytes, start);
            each(self.text_between(start, self.position));
            match bytes.get(self.position) {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let character = self.read_escape()?;
                    each(character.encode_utf8(&mut [0; 4]));
                }
                Some(_) => return Err(self.syntax_error("control character in a string")),
                None => return Err(self.error_here(DecodeErrorKind::UnexpectedEnd)),
            }
        }
    }

    /// Reads one escape, or the two that make a surrogate pair.
    fn read_escape(&mut self) -> Result<char, DecodeError> {
        let character = match self.text.as_bytes().get(self.position + 1) {
            Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.read_unicode_escape(),
            Some(_) => return Err(self.syntax_error("unknown escape in a string")),
            None => return Err(self.error_here(DecodeErrorKind::UnexpectedEnd)),
        };
        self.position += 2;
        Ok(character)
    }

    /// Reads a code point. A surrogate without its other half becomes U+FFFD, as in the decoders of
    /// JavaScript and Python that replace it when they encode the text.
    fn read_unicode_escape(&mut self) -> Result<char, DecodeError> {
        let first = self.read_code_unit()?;
        if !(0xd800..=0xdbff).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if !self.rest().starts_with(b"\\u") {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let second_at = self.position;
        match self.read_code_unit()? {
            second @ 0xdc00..=0xdfff => {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            // The second escape is a character of its own.
            _ => {
                self.position = second_at;
                Ok(char::REPLACEMENT_CHARACTER)
            }
        }
    }

    /// Consumes `\u` and four digits.
    fn read_code_unit(&mut self) -> Result<u32, DecodeError> {
        let bytes = self.text.as_bytes();
        match hex_digits(bytes, self.position + 2) {
            Some(unit) => {
                self.position += 6;
                Ok(unit)
            }
            None => {
                let digits = bytes.get(self.position + 2..).unwrap_or_default();
                let cut = digits.len() < 4 && digits.iter().all(u8::is_ascii_hexdigit);
                Err(if cut {
                    self.error_here(DecodeErrorKind::UnexpectedEnd)
                } else {
                    self.syntax_error("`\\u` without four hexadecimal digits")
                })
            }
        }
    }
}
