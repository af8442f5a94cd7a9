//! The tables of `docs/coverage.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use generator::diag::Code;

use crate::ratchet::failure_text;
use crate::results::{Ending, Row};
use crate::sample::{SizeClass, Version};

/// Places that are longer are cut.
const MAX_CELL: usize = 110;

/// How many documents with fields of raw JSON are listed.
const MAX_ROWS: usize = 10;

/// All tables, in their order on the page.
pub fn write_tables(rows: &[Row]) -> String {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    [
        totals_table(&rows),
        raw_table(&rows),
        usage_table(&rows),
        causes_table(&rows),
        left_out_table(&rows),
        warnings_table(&rows),
        compiler_table(&rows),
        failures_table(&rows),
    ]
    .join("\n")
}

/// A cell of code: neither a bar nor a backtick ends it.
pub(crate) fn code_cell(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_CELL).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let short = short.replace('`', "'").replace('\n', " ");
    format!("`{}`", short.replace('|', "\\|"))
}

fn percent(part: usize, whole: usize) -> String {
    match whole {
        0 => "–".to_owned(),
        _ => format!("{} %", (part * 1000 / whole + 5) / 10),
    }
}

fn totals_table(rows: &[&Row]) -> String {
    let mut text = String::from(
        "### Totals\n\n\
         | documents | number | generate | | compile | operations described | generated | | fields | typed | raw JSON |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for version in Version::ALL {
        let label = format!("OpenAPI {}", version.label());
        add_total(&mut text, &label, rows, |row| row.version == version);
    }
    for class in SizeClass::ALL {
        let label = class
            .label()
            .replace('-', "–")
            .replace("kB", " kB")
            .replace("MB", " MB");
        let is_of = |row: &Row| SizeClass::of_size(row.bytes) == class;
        add_total(&mut text, &label, rows, is_of);
    }
    add_total(&mut text, "**all**", rows, |_| true);
    text
}

fn add_total(text: &mut String, label: &str, rows: &[&Row], is_of: impl Fn(&Row) -> bool) {
    let of: Vec<&&Row> = rows.iter().filter(|row| is_of(row)).collect();
    let generated = of.iter().filter(|row| row.ending == Ending::Generated);
    let generated = generated.count();
    let checked = of.iter().filter(|row| row.compiles.is_some()).count();
    let compile = of.iter().filter(|row| row.compiles == Some(true)).count();
    let operations: usize = of.iter().map(|row| row.operations).sum();
    let made: usize = of.iter().map(|row| row.generated).sum();
    let fields: usize = of.iter().map(|row| row.fields).sum();
    let typed: usize = of.iter().map(|row| typed_fields(row)).sum();
    let raw: usize = of.iter().map(|row| row.raw_fields).sum();
    let compile = match checked {
        0 => "not checked".to_owned(),
        _ => format!("{compile} of {checked}"),
    };
    let _ = writeln!(
        text,
        "| {label} | {} | {generated} | {} | {compile} | {operations} | {made} | {} | {fields} | {} | {raw} |",
        of.len(),
        percent(generated, of.len()),
        percent(made, operations),
        percent(typed, fields),
    );
}

/// The fields that are neither raw JSON, nor lists or maps of it.
fn typed_fields(row: &Row) -> usize {
    row.fields.saturating_sub(row.raw_fields)
}

fn raw_table(rows: &[&Row]) -> String {
    let (mut documents, mut fields) = (BTreeMap::new(), BTreeMap::new());
    for (cause, number) in rows.iter().flat_map(|row| &row.raw) {
        *documents.entry(cause.clone()).or_insert(0_usize) += 1;
        *fields.entry(cause.clone()).or_default() += number;
    }
    let mut text = String::from(
        "### Fields of raw JSON\n\n| cause | documents | fields | meaning |\n|---|---|---|---|\n",
    );
    for (cause, number) in by_number(fields) {
        let of = documents.get(&cause).copied().unwrap_or(0);
        let meaning = match cause.as_str() {
            "document" => "the document allows any value, or does not describe it",
            "dialect" => "the dialect lists the place",
            code => message_of(code),
        };
        let _ = writeln!(text, "| {cause} | {of} | {number} | {meaning} |");
    }
    text.push_str("\n| documents with most of them | fields | typed | |\n|---|---|---|---|\n");
    let mut most: Vec<&&Row> = rows.iter().filter(|row| row.raw_fields > 0).collect();
    most.sort_by(|a, b| {
        b.raw_fields
            .cmp(&a.raw_fields)
            .then_with(|| a.path.cmp(&b.path))
    });
    for row in most.into_iter().take(MAX_ROWS) {
        let (path, fields, typed) = (code_cell(&row.path), row.fields, typed_fields(row));
        let share = percent(typed, fields);
        let _ = writeln!(text, "| {path} | {fields} | {typed} | {share} |");
    }
    text
}

