//! Scopes create identifiers and keep them unique.

use std::collections::HashSet;
use std::fmt;

use super::words::Words;

/// A name that is unique in its scope and safe to print in the case it was claimed for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

impl Ident {
    /// The text of the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The case that a scope's names are printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameCase {
    /// Types and variants.
    Pascal,
    /// Functions, fields, modules.
    Snake,
    /// Constants.
    Screaming,
}

/// A set of names that must differ from each other in every case style.
#[derive(Clone, Debug)]
pub(super) struct NameScope {
    case: NameCase,
    taken: HashSet<String>,
}

impl NameScope {
    /// An empty scope.
    pub(super) fn new(case: NameCase) -> Self {
        Self {
            case,
            taken: HashSet::new(),
        }
    }

    /// Reserves these names.
    #[must_use]
    pub(super) fn with_reserved(mut self, names: &[&str]) -> Self {
        self.taken
            .extend(names.iter().map(|n| Words::from_wire(n).scope_key()));
        self
    }

    /// Reserves a name.
    pub(super) fn reserve_name(&mut self, name: &str) {
        self.taken.insert(Words::from_wire(name).scope_key());
    }

    /// Whether `words` can be claimed without a number.
    pub(super) fn is_free(&self, words: &Words) -> bool {
        !words.is_empty() && !self.taken.contains(&words.scope_key())
    }

    /// Claims `words`, with a number appended if they are taken.
    pub(super) fn claim_name(&mut self, words: &Words) -> Ident {
        if words.is_empty() {
            return self.claim_name(&Words::from_wire("value"));
        }
        if self.taken.insert(words.scope_key()) {
            return self.to_ident(words);
        }
        let mut number = 2u32;
        loop {
            let name = words.clone().with_word(number.to_string());
            if self.taken.insert(name.scope_key()) {
                return self.to_ident(&name);
            }
            number += 1;
        }
    }

    /// Claims a name of an earlier run unchanged. `None` if it is taken or not in this case.
    pub(super) fn claim_locked(&mut self, name: &str) -> Option<Ident> {
        let is_of_case = |c: char| match self.case {
            NameCase::Pascal => c.is_ascii_alphanumeric() || c == '_',
            NameCase::Snake => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
            NameCase::Screaming => c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_',
        };
        let begins = match self.case {
            NameCase::Pascal | NameCase::Screaming => {
                name.starts_with(|c: char| c.is_ascii_uppercase())
            }
            NameCase::Snake => name.starts_with(|c: char| c.is_ascii_lowercase()),
        };
        let is_name = begins && name.chars().all(is_of_case) && !KEYWORDS.contains(&name);
        let key = Words::from_wire(name).scope_key();
        (is_name && self.taken.insert(key)).then(|| Ident(name.to_owned()))
    }

    fn to_ident(&self, words: &Words) -> Ident {
        let text = match self.case {
            NameCase::Pascal => words.to_pascal_case(),
            NameCase::Snake => words.to_snake_case(),
            NameCase::Screaming => words.to_screaming_case(),
        };
        let is_keyword = KEYWORDS.contains(&text.as_str());
        Ident(if is_keyword { format!("{text}_") } else { text })
    }
}

/// Strict and reserved keywords of edition 2024, and `Self`.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests;
