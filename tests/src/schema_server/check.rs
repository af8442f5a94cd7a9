//! Validates values; JSON Schema errors in the form of Stripe's errors.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{Draft, JsonType, ValidationError, Validator};
use serde_json::Value;

use super::problem::Problem;
use super::translate::to_json_schema;
use stripe_dev::wire_format::coerce::FILE;

/// A translated schema, compiled when first used: most tests touch few of the 617 operations.
#[derive(Debug)]
pub(crate) struct Check {
    schema: Value,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Check {
    /// Takes a schema as the document states it.
    pub(crate) fn new(stated: &Value) -> Self {
        Self {
            schema: to_json_schema(stated),
            compiled: OnceLock::new(),
        }
    }

    /// The schema that values are coerced by.
    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Validates; the most specific error becomes the problem.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Problem> {
        let compiled = self.compiled.get_or_init(|| compile(&self.schema));
        let validator = compiled.as_ref().map_err(|message| Problem {
            status: 500,
            ..Problem::bad_request("schema_invalid", message)
        })?;
        let mut problems: Vec<_> = validator
            .iter_errors(value)
            .flat_map(|e| tell(&e))
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        // Unknown and missing names first: they usually explain the rest.
        problems.sort_by_key(|problem| match problem.code {
            Some("parameter_unknown") => 0,
            Some("parameter_missing") => 1,
            _ => 2,
        });
        Err(problems.remove(0))
    }
}

/// Compiles under draft 4, the one OpenAPI 3.0 is built on: `1.0` is no integer there.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true)
        .with_format("binary", |text: &str| text == FILE)
        .with_format("decimal", is_decimal)
        .with_format("currency", |text: &str| {
            text.len() == 3 && text.bytes().all(|b| b.is_ascii_lowercase())
        })
        .build(schema)
        .map_err(|e| e.to_string())
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match unsigned.split_once('.') {
        None => digits(unsigned),
        Some((whole, part)) => digits(whole) && digits(part),
    }
}

fn tell(error: &ValidationError<'_>) -> Vec<Problem> {
    let place = error.instance_path();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let unknown = |name: &String| {
                let param = bracketed(place, Some(name));
                let message = format!("Received unknown parameter: {param}");
                Problem::parameter("parameter_unknown", param, message)
            };
            unexpected.iter().map(unknown).collect()
        }
        Kind::Required { property } => {
            let param = bracketed(place, property.as_str());
            let message = format!("Missing required param: {param}.");
            vec![Problem::parameter("parameter_missing", param, message)]
        }
        Kind::AnyOf { context } => match telling_member(place, context) {
            Some(errors) => errors.iter().flat_map(tell).collect(),
            None => vec![invalid(error)],
        },
        _ => vec![invalid(error)],
    }
}

/// The union member that was meant: the one that the value matches most deeply.
fn telling_member<'e>(
    place: &Location,
    members: &'e [Vec<ValidationError<'static>>],
) -> Option<&'e [ValidationError<'static>]> {
    let wrong_kind = |error: &ValidationError<'_>| {
        error.instance_path() == place
            && matches!(error.kind(), Kind::Type { .. } | Kind::Enum { .. })
    };
    let meant = members.iter().find(|errors| !errors.iter().any(wrong_kind));
    meant.map(Vec::as_slice)
}

fn invalid(error: &ValidationError<'_>) -> Problem {
    let param = bracketed(error.instance_path(), None);
    let code = match error.kind() {
        Kind::Type {
            kind: TypeKind::Single(JsonType::Integer),
        } => "parameter_invalid_integer",
        _ => "parameter_invalid",
    };
    let message = shorten(&format!("Invalid {param}: {error}"));
    Problem::parameter(code, param, message)
}

/// Some enumerations have hundreds of values.
fn shorten(message: &str) -> String {
    const LIMIT: usize = 500;
    match message.char_indices().nth(LIMIT) {
        None => message.to_owned(),
        Some((end, _)) => format!("{}…", &message[..end]),
    }
}

/// `/items/0/price` → `items[0][price]`.
fn bracketed(place: &Location, last: Option<&str>) -> String {
    let mut segments: Vec<String> = Vec::new();
    for segment in place {
        segments.push(match segment {
            LocationSegment::Property(name) => name.into_owned(),
            LocationSegment::Index(index) => index.to_string(),
        });
    }
    segments.extend(last.map(str::to_owned));
    let mut segments = segments.into_iter();
    let head = segments.next().unwrap_or_default();
    segments.fold(head, |text, segment| format!("{text}[{segment}]"))
}
