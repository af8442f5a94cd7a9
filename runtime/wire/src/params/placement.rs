//! Parameters that are sent elsewhere than the others: in the query, in a header, in a cookie, or as
//! the whole body.
//!
//! In: parameters that implement [`Encode`], and a [`ParamPlace`] for each that has a place of its
//! own. Out: the others as [`EncodedParams`], with what is sent in the query, in headers and as the
//! body.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::utf8_percent_encode;

use super::{Body, Content, EncodedParams, Nested, error_text, push_pairs, remove};
use crate::encode::{
    ESCAPED, Encode, Writer, check_numbers, encode_checked_json, encode_form, write_json_text,
};
use crate::file_upload::{FileContent, FileUpload};

mod flat;
mod split;

use flat::{FlatText, FlatWriter};
use split::{Member, Selected};

/// The media type of a file that has none of its own.
const BYTES: &str = "application/octet-stream";

/// How a parameter is written in the query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryStyle {
    /// Nested values as pairs with brackets: `a[b]=1`, `a[0]=x`. OpenAPI's `deepObject`.
    #[default]
    Brackets,
    /// A pair for each item of a list: `a=1&a=2`. OpenAPI's `form` with `explode`.
    Repeated,
    /// All items in one pair: `a=1,2`, and `a=key,value` for an object. OpenAPI's `form` without
    /// `explode`.
    Comma,
    /// All items in one pair, with a space between them: `a=1%202`. OpenAPI's `spaceDelimited`.
    Space,
    /// All items in one pair, with a bar between them: `a=1|2`. OpenAPI's `pipeDelimited`.
    Pipe,
    /// A pair for each property of an object, under the name of the property: `key=value`. OpenAPI's
    /// `form` with `explode`.
    Properties,
    /// The value as a JSON text: `a={"b":1}`, percent-encoded. OpenAPI's `content` with a media
    /// type of JSON.
    Json,
}

/// Where a parameter is sent.
///
/// ```
/// use wire::operation::{ParamPlace, QueryStyle};
///
/// const PLACES: &[ParamPlace] = &[
///     ParamPlace::query("tags").style(QueryStyle::Pipe),
///     ParamPlace::header("X-Trace"),
///     ParamPlace::body("patch").content_type("application/merge-patch+json"),
/// ];
/// # let _ = PLACES;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamPlace {
    name: &'static str,
    kind: PlaceKind,
    style: QueryStyle,
    content_type: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlaceKind {
    Query,
    Form,
    Header,
    Cookie,
    Json,
    Text,
    Bytes,
}

impl ParamPlace {
    const fn new(name: &'static str, kind: PlaceKind) -> Self {
        Self {
            name,
            kind,
            style: QueryStyle::Brackets,
            content_type: None,
        }
    }

