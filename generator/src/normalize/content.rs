//! Chooses one of several content types.

use indexmap::IndexMap;
use openapiv3::{MediaType, ReferenceOr, SchemaKind, Type};

use crate::spec::{is_json_media_type, plain_media_type};

/// What a body of a content type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ContentKind {
    /// JSON.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Text.
    Text,
    /// Anything else.
    Bytes,
}

/// The content type that is used.
#[derive(Clone, Copy)]
pub(super) struct ChosenContent<'d> {
    pub(super) name: &'d str,
    pub(super) media: &'d MediaType,
    pub(super) kind: ContentKind,
}

impl ChosenContent<'_> {
    /// The media type, if it is JSON of another name than `application/json`. Ranges such as `*/*`
    /// are none.
    pub(super) fn other_json(&self) -> Option<String> {
        let is_other = self.kind == ContentKind::Json
            && self.name != "application/json"
            && !self.name.contains('*');
        is_other.then(|| self.name.to_owned())
    }
}

/// The content that is used: the first JSON, else the first form, else the first of another kind.
pub(super) fn choose_content(content: &IndexMap<String, MediaType>) -> Option<ChosenContent<'_>> {
    let all = content.iter().map(|(name, media)| ChosenContent {
        name,
        media,
        kind: content_kind(name, media),
    });
    // The first of those that are equal; exactly `application/json` before other names of JSON.
    all.min_by_key(|content| (content.kind, content.name != "application/json"))
}

/// The kind of a media type. A range with a schema that is no file is JSON.
fn content_kind(name: &str, media: &MediaType) -> ContentKind {
    let plain = plain_media_type(name);
    match plain.as_str() {
        "text/json" => ContentKind::Json,
        json if is_json_media_type(json) => ContentKind::Json,
        "application/x-www-form-urlencoded" => ContentKind::Form,
        "multipart/form-data" => ContentKind::Multipart,
        "*/*" | "application/*" if media.schema.is_some() && !is_plain_text(media) => {
            ContentKind::Json
        }
        // Events are read while they are received.
        "text/event-stream" => ContentKind::Bytes,
        other if other.starts_with("text/") => ContentKind::Text,
        _ => ContentKind::Bytes,
    }
}

/// Whether the schema is `type: string`, which as a whole body is text or a file and not JSON.
fn is_plain_text(media: &MediaType) -> bool {
    match &media.schema {
        Some(ReferenceOr::Item(schema)) => {
            matches!(schema.schema_kind, SchemaKind::Type(Type::String(_)))
        }
        _ => false,
    }
}
