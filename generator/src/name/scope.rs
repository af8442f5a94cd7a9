//! Scopes hand out identifiers; nothing else can make one.

use std::collections::HashSet;
use std::fmt;

use super::words::Words;

/// A name that is unique in its scope and safe to print in the case it was claimed for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

impl Ident {
    /// As it is printed.
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
pub(super) enum Case {
    /// Types and variants.
    Pascal,
    /// Functions, fields, modules.
    Snake,
    /// Constants.
    Screaming,
}

/// A set of names that must differ from each other in every case style.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    case: Case,
    taken: HashSet<String>,
}

impl Scope {
    /// An empty scope.
    pub(super) fn new(case: Case) -> Self {
        Self {
            case,
            taken: HashSet::new(),
        }
    }

    /// Makes these names unavailable.
    #[must_use]
    pub(super) fn reserving(mut self, names: &[&str]) -> Self {
        self.taken.extend(names.iter().map(|n| Words::of(n).key()));
        self
    }

    /// Whether `words` could be claimed as they are.
    pub(super) fn is_free(&self, words: &Words) -> bool {
        !words.is_empty() && !self.taken.contains(&words.key())
    }

    /// Claims `words`, with a number behind them if they are taken.
    pub(super) fn claim(&mut self, words: &Words) -> Ident {
        let base = if words.is_empty() {
            Words::of("value")
        } else {
            words.clone()
        };
        let mut name = base.clone();
        let mut number = 2u32;
        while !self.taken.insert(name.key()) {
            name = base.clone().plus(number.to_string());
            number += 1;
        }
        self.print(&name)
    }

    /// Claims a name of an earlier run as it is, if it is free and has the form of this case.
    pub(super) fn claim_locked(&mut self, name: &str) -> Option<Ident> {
        let is_of_case = |c: char| match self.case {
            Case::Pascal => c.is_ascii_alphanumeric() || c == '_',
            Case::Snake => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
            Case::Screaming => c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_',
        };
        let begins = match self.case {
            Case::Pascal | Case::Screaming => name.starts_with(|c: char| c.is_ascii_uppercase()),
            Case::Snake => name.starts_with(|c: char| c.is_ascii_lowercase()),
        };
        let is_name = begins && name.chars().all(is_of_case) && !KEYWORDS.contains(&name);
        let key = Words::of(name).key();
        (is_name && self.taken.insert(key)).then(|| Ident(name.to_owned()))
    }

    fn print(&self, words: &Words) -> Ident {
        let text = match self.case {
            Case::Pascal => words.pascal(),
            Case::Snake => words.snake(),
            Case::Screaming => words.screaming(),
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
