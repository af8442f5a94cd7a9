//! Rewrites any OpenAPI 3.0 or 3.1 document in the subset that `spec` accepts.
//!
//! In: the content of a document. Out: an equivalent document of OpenAPI 3.0.3 whose schemas have a
//! form that `normalize` understands. Afterwards: keywords, values and references follow the table of
//! `spec`; every schema has one type, or is any JSON (`x-any-value`); operations have unique ids.
//! Each fact that is lost or changed was reported with its place. What is the document's own fault,
//! such as a reference that leads nowhere, is left for `spec` to report.

mod any_value;
mod binary;
mod cleaning;
mod components;
mod composition;
mod cycles;
mod enums;
mod hoisting;
mod known_unions;
mod media_types;
mod merging;
mod names;
mod nulls;
mod numbers;
mod operation_ids;
mod operations;
mod origins;
mod parameters;
mod path_items;
mod plain;
mod references;
mod report;
mod required;
mod requirements;
mod roots;
mod schema_keywords;
mod templates;
#[cfg(test)]
mod tests;
mod union;
mod union_members;
mod version;
mod visit;

use serde_json::Value;

use crate::diag::DiagnosticSink;

use report::LowerReport;

/// Rewrites a document in place. Findings, all of them warnings, are reported to `sink`. A document
/// of another kind is left as it is.
pub fn lower_document(document: &mut Value, sink: &mut DiagnosticSink) -> Option<()> {
    lower_for_dialect(document, &[], None, sink)
}

/// The same, with the formats that a dialect describes, and the property by whose value it
/// distinguishes objects. They and unions of such objects stay.
pub fn lower_for_dialect(
    document: &mut Value,
    formats: &[&str],
    tag: Option<&str>,
    sink: &mut DiagnosticSink,
) -> Option<()> {
    let before = sink.error_count();
    let mut report = LowerReport::new(formats, tag, sink);
    let Some(version) = version::lower_version(document, &mut report) else {
        // `spec` says what kind of document it is.
        return Some(());
    };
    path_items::inline_path_items(document, &mut report);
    references::gather_components(document, &mut report);
    cleaning::clean_document(document, version, &mut report);
    media_types::rename_media_types(document, &mut report);
    operations::lower_operations(document, &mut report);
    plain::lower_plain_schemas(document, &mut report);
    let bases = union_members::hoist_union_members(document, &mut report);
    hoisting::hoist_merges(document, &mut report);
    let meanings = roots::resolve_components(document, &mut report);
    composition::resolve_uses(document, &meanings, &mut report);
    union_members::remove_bases(document, &bases);
    nulls::lower_nulls(document, &mut report);
    cycles::break_cycles(document, &mut report);
    binary::lower_binary(document, &mut report);
    required::check_required_names(document, &mut report);
    report.finish_counts();
    sink.set_origins(origins::take_origins(document));
    (sink.error_count() == before).then_some(())
}
