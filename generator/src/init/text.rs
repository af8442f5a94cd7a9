//! The lines of the text: comments, settings, and settings that are switched off.

/// The length at which comments are broken.
const WIDTH: usize = 98;

/// TOML with comments, line by line.
#[derive(Debug, Default)]
pub(super) struct DialectText {
    text: String,
}

impl DialectText {
    /// A comment, in as many lines as it needs.
    pub(super) fn note(&mut self, text: &str) {
        self.wrap("# ", "# ", text);
    }

    /// A comment that says what was guessed, and from what.
    pub(super) fn guess(&mut self, text: &str) {
        self.note(&format!("guess: {text}"));
    }

    /// An entry of a list in a comment.
    pub(super) fn item(&mut self, text: &str) {
        self.wrap("# * ", "#   ", text);
    }

    /// A line of TOML.
    pub(super) fn set(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A line of TOML that has no effect.
    pub(super) fn switch_off(&mut self, line: &str) {
        self.set(&format!("#{line}"));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Texts of the document may have any characters. Those that a comment cannot have, and ends of
    /// lines, are replaced.
    fn wrap(&mut self, first: &str, other: &str, text: &str) {
        let text: String = text.replace(is_unprintable, " ");
        let mut line = first.to_owned();
        let mut length = first.len();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            let width = word.chars().count();
            if !is_empty && length + 1 + width > WIDTH {
                self.set(&line);
                line = other.to_owned();
                length = other.len();
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += width;
            is_empty = false;
        }
        self.set(line.trim_end());
    }
}

/// Control characters, and those that change the direction of the text after them.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A string of TOML.
pub(super) fn quote_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if is_unprintable(c) => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A key of TOML.
pub(super) fn quote_key(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !text.is_empty() && text.chars().all(is_bare) {
        true => text.to_owned(),
        false => quote_text(text),
    }
}

/// A list of strings of TOML.
pub(super) fn quote_list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(quote_text).collect();
    format!("[{}]", quoted.join(", "))
}

/// A number with what it counts: `1 operation`, `2 operations`.
pub(super) fn count_of(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
