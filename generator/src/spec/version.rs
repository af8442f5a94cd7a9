//! Checks the version of the specification.

use serde_json::{Map, Value};

use crate::diag::{Code, DiagnosticSink, SpecPath};

/// Rejects everything but OpenAPI 3.0, with an error for each known kind of document.
pub(super) fn check_version(root: &Map<String, Value>, sink: &mut DiagnosticSink) -> Option<()> {
    let here = SpecPath::root();
    if let Some(version) = root.get("swagger") {
        let version = version
            .as_str()
            .map_or_else(|| version.to_string(), str::to_owned);
        sink.report(
            Code::SwaggerTwo,
            &here.child("swagger"),
            format!("`swagger: {version}`"),
        );
        return None;
    }
    let at = here.child("openapi");
    match root.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") => Some(()),
        Some(version) if version.starts_with("3.1") => {
            sink.report(Code::OpenApiThreeOne, &at, format!("`openapi: {version}`"));
            None
        }
        Some(version) => {
            sink.report(Code::OpenApiVersion, &at, format!("`openapi: {version}`"));
            None
        }
        None if root.contains_key("openapi") => {
            sink.report(Code::OpenApiVersion, &at, "the version must be text");
            None
        }
        None => {
            sink.report(Code::NotAnObject, &here, "there is no `openapi`");
            None
        }
    }
}
