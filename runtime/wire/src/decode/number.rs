//! Numbers: the strict grammar, and decoding to `i64` and `f64`.

use super::error::{DecodeError, DecodeErrorKind};
use super::reader::Reader;

impl<'a> Reader<'a> {
    /// Reads a number as an integer.
    ///
    /// Every notation of an integral value in the range of `i64` is accepted, including `1.0`,
    /// `1e2` and `-0`; a fraction or a value out of range is an error.
    ///
    /// ```
    /// use wire::codec::decode;
    ///
    /// assert_eq!(decode::<i64>(b"1.50e1").ok(), Some(15));
    /// assert!(decode::<i64>(b"1.5").is_err());
    /// assert!(decode::<i64>(b"9223372036854775808").is_err());
    /// ```
    ///
    /// In fields whose [`RecordShape`](super::RecordShape) says so, the notation may also be in
    /// quotes.
    pub fn integer(&mut self) -> Result<i64, DecodeError> {
        let negative = match self.peek_byte() {
            Some(b'-') => true,
            Some(b'0'..=b'9') => false,
            Some(b'"') if self.integers_in_text => return self.integer_in_text(),
            _ => return self.filled_or_mismatch("an integer"),
        };
        let start = self.position + usize::from(negative);
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let mut value = 0i64;
        let mut length = 0;
        // Eighteen digits always fit.
        while let Some(digit @ b'0'..=b'9') = rest.get(length) {
            if length == 18 {
                return self.long_integer();
            }
            value = value * 10 + i64::from(digit - b'0');
            length += 1;
        }
        let odd = length == 0 || (length > 1 && rest.first() == Some(&b'0'));
        if odd || matches!(rest.get(length), Some(b'.' | b'e' | b'E')) {
            return self.long_integer();
        }
        self.position = start + length;
        Ok(if negative { -value } else { value })
    }

    /// Reads a number as a float, rounding to the nearest.
    ///
    /// A number whose nearest float is infinite is an error.
    pub fn number(&mut self) -> Result<f64, DecodeError> {
        if self.is_filling() {
            return Ok(0.0);
        }
        let start = self.position;
        match self.number_text("a number")?.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(DecodeError::new(DecodeErrorKind::NumberOutOfRange, start)),
        }
    }

    /// Checks a number and returns its text.
    pub(super) fn number_text(&mut self, expected: &'static str) -> Result<&'a str, DecodeError> {
        match self.peek_byte() {
            Some(b'-' | b'0'..=b'9') => {}
            _ => return Err(self.mismatch(expected)),
        }
        let start = self.position;
        self.skip_number()?;
        Ok(self.text_between(start, self.position))
    }

    /// Consumes a number; the next byte is a minus or a digit.
    pub(super) fn skip_number(&mut self) -> Result<(), DecodeError> {
        if self.current_byte() == Some(b'-') {
            self.position += 1;
        }
        if self.current_byte() == Some(b'0') {
            self.position += 1;
            if matches!(self.current_byte(), Some(b'0'..=b'9')) {
                return Err(self.syntax_error("number with a leading zero"));
            }
        } else {
            self.skip_digits()?;
        }
        if self.current_byte() == Some(b'.') {
            self.position += 1;
            self.skip_digits()?;
        }
        if matches!(self.current_byte(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.current_byte(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.skip_digits()?;
        }
        Ok(())
    }

    fn current_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Consumes one or more digits.
    fn skip_digits(&mut self) -> Result<(), DecodeError> {
        let start = self.position;
        while matches!(self.current_byte(), Some(b'0'..=b'9')) {
            self.position += 1;
        }
        match self.current_byte() {
            _ if self.position > start => Ok(()),
            None => Err(self.error_here(DecodeErrorKind::UnexpectedEnd)),
            Some(_) => Err(self.syntax_error("expected a digit")),
        }
    }

    /// Reads a text that contains an integer and nothing else.
    fn integer_in_text(&mut self) -> Result<i64, DecodeError> {
        let start = self.position;
        let text = self.string()?;
        let mut inner = Reader::from_text(&text);
        let outcome = inner
            .integer()
            .and_then(|value| inner.end().map(|()| value));
        // Positions in the text are not those of the document.
        outcome.map_err(|error| match error.kind() {
            DecodeErrorKind::NumberOutOfRange => {
                DecodeError::new(DecodeErrorKind::NumberOutOfRange, start)
            }
            _ => DecodeError::new(
                DecodeErrorKind::Invalid {
                    expected: "an integer",
                },
                start,
            ),
        })
    }

    #[cold]
    fn long_integer(&mut self) -> Result<i64, DecodeError> {
        let start = self.position;
        let text = self.number_text("an integer")?;
        parse_integral(text).map_err(|kind| DecodeError::new(kind, start))
    }
}

/// The value of a well-formed number if it is integral and fits.
fn parse_integral(text: &str) -> Result<i64, DecodeErrorKind> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    // An exponent too large for i64 is saturated: the value is then no integer in range, since no
    // text has that many digits.
    let limit = if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    let exponent = exponent
        .parse::<i64>()
        .unwrap_or(limit)
        .clamp(i64::MIN / 4, i64::MAX / 4);
    let zeros = exponent - length_of(fraction) + length_of(digits) - length_of(significant);
    if zeros < 0 {
        return Err(DecodeErrorKind::Invalid {
            expected: "an integer",
        });
    }
    if zeros > 19 || significant.len() > 19 {
        return Err(DecodeErrorKind::NumberOutOfRange);
    }
    let magnitude = significant.parse::<i128>().ok().and_then(|value| {
        let scale = 10i128.checked_pow(u32::try_from(zeros).ok()?)?;
        value.checked_mul(if negative { -scale } else { scale })
    });
    magnitude
        .and_then(|value| i64::try_from(value).ok())
        .ok_or(DecodeErrorKind::NumberOutOfRange)
}

fn length_of(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX / 4)
}
