//! The version of the document, and sections that only OpenAPI 3.1 has.

use serde_json::{Map, Value};

use super::report::LowerReport;
use crate::diag::{Code, Trail};

/// The version that a document has after this stage.
const LOWERED: &str = "3.0.3";

/// The version that a document is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceVersion {
    /// OpenAPI 3.0: keywords beside a reference are ignored.
    ThreeZero,
    /// OpenAPI 3.1: schemas are JSON Schema.
    ThreeOne,
}

/// Sets the version, and adds what every document must have. `None` if it is of another version.
pub(super) fn lower_version(
    document: &mut Value,
    report: &mut LowerReport<'_>,
) -> Option<SourceVersion> {
    let root = document.as_object_mut()?;
    if root.contains_key("swagger") {
        return None;
    }
    let stated = match root.get("openapi")? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let version = match stated.as_str() {
        text if is_version(text, "3.0") => SourceVersion::ThreeZero,
        text if is_version(text, "3.1") => SourceVersion::ThreeOne,
        _ => return None,
    };
    let is_strict_form = stated.starts_with("3.0.") && root.get("openapi")?.is_string();
    if !is_strict_form {
        if version == SourceVersion::ThreeZero {
            let detail = format!("`openapi: {stated}`");
            report.warn_keyword(Code::ValueCorrected, &Trail::ROOT, "openapi", detail);
        }
        root.insert("openapi".to_owned(), Value::from(LOWERED));
    }
    drop_new_sections(root, report);
    add_missing_parts(root, report);
    Some(version)
}

/// Whether a text is a version, with or without a last number.
fn is_version(text: &str, wanted: &str) -> bool {
    let rest = text.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn drop_new_sections(root: &mut Map<String, Value>, report: &mut LowerReport<'_>) {
    if let Some(webhooks) = root.shift_remove("webhooks") {
        let count = webhooks.as_object().map_or(0, Map::len);
        if count > 0 {
            let detail = format!("webhooks are not generated: {count}");
            report.warn_keyword(Code::PartLeftOut, &Trail::ROOT, "webhooks", detail);
        }
    }
    if root.shift_remove("jsonSchemaDialect").is_some() {
        report.warn_keyword(
            Code::KeywordIgnored,
            &Trail::ROOT,
            "jsonSchemaDialect",
            "`jsonSchemaDialect`",
        );
    }
}

fn add_missing_parts(root: &mut Map<String, Value>, report: &mut LowerReport<'_>) {
    let is_mapping =
        |root: &Map<String, Value>, key: &str| root.get(key).is_some_and(Value::is_object);
    for key in ["info", "paths"] {
        if !is_mapping(root, key) {
            let detail = format!("the document needs `{key}`");
            report.warn_at(Code::ValueCorrected, &Trail::ROOT, detail);
            root.insert(key.to_owned(), Value::Object(Map::new()));
        }
    }
    let at = Trail::ROOT.key_child("info");
    let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) else {
        return;
    };
    for (key, value) in [("title", "API"), ("version", "0")] {
        if info.get(key).is_none_or(Value::is_null) {
            report.warn_at(Code::ValueCorrected, &at, format!("info needs `{key}`"));
            info.insert(key.to_owned(), Value::from(value));
        }
    }
}
