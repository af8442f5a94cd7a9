//! Formats findings for the terminal.

use crate::diag::{Diagnostic, DiagnosticSink, Input};
use crate::pipeline::Inputs;

/// Maximum number of findings that are shown. The first ones cause most of the others.
const SHOWN: usize = 50;

/// A finding with its file and position.
pub(super) struct LocatedDiagnostic<'a> {
    pub(super) finding: &'a Diagnostic,
    pub(super) file: Option<String>,
    pub(super) position: Option<(usize, usize)>,
}

/// Finds the positions of findings. Parses each input once.
pub(super) fn locate_findings<'a>(
    findings: &[&'a Diagnostic],
    inputs: &Inputs,
) -> Vec<LocatedDiagnostic<'a>> {
    let mut located: Vec<_> = findings
        .iter()
        .map(|finding| LocatedDiagnostic {
            finding,
            file: finding
                .location
                .as_ref()
                .map(|location| location.file.clone()),
            position: finding
                .location
                .as_ref()
                .and_then(|location| location.position),
        })
        .collect();
    for input in [Input::Document, Input::Dialect, Input::Lock] {
        let Some(source) = inputs.source_of(input) else {
            continue;
        };
        let about =
            |l: &&mut LocatedDiagnostic<'_>| l.file.is_none() && l.finding.code.input() == input;
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
pub(super) fn format_findings(findings: &DiagnosticSink, inputs: &Inputs) -> String {
    // Errors come first.
    let sorted: Vec<_> = findings.errors().chain(findings.warnings()).collect();
    let shown = sorted.get(..SHOWN).unwrap_or(&sorted);
    let mut out = String::new();
    for located in locate_findings(shown, inputs) {
        out.push_str(&format_finding(&located));
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

fn format_finding(located: &LocatedDiagnostic<'_>) -> String {
    let LocatedDiagnostic {
        finding,
        file,
        position,
    } = located;
    let code = finding.code;
    let mut out = format!("{}[{}]: {}\n", code.severity(), code.id(), code.message());
    if let Some(file) = file {
        let position = position.map(|(line, column)| format!(":{line}:{column}"));
        let pointer = match finding.location {
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
