//! Media types: parameters such as `charset` are no part of the key.

use serde_json::{Map, Value};

use super::any_value::any_value;
use super::report::LowerReport;
use super::visit::visit_objects;
use crate::diag::{Code, Trail};
use crate::spec::grammar::{REQUEST_BODY, RESPONSE};
use crate::spec::plain_media_type;

/// The extension with the media type as the document writes it.
const MEDIA_TYPE_TEXT: &str = "x-media-type";

/// Removes the parameters of media types of requests and responses.
pub(super) fn rename_media_types(document: &mut Value, report: &mut LowerReport<'_>) {
    for rule in [&REQUEST_BODY, &RESPONSE] {
        visit_objects(document, rule, |object, trail| {
            if let Some(Value::Object(content)) = object.get_mut("content") {
                let here = trail.key_child("content");
                rename_keys(content, &here, report);
                add_json_schemas(content);
                for (key, media) in content {
                    complete_encodings(media, &here.key_child(key), report);
                }
            }
        });
    }
}

fn rename_keys(content: &mut Map<String, Value>, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    if content
        .keys()
        .all(|key| key == plain_media_type(key).as_str())
    {
        return;
    }
    for (key, mut media) in std::mem::take(content) {
        let plain = plain_media_type(&key);
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

/// States `explode`, whose default depends on the style. What parts and pairs cannot have is
/// reported.
fn complete_encodings(media: &mut Value, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    let here = trail.key_child("encoding");
    let all = media.get_mut("encoding").and_then(Value::as_object_mut);
    for (name, encoding) in all.into_iter().flatten() {
        let here = here.key_child(name);
        let Value::Object(encoding) = encoding else {
            continue;
        };
        let is_form = encoding.get("style").is_none_or(|style| style == "form");
        let explode = encoding.entry("explode");
        explode.or_insert(Value::Bool(is_form));
        if encoding.shift_remove("allowReserved") == Some(Value::Bool(true)) {
            let detail = "reserved characters are percent-encoded";
            report.warn_keyword(Code::KeywordIgnored, &here, "allowReserved", detail);
        }
        if encoding.shift_remove("headers").is_some() {
            let detail = "parts are sent without headers of their own";
            report.warn_keyword(Code::KeywordIgnored, &here, "headers", detail);
        }
    }
}