fn usage_table(rows: &[&Row]) -> String {
    let mut text = String::from(
        "### CPU time and memory of a run\n\n| | median | 90th of 100 | most |\n|---|---|---|---|\n",
    );
    let mut cpu: Vec<u64> = rows.iter().map(|row| row.cpu_centis).collect();
    let mut memory: Vec<u64> = rows.iter().map(|row| row.memory_mib).collect();
    cpu.sort_unstable();
    memory.sort_unstable();
    let seconds = |centis: u64| format!("{}.{} s", centis / 100, centis % 100 / 10);
    let [median, high, most] = quantiles(&cpu).map(seconds);
    let _ = writeln!(text, "| CPU time | {median} | {high} | {most} |");
    let [median, high, most] = quantiles(&memory).map(|mib| format!("{mib} MiB"));
    let _ = writeln!(text, "| memory | {median} | {high} | {most} |");
    text
}

/// The median, the value that nine of ten do not exceed, and the largest.
fn quantiles(sorted: &[u64]) -> [u64; 3] {
    let last = sorted.len().saturating_sub(1);
    [last / 2, last * 9 / 10, last].map(|index| sorted.get(index).copied().unwrap_or(0))
}

/// The codes of a failure, or how else the run has ended.
fn causes_of(row: &Row) -> BTreeSet<String> {
    match row.ending {
        Ending::Generated => BTreeSet::new(),
        Ending::Refused => row.errors.iter().map(|error| error.code.clone()).collect(),
        Ending::Crashed | Ending::TimedOut | Ending::OutOfMemory => {
            BTreeSet::from([failure_text(row)])
        }
    }
}

fn message_of(code: &str) -> &'static str {
    let mut all = Code::ALL.iter();
    let found = all.find(|known| known.id() == code);
    found.map_or("", |code| code.message())
}

/// Rows by number, the largest first, then by name.
fn by_number(counts: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut sorted: Vec<(String, usize)> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sorted
}

fn causes_table(rows: &[&Row]) -> String {
    let (mut any, mut alone) = (BTreeMap::new(), BTreeMap::new());
    for causes in rows.iter().map(|row| causes_of(row)) {
        for cause in &causes {
            *any.entry(cause.clone()).or_default() += 1;
            if causes.len() == 1 {
                *alone.entry(cause.clone()).or_insert(0_usize) += 1;
            }
        }
    }
    let mut text = String::from(
        "### Causes of failure\n\n\
         | cause | documents | of these with no other | meaning |\n|---|---|---|---|\n",
    );
    for (cause, number) in by_number(any) {
        let alone = alone.get(&cause).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "| {cause} | {number} | {alone} | {} |",
            message_of(&cause)
        );
    }
    text
}

fn left_out_table(rows: &[&Row]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (code, number) in rows.iter().flat_map(|row| &row.left_out) {
        *counts.entry(code.clone()).or_default() += number;
    }
    let mut text = String::from(
        "### Operations that are left out of generated crates\n\n\
         | code | operations | meaning |\n|---|---|---|\n",
    );
    for (code, number) in by_number(counts) {
        let meaning = match code.as_str() {
            "none" => "no warning has the place of the operation",
            code => message_of(code),
        };
        let _ = writeln!(text, "| {code} | {number} | {meaning} |");
    }
    text
}

fn warnings_table(rows: &[&Row]) -> String {
    let (mut documents, mut warnings) = (BTreeMap::new(), BTreeMap::new());
    for (code, number) in rows.iter().flat_map(|row| &row.warnings) {
        *documents.entry(code.clone()).or_default() += 1;
        *warnings.entry(code.clone()).or_insert(0_usize) += number;
    }
    let mut text = String::from(
        "### Warnings\n\n| code | documents | warnings | meaning |\n|---|---|---|---|\n",
    );
    for (code, number) in by_number(documents) {
        let all = warnings.get(&code).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "| {code} | {number} | {all} | {} |",
            message_of(&code)
        );
    }
    text
}

fn compiler_table(rows: &[&Row]) -> String {
    let mut text =
        String::from("### Crates that do not compile\n\n| document | first error |\n|---|---|\n");
    for row in rows.iter().filter(|row| row.compiles == Some(false)) {
        let (path, error) = (code_cell(&row.path), code_cell(&row.compile_error));
        let _ = writeln!(text, "| {path} | {error} |");
    }
    text
}

fn failures_table(rows: &[&Row]) -> String {
    let mut text = String::from(
        "### Documents that do not generate\n\n\
         | document | version | kB | codes | first place |\n|---|---|---|---|---|\n",
    );
    for row in rows.iter().filter(|row| row.ending != Ending::Generated) {
        let codes: Vec<String> = match row.ending {
            Ending::Refused => row
                .errors
                .iter()
                .map(|error| format!("{} {}×", error.code, error.count).replace(" 1×", ""))
                .collect(),
            _ => causes_of(row).into_iter().collect(),
        };
        let place = row.errors.first().map(|error| code_cell(&error.place));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            code_cell(&row.path),
            row.version.label(),
            row.bytes.div_ceil(1000),
            codes.join(", "),
            place.unwrap_or_default(),
        );
    }
    text
}
