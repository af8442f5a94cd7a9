//! Nested elements while they are open, and how each is written when it closes.

use super::escape::{self, EscapeRule};

/// What an open element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A paragraph, or anything else that stands by itself.
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
    /// A link and its address, if that leads somewhere.
    Link(Option<String>),
}

impl Kind {
    /// The element of that name.
    pub(super) fn of(name: &str, target: Option<String>) -> Self {
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

    fn is(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Whether an element of this kind cannot be inside one of the same kind.
    fn ends_its_like(&self) -> bool {
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

/// The open elements, outermost first, below the text itself.
#[derive(Default)]
pub(super) struct Frames {
    text: String,
    open: Vec<(Kind, String)>,
}

impl Frames {
    fn top(&mut self) -> &mut String {
        self.open
            .last_mut()
            .map_or(&mut self.text, |(_, text)| text)
    }

    fn peek(&self) -> &str {
        self.open.last().map_or(&self.text, |(_, text)| text)
    }

    /// Whether text is taken as it is: it is code.
    pub(super) fn is_raw(&self) -> bool {
        self.open
            .iter()
            .any(|(kind, _)| matches!(kind, Kind::Code | Kind::Preformatted))
    }

    pub(super) fn is_in_link(&self) -> bool {
        self.open
            .iter()
            .any(|(kind, _)| matches!(kind, Kind::Link(_)))
    }

    /// Whether nothing but space stands before the next character of its line.
    pub(super) fn is_at_line_start(&self) -> bool {
        self.line().trim().is_empty() && !self.open.last().is_some_and(|(kind, _)| kind.is_inline())
    }

    /// What stands before the next character on its line.
    fn line(&self) -> &str {
        self.peek().rsplit('\n').next().unwrap_or_default()
    }

    /// The character before the next one.
    fn last_char(&self) -> Option<char> {
        self.peek().chars().next_back()
    }

    pub(super) fn push(&mut self, c: char) {
        self.top().push(c);
    }

    /// Adds a character of text so that it is shown as it is.
    pub(super) fn push_escaped(&mut self, c: char, is_html: bool) {
        let must_escape = match escape::escape_rule(c, is_html) {
            EscapeRule::Never => false,
            EscapeRule::Always => true,
            EscapeRule::AtLineStart => self.is_at_line_start(),
            EscapeRule::OutsideWords => !self.last_char().is_some_and(char::is_alphanumeric),
            EscapeRule::AfterLineNumber => {
                let line = self.line();
                !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
            }
        };
        if must_escape {
            self.push('\\');
        }
        self.push(c);
    }

    pub(super) fn push_raw(&mut self, text: &str) {
        self.top().push_str(text);
    }

    /// Adds a code span. Two of them must not touch, or their backticks would be read together.
    pub(super) fn push_code(&mut self, text: &str) {
        if self.last_char() == Some('`') {
            self.push(' ');
        }
        self.push_raw(&escape::as_code(text));
    }

    /// One space between words.
    pub(super) fn space(&mut self) {
        let top = self.top();
        if !top.ends_with([' ', '\n']) {
            top.push(' ');
        }
    }

    pub(super) fn line_break(&mut self) {
        let top = self.top();
        top.truncate(top.trim_end_matches([' ', '\t']).len());
        top.push('\n');
    }

    /// A line break that Markdown keeps.
    pub(super) fn hard_break(&mut self) {
        let is_raw = self.is_raw();
        let top = self.top();
        if !is_raw && !top.trim().is_empty() && !top.ends_with('\n') {
            top.truncate(top.trim_end().len());
            top.push('\\');
        }
        top.push('\n');
    }

    /// Closes what cannot contain a block.
    pub(super) fn end_inline(&mut self) {
        let inline = |(open, _): &(Kind, _)| open.is_inline() || *open == Kind::Heading;
        if let Some(at) = self.open.iter().position(inline) {
            self.close_down_to(at);
        }
    }

    pub(super) fn open(&mut self, kind: Kind) {
        if self.is_raw() {
            // Elements inside of code only colour it.
            return;
        }
        if !kind.is_inline() {
            self.end_inline();
        }
        if kind.ends_its_like() {
            // An item ends the one before it, but not the one its list is in.
            let inner = self.open.iter().rposition(|(open, _)| open.is_list());
            let from = if kind == Kind::Item {
                inner.map_or(0, |at| at + 1)
            } else {
                0
            };
            let like = self
                .open
                .iter()
                .skip(from)
                .position(|(open, _)| open.is(&kind));
            if let Some(at) = like {
                self.close_down_to(from + at);
            }
        }
        self.open.push((kind, String::new()));
    }

    /// Closes the innermost element of that name, and what was left open inside of it.
    pub(super) fn close(&mut self, name: &str) {
        let kind = Kind::of(name, None);
        if let Some(at) = self.open.iter().rposition(|(open, _)| open.is(&kind)) {
            self.close_down_to(at);
        }
    }

    fn close_down_to(&mut self, at: usize) {
        while self.open.len() > at {
            let Some((kind, text)) = self.open.pop() else {
                return;
            };
            self.write(kind, &text);
        }
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> String {
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
        // A backslash at the very end would be shown.
        out.trim_end().trim_end_matches('\\').trim_end().to_owned()
    }

    fn write(&mut self, kind: Kind, text: &str) {
        match kind {
            Kind::Block => self.block(text.trim()),
            Kind::Heading => self.block(&around(text, "**")),
            Kind::Bullets | Kind::Numbers(_) => self.block(text.trim_end()),
            Kind::Item => self.item(text.trim()),
            Kind::Strong => self.push_raw(&around(text, "**")),
            Kind::Emphasis => self.push_raw(&around(text, "*")),
            // Code in code is code.
            Kind::Code | Kind::Preformatted if self.is_raw() => self.push_raw(text),
            Kind::Code => self.push_code(text),
            Kind::Preformatted => self.block(&escape::as_block(text)),
            Kind::Link(None) => self.push_raw(text),
            Kind::Link(Some(target)) if text.trim().is_empty() => {
                self.push_raw(&format!("<{target}>"));
            }
            Kind::Link(Some(target)) => {
                let inner = text.trim();
                let (before, after) = outer_space(text);
                self.push_raw(&format!("{before}[{inner}]({target}){after}"));
            }
        }
    }

    fn block(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let top = self.top();
        top.truncate(top.trim_end().len());
        if !top.is_empty() {
            top.push_str("\n\n");
        }
        top.push_str(text);
        top.push_str("\n\n");
    }

    /// An item of whatever list is around it; one without a list gets a bullet.
    fn item(&mut self, text: &str) {
        let marker = match self.open.last_mut() {
            Some((Kind::Numbers(count), _)) => {
                *count += 1;
                format!("{count}. ")
            }
            _ => "- ".to_owned(),
        };
        let indent = " ".repeat(marker.len());
        let top = self.top();
        top.truncate(top.trim_end().len());
        if !top.is_empty() {
            top.push('\n');
        }
        top.push_str(&marker);
        top.push_str(&text.replace('\n', &format!("\n{indent}")));
        top.push('\n');
    }
}

/// A text between markers, with its outer space outside of them, as Markdown wants it.
fn around(text: &str, marker: &str) -> String {
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
