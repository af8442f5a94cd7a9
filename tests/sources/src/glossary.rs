//! The words of the glossary, and where texts use those that it replaces.

use std::collections::BTreeMap;

use super::lexer::{TokenKind, tokenize};

#[cfg(test)]
mod tests;

/// The table of `docs/glossary.md`: `| term | meaning here | instead of |`.
#[derive(Debug)]
pub struct Glossary {
    /// The terms of the first column.
    pub terms: Vec<String>,
    /// The entries of the last column, by their first word or identifier.
    banned: BTreeMap<String, Vec<BannedPhrase>>,
}

/// An entry of the last column. One in backticks is an identifier: it is found in code alone, as a
/// whole and in this case. Any other is a word or a phrase: it is found in prose, literals and
/// identifiers (`take_back` and `TakeBack` contain "take back"), in any case.
#[derive(Debug)]
struct BannedPhrase {
    entry: String,
    is_identifier: bool,
    words: Vec<String>,
}

/// A banned phrase in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseUse {
    /// The line, from 1.
    pub line: usize,
    /// The entry of the glossary.
    pub entry: String,
}

/// A word of a text. Phrases are found in words that only white space, hyphens and underscores
/// separate.
struct TextWord {
    line: usize,
    text: String,
    /// Whether this is a whole identifier in code, before it is split into words.
    is_identifier: bool,
    /// Whether another character than a space precedes it.
    is_separate: bool,
}

impl Glossary {
    /// Reads all tables of a page that have three columns.
    pub fn parse(page: &str) -> Self {
        let mut glossary = Self {
            terms: Vec::new(),
            banned: BTreeMap::new(),
        };
        for line in page.lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [term, _, replaced] = cells.as_slice() else {
                continue;
            };
            let is_rule = term.chars().all(|c| c == '-');
            if is_rule || *replaced == "instead of" {
                continue;
            }
            glossary.terms.push((*term).to_owned());
            for phrase in replaced.split(',').filter_map(BannedPhrase::parse) {
                let first = phrase.words.first().cloned().unwrap_or_default();
                glossary.banned.entry(first).or_default().push(phrase);
            }
        }
        glossary
    }

    /// Finds the banned phrases in a Rust source.
    pub fn find_in_rust(&self, source: &str) -> Vec<PhraseUse> {
        let tokens = tokenize(source);
        let mut words = Vec::new();
        let mut prose = Prose::default();
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Doc | TokenKind::Comment => {
                    let text = token.text.trim_start_matches(['/', '!', '*']);
                    let continues = index > 0
                        && tokens[index - 1].kind == token.kind
                        && tokens[index - 1].last_line() + 1 == token.line;
                    if !continues {
                        prose = Prose::default();
                    }
                    prose.split_text(text, token.line, &mut words);
                }
                TokenKind::Literal => {
                    let text = token.text.replace("\\n", "  ");
                    Prose::default().split_text(&text, token.line, &mut words);
                }
                TokenKind::Word => add_identifier(token.text, token.line, &mut words),
                TokenKind::Symbol => {}
            }
        }
        self.find_in_words(&words)
    }

    /// Finds the banned phrases in Markdown or any other text.
    pub fn find_in_prose(&self, text: &str) -> Vec<PhraseUse> {
        let mut words = Vec::new();
        Prose::default().split_text(text, 1, &mut words);
        self.find_in_words(&words)
    }

    fn find_in_words(&self, words: &[TextWord]) -> Vec<PhraseUse> {
        let mut found = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let phrases = self.banned.get(&word.text).into_iter().flatten();
            let phrases = phrases.filter(|phrase| phrase.stands_at(&words[index..]));
            found.extend(phrases.map(|phrase| PhraseUse {
                line: word.line,
                entry: phrase.entry.clone(),
            }));
        }
        found
    }
}

impl BannedPhrase {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_owned();
        let is_identifier = entry.starts_with('`');
        let words: Vec<String> = match is_identifier {
            true => vec![entry.trim_matches('`').to_owned()],
            false => entry.split_whitespace().map(str::to_lowercase).collect(),
        };
        (!words.is_empty()).then_some(Self {
            entry,
            is_identifier,
            words,
        })
    }

    fn stands_at(&self, words: &[TextWord]) -> bool {
        let sort = words
            .iter()
            .filter(|word| word.is_identifier == self.is_identifier);
        let mut matching = 0;
        for (word, wanted) in sort.zip(&self.words) {
            if word.text != *wanted || (matching > 0 && word.is_separate) {
                return false;
            }
            matching += 1;
        }
        let starts_here = words
            .first()
            .is_some_and(|word| word.is_identifier == self.is_identifier);
        starts_here && matching == self.words.len()
    }
}

/// Splits prose into words, with the code in it.
#[derive(Default)]
struct Prose {
    is_fenced: bool,
    has_begun: bool,
}

impl Prose {
    fn split_text(&mut self, text: &str, first_line: usize, words: &mut Vec<TextWord>) {
        for (number, line) in text.split('\n').enumerate() {
            let marks = line.trim_start_matches([' ', '/', '!', '*', '>']);
            if marks.starts_with("```") {
                self.is_fenced = !self.is_fenced;
                self.has_begun = false;
                continue;
            }
            self.split_line(line, first_line + number, words);
        }
    }

    fn split_line(&mut self, line: &str, number: usize, words: &mut Vec<TextWord>) {
        let mut is_code = self.is_fenced;
        let mut rest = line.trim_start_matches([' ', '/', '!', '*', '>']);
        while let Some(first) = rest.chars().next() {
            let length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            if length == 0 {
                is_code ^= first == '`' && !self.is_fenced;
                if !first.is_whitespace() && first != '-' && first != '\\' {
                    self.has_begun = false;
                }
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (chunk, after) = rest.split_at(length);
            rest = after;
            if is_code {
                add_identifier(chunk, number, words);
            } else {
                let is_separate = !self.has_begun;
                add_words(chunk, number, is_separate, words);
            }
            self.has_begun = true;
        }
    }
}

fn add_identifier(identifier: &str, line: usize, words: &mut Vec<TextWord>) {
    let text = identifier.to_owned();
    words.push(TextWord {
        line,
        text,
        is_identifier: true,
        is_separate: true,
    });
    add_words(identifier, line, true, words);
}

/// Adds the words of an identifier or the one word of prose.
fn add_words(chunk: &str, line: usize, is_separate: bool, words: &mut Vec<TextWord>) {
    let mut is_separate = is_separate;
    for text in split_identifier(chunk) {
        words.push(TextWord {
            line,
            text,
            is_identifier: false,
            is_separate,
        });
        is_separate = false;
    }
}

/// Splits at underscores and where the case changes, as in `HTTPClient` and `httpClient`.
fn split_identifier(chunk: &str) -> Vec<String> {
    let characters: Vec<char> = chunk.chars().collect();
    let mut words = vec![String::new()];
    for (index, &character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(index + 1);
        let begins = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && after.is_some_and(|c| c.is_lowercase()))
            });
        if character == '_' || begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character != '_') {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
