//! Descriptions of API documents to Markdown for rustdoc.
//!
//! In: what stands in `description`, which is an HTML fragment or already Markdown. Out: Markdown
//! that rustdoc shows without a warning: links that lead somewhere, brackets that are text stay
//! text, no raw HTML, no code block that would be taken for a doc test.
//! Whether the text is true or worth showing is not asked.

mod escape;
mod frame;
mod html;
mod link;

#[cfg(test)]
mod tests;

use self::frame::{Frames, Kind};
use self::html::Tag;

/// Converts a description. Links without a host are resolved against `base`, the address of the
/// API reference; without one they become plain text.
pub fn from_html(text: &str, base: Option<&str>) -> String {
    let clean: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let mut reader = Reader {
        base,
        is_html: html::is_html(&clean),
        frames: Frames::default(),
    };
    let begin = if reader.is_html {
        0
    } else {
        reader.line_start(&clean)
    };
    reader.read(clean.get(begin..).unwrap_or_default());
    reader.frames.finish()
}

/// Control characters, and those that turn the direction of text, which rustc refuses in comments.
fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

struct Reader<'a> {
    base: Option<&'a str>,
    /// The text is HTML; otherwise Markdown, perhaps with a tag here and there.
    is_html: bool,
    frames: Frames,
}

impl Reader<'_> {
    fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let taken = self.special(c, rest).unwrap_or_else(|| {
                self.character(c);
                c.len_utf8()
            });
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Takes a construct at the beginning of `rest`; answers with its length.
    fn special(&mut self, c: char, rest: &str) -> Option<usize> {
        match c {
            '<' => self.tag(rest),
            '&' => {
                let (decoded, length) = html::entity(rest)?;
                self.character(decoded);
                Some(length)
            }
            'h' if !self.frames.is_raw() && !self.frames.is_in_link() => {
                let length = link::bare(rest)?;
                self.frames.push_raw(&format!("<{}>", rest.get(..length)?));
                Some(length)
            }
            _ if self.is_html || self.frames.is_raw() => None,
            '\n' => Some(self.line_break(rest)),
            '`' => Some(self.code(rest)),
            '[' => self.link(rest),
            // An image is shown as the link it contains.
            '!' if rest.starts_with("![") => Some(1 + self.link(rest.get(1..)?)?),
            '\\' => {
                let next = rest.chars().nth(1).filter(char::is_ascii_punctuation)?;
                self.frames.push_raw(&format!("\\{next}"));
                Some(2)
            }
            _ => None,
        }
    }

    fn character(&mut self, c: char) {
        if self.frames.is_raw() {
            self.frames.push(c);
        } else if c == ' ' || c == '\t' || (self.is_html && c == '\n') {
            self.frames.space();
        } else {
            self.frames.push_escaped(c, self.is_html);
        }
    }

    fn tag(&mut self, rest: &str) -> Option<usize> {
        if let Some(length) = link::angled(rest) {
            self.frames.push_raw(rest.get(..length)?);
            return Some(length);
        }
        let (tag, length) = html::tag(rest)?;
        match tag {
            Tag::Skip => {}
            Tag::Break => self.frames.hard_break(),
            Tag::Close(name) => self.frames.close(name),
            Tag::Open(name, href) => {
                let target = href.and_then(|href| link::resolve(&href, self.base));
                self.frames.open(Kind::of(name, target));
            }
        }
        Some(length)
    }

    /// A Markdown code span. Backticks without a partner are text, all of a run together.
    fn code(&mut self, rest: &str) -> usize {
        if let Some(length) = escape::code_span(rest) {
            let inner = rest.get(..length).unwrap_or_default().trim_matches('`');
            // Written anew: three backticks at the beginning of a line would open a block.
            self.frames.push_code(inner);
            return length;
        }
        let run = rest.len() - rest.trim_start_matches('`').len();
        self.frames.push_raw(&"\\`".repeat(run));
        run
    }

    /// A Markdown link. Brackets without an address are text.
    fn link(&mut self, rest: &str) -> Option<usize> {
        let found = link::inline(rest).filter(|_| !self.frames.is_in_link())?;
        let target = link::resolve(found.target, self.base);
        self.frames.open(Kind::Link(target));
        self.read(found.text);
        self.frames.close("a");
        Some(found.length)
    }

    /// A line break of Markdown text, and the beginning of the next line where that needs care.
    fn line_break(&mut self, rest: &str) -> usize {
        self.frames.line_break();
        1 + self.line_start(rest.get(1..).unwrap_or_default())
    }

    /// Takes what needs care at the beginning of a line; answers with its length.
    fn line_start(&mut self, line: &str) -> usize {
        if let Some((fenced, length)) = escape::fenced(line) {
            self.frames.end_inline();
            if !self.frames.is_at_line_start() {
                self.frames.line_break();
            }
            self.frames.push_raw(&fenced);
            return length;
        }
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        // A deep indent would make a code block of prose, and rustdoc a test of that. Below a list
        // item it is only depth, of which one step is enough.
        let deep = indent > 3 || line.starts_with('\t');
        self.frames
            .push_raw(&" ".repeat(if deep { 2 } else { indent }));
        indent
    }
}