    /// A parameter in the query, with brackets unless another [`style`](Self::style) is set.
    pub const fn query(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Query)
    }

    /// A parameter in the form of the body, in a [`style`](Self::style) of its own. Without a style
    /// it is written as one without a place.
    pub const fn form(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Form)
    }

    /// A parameter in the header of this name, which is the parameter's own name. The items of a
    /// list are separated by commas.
    ///
    /// A value that is not visible ASCII is an error of the call. A header that the caller sets
    /// replaces the parameter.
    pub const fn header(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Header)
    }

    /// A parameter in a cookie of this name, percent-encoded.
    pub const fn cookie(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Cookie)
    }

    /// A parameter that is the whole JSON body, whatever its type is. Parameters without a place
    /// are then sent in the query.
    pub const fn body(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Json)
    }

    /// A parameter that is the whole body as text, of type `text/plain; charset=utf-8` unless
    /// another [`content_type`](Self::content_type) is set. Parameters without a place are then
    /// sent in the query.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Text)
    }

    /// A [`FileUpload`] that is the whole body. Its own media type is sent if it has one, or else
    /// the [`content_type`](Self::content_type) of this place, which defaults to
    /// `application/octet-stream`. Parameters without a place are then sent in the query.
    pub const fn bytes(name: &'static str) -> Self {
        Self::new(name, PlaceKind::Bytes)
    }

    /// Sets how the parameter is written in the query or form. Defaults to [`QueryStyle::Brackets`].
    pub const fn style(mut self, style: QueryStyle) -> Self {
        self.style = style;
        self
    }

    /// Sets the media type of a parameter that is the whole body.
    pub const fn content_type(mut self, media_type: &'static str) -> Self {
        self.content_type = Some(media_type);
        self
    }

    const fn is_whole_body(&self) -> bool {
        matches!(
            self.kind,
            PlaceKind::Json | PlaceKind::Text | PlaceKind::Bytes
        )
    }

    /// The pairs of the query for a record with this parameter; empty if it lacks it.
    fn query_pairs(&self, params: &dyn Encode) -> Result<String, Cow<'static, str>> {
        if self.style == QueryStyle::Brackets {
            let keeps = |key: &str| key == self.name;
            return Ok(encode_form(&Selected::new(params, &keeps)));
        }
        let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let name = escaped(self.name);
        if self.style == QueryStyle::Json {
            let text = encode_checked_json(&Member::new(params, self.name)).map_err(error_text)?;
            return Ok(match text.is_empty() {
                true => text,
                false => format!("{name}={}", escaped(&text)),
            });
        }
        let (Some(value), _) = self.read_flat(params)? else {
            return Ok(String::new());
        };
        let separator = match self.style {
            QueryStyle::Space => "%20",
            QueryStyle::Pipe => "|",
            QueryStyle::Comma => ",",
            _ => {
                let pairs = match value {
                    FlatText::Scalar(text) => vec![(name, escaped(&text))],
                    FlatText::List(items) => {
                        let pair = |item: &String| (name.clone(), escaped(item));
                        items.iter().map(pair).collect()
                    }
                    FlatText::Object(members) => {
                        let pair = |(key, text): &(String, String)| (escaped(key), escaped(text));
                        members.iter().map(pair).collect()
                    }
                };
                let pairs: Vec<String> = pairs
                    .into_iter()
                    .map(|(key, text)| format!("{key}={text}"))
                    .collect();
                return Ok(pairs.join("&"));
            }
        };
        let items: Vec<String> = value
            .into_items()
            .iter()
            .map(|item| escaped(item))
            .collect();
        // As in a form, an empty list is not written.
        Ok(match items.is_empty() {
            true => String::new(),
            false => format!("{name}={}", items.join(separator)),
        })
    }

    /// The value without brackets, with commas between items; `None` if the record lacks it.
    fn plain_text(&self, params: &dyn Encode) -> Result<Option<String>, Cow<'static, str>> {
        let (value, _) = self.read_flat(params)?;
        Ok(value.map(|value| value.into_items().join(",")))
    }

    /// The value, and the file if it is one.
    fn read_flat(
        &self,
        params: &dyn Encode,
    ) -> Result<(Option<FlatText>, Option<FileUpload>), Cow<'static, str>> {
        let mut flat = FlatWriter::default();
        Member::new(params, self.name).encode(&mut flat);
        match flat.is_nested {
            true => Err(format!(
                "the parameter {} has values within values, for which its place has no notation",
                self.name
            )
            .into()),
            false => Ok((flat.value, flat.file)),
        }
    }

    fn header_text(&self, params: &dyn Encode) -> Result<Option<String>, Cow<'static, str>> {
        let text = self.plain_text(params)?;
        let is_visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        match text {
            Some(text) if !text.bytes().all(is_visible) => Err(format!(
                "the parameter {} is sent in a header and is not visible ASCII",
                self.name
            )
            .into()),
            text => Ok(text),
        }
    }

    /// The whole body; `None` if the record lacks the parameter.
    fn whole_body(
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

/// The parameters of a request that have a place of their own.
#[derive(Clone, Default)]
pub(super) struct Placed {
    places: &'static [ParamPlace],
    /// The pairs of each parameter in the query. Those of parameters without a place have no name.
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
}

impl Placed {
    /// Adds the pairs to the query of the other parameters.
    pub(super) fn add_query<'q>(&self, query: &'q str) -> Cow<'q, str> {
        if self.query.is_empty() {
            return Cow::Borrowed(query);
        }
        let mut text = query.to_owned();
        for (_, pairs) in &self.query {
            push_pairs(&mut text, pairs);
        }
        Cow::Owned(text)
    }

    /// Sets a parameter again. `None` if it has no place of its own.
    ///
    /// # Errors
    /// If its place is not the query, or has no notation for the value.
    pub(super) fn set(
        &mut self,
        key: &str,
        nested: &Nested<'_>,
    ) -> Option<Result<(), Cow<'static, str>>> {
        let name = nested.path.first()?;
        let place = self.places.iter().find(|place| place.name == name)?;
        let is_nested = nested.path.len() > 1 && place.style != QueryStyle::Brackets;
        if place.kind != PlaceKind::Query || is_nested {
            return Some(Err(fixed_place(name)));
        }
        let pairs = match place.query_pairs(nested) {
            Ok(pairs) => pairs,
            Err(error) => return Some(Err(error)),
        };
        let known = self.query.iter_mut().find(|(known, _)| known == name);
        match known {
            Some((_, text)) if place.style == QueryStyle::Brackets => {
                remove(text, key);
                push_pairs(text, &pairs);
            }
            Some((_, text)) => *text = pairs,
            None => self.query.push((place.name, pairs)),
        }
        Some(Ok(()))
    }

    /// Refuses to add to a parameter that has a place of its own.
    pub(super) fn check_unplaced(&self, name: &str) -> Result<(), Cow<'static, str>> {
        match self.places.iter().any(|place| place.name == name) {
            true => Err(fixed_place(name)),
            false => Ok(()),
        }
    }
}

