//! Patterns of texts: `*` stands for any text, also for none.

/// A pattern of titles, versions or operation ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPattern {
    /// The texts around the stars, at least one.
    first: String,
    others: Vec<String>,
}

impl TextPattern {
    /// The pattern that a text denotes.
    pub fn new(text: &str) -> Self {
        let mut parts = text.split('*').map(str::to_owned);
        Self {
            first: parts.next().unwrap_or_default(),
            others: parts.collect(),
        }
    }

    /// Whether the pattern matches a whole text.
    pub fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(&self.first) else {
            return false;
        };
        let Some((last, between)) = self.others.split_last() else {
            return rest.is_empty();
        };
        // The earliest occurrence leaves the most for the parts after it.
        let rest = between.iter().try_fold(rest, |rest, part| {
            let at = rest.find(part)?;
            rest.get(at + part.len()..)
        });
        rest.is_some_and(|rest| rest.ends_with(last))
    }
}
