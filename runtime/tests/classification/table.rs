//! The table: cases are added one by one, and those with the same result share a line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

const LEGEND: &str = "\
How results of attempts are classified. Made by `cargo test -p typed-api-runtime --test classification`; a line
that differs is a change of behaviour.

A heading with `=` lists cases that have all the following lines in common. Each line stands for
every combination of what its columns left of `||` list. The labels are those of `cases.rs`: an error
object is called by its type, as `code x` if it has a code alone, or as `type/code`.

kind      of the attempt's failure; for timeouts followed by the limit that expired
outcome   of the attempt: ok, not_sent, unknown or rejected
systemic  whether observers count the failure against the server, the way to it or the client's
          setup, rather than against this one request
breaker   attempts/failures that the circuit breaker counted
next      what followed the first attempt, with 2 retries allowed, a server that has recovered and
          random numbers that halve every pause: a retry after a pause, or at once with a `new key`
tries     how many attempts there were then
keys      how often the credentials were fetched then
call      the result of the call without retries: ok, `same` as the attempt, or its own kind and
          outcome
limiter   for each limit that was affected: refusals, what is allowed now, and its pause

breaker, limiter and call are of a call without retries and with a fixed API key. Unless the section
names other calls they are POST with an idempotency key.

Sections of several attempts have, instead:

outcomes  of all attempts
between   what came between them: pauses, or a `new key`
fetches   how often the credentials were fetched
call      the kind of the error that the caller gets, then its outcome and whether it is systemic
resumable whether the error holds a write that can be resumed
";

/// Between the columns of the case and those of the result.
const MIDDLE: &str = " || ";
/// Between columns.
const COLUMN: &str = " | ";
/// Between the labels that share a line. No label contains it.
const LABEL: &str = ", ";
/// Before the labels that share a block.
const BLOCK: &str = "= ";
/// Before the title of a section.
const TITLE: &str = "## ";
/// Longer cells exceed the width of their column, so that a few of them do not widen the whole
/// section.
const WIDEST: usize = 80;

#[derive(Default)]
pub(super) struct Table {
    sections: Vec<Section>,
    cases: usize,
}

struct Section {
    title: &'static str,
    /// The columns of the case, then those of the result.
    columns: [&'static [&'static str]; 2],
    blocks: Vec<Block>,
}

#[derive(PartialEq)]
struct Block {
    labels: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Clone, PartialEq)]
struct Line {
    /// For each column of the case the labels that share this line.
    case: Vec<Vec<String>>,
    result: Vec<String>,
}

impl Table {
    pub(super) fn begin_section(
        &mut self,
        title: &'static str,
        case: &'static [&'static str],
        result: &'static [&'static str],
    ) {
        self.sections.push(Section {
            title,
            columns: [case, result],
            blocks: Vec::new(),
        });
    }

    /// Adds a case to the section that was begun last. Cases of one block come one after the other.
    pub(super) fn add_case(&mut self, block: &str, case: &[&str], result: Vec<String>) {
        self.cases += 1;
        let section = self.sections.last_mut().unwrap();
        assert_eq!([case.len(), result.len()], section.columns.map(<[_]>::len));
        let is_known = |last: &Block| last.labels[0] == block;
        if !section.blocks.last().is_some_and(is_known) {
            section.blocks.push(Block {
                labels: vec![block.to_owned()],
                lines: Vec::new(),
            });
        }
        let case = case.iter().map(|label| vec![(*label).to_owned()]).collect();
        let lines = &mut section.blocks.last_mut().unwrap().lines;
        lines.push(Line { case, result });
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = LEGEND.to_owned();
        for section in &self.sections {
            section.write_to(&mut text);
        }
        writeln!(text, "\n{} cases", self.cases).unwrap();
        text
    }
}

