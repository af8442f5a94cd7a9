//! JSON text to a value.

use serde_json::Value;
use serde_json::error::Category;

use super::Fault;
use super::tree::{Duplicates, Tree};
use crate::diag::{Code, SpecPath};

/// Reads a whole text as one JSON value.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let duplicates = Duplicates::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Tree::read(&mut reader, &duplicates).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(value) => duplicates.into_result(value),
        Err(error) => {
            let code = match error.classify() {
                Category::Data => Code::FileTooComplex,
                _ => Code::FileSyntax,
            };
            // serde_json repeats the position in its message; it is printed separately.
            let message = error.to_string();
            let detail = message.split(" at line ").next().unwrap_or_default().to_owned();
            let position = Some((error.line().max(1), error.column().max(1)));
            Err(Fault { code, position, at: SpecPath::root(), detail })
        }
    }
}
