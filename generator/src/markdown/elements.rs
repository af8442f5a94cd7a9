//! The open elements of a text. Each is written to the one around it when it is closed.

use super::escape::{self, EscapeRule};

/// The kind of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// A paragraph or another block.
    Block,
    Heading,
    Bullets,
    /// A numbered list and how many items it has so far.
    Numbers(usize),
    Item,
    Strong,
    Emphasis,
    Code,
    Preformatted,
    /// A link and its address, if that can be resolved.
    Link(Option<String>),
}

impl ElementKind {
    /// The kind of the element with this name.
    pub(super) fn from_tag(name: &str, target: Option<String>) -> Self {
        match name {
            "a" => Self::Link(target),
            "b" | "strong" => Self::Strong,
            "i" | "em" => Self::Emphasis,
            "code" | "kbd" | "tt" => Self::Code,
            "pre" => Self::Preformatted,
            "ul" => Self::Bullets,
            "ol" => Self::Numbers(0),
            "li" => Self::Item,
            _ if name.starts_with('h') => Self::Heading,
            _ => Self::Block,
        }
    }

    fn has_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Whether an element of this kind closes an open one of the same kind, because it cannot be nested.
    fn closes_same_kind(&self) -> bool {
        matches!(
            self,
            Self::Block | Self::Heading | Self::Item | Self::Link(_)
        )
    }

    fn is_inline(&self) -> bool {
        matches!(
            self,
            Self::Strong | Self::Emphasis | Self::Code | Self::Link(_)
        )
    }

    fn is_list(&self) -> bool {
        matches!(self, Self::Bullets | Self::Numbers(_))
    }
}

/// The text so far, and the elements that are still open, outermost first.
#[derive(Default)]
pub(super) struct OpenElements {
    text: String,
    open: Vec<(ElementKind, String)>,
}

impl OpenElements {
    fn innermost_mut(&mut self) -> &mut String {
        self.open
            .last_mut()
            .map_or(&mut self.text, |(_, text)| text)
    }

    fn innermost_text(&self) -> &str {
        self.open.last().map_or(&self.text, |(_, text)| text)
    }

    /// Whether text is copied as it is, because it is code.
    pub(super) fn is_raw(&self) -> bool {
        self.open
            .iter()
            .any(|(kind, _)| matches!(kind, ElementKind::Code | ElementKind::Preformatted))
    }

    pub(super) fn is_in_link(&self) -> bool {
        self.open
            .iter()
            .any(|(kind, _)| matches!(kind, ElementKind::Link(_)))
    }

    /// Whether the current line is blank so far.
    pub(super) fn is_at_line_start(&self) -> bool {
        self.current_line().trim().is_empty()
            && !self.open.last().is_some_and(|(kind, _)| kind.is_inline())
    }

    /// The current line so far.
    fn current_line(&self) -> &str {
        self.innermost_text()
            .rsplit('\n')
            .next()
            .unwrap_or_default()
    }

    /// The last character so far.
    fn last_char(&self) -> Option<char> {
        self.innermost_text().chars().next_back()
    }

    pub(super) fn push_char(&mut self, c: char) {
        self.innermost_mut().push(c);
    }

    /// Adds a character of text, with a backslash if it would be read as Markdown.
    pub(super) fn push_escaped(&mut self, c: char, is_html: bool) {
        let must_escape = match escape::escape_rule(c, is_html) {
            EscapeRule::Never => false,
            EscapeRule::Always => true,
            EscapeRule::AtLineStart => self.is_at_line_start(),
            EscapeRule::OutsideWords => !self.last_char().is_some_and(char::is_alphanumeric),
            EscapeRule::AfterLineNumber => {
                let line = self.current_line();
                !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
            }
        };
        if must_escape {
            self.push_char('\\');
        }
        self.push_char(c);
    }

    pub(super) fn push_raw(&mut self, text: &str) {
        self.innermost_mut().push_str(text);
    }

    /// Adds a code span. Adjacent spans are separated, or their backticks would form one run.
    pub(super) fn push_code(&mut self, text: &str) {
        if self.last_char() == Some('`') {
            self.push_char(' ');
        }
        self.push_raw(&escape::as_code(text));
    }

    /// Adds a space between words.
    pub(super) fn push_space(&mut self) {
        let top = self.innermost_mut();
        if !top.ends_with([' ', '\n']) {
            top.push(' ');
        }
    }

    pub(super) fn push_line_break(&mut self) {
        let top = self.innermost_mut();
        top.truncate(top.trim_end_matches([' ', '\t']).len());
        top.push('\n');
    }

    /// Adds a line break that Markdown keeps.
    pub(super) fn push_hard_break(&mut self) {
        let is_raw = self.is_raw();
        let top = self.innermost_mut();
        if !is_raw && !top.trim().is_empty() && !top.ends_with('\n') {
            top.truncate(top.trim_end().len());
            top.push('\\');
        }
        top.push('\n');
    }

