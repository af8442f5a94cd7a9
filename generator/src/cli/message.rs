//! Findings as the terminal shows them.

use crate::diag::{Diagnostic, Input, Sink};
use crate::pipeline::Inputs;

/// More findings than this are counted, not shown: the first ones cause most of the others.
const SHOWN: usize = 50;

/// A finding and where it is.
pub(super) struct Located<'a> {
    pub(super) finding: &'a Diagnostic,
    pub(super) file: Option<String>,
    pub(super) position: Option<(usize, usize)>,
}

/// Finds the lines of findings, with one walk over each input.
pub(super) fn locate<'a>(findings: &[&'a Diagnostic], inputs: &Inputs) -> Vec<Located<'a>> {
    let mut located: Vec<_> = findings
        .iter()
        .map(|finding| Located {
            finding,
            file: finding.place.as_ref().map(|place| place.file.clone()),
            position: finding.place.as_ref().and_then(|place| place.position),
        })
        .collect();
    for input in [Input::Document, Input::Dialect, Input::Lock] {
        let Some(source) = inputs.about(input) else {
            continue;
        };
        let about = |l: &&mut Located<'_>| l.file.is_none() && l.finding.code.input() == input;
        let mut here: Vec<_> = located.iter_mut().filter(about).collect();
        if here.is_empty() {
            continue;
        }
        let paths: Vec<_> = here.iter().map(|l| &l.finding.at).collect();
        let positions = source.positions_of(&paths);
        for (finding, position) in here.iter_mut().zip(positions) {
            finding.file = Some(source.label.clone());
            finding.position = position;
        }
    }
    located
}

/// All findings as text.
pub(super) fn all(findings: &Sink, inputs: &Inputs) -> String {
    // Errors first: a reader starts at the top.
    let sorted: Vec<_> = findings.errors().chain(findings.warnings()).collect();
    let shown = sorted.get(..SHOWN).unwrap_or(&sorted);
    let mut out = String::new();
    for located in locate(shown, inputs) {
        out.push_str(&one(&located));
    }
    if sorted.len() > SHOWN {
        out.push_str(&format!("… and {} more\n\n", sorted.len() - SHOWN));
    }
    let errors = findings.error_count();
    if errors > 0 {
        let plural = if errors == 1 { "" } else { "s" };
        out.push_str(&format!("{errors} error{plural}; nothing was written\n"));
    }
    out
}

fn one(located: &Located<'_>) -> String {
    let Located {
        finding,
        file,
        position,
    } = located;
    let code = finding.code;
    let mut out = format!("{}[{}]: {}\n", code.severity(), code.id(), code.message());
    if let Some(file) = file {
        let position = position.map(|(line, column)| format!(":{line}:{column}"));
        let pointer = match finding.place {
            Some(_) => String::new(),
            None => format!(" {}", finding.at),
        };
        out.push_str(&format!(
            "  --> {file}{}{pointer}\n",
            position.unwrap_or_default()
        ));
    }
    if !finding.detail.is_empty() {
        out.push_str(&format!("   = {}\n", finding.detail));
    }
    out.push_str(&format!("   = help: {}\n\n", code.hint()));
    out
}
