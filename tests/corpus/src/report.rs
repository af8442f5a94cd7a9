//! Writes what a run has found to the committed files.

use std::fs;

use crate::largest::growth_tables;
use crate::layout::Layout;
use crate::results::{Row, read_results, write_results};
use crate::tables::write_tables;
use crate::{CorpusError, file_error};

const BEGIN: &str = "<!-- begin of the tables -->";
const END: &str = "<!-- end of the tables -->";

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
    let new = replace_tables(&old, &tables).map_err(|marker| CorpusError::Marker {
        path: page.clone(),
        marker,
    })?;
    write_results(&layout.results(), &rows)?;
    fs::write(&page, new).map_err(file_error(&page))
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
pub(crate) fn replace_tables(page: &str, tables: &str) -> Result<String, &'static str> {
    let (before, rest) = page.split_once(BEGIN).ok_or(BEGIN)?;
    let (_, after) = rest.split_once(END).ok_or(END)?;
    Ok(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
}
