//! Splits wire names into words and joins them in the cases of Rust.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// The words of a name, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Words(Vec<String>);

impl Words {
    /// Splits a wire name at everything that is not a letter or digit, and where an upper-case letter
    /// follows a lower-case one.
    pub fn from_wire(wire: &str) -> Self {
        let mut words = Vec::new();
        for part in wire.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut word = String::new();
            let mut last = ' ';
            for c in part.chars() {
                if last.is_ascii_lowercase() && c.is_ascii_uppercase() {
                    words.push(std::mem::take(&mut word));
                }
                word.push(c.to_ascii_lowercase());
                last = c;
            }
            if !word.is_empty() {
                words.push(word);
            }
        }
        Self(words)
    }

    /// Appends words.
    #[must_use]
    pub fn with_words(mut self, mut more: Self) -> Self {
        self.0.append(&mut more.0);
        self
    }

    /// Appends one word.
    #[must_use]
    pub fn with_word(mut self, word: impl Into<String>) -> Self {
        self.0.push(word.into());
        self
    }

    /// Puts the last word into the singular.
    #[must_use]
    pub fn into_singular(mut self) -> Self {
        if let Some(last) = self.0.last_mut() {
            *last = crate::model::singularize(last);
        }
        self
    }

    /// Puts the last word into the plural.
    #[must_use]
    pub fn into_plural(mut self) -> Self {
        if let Some(last) = self.0.last_mut() {
            *last = pluralize(last);
        }
        self
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `self` ends with all of `tail`.
    pub fn ends_with(&self, tail: &Self) -> bool {
        self.0.ends_with(&tail.0)
    }

    /// The first words, and the last one, that together have at most `length` letters.
    #[must_use]
    pub(super) fn shorten(&self, length: usize) -> Self {
        let cut = |word: &String| word.chars().take(length / 2).collect::<String>();
        let last = self.0.last().map(cut).unwrap_or_default();
        let mut left = length.saturating_sub(last.len());
        let mut words = Vec::new();
        for word in self.0.iter().take(self.0.len().saturating_sub(1)).map(cut) {
            if word.len() > left {
                break;
            }
            left -= word.len();
            words.push(word);
        }
        words.push(last);
        Self(words)
    }

    /// `UpperCamelCase`. Digits of neighbouring words stay apart: `2.1.0` is `V2_1_0`.
    pub fn to_pascal_case(&self) -> String {
        let mut out = String::new();
        for word in &self.0 {
            let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
            if out.is_empty() && starts_with_digit {
                out.push('V');
            } else if starts_with_digit && out.ends_with(|c: char| c.is_ascii_digit()) {
                out.push('_');
            }
            match word.bytes().all(is_lower_or_digit) {
                true => push_capitalized(word, &mut out),
                false => out.push_str(&word.to_upper_camel_case()),
            }
        }
        out
    }

    /// `snake_case`.
    pub fn to_snake_case(&self) -> String {
        let joined = self.0.join("_");
        let is_snake = joined
            .bytes()
            .all(|byte| is_lower_or_digit(byte) || byte == b'_');
        let joined = match is_snake && !self.0.iter().any(String::is_empty) {
            true => joined,
            false => joined.to_snake_case(),
        };
        if joined.starts_with(|c: char| c.is_ascii_digit()) {
            format!("v{joined}")
        } else {
            joined
        }
    }

    /// `SCREAMING_SNAKE_CASE`.
    pub fn to_screaming_case(&self) -> String {
        self.to_snake_case().to_ascii_uppercase()
    }

    /// The letters without case and separators. Names with equal keys collide.
    pub(super) fn scope_key(&self) -> String {
        self.0.concat()
    }
}

/// Whether `heck` leaves a word of such characters as it is.
fn is_lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn push_capitalized(word: &str, out: &mut String) {
    let mut letters = word.chars();
    out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    out.push_str(letters.as_str());
}

fn pluralize(word: &str) -> String {
    if crate::model::singularize(word) != word {
        return word.to_owned();
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests;
