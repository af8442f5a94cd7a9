//! Tokens to text.

use rayon::prelude::*;

use super::{FileSet, MARK};
use crate::diag::{Code, Place, Sink};
use crate::rust::Unit;

impl FileSet {
    /// Formats units, each on whatever core is free. `label` names the document in the headers.
    pub fn render(units: &[Unit<'_>], label: &str, sink: &mut Sink) -> Option<Self> {
        let texts: Vec<_> = units
            .par_iter()
            .map(|unit| {
                // Tokens are built on the thread that formats them: they cannot cross threads.
                syn::parse2(unit.build_tokens()).map(|file| text(&file, label))
            })
            .collect();
        let before = sink.error_count();
        let mut set = Self::default();
        for (unit, text) in units.iter().zip(texts) {
            match text {
                Ok(text) => set.insert(unit.path.clone(), text),
                Err(error) => {
                    let place = Place {
                        file: unit.path.clone(),
                        position: None,
                    };
                    sink.report_in(Code::OutputNotRust, place, error.to_string());
                }
            }
        }
        (sink.error_count() == before).then_some(set)
    }
}

fn text(file: &syn::File, label: &str) -> String {
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

// prettyplease sets no blank lines. Items at the margin and methods one step in get them; text
// inside string literals cannot look like both of these lines at once, because our literals have
// no line breaks.

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
