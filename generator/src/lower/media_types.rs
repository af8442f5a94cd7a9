//! Media types: parameters such as `charset` are no part of the key.

use serde_json::{Map, Value};

use super::any_value::any_value;
use super::report::LowerReport;
use super::visit::visit_objects;
use crate::diag::{Code, Trail};
use crate::spec::grammar::{REQUEST_BODY, RESPONSE};

/// The extension with the media type as the document writes it.
const MEDIA_TYPE_TEXT: &str = "x-media-type";

/// Removes the parameters of media types of requests and responses.
pub(super) fn rename_media_types(document: &mut Value, report: &mut LowerReport<'_>) {
    for rule in [&REQUEST_BODY, &RESPONSE] {
        visit_objects(document, rule, |object, trail| {
            if let Some(Value::Object(content)) = object.get_mut("content") {
                rename_keys(content, &trail.key_child("content"), report);
                add_json_schemas(content);
            }
        });
    }
}

fn rename_keys(content: &mut Map<String, Value>, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    if content.keys().all(|key| key == plain_type(key).as_str()) {
        return;
    }
    for (key, mut media) in std::mem::take(content) {
        let plain = plain_type(&key);
        if content.contains_key(&plain) {
            report.warn_keyword(Code::PartLeftOut, trail, &key, format!("`{key}`"));
            continue;
        }
        if plain != key {
            if let Value::Object(media) = &mut media {
                media.insert(MEDIA_TYPE_TEXT.to_owned(), Value::from(key));
            }
        }
        content.insert(plain, media);
    }
}

/// JSON without a schema is any JSON.
fn add_json_schemas(content: &mut Map<String, Value>) {
    if let Some(Value::Object(media)) = content.get_mut("application/json") {
        media.entry("schema").or_insert_with(any_value);
    }
}

/// The media type without parameters, in small letters.
pub(super) fn plain_type(key: &str) -> String {
    let plain = key.split(';').next().unwrap_or(key);
    plain.trim().to_ascii_lowercase()
}
