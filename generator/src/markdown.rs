//! Converts descriptions of API documents to Markdown for rustdoc.
//!
//! In: the text of a `description`, which is an HTML fragment or already Markdown. Out: Markdown
//! that rustdoc renders without warnings: links have a target, brackets in text stay text, there is
//! no raw HTML, and no code block is compiled as a doc test.
//! The content of the text is not looked at.

mod elements;
mod escape;
mod html;
mod link;

#[cfg(test)]
mod tests;

use self::elements::{ElementKind, OpenElements};
use self::html::HtmlTag;

/// Converts a description. Links without a host are resolved against `base`, the address of the
/// API reference; without one they become plain text.
pub fn from_html(text: &str, base: Option<&str>) -> String {
    let clean: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let mut converter = Converter {
        base,
        is_html: html::is_html(&clean),
        out: OpenElements::default(),
    };
    let begin = if converter.is_html {
        0
    } else {
        converter.take_line_start(&clean)
    };
    converter.convert_text(clean.get(begin..).unwrap_or_default());
    converter.out.into_markdown()
}

/// Control characters, and characters that change the direction of text, which rustc rejects in
/// comments.
fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

struct Converter<'a> {
    base: Option<&'a str>,
    /// The text is HTML; otherwise it is Markdown that may contain tags.
    is_html: bool,
    out: OpenElements,
}

impl Converter<'_> {
    fn convert_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let taken = self.take_construct(c, rest).unwrap_or_else(|| {
                self.push_char(c);
                c.len_utf8()
            });
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Converts the construct at the beginning of `rest`, if there is one, and returns its length.
    fn take_construct(&mut self, c: char, rest: &str) -> Option<usize> {
        match c {
            '<' => self.take_tag(rest),
            '&' => {
                let (decoded, length) = html::parse_entity(rest)?;
                self.push_char(decoded);
                Some(length)
            }
            'h' if !self.out.is_raw() && !self.out.is_in_link() => {
                let length = link::bare_url_length(rest)?;
                self.out.push_raw(&format!("<{}>", rest.get(..length)?));
                Some(length)
            }
            _ if self.is_html || self.out.is_raw() => None,
            '\n' => Some(self.take_line_break(rest)),
            '`' => Some(self.take_code_span(rest)),
            '[' => self.take_link(rest),
            // An image becomes a link to it.
            '!' if rest.starts_with("![") => Some(1 + self.take_link(rest.get(1..)?)?),
            '\\' => {
                let next = rest.chars().nth(1).filter(char::is_ascii_punctuation)?;
                self.out.push_raw(&format!("\\{next}"));
                Some(2)
            }
            _ => None,
        }
    }

    fn push_char(&mut self, c: char) {
        if self.out.is_raw() {
            self.out.push_char(c);
        } else if c == ' ' || c == '\t' || (self.is_html && c == '\n') {
            self.out.push_space();
        } else {
            self.out.push_escaped(c, self.is_html);
        }
    }

    fn take_tag(&mut self, rest: &str) -> Option<usize> {
        if let Some(length) = link::angled_url_length(rest) {
            self.out.push_raw(rest.get(..length)?);
            return Some(length);
        }
        let (tag, length) = html::parse_tag(rest)?;
        match tag {
            HtmlTag::Skip => {}
            HtmlTag::Break => self.out.push_hard_break(),
            HtmlTag::Close(name) => self.out.close_element(name),
            HtmlTag::Open(name, href) => {
                let target = href.and_then(|href| link::resolve_url(&href, self.base));
                self.out.open_element(ElementKind::from_tag(name, target));
            }
        }
        Some(length)
    }

    /// Converts a Markdown code span. A run of backticks without a closing run is text.
    fn take_code_span(&mut self, rest: &str) -> usize {
        if let Some(length) = escape::code_span(rest) {
            let inner = rest.get(..length).unwrap_or_default().trim_matches('`');
            // Rewritten, because three backticks at the beginning of a line would open a block.
            self.out.push_code(inner);
            return length;
        }
        let run = rest.len() - rest.trim_start_matches('`').len();
        self.out.push_raw(&"\\`".repeat(run));
        run
    }

    /// Converts a Markdown link. Brackets without an address are text.
    fn take_link(&mut self, rest: &str) -> Option<usize> {
        let found = link::parse_inline_link(rest).filter(|_| !self.out.is_in_link())?;
        let target = link::resolve_url(found.target, self.base);
        self.out.open_element(ElementKind::Link(target));
        self.convert_text(found.text);
        self.out.close_element("a");
        Some(found.length)
    }

    /// Converts a line break of Markdown text and the beginning of the next line.
    fn take_line_break(&mut self, rest: &str) -> usize {
        self.out.push_line_break();
        1 + self.take_line_start(rest.get(1..).unwrap_or_default())
    }

    /// Converts a fenced block or the indentation at the beginning of a line, and returns its length.
    fn take_line_start(&mut self, line: &str) -> usize {
        if let Some((fenced, length)) = escape::fenced_block(line) {
            self.out.close_inline();
            if !self.out.is_at_line_start() {
                self.out.push_line_break();
            }
            self.out.push_raw(&fenced);
            return length;
        }
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        // A deep indent would make prose a code block, which rustdoc compiles as a test. Below a
        // list item one level is enough.
        let deep = indent > 3 || line.starts_with('\t');
        self.out
            .push_raw(&" ".repeat(if deep { 2 } else { indent }));
        indent
    }
}
