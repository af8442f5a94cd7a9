//! The folder and the name of the generated crate, where a request does not state them.

use std::path::PathBuf;

use heck::ToKebabCase;

use super::GenerateRequest;
use crate::dialect::Dialect;
use crate::source::SourceFile;

/// The name of a crate whose document has no usable title.
const NO_TITLE: &str = "api-client";
/// The longest name of a crate.
const MAX_NAME: usize = 50;

/// Fills in the folder and the name of the crate, if they are empty: from the section `[output]` of
/// the dialect, or from the title of the document. The folder has the name of the crate.
pub(super) fn fill_output(
    request: &mut GenerateRequest,
    document: Option<&SourceFile>,
    dialect: Option<&SourceFile>,
) {
    let stated = dialect.map(Dialect::read_output);
    let stated = stated.unwrap_or_default();
    if request.options.crate_name.is_empty() {
        let title = || {
            let value = &document?.value;
            value.pointer("/info/title")?.as_str()
        };
        let derived = || crate_name(title().unwrap_or_default());
        request.options.crate_name = stated.crate_name.unwrap_or_else(derived);
    }
    if request.out.as_os_str().is_empty() {
        let folder = stated.folder.map(PathBuf::from);
        request.out = folder.unwrap_or_else(|| PathBuf::from(&request.options.crate_name));
    }
}

/// The name of a crate for a title: its letters and digits in lower case, with hyphens.
pub(super) fn crate_name(title: &str) -> String {
    let letters: String = title
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let name = letters.to_kebab_case();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let mut short: String = name.chars().take(MAX_NAME).collect();
    short.truncate(short.trim_end_matches('-').len());
    match short.as_str() {
        "" => NO_TITLE.to_owned(),
        // Cargo refuses these, and the generated crate refers to the others.
        "test" | "core" | "std" | "alloc" | "runtime" => format!("{short}-client"),
        _ => short,
    }
}
