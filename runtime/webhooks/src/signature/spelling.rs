//! Other spellings of a body, to tell a changed body from a wrong secret.
//!
//! In: a body whose signature fits nothing. Out: the texts that it may have been before something
//! read it and wrote it again: without or with white space around it, with other ends of lines,
//! and as JSON in the layouts that the API writes. What changed the order of members, or the
//! spelling of a number or of a text, is not found. A text that is found is never taken for the
//! body; it only makes the error say more.

use wire::value::RawJson;

/// Longer bodies are not examined, so that forged requests cost little: at most 1.5 MiB are hashed
/// for one, for each secret.
pub(in crate) const LONGEST_BODY: usize = 64 << 10;

/// A layout that grows beyond this many times the body is given up.
const LARGEST_GROWTH: usize = 4;

/// The layouts that the API writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// No white space: v2.
    Compact,
    /// Two spaces for each level: v1, and test servers.
    Indented,
    /// The same, and an empty object or list is spread over lines: v1, as Ruby's older writers did.
    Spread,
}

/// Whether any other spelling fits.
pub(in crate) fn any(body: &[u8], fits: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    if body.len() > LONGEST_BODY {
        return false;
    }
    let bare = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let bare = bare.trim_ascii();
    if ended(bare, fits) || fits(&unix_lines(body)) {
        return true;
    }
    let Ok(json) = wire::codec::decode::<RawJson>(bare) else {
        return false;
    };
    let layouts = [Layout::Indented, Layout::Spread, Layout::Compact];
    layouts.into_iter().any(|layout| {
        let text = rewritten(json.as_str(), layout);
        text.is_some_and(|text| ended(&text, fits))
    })
}

/// Whether the text fits as it is or with an end of line.
fn ended(text: &[u8], fits: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    fits(text) || fits(&[text, b"\n"].concat())
}

fn unix_lines(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    let mut bytes = body.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&&b'\n') {
            text.push(byte);
        }
    }
    text
}

/// Checked JSON in another layout; `None` if it gets too long.
fn rewritten(json: &str, layout: Layout) -> Option<Vec<u8>> {
    let longest = json.len().saturating_mul(LARGEST_GROWTH);
    let mut printer = Printer {
        out: Vec::with_capacity(json.len()),
        depth: 0,
        is_fresh: false,
        layout,
    };
    let mut rest = json.as_bytes();
    while let Some(&first) = rest.first() {
        let (token, after) = rest.split_at(length(rest));
        rest = after;
        if !first.is_ascii_whitespace() {
            printer.token(first, token);
        }
        if printer.out.len() > longest {
            return None;
        }
    }
    Some(printer.out)
}

/// The length of the string that is next, or of the one byte.
fn length(text: &[u8]) -> usize {
    if text.first() != Some(&b'"') {
        return 1;
    }
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

struct Printer {
    out: Vec<u8>,
    depth: usize,
    /// Whether the last token opened an object or list.
    is_fresh: bool,
    layout: Layout,
}

impl Printer {
    fn token(&mut self, first: u8, token: &[u8]) {
        let closes = matches!(first, b'}' | b']');
        if closes {
            self.depth = self.depth.saturating_sub(1);
            match (self.is_fresh, self.layout) {
                (false, _) => self.line(),
                (true, Layout::Spread) => {
                    self.out.extend((first == b']').then_some(b'\n'));
                    self.line();
                }
                (true, _) => {}
            }
        } else if self.is_fresh {
            self.line();
        }
        self.is_fresh = matches!(first, b'{' | b'[');
        self.depth += usize::from(self.is_fresh);
        self.out.extend_from_slice(token);
        match first {
            b',' => self.line(),
            b':' if self.layout != Layout::Compact => self.out.push(b' '),
            _ => {}
        }
    }

    fn line(&mut self) {
        if self.layout != Layout::Compact {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * self.depth, b' ');
        }
    }
}

#[cfg(test)]
mod tests;
