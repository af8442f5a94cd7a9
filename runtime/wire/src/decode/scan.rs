//! Fast scanning of strings and white space, eight bytes at a time.
//!
//! It works on bytes and is independent of the grammar.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
const SPACES: u64 = u64::from_le_bytes([b' '; 8]);

/// Sets the high bit of each zero byte of `word`. The lowest bit that is set is exact; higher ones
/// may be false positives, which does not matter for finding the first.
#[inline(always)]
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

#[inline(always)]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk::<8>()
        .map(|chunk| u64::from_le_bytes(*chunk))
}

/// The index, at or after `at`, of the first quote, backslash or control character; otherwise the
/// length.
#[inline(always)]
pub(super) fn string_stop(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = word_at(bytes, at) {
        let control = word.wrapping_sub(SPACES) & !word & HIGH;
        let stops = zero_bytes(word ^ QUOTES) | zero_bytes(word ^ BACKSLASHES) | control;
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < b' ' {
            break;
        }
        at += 1;
    }
    at
}

/// The index, at or after `at`, of the first byte that is no white space.
#[inline(always)]
pub(super) fn space_stop(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b' ' | b'\n' | b'\r' | b'\t') => long_space_stop(bytes, at + 1),
        _ => at,
    }
}

/// Indented JSON has long runs of spaces, mostly after a line feed.
fn long_space_stop(bytes: &[u8], mut at: usize) -> usize {
    loop {
        while let Some(word) = word_at(bytes, at) {
            let others = word ^ SPACES;
            if others != 0 {
                at += (others.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// The four hexadecimal digits at `at`, as a number.
pub(super) fn hex_digits(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..)?.first_chunk::<4>()?;
    let mut value = 0;
    for &digit in digits {
        value = value << 4 | (digit as char).to_digit(16)?;
    }
    Some(value)
}
