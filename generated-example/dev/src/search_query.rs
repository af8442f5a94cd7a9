//! The query language of search: `field:'value' AND metadata['key']:'value' AND amount>1000`.

use serde_json::Value;

/// A parsed query: alternatives of conditions. The API allows `AND` or `OR`, not both; this accepts
/// both, with `AND` first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchQuery {
    alternatives: Vec<Vec<SearchCondition>>,
}

#[derive(Debug, Clone, PartialEq)]
struct SearchCondition {
    path: Vec<String>,
    operator: SearchOperator,
    /// `None` for `null`.
    value: Option<String>,
    is_negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchOperator {
    Equal,
    Contains,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const OPERATORS: [(&str, SearchOperator); 6] = [
    ("<=", SearchOperator::LessOrEqual),
    (">=", SearchOperator::GreaterOrEqual),
    (":", SearchOperator::Equal),
    ("~", SearchOperator::Contains),
    ("<", SearchOperator::Less),
    (">", SearchOperator::Greater),
];

impl SearchQuery {
    /// Reads a query; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut alternatives = vec![Vec::new()];
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err("The query is empty.".to_owned());
        }
        loop {
            let (condition, after) = parse_condition(rest)?;
            if let Some(conditions) = alternatives.last_mut() {
                conditions.push(condition);
            }
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self { alternatives });
            }
            if let Some(after) = strip_word(rest, "OR") {
                alternatives.push(Vec::new());
                rest = after;
            } else if let Some(after) = strip_word(rest, "AND") {
                rest = after;
            }
        }
    }

    /// Whether an object fulfils the query.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let mut alternatives = self.alternatives.iter();
        alternatives.any(|conditions| conditions.iter().all(|c| c.matches(object)))
    }
}

impl SearchCondition {
    fn matches(&self, object: &Value) -> bool {
        let mut member = object;
        for name in &self.path {
            member = &member[name.as_str()];
        }
        self.compare(member) != self.is_negated
    }

    fn compare(&self, member: &Value) -> bool {
        let Some(wanted) = self.value.as_deref() else {
            return member.is_null();
        };
        let text = match member {
            Value::String(text) => text.clone(),
            Value::Null => return false,
            Value::Object(_) => member["id"].as_str().unwrap_or_default().to_owned(),
            other => other.to_string(),
        };
        let numbers = (text.parse::<f64>(), wanted.parse::<f64>());
        let ordering = match numbers {
            (Ok(member), Ok(wanted)) => member.partial_cmp(&wanted),
            _ => None,
        };
        match self.operator {
            SearchOperator::Equal => text.to_lowercase() == wanted.to_lowercase(),
            SearchOperator::Contains => text.to_lowercase().contains(&wanted.to_lowercase()),
            SearchOperator::Less => ordering.is_some_and(|o| o.is_lt()),
            SearchOperator::LessOrEqual => ordering.is_some_and(|o| o.is_le()),
            SearchOperator::Greater => ordering.is_some_and(|o| o.is_gt()),
            SearchOperator::GreaterOrEqual => ordering.is_some_and(|o| o.is_ge()),
        }
    }
}

fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let start = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    let is_word = start.eq_ignore_ascii_case(word) && rest.starts_with(char::is_whitespace);
    is_word.then(|| rest.trim_start())
}

fn parse_condition(text: &str) -> Result<(SearchCondition, &str), String> {
    let (is_negated, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(text.len());
    let (field, mut rest) = text.split_at(end);
    if field.is_empty() {
        return Err(format!("A field is expected at `{text}`."));
    }
    let mut path: Vec<String> = field.split('.').map(str::to_owned).collect();
    if let Some(key) = rest.strip_prefix('[') {
        let (key, after) = parse_quoted(key)?;
        path.push(key);
        rest = after.strip_prefix(']').ok_or("A `]` is missing.")?;
    }
    let found = OPERATORS
        .iter()
        .find_map(|(text, operator)| Some((*operator, rest.strip_prefix(text)?)));
    let Some((operator, rest)) = found else {
        return Err(format!("An operator is expected after `{field}`."));
    };
    let (value, rest) = parse_value(rest)?;
    let condition = SearchCondition {
        path,
        operator,
        value,
        is_negated,
    };
    Ok((condition, rest))
}

fn parse_value(text: &str) -> Result<(Option<String>, &str), String> {
    if text.starts_with(['\'', '"']) {
        let (value, rest) = parse_quoted(text)?;
        return Ok((Some(value), rest));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    match value {
        "" => Err("A value is missing.".to_owned()),
        "null" | "NULL" => Ok((None, rest)),
        _ => Ok((Some(value.to_owned()), rest)),
    }
}

/// A quoted text, in which a backslash escapes the next character.
fn parse_quoted(text: &str) -> Result<(String, &str), String> {
    let mut characters = text.char_indices();
    let quote = match characters.next() {
        Some((_, quote @ ('\'' | '"'))) => quote,
        _ => return Err(format!("A quoted text is expected at `{text}`.")),
    };
    let mut value = String::new();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            let rest = text.get(index + character.len_utf8()..);
            return Ok((value, rest.unwrap_or_default()));
        }
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    Err(format!("The quoted text at `{text}` does not end."))
}
