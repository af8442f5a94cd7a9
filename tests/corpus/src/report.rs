//! Writes what a run has found to the committed files.

use std::fs;
use std::path::Path;

use crate::calls::list::read_list;
use crate::calls::outcome::DocumentCalls;
use crate::calls::run::write_calls;
use crate::calls::summary::CallSummary;
use crate::largest::growth_tables;
use crate::layout::Layout;
use crate::results::{Row, read_results, write_results};
use crate::tables::write_tables;
use crate::{CorpusError, file_error};

/// The lines between which tables stand.
type Markers = [&'static str; 2];

/// Of the tables of all documents.
pub(crate) const TABLES: Markers = ["<!-- begin of the tables -->", "<!-- end of the tables -->"];
/// Of the tables of calls.
const CALLS: Markers = ["<!-- begin of the calls -->", "<!-- end of the calls -->"];

/// Writes the committed results, and the tables of the page.
///
/// # Errors
/// The page lacks the lines between which the tables stand, or a file cannot be written.
pub fn write_report(layout: &Layout, rows: &[Row]) -> Result<(), CorpusError> {
    let rows: Vec<Row> = rows.iter().map(round_usage).collect();
    let page = layout.page();
    let old = fs::read_to_string(&page).map_err(file_error(&page))?;
    let mut tables = write_tables(&rows);
    let largest = read_results(&layout.largest())?;
    if !largest.is_empty() {
        tables = format!("{tables}\n{}", growth_tables(&largest));
    }
    let new = replace_tables(&old, TABLES, &tables).map_err(marker_error(&page))?;
    write_results(&layout.results(), &rows)?;
    fs::write(&page, new).map_err(file_error(&page))
}

/// Writes the committed results of calls, and their tables on the page.
///
/// # Errors
/// The page lacks the lines between which the tables stand, or a file cannot be written.
pub fn write_call_report(layout: &Layout, results: &[DocumentCalls]) -> Result<(), CorpusError> {
    let page = layout.page();
    let old = fs::read_to_string(&page).map_err(file_error(&page))?;
    let list = read_list(layout)?;
    let tables = CallSummary::new(results, &list).tables();
    let new = replace_tables(&old, CALLS, &tables).map_err(marker_error(&page))?;
    write_calls(&layout.call_results(), results)?;
    fs::write(&page, new).map_err(file_error(&page))
}

fn marker_error(page: &Path) -> impl FnOnce(&'static str) -> CorpusError {
    let path = page.to_owned();
    move |marker| CorpusError::Marker { path, marker }
}

/// The row with tenths of a second and tens of mebibytes: finer figures differ in every run, and
/// would change the committed results.
pub(crate) fn round_usage(row: &Row) -> Row {
    Row {
        cpu_centis: row.cpu_centis.next_multiple_of(10),
        memory_mib: row.memory_mib.next_multiple_of(10),
        ..row.clone()
    }
}

/// The page with other tables between the two lines; the line that is missing otherwise.
pub(crate) fn replace_tables(
    page: &str,
    [begin, end]: Markers,
    tables: &str,
) -> Result<String, &'static str> {
    let (before, rest) = page.split_once(begin).ok_or(begin)?;
    let (_, after) = rest.split_once(end).ok_or(end)?;
    Ok(format!("{before}{begin}\n\n{tables}\n{end}{after}"))
}