fn fixed_place(name: &str) -> Cow<'static, str> {
    format!("the parameter {name} has a place of its own: set it among the operation's parameters")
        .into()
}

impl EncodedParams {
    /// Encodes parameters, each for its place. `media_type` is that of the body, if it is not the one
    /// of the format. `random` is called for multipart boundaries.
    ///
    /// # Errors
    /// Returns a text without user data if a value has no notation in its place.
    pub fn encode_placed(
        body: Body,
        places: &'static [ParamPlace],
        media_type: Option<&'static str>,
        params: &dyn Encode,
        random: impl Fn() -> u64,
    ) -> Result<Self, Cow<'static, str>> {
        if places.is_empty() {
            let mut encoded = Self::encode(body, params, random)?;
            encoded.media_type = media_type;
            return Ok(encoded);
        }
        check_numbers(params).map_err(error_text)?;
        let keeps = |key: &str| places.iter().all(|place| place.name != key);
        let others = Selected::new(params, &keeps);
        let whole = places.iter().find(|place| place.is_whole_body());
        let body = whole.map_or(body, |_| Body::None);
        let mut encoded = Self::encode(body, &others, random)?;
        encoded.media_type = media_type;
        let mut placed = Placed {
            places,
            ..Placed::default()
        };
        if let Some(place) = whole {
            let media_type = place.content_type.or(media_type);
            if let Some(content) = place.whole_body(params, media_type)? {
                placed.query.push(("", encoded.query().into_owned()));
                encoded.content = content;
                encoded.media_type = media_type;
            }
        }
        let mut cookies = Vec::new();
        for place in places {
            match place.kind {
                PlaceKind::Query => placed.query.push((place.name, place.query_pairs(params)?)),
                PlaceKind::Form => {
                    let pairs = place.query_pairs(params)?;
                    if let Content::Form(text) = &mut encoded.content {
                        push_pairs(text, &pairs);
                    }
                }
                PlaceKind::Header => {
                    let text = place.header_text(params)?;
                    placed.headers.extend(text.map(|text| (place.name, text)));
                }
                PlaceKind::Cookie => cookies.extend(place.plain_text(params)?.map(|text| {
                    let escaped = |text| utf8_percent_encode(text, ESCAPED).to_string();
                    format!("{}={}", escaped(place.name), escaped(&text))
                })),
                PlaceKind::Json | PlaceKind::Text | PlaceKind::Bytes => {}
            }
        }
        if !cookies.is_empty() {
            placed.headers.push(("cookie", cookies.join("; ")));
        }
        encoded.placed = placed;
        Ok(encoded)
    }

    /// Returns the headers of parameters, with names that may be in upper case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let headers = self.placed.headers.iter();
        headers.map(|(name, value)| (*name, value.as_str()))
    }
}

#[cfg(test)]
mod tests;
