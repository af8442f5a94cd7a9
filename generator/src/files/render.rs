//! Formats tokens as text.

use rayon::prelude::*;

use super::{FileSet, MARK};
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::rust::Unit;

impl FileSet {
    /// Formats units in parallel. `label` is the name of the document in the headers.
    pub fn render(units: &[Unit<'_>], label: &str, sink: &mut DiagnosticSink) -> Option<Self> {
        let texts: Vec<_> = units
            .par_iter()
            .map(|unit| {
                // Tokens are built on the thread that formats them: they cannot cross threads.
                syn::parse2(unit.build_tokens()).map(|file| format_file(&file, label))
            })
            .collect();
        let before = sink.error_count();
        let mut set = Self::default();
        for (unit, text) in units.iter().zip(texts) {
            match text {
                // Names are unique, and so are the files that are named after them.
                Ok(_) if set.contains(&unit.path) => {
                    let location = FileLocation::of_file(unit.path.clone());
                    sink.report_in(Code::OutputTwice, location, "");
                }
                Ok(text) => set.insert(unit.path.clone(), text),
                Err(error) => {
                    let location = FileLocation::of_file(unit.path.clone());
                    sink.report_in(Code::OutputNotRust, location, error.to_string());
                }
            }
        }
        (sink.error_count() == before).then_some(set)
    }
}

fn format_file(file: &syn::File, label: &str) -> String {
    let body = prettyplease::unparse(file);
    let mut out = format!("// {MARK} from {label}; do not edit.\n\n");
    out.reserve(body.len() + body.len() / 20);
    let mut before = "";
    for line in body.lines() {
        if is_end_of_item(before) && is_begin_of_item(line) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}

// prettyplease writes no blank lines. They are added between items and between methods. Text in
// string literals is not affected, because the literals have no line breaks.

fn is_end_of_item(line: &str) -> bool {
    line == "}"
        || line == "};"
        || line == "    }"
        || line.ends_with(");")
        || line.starts_with("pub use ")
}

fn is_begin_of_item(line: &str) -> bool {
    let inner = line.strip_prefix("    ").unwrap_or(line);
    ["///", "#[", "pub ", "impl", "fn ", "const "]
        .iter()
        .any(|begin| inner.starts_with(begin))
        && !line.starts_with("pub use ")
}
