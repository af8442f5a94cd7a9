//! Fast scanning of strings and white space, eight bytes at a time.
//!
//! It works on bytes and is independent of the grammar.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
const SPACES: u64 = u64::from_le_bytes([b' '; 8]);

/// Sets the high bit of each byte of `word` that is a quote, a backslash or a control character.
/// The lowest bit that is set is exact; higher ones may be false positives, which does not matter
/// for finding the first.
#[inline(always)]
const fn string_stops(word: u64) -> u64 {
    let quotes = (word ^ QUOTES).wrapping_sub(ONES);
    let backslashes = (word ^ BACKSLASHES).wrapping_sub(ONES);
    let controls = word.wrapping_sub(SPACES);
    (quotes | backslashes | controls) & !word & HIGH
}

/// The index, at or after `at`, of the first quote, backslash or control character; otherwise the
/// length.
#[inline(always)]
pub(super) fn string_stop(bytes: &[u8], at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let stops = string_stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return bytes.len() - rest.len() + (stops.trailing_zeros() / 8) as usize;
        }
        rest = after;
    }
    last_string_stop(bytes, bytes.len() - rest.len())
}

/// The same for the last bytes of the text.
#[cold]
fn last_string_stop(bytes: &[u8], mut at: usize) -> usize {
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
        Some(0..=b' ') => long_space_stop(bytes, at),
        _ => at,
    }
}

/// Indented JSON has long runs of spaces, mostly after a line feed.
#[inline(never)]
fn long_space_stop(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
        let mut rest = bytes.get(at..).unwrap_or_default();
        while let Some((word, after)) = rest.split_first_chunk::<8>() {
            let others = u64::from_le_bytes(*word) ^ SPACES;
            if others != 0 {
                at += (others.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
            rest = after;
        }
    }
    at
}

/// Whether both are the same bytes. For short texts, whose comparison by the standard library is a
/// call of a function.
#[inline(always)]
pub(super) fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    match left.len() {
        33.. => same_long_bytes(left, right),
        16.. => same_ends::<16>(left, right),
        8.. => same_ends::<8>(left, right),
        4.. => same_ends::<4>(left, right),
        2.. => same_ends::<2>(left, right),
        _ => left.first() == right.first(),
    }
}

#[cold]
fn same_long_bytes(left: &[u8], right: &[u8]) -> bool {
    left == right
}

/// Whether both begin and end with the same `N` bytes.
#[inline(always)]
fn same_ends<const N: usize>(left: &[u8], right: &[u8]) -> bool {
    left.first_chunk::<N>() == right.first_chunk::<N>()
        && left.last_chunk::<N>() == right.last_chunk::<N>()
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
