//! Parameters that are the whole body, and parts of multipart bodies.

use std::borrow::Cow;

use bytes::Bytes;

use super::{Content, Encode, Member, ParamPlace, PlaceKind, encode_checked_json, error_text};
use crate::file_upload::{BYTES, FileContent};
use crate::multipart::MultipartParts;

impl ParamPlace {
    /// The parts of a multipart body for this parameter; none if the record lacks it.
    pub(super) fn encode_parts(
        &self,
        params: &dyn Encode,
        boundary: &str,
    ) -> Result<MultipartParts, Cow<'static, str>> {
        let member = Member::new(params, self.name);
        let (name, media_type) = (self.sent_name, self.content_type);
        MultipartParts::encode_member(&member, (name, media_type), boundary).map_err(error_text)
    }

    /// The whole body; `None` if the record lacks the parameter.
    pub(super) fn whole_body(
        &self,
        params: &dyn Encode,
        media_type: Option<&'static str>,
    ) -> Result<Option<Content>, Cow<'static, str>> {
        if self.kind == PlaceKind::Json {
            let text = encode_checked_json(&Member::new(params, self.name)).map_err(error_text)?;
            return Ok(match text {
                text if text.is_empty() => None,
                text if text.starts_with('{') => Some(Content::Json(text)),
                text => Some(Content::Whole {
                    body: text.into(),
                    media_type: media_type.unwrap_or("application/json").into(),
                }),
            });
        }
        let (value, file) = self.read_flat(params)?;
        if let (PlaceKind::Bytes, Some(file)) = (self.kind, file) {
            let media_type = match (file.media_type(), media_type) {
                (BYTES, Some(media_type)) => media_type.into(),
                (own, _) => own.to_owned().into(),
            };
            return Ok(Some(match (file.content(), file.progress()) {
                (FileContent::Bytes(bytes), None) => Content::Whole {
                    body: bytes.clone(),
                    media_type,
                },
                _ => Content::File { file, media_type },
            }));
        }
        let default = match self.kind {
            PlaceKind::Bytes => BYTES,
            _ => "text/plain; charset=utf-8",
        };
        Ok(value.map(|value| Content::Whole {
            body: Bytes::from(value.into_items().join(",")),
            media_type: media_type.unwrap_or(default).into(),
        }))
    }
}