impl Section {
    fn write_to(&self, text: &mut String) {
        let mut blocks: Vec<Block> = Vec::new();
        for block in &self.blocks {
            let lines = merge_lines(&block.lines, self.columns[0].len());
            match blocks.iter_mut().find(|known| known.lines == lines) {
                Some(known) => known.labels.extend(block.labels.clone()),
                None => blocks.push(Block {
                    labels: block.labels.clone(),
                    lines,
                }),
            }
        }
        let head = self.columns.concat().into_iter().map(str::to_owned);
        let head: Vec<String> = head.collect();
        let widths: Vec<usize> = (0..head.len())
            .map(|column| {
                let lines = blocks.iter().flat_map(|block| &block.lines);
                let widths = lines.map(|line| line.cells()[column].len());
                widths
                    .max()
                    .unwrap_or(0)
                    .max(head[column].len())
                    .min(WIDEST)
            })
            .collect();
        writeln!(text, "\n{TITLE}{}\n", self.title).unwrap();
        self.write_line(text, &head, &widths);
        for block in &blocks {
            writeln!(text, "{BLOCK}{}", block.labels.join(LABEL)).unwrap();
            for line in &block.lines {
                self.write_line(text, &line.cells(), &widths);
            }
        }
    }

    fn write_line(&self, text: &mut String, cells: &[String], widths: &[usize]) {
        let mut line = String::new();
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let separator = match column {
                0 => "",
                _ if column == self.columns[0].len() => MIDDLE,
                _ => COLUMN,
            };
            write!(line, "{separator}{cell:<width$}").unwrap();
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
}

impl Line {
    fn cells(&self) -> Vec<String> {
        let case = self.case.iter().map(|labels| labels.join(LABEL));
        case.chain(self.result.iter().cloned()).collect()
    }
}

/// Joins lines that differ in one column of the case, column by column from the last.
fn merge_lines(lines: &[Line], columns: usize) -> Vec<Line> {
    let mut lines = lines.to_vec();
    for column in (0..columns).rev() {
        let mut merged: Vec<Line> = Vec::new();
        for mut line in lines {
            let labels = std::mem::take(&mut line.case[column]);
            let same = merged.iter_mut().find(|known| {
                let others = known.case.iter().zip(&line.case).enumerate();
                let mut others = others.filter(|(index, _)| *index != column);
                known.result == line.result && others.all(|(_, (one, other))| one == other)
            });
            match same {
                Some(known) => known.case[column].extend(labels),
                None => {
                    line.case[column] = labels;
                    merged.push(line);
                }
            }
        }
        lines = merged;
    }
    lines
}

/// Every case of a table that was written as text, one by one with its result.
pub(super) fn all_cases(text: &str) -> BTreeSet<String> {
    let (mut title, mut blocks) = ("", Vec::new());
    let mut all = BTreeSet::new();
    for line in text.lines() {
        if let Some(text) = line.strip_prefix(TITLE) {
            (title, blocks) = (text, Vec::new());
        } else if let Some(labels) = line.strip_prefix(BLOCK) {
            blocks = labels.split(LABEL).collect();
        } else if let Some((case, result)) = line.split_once(MIDDLE) {
            let cells: Vec<&str> = result.split(COLUMN).map(str::trim).collect();
            for block in &blocks {
                for case in combinations(case) {
                    let case = case.join(COLUMN);
                    all.insert(format!(
                        "[{title}] {block}{COLUMN}{case}{MIDDLE}{}",
                        cells.join(COLUMN)
                    ));
                }
            }
        }
    }
    all
}

/// Every choice of one label from each column.
fn combinations(case: &str) -> Vec<Vec<&str>> {
    let mut all = vec![Vec::new()];
    for column in case.split(COLUMN) {
        let labels: Vec<&str> = column.trim().split(LABEL).collect();
        all = all
            .iter()
            .flat_map(|chosen| labels.iter().map(|label| [&chosen[..], &[*label]].concat()))
            .collect();
    }
    all
}
