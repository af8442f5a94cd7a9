//! Formats findings for the terminal.

use anstyle::{AnsiColor, Style};

use crate::diag::{Diagnostic, DiagnosticSink, Input, Severity};
use crate::pipeline::{Inputs, SourceFile};

/// Maximum number of findings that are shown. The first ones cause most of the others.
const SHOWN: usize = 50;

/// Styles of rustc. What writes the text drops them if they are not wanted.
const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();
const TITLE: Style = Style::new().bold();

/// Maximum length of a source line that is shown whole, in characters.
const LINE: usize = 140;
/// Of a longer line, the length that is shown before the position.
const BEFORE: usize = 60;

/// A finding with its file and position.
pub(super) struct LocatedDiagnostic<'a> {
    pub(super) finding: &'a Diagnostic,
    pub(super) file: Option<String>,
    pub(super) position: Option<(usize, usize)>,
    /// The file, if it is an input: its lines can be shown.
    source: Option<&'a SourceFile>,
}

impl LocatedDiagnostic<'_> {
    /// The line of the position. A document may be one line, so it is not copied.
    fn line_text(&self) -> Option<&str> {
        match &self.finding.location {
            Some(location) => location.line.as_deref(),
            None => self.source?.line_text(self.position?.0),
        }
    }
}

/// Finds the positions of findings. Parses each input once.
pub(super) fn locate_findings<'a>(
    findings: &[&'a Diagnostic],
    inputs: &'a Inputs,
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
            source: None,
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
            finding.source = Some(source);
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
        ..
    } = located;
    let code = finding.code;
    let level = match finding.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    };
    let (severity, id, message) = (finding.severity, code.id(), code.message());
    let mut out = format!("{level}{severity}[{id}]{level:#}{TITLE}: {message}{TITLE:#}\n");
    // The numbers of lines are to the left of all marks.
    let width = position.map_or(0, |(line, _)| line.to_string().len());
    let margin = " ".repeat(width.max(2));
    if let Some(file) = file {
        let position = position.map(|(line, column)| format!(":{line}:{column}"));
        let pointer = match finding.location {
            Some(_) => String::new(),
            None => format!(" {}", finding.at),
        };
        out.push_str(&format!(
            "{margin}{FRAME}-->{FRAME:#} {}{}{}\n",
            without_controls(file),
            position.unwrap_or_default(),
            without_controls(&pointer)
        ));
    }
    if let (Some((number, column)), Some(line)) = (position, located.line_text()) {
        out.push_str(&format_line(&margin, *number, *column, line, level));
    }
    if !finding.detail.is_empty() {
        let detail = without_controls(&finding.detail);
        out.push_str(&format!("{margin} {FRAME}={FRAME:#} {detail}\n"));
    }
    let hint = code.hint();
    out.push_str(&format!(
        "{margin} {FRAME}={FRAME:#} {TITLE}help{TITLE:#}: {hint}\n\n"
    ));
    out
}

/// A line of the input with a mark below a column.
fn format_line(margin: &str, number: usize, column: usize, line: &str, level: Style) -> String {
    let before = column.saturating_sub(1);
    // A document may be one line of some megabytes, which is read up to what is shown.
    let first = match line.chars().nth(LINE).is_some() {
        true => before.saturating_sub(BEFORE),
        false => 0,
    };
    let mut rest = line.chars().skip(first);
    let shown: String = rest.by_ref().take(LINE).collect();
    let begin = if first > 0 { "…" } else { "" };
    let end = if rest.next().is_some() { "…" } else { "" };
    let shown = without_controls(&shown);
    let indent = " ".repeat((before - first).min(LINE) + begin.chars().count());
    let width = margin.len();
    format!(
        "{margin} {FRAME}|{FRAME:#}\n\
         {FRAME}{number:>width$} |{FRAME:#} {begin}{shown}{end}\n\
         {margin} {FRAME}|{FRAME:#} {indent}{level}^{level:#}\n"
    )
}

/// The text with a sign in place of each control character, which a terminal would execute.
fn without_controls(text: &str) -> String {
    let sign = |c: char| match c {
        '\n' => c,
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(sign).collect()
}