    /// Closes elements that cannot contain a block.
    pub(super) fn close_inline(&mut self) {
        let inline =
            |(open, _): &(ElementKind, _)| open.is_inline() || *open == ElementKind::Heading;
        if let Some(at) = self.open.iter().position(inline) {
            self.close_down_to(at);
        }
    }

    pub(super) fn open_element(&mut self, kind: ElementKind) {
        if self.is_raw() {
            // Elements inside code only format it.
            return;
        }
        if !kind.is_inline() {
            self.close_inline();
        }
        if kind.closes_same_kind() {
            // An item closes the previous item of its list, but not the item that contains the list.
            let inner = self.open.iter().rposition(|(open, _)| open.is_list());
            let from = if kind == ElementKind::Item {
                inner.map_or(0, |at| at + 1)
            } else {
                0
            };
            let like = self
                .open
                .iter()
                .skip(from)
                .position(|(open, _)| open.has_same_kind(&kind));
            if let Some(at) = like {
                self.close_down_to(from + at);
            }
        }
        self.open.push((kind, String::new()));
    }

    /// Closes the innermost element with this name, and the elements that are still open inside it.
    pub(super) fn close_element(&mut self, name: &str) {
        let kind = ElementKind::from_tag(name, None);
        if let Some(at) = self
            .open
            .iter()
            .rposition(|(open, _)| open.has_same_kind(&kind))
        {
            self.close_down_to(at);
        }
    }

    fn close_down_to(&mut self, at: usize) {
        while self.open.len() > at {
            let Some((kind, text)) = self.open.pop() else {
                return;
            };
            self.write_element(kind, &text);
        }
    }

    /// Closes all elements and returns the text.
    pub(super) fn into_markdown(mut self) -> String {
        self.close_down_to(0);
        let mut out = String::new();
        let mut blank = 0;
        for line in self.text.trim().lines() {
            let line = line.trim_end();
            blank = if line.is_empty() { blank + 1 } else { 0 };
            if blank < 2 {
                out.push_str(line);
                out.push('\n');
            }
        }
        // A backslash at the end of the text would be rendered.
        out.trim_end().trim_end_matches('\\').trim_end().to_owned()
    }

    fn write_element(&mut self, kind: ElementKind, text: &str) {
        match kind {
            ElementKind::Block => self.push_block(text.trim()),
            ElementKind::Heading => self.push_block(&enclose_in(text, "**")),
            ElementKind::Bullets | ElementKind::Numbers(_) => self.push_block(text.trim_end()),
            ElementKind::Item => self.push_item(text.trim()),
            ElementKind::Strong => self.push_raw(&enclose_in(text, "**")),
            ElementKind::Emphasis => self.push_raw(&enclose_in(text, "*")),
            // Nested code stays part of the outer code.
            ElementKind::Code | ElementKind::Preformatted if self.is_raw() => self.push_raw(text),
            ElementKind::Code => self.push_code(text),
            ElementKind::Preformatted => self.push_block(&escape::as_block(text)),
            ElementKind::Link(None) => self.push_raw(text),
            ElementKind::Link(Some(target)) if text.trim().is_empty() => {
                self.push_raw(&format!("<{target}>"));
            }
            ElementKind::Link(Some(target)) => {
                let inner = text.trim();
                let (before, after) = outer_space(text);
                self.push_raw(&format!("{before}[{inner}]({target}){after}"));
            }
        }
    }

    fn push_block(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let top = self.innermost_mut();
        top.truncate(top.trim_end().len());
        if !top.is_empty() {
            top.push_str("\n\n");
        }
        top.push_str(text);
        top.push_str("\n\n");
    }

    /// Adds an item of the innermost list. An item without a list gets a bullet.
    fn push_item(&mut self, text: &str) {
        let marker = match self.open.last_mut() {
            Some((ElementKind::Numbers(count), _)) => {
                *count += 1;
                format!("{count}. ")
            }
            _ => "- ".to_owned(),
        };
        let indent = " ".repeat(marker.len());
        let top = self.innermost_mut();
        top.truncate(top.trim_end().len());
        if !top.is_empty() {
            top.push('\n');
        }
        top.push_str(&marker);
        top.push_str(&text.replace('\n', &format!("\n{indent}")));
        top.push('\n');
    }
}

/// A text between markers. White space around the text is moved outside, as Markdown requires.
fn enclose_in(text: &str, marker: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() || inner.contains("\n\n") {
        return text.to_owned();
    }
    let (before, after) = outer_space(text);
    format!("{before}{marker}{inner}{marker}{after}")
}

fn outer_space(text: &str) -> (&str, &str) {
    let before = text.len() - text.trim_start().len();
    let after = text.trim_end().len();
    if after <= before {
        return ("", "");
    }
    (
        text.get(..before).unwrap_or_default(),
        text.get(after..).unwrap_or_default(),
    )
}
