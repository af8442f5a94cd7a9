//! Figures about how well the names of functions and types can be searched.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::{Definition, Definitions};

/// Names that are clear in one word because their type or every Rust programmer supplies the
/// rest. They count in no share.
pub const CLEAR_NAMES: &[&str] = &[
    "as_str", "build", "builder", "get", "insert", "is_empty", "iter", "len", "main", "name",
    "new", "next", "push", "send",
];

/// From how many files on a function's name is ambiguous.
pub const AMBIGUOUS_FILES: usize = 3;

/// A name and the files that define it.
pub type NameFiles = (String, BTreeSet<String>);

/// The figures about names of a set of packages.
#[derive(Debug)]
pub struct Naming {
    /// How many functions count: all but those in [`CLEAR_NAMES`].
    pub functions: usize,
    /// How many of them have a name of one word.
    pub one_word: usize,
    /// How many of them have a name that [`AMBIGUOUS_FILES`] files or more define.
    pub ambiguous: usize,
    /// The names of functions in more than one file, those in most files first.
    pub shared_functions: Vec<NameFiles>,
    /// The names of types in more than one file, in alphabetical order.
    pub shared_types: Vec<NameFiles>,
}

impl Naming {
    /// Measures what is defined.
    pub fn measure(definitions: &Definitions) -> Self {
        let mut functions = definitions.functions.clone();
        functions.retain(|function| !CLEAR_NAMES.contains(&function.name.as_str()));
        let files = files_by_name(&functions);
        let types = [&*definitions.types, &definitions.interfaces].concat();
        let is_ambiguous = |name: &str| files[name].len() >= AMBIGUOUS_FILES;
        let mut shared_functions = keep_shared(&files);
        shared_functions.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
        Self {
            functions: functions.len(),
            one_word: functions
                .iter()
                .filter(|function| is_one_word(&function.name))
                .count(),
            ambiguous: functions
                .iter()
                .filter(|function| is_ambiguous(&function.name))
                .count(),
            shared_functions,
            shared_types: keep_shared(&files_by_name(&types)),
        }
    }

    /// The share of functions with a name of one word, in percent.
    pub fn one_word_percent(&self) -> f64 {
        percent(self.one_word, self.functions)
    }

    /// The share of functions with an ambiguous name, in percent.
    pub fn ambiguous_percent(&self) -> f64 {
        percent(self.ambiguous, self.functions)
    }
}

fn is_one_word(name: &str) -> bool {
    !name
        .trim_start_matches("r#")
        .trim_matches('_')
        .contains('_')
}

fn files_by_name(definitions: &[Definition]) -> BTreeMap<String, BTreeSet<String>> {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Definition { name, place } in definitions {
        files.entry(name.clone()).or_default().insert(place.clone());
    }
    files
}

fn keep_shared(files: &BTreeMap<String, BTreeSet<String>>) -> Vec<NameFiles> {
    let shared = files.iter().filter(|(_, files)| files.len() > 1);
    shared
        .map(|(name, files)| (name.clone(), files.clone()))
        .collect()
}

fn percent(part: usize, whole: usize) -> f64 {
    // Counts of functions are far below the 2^52 that a float holds exactly.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let share = part as f64 / whole.max(1) as f64;
    share * 100.0
}
