//! Words that say what a type is only together with the word before them.

use super::service_rules::singularize;

/// Names of fields that many objects have, with a different meaning in each.
const VAGUE: &[&str] = &[
    "action",
    "behavior",
    "category",
    "code",
    "condition",
    "country",
    "data",
    "default",
    "destination",
    "detail",
    "end",
    "event",
    "feature",
    "field",
    "filter",
    "flow",
    "format",
    "from",
    "icon",
    "id",
    "input",
    "key",
    "kind",
    "label",
    "level",
    "link",
    "method",
    "mode",
    "network",
    "object",
    "operator",
    "option",
    "owner",
    "parameter",
    "params",
    "price",
    "purpose",
    "reason",
    "recurrence",
    "resource",
    "result",
    "role",
    "rule",
    "scope",
    "setting",
    "source",
    "start",
    "state",
    "status",
    "subtype",
    "text",
    "to",
    "transaction",
    "type",
    "unit",
    "update",
    "value",
];

/// Letters that a word needs to say something by itself.
const MIN_LETTERS: usize = 3;

/// Whether a word says too little by itself.
pub(crate) fn is_vague_word(word: &str) -> bool {
    word.len() < MIN_LETTERS || VAGUE.contains(&singularize(word).as_str())
}
