//! The folder and the name of the generated crate, where a request does not state them.

use std::path::{Path, PathBuf};

use heck::ToKebabCase;

use super::GenerateRequest;
use super::inputs;
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::dialect::{Dialect, OutputSection};
use crate::source::{SourceFile, is_standard_input};

/// The name of a crate whose document has no usable title.
const NO_TITLE: &str = "api-client";
/// The longest name of a crate.
const MAX_NAME: usize = 50;

/// Fills in the folder and the name of the crate, if they are empty: from the section `[output]` of
/// the dialect, or from the title of the document. The folder has the name of the crate.
///
/// Reads the document if there is no such section.
///
/// # Errors
/// `None` if the document is standard input, which can be read once.
pub(super) fn fill_output(request: &mut GenerateRequest, sink: &mut DiagnosticSink) -> Option<()> {
    let is_named = !request.options.crate_name.is_empty();
    if is_named && !request.out.as_os_str().is_empty() {
        return Some(());
    }
    let beside = inputs::file_beside(&request.document, inputs::DIALECT);
    let config = request.config.clone().or(beside);
    let mut stated = config
        .as_deref()
        .map_or_else(OutputSection::default, read_output);
    if stated.crate_name.is_none() && !is_named {
        if is_standard_input(&request.document) {
            let location = FileLocation::of_file("-");
            let detail = "give `--out` and `--crate-name`, or a dialect with `[output]`";
            sink.report_in(Code::OutputUnknown, location, detail);
            return None;
        }
        // What is wrong with the document is reported when it is read to generate from it.
        let document = SourceFile::load_document(&request.document, &mut DiagnosticSink::new());
        let dialect = document.as_ref().and_then(inputs::dialect_by_title);
        if let Some(dialect) = dialect {
            stated = Dialect::read_output(&dialect);
        }
        let value = document.as_ref().map(|document| &document.value);
        let title = value.and_then(|value| value.pointer("/info/title")?.as_str());
        let title = title.unwrap_or_default();
        stated.crate_name.get_or_insert_with(|| crate_name(title));
    }
    if !is_named {
        request.options.crate_name = stated.crate_name.unwrap_or_else(|| NO_TITLE.to_owned());
    }
    if request.out.as_os_str().is_empty() {
        let folder = stated.folder.map(PathBuf::from);
        request.out = folder.unwrap_or_else(|| PathBuf::from(&request.options.crate_name));
    }
    Some(())
}

/// The section `[output]` of a dialect. What is wrong with it is reported when the dialect is read
/// as a whole.
fn read_output(config: &Path) -> OutputSection {
    let dialect = SourceFile::load(config, &mut DiagnosticSink::new());
    dialect.map_or_else(OutputSection::default, |it| Dialect::read_output(&it))
}

/// The name of a crate for a title: its letters and digits in lower case, with hyphens.
fn crate_name(title: &str) -> String {
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
