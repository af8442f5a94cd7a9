//! Formats comparisons for the terminal and for pull requests.

use std::fmt::Write as _;

use crate::pipeline::{DiffEntry, DiffReport, DocumentPlace};

/// Maximum number of additions that are listed by name.
const LISTED: usize = 30;
/// The kinds of additions that are listed by name; the others are counted.
const NAMED_KINDS: [&str; 2] = ["service", "method"];

/// The report for people.
pub(super) fn format_text(report: &DiffReport) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _: std::fmt::Result = write_text(&mut out, report);
    out
}

fn write_text(out: &mut String, report: &DiffReport) -> std::fmt::Result {
    writeln!(out, "{}", verdict_line(report))?;
    writeln!(out, "{}", count_line(report))?;
    for note in &report.notes {
        writeln!(out, "note: {note}")?;
    }
    for (title, entries) in [
        ("COMPILE-TIME BREAKS", &report.breaks),
        (
            "RUN-TIME CHANGES (compiles, behaves differently)",
            &report.run_time,
        ),
    ] {
        if !entries.is_empty() {
            writeln!(out, "\n{title}")?;
        }
        for entry in entries {
            write_entry(out, entry)?;
        }
    }
    if !report.additions.is_empty() {
        writeln!(out, "\nADDITIONS")?;
        for (kind, count) in &report.counts.additions {
            writeln!(out, "  {count:5} {kind}")?;
        }
        for entry in named_additions(report).take(LISTED) {
            writeln!(out, "  {}{}", entry.path, text_of(entry.now.as_ref()))?;
        }
        let rest = named_additions(report).count().saturating_sub(LISTED);
        if rest > 0 {
            writeln!(out, "  … and {rest} more; `--format json` has all")?;
        }
    }
    if !report.moved.is_empty() {
        writeln!(out, "\nMIGRATION")?;
        for path in &report.moved {
            writeln!(out, "  {} -> {}", path.old, path.new)?;
        }
    }
    Ok(())
}

fn verdict_line(report: &DiffReport) -> String {
    format!(
        "{} {} -> {}   compile: {}   wire: {}",
        report.title,
        report.old_version,
        report.new_version,
        report.compile.as_str(),
        report.wire.as_str()
    )
}

fn count_line(report: &DiffReport) -> String {
    let counts = &report.counts;
    let by_origin = |map: &std::collections::BTreeMap<_, usize>| {
        let parts: Vec<String> = map
            .iter()
            .map(|(origin, count): (&crate::pipeline::Origin, _)| {
                format!("{} {count}", origin.as_str())
            })
            .collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!(" ({})", parts.join(", ")),
        }
    };
    format!(
        "{} breaks{}, {} run-time changes{}, {} additions",
        report.breaks.len(),
        by_origin(&counts.breaks),
        report.run_time.len(),
        by_origin(&counts.run_time),
        report.additions.len()
    )
}

fn write_entry(out: &mut String, entry: &DiffEntry) -> std::fmt::Result {
    let change = match (&entry.was, &entry.now) {
        (_, None) if entry.kind == "wire" => String::new(),
        (_, None) => format!("{} is gone", text_of(entry.was.as_ref())),
        (Some(was), Some(now)) => format!("{} => {now}", text_of(Some(was))),
        (None, Some(now)) => format!(": {now}"),
    };
    writeln!(out, "  {} {}{change}", entry.kind, entry.path)?;
    let level = entry.level.as_str();
    writeln!(
        out,
        "    {}, {level}: {}",
        entry.origin.as_str(),
        entry.reason
    )?;
    if let Some(wire) = &entry.wire {
        let further = match entry.further_places {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let place = |place: &Option<DocumentPlace>| place.as_ref().map_or("-".to_owned(), line_of);
        let (old, new) = (place(&entry.old), place(&entry.new));
        writeln!(out, "    wire:    {wire}{further}; old {old}, new {new}")?;
    }
    writeln!(out, "    instead: {}", entry.instead)
}

/// A type after a colon, a signature as it is.
fn text_of(text: Option<&String>) -> String {
    match text {
        Some(text) if text.starts_with('(') => text.clone(),
        Some(text) => format!(": {text}"),
        None => String::new(),
    }
}

fn line_of(place: &DocumentPlace) -> String {
    match place.line {
        Some(line) => format!("line {line} {}", place.pointer),
        None => place.pointer.to_string(),
    }
}

fn named_additions(report: &DiffReport) -> impl Iterator<Item = &DiffEntry> {
    let all = report.additions.iter();
    all.filter(|entry| NAMED_KINDS.contains(&entry.kind))
}

/// The report for pull requests and changelogs.
pub(super) fn format_markdown(report: &DiffReport) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _: std::fmt::Result = write_markdown(&mut out, report);
    out
}

fn write_markdown(out: &mut String, report: &DiffReport) -> std::fmt::Result {
    writeln!(
        out,
        "## {}\n\n{}.",
        verdict_line(report),
        count_line(report)
    )?;
    for note in &report.notes {
        writeln!(out, "\nNote: {note}.")?;
    }
    for (title, entries) in [
        ("Compile-time breaks", &report.breaks),
        ("Run-time changes", &report.run_time),
    ] {
        if entries.is_empty() {
            continue;
        }
        writeln!(out, "\n### {title}\n")?;
        writeln!(
            out,
            "| item | change | wire place | lines | origin | level | instead |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for entry in entries {
            write_row(out, entry)?;
        }
    }
    if !report.additions.is_empty() {
        writeln!(out, "\n### Additions\n")?;
        for (kind, count) in &report.counts.additions {
            writeln!(out, "* {count} × {kind}")?;
        }
        for entry in named_additions(report) {
            writeln!(out, "* `{}`", entry.path)?;
        }
    }
    if !report.moved.is_empty() {
        writeln!(out, "\n### Migration\n\n| old | new |\n|---|---|")?;
        for path in &report.moved {
            writeln!(out, "| `{}` | `{}` |", path.old, path.new)?;
        }
    }
    Ok(())
}

fn write_row(out: &mut String, entry: &DiffEntry) -> std::fmt::Result {
    let change = match (&entry.was, &entry.now) {
        (Some(was), Some(now)) if entry.kind != "wire" => format!("`{was}` → `{now}`. "),
        _ => String::new(),
    };
    let line = |place: &Option<DocumentPlace>| {
        let line = place.as_ref().and_then(|place| place.line);
        line.map_or("-".to_owned(), |line| line.to_string())
    };
    let wire = entry.wire.as_deref().unwrap_or_default();
    let cells = [
        format!("{} `{}`", entry.kind, entry.path),
        format!("{change}{}", entry.reason),
        format!("`{wire}`"),
        format!("{} → {}", line(&entry.old), line(&entry.new)),
        entry.origin.as_str().to_owned(),
        entry.level.as_str().to_owned(),
        entry.instead.clone(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}
