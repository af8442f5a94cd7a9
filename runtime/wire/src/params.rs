//! The encoded parameters of a request.
//!
//! In: parameters that implement [`Encode`], and single ones that are added or replaced later, by
//! editing the encoded text. Out: the query, or the body and its media type.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use crate::decode::{DecodeError, Reader};
use crate::encode::{
    Encode, Writer, check_numbers, encode_checked_form, encode_checked_json, encode_form,
    encode_json,
};
use crate::file_upload::FileUpload;
use crate::multipart::MultipartParts;
use crate::upload::UploadBody;

mod placement;

use placement::Placed;
pub use placement::{ParamPlace, QueryStyle};

/// The format of a request's parameters. Those of an operation without a body are in the query, in
/// the bracketed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// No body.
    None,
    /// `application/x-www-form-urlencoded` with bracketed keys.
    Form,
    /// `application/json`; without parameters an empty object.
    Json,
    /// `multipart/form-data`, for files.
    Multipart,
}

/// Encoded parameters. `Debug` shows the format and no values.
#[derive(Clone)]
pub struct EncodedParams {
    content: Content,
    /// The number of items that options have added to each list.
    appended: Vec<(String, usize)>,
    /// The parameters that have a place of their own.
    placed: Placed,
    /// The media type of the body, if it is not the one of the format.
    media_type: Option<&'static str>,
}

#[derive(Clone)]
enum Content {
    /// For the query: bracketed pairs.
    Query(String),
    /// Bracketed pairs.
    Form(String),
    /// An object; empty if there are no parameters yet.
    Json(String),
    /// All parts, without the closing line.
    Multipart {
        boundary: String,
        parts: MultipartParts,
    },
    /// The bytes of an earlier request, which must not change.
    Verbatim(Bytes),
    /// One parameter that is the whole body.
    Whole {
        body: Bytes,
        media_type: Cow<'static, str>,
    },
    /// The same, read while it is sent.
    File {
        file: FileUpload,
        media_type: Cow<'static, str>,
    },
}

/// Why nothing can be added to a resumed write.
const IS_RESUMED: &str = "a resumed write cannot be changed";
/// Why nothing can be added to a body that is one parameter.
const IS_WHOLE: &str = "the body of this call is one parameter, to which none can be added";

impl std::fmt::Debug for EncodedParams {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match &self.content {
            Content::Query(_) => "Query",
            Content::Form(_) => "Form",
            Content::Json(_) => "Json",
            Content::Multipart { .. } => "Multipart",
            Content::Verbatim(_) => "Verbatim",
            Content::Whole { .. } => "Whole",
            Content::File { .. } => "File",
        })
    }
}

impl EncodedParams {
    /// Creates empty parameters.
    pub fn empty(body: Body) -> Self {
        Self::from_content(match body {
            Body::None => Content::Query(String::new()),
            Body::Json => Content::Json(String::new()),
            Body::Form | Body::Multipart => Content::Form(String::new()),
        })
    }

    fn from_content(content: Content) -> Self {
        Self {
            content,
            appended: Vec::new(),
            placed: Placed::default(),
            media_type: None,
        }
    }

    /// Encodes parameters. `random` is called for multipart boundaries.
    ///
    /// # Errors
    /// Returns a text without user data if a number is not finite, or if a file among the parameters
    /// has an invalid media type. It names the parameter with the number.
    pub fn encode(
        body: Body,
        params: &dyn Encode,
        random: impl Fn() -> u64,
    ) -> Result<Self, Cow<'static, str>> {
        Ok(Self::from_content(match body {
            Body::None => Content::Query(encode_checked_form(params).map_err(error_text)?),
            Body::Form => Content::Form(encode_checked_form(params).map_err(error_text)?),
            Body::Json => Content::Json(encode_checked_json(params).map_err(error_text)?),
            Body::Multipart => {
                check_numbers(params).map_err(error_text)?;
                let boundary = format!("{:016x}{:016x}", random(), random());
                let parts = MultipartParts::encode(params, &boundary).map_err(error_text)?;
                Content::Multipart { boundary, parts }
            }
        }))
    }

    /// Creates a JSON body from text.
    pub fn json(text: &str) -> Self {
        Self::from_content(Content::Json(text.to_owned()))
    }

    /// Creates parameters from an encoded query.
    pub fn verbatim_query(text: &str) -> Self {
        Self::from_content(Content::Query(text.to_owned()))
    }

    /// Creates parameters from the body of an earlier request.
    pub fn verbatim_body(body: Bytes) -> Self {
        Self::from_content(Content::Verbatim(body))
    }

    /// Returns whether this is the body of an earlier request.
    pub fn is_verbatim(&self) -> bool {
        matches!(self.content, Content::Verbatim(_))
    }

    /// Returns the encoded query; empty if the parameters are in the body.
    pub fn query(&self) -> Cow<'_, str> {
        self.placed.add_query(match &self.content {
            Content::Query(text) => text,
            _ => "",
        })
    }

    /// Returns whether there is a body, which may be empty.
    pub fn has_body(&self) -> bool {
        match &self.content {
            Content::Query(_) => false,
            Content::Verbatim(body) => !body.is_empty(),
            _ => true,
        }
    }

    /// Takes a body with files that are read while it is sent; `None` if there are none.
    pub fn take_upload(&mut self) -> Option<UploadBody> {
        match &self.content {
            Content::Multipart { parts, .. } if parts.has_files() => {}
            Content::File { .. } => {}
            _ => return None,
        }
        match std::mem::replace(&mut self.content, Content::Query(String::new())) {
            Content::Multipart { boundary, parts } => Some(parts.into_upload(&boundary)),
            Content::File { file, .. } => Some(UploadBody::from_file(&file)),
            _ => None,
        }
    }

    /// Takes the body. A JSON body is never empty. A body with files is taken by
    /// [`take_upload`](Self::take_upload).
    pub fn take_body(&mut self) -> Bytes {
        match std::mem::replace(&mut self.content, Content::Query(String::new())) {
            Content::Query(_) | Content::File { .. } => Bytes::new(),
            Content::Verbatim(body) | Content::Whole { body, .. } => body,
            Content::Form(text) => Bytes::from(text),
            Content::Json(text) if text.is_empty() || text == "null" => Bytes::from_static(b"{}"),
            Content::Json(text) => Bytes::from(text),
            Content::Multipart { boundary, parts } => Bytes::from(parts.into_bytes(&boundary)),
        }
    }

    /// Returns the media type of the body.
    pub fn content_type(&self) -> Option<Cow<'static, str>> {
        Some(match &self.content {
            Content::Query(_) | Content::Verbatim(_) => return None,
            Content::Multipart { boundary, .. } => {
                format!("multipart/form-data; boundary={boundary}").into()
            }
            Content::File { media_type, .. } => media_type.clone(),
            Content::Whole { media_type, .. } => media_type.clone(),
            _ if self.media_type.is_some() => self.media_type?.into(),
            Content::Form(_) => "application/x-www-form-urlencoded".into(),
            Content::Json(_) => "application/json".into(),
        })
    }

    /// Returns the decoded value of a pair of the query.
    pub fn query_value(&self, key: &str) -> Option<String> {
        let query = self.query();
        let (_, value) = query.split('&').map(pair).find(|(name, _)| name == key)?;
        Some(
            percent_decode_str(&value.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned(),
        )
    }

    /// Sets a parameter by its bracketed key, and replaces an existing one.
    ///
    /// # Errors
    /// If the key is malformed, a number is not finite, the parameter does not fit, or the body is
    /// one of an earlier request.
    pub fn set(&mut self, key: &str, value: &dyn Encode) -> Result<(), Cow<'static, str>> {
        let path = key_path(key)?;
        let nested = Nested { path: &path, value };
        check_numbers(&nested).map_err(error_text)?;
        if let Some(set) = self.placed.set(key, &nested) {
            return set;
        }
        match &mut self.content {
            Content::Query(text) | Content::Form(text) => {
                remove(text, key);
                push_pairs(text, &encode_form(&nested));
            }
            Content::Json(text) => {
                let value = encode_json(value);
                *text = with_member(text, &path, &value)
                    .map_err(|_| "an extra parameter does not fit into the JSON body")?;
            }
            Content::Multipart { boundary, parts } => {
                let more = MultipartParts::encode(&nested, boundary).map_err(error_text)?;
                parts.append_parts(more);
            }
            Content::Verbatim(_) => return Err(IS_RESUMED.into()),
            Content::Whole { .. } | Content::File { .. } => return Err(IS_WHOLE.into()),
        }
        Ok(())
    }

    /// Adds an item at the end of a list.
    ///
    /// # Errors
    /// If the body is one of an earlier request, or the list has a place of its own.
    pub fn append(&mut self, list: &str, item: &str) -> Result<(), Cow<'static, str>> {
        self.placed.check_unplaced(list)?;
        let known = self.appended.iter().position(|(name, _)| name == list);
        let at = known.unwrap_or_else(|| {
            let there = match &self.content {
                Content::Query(text) | Content::Form(text) => count(text, list),
                _ => 0,
            };
            self.appended.push((list.to_owned(), there));
            self.appended.len() - 1
        });
        let index = self.appended.get(at).map_or(0, |(_, count)| *count);
        let text_item = item.to_owned();
        let path = [list.to_owned(), index.to_string()];
        let nested = Nested {
            path: &path,
            value: &text_item,
        };
        match &mut self.content {
            Content::Query(text) | Content::Form(text) => push_pairs(text, &encode_form(&nested)),
            Content::Json(text) => append_json(text, list, item),
            Content::Multipart { boundary, parts } => {
                // A text can only be invalid as a part if it contains the random boundary.
                if let Ok(more) = MultipartParts::encode(&nested, boundary) {
                    parts.append_parts(more);
                }
            }
            Content::Verbatim(_) => return Err(IS_RESUMED.into()),
            Content::Whole { .. } | Content::File { .. } => return Err(IS_WHOLE.into()),
        }
        if let Some((_, count)) = self.appended.get_mut(at) {
            *count += 1;
        }
        Ok(())
    }
}

/// A value at the end of a path of keys.
struct Nested<'a> {
    path: &'a [String],
    value: &'a dyn Encode,
}

impl Encode for Nested<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        match self.path.split_first() {
            None => self.value.encode(out),
            Some((key, path)) => {
                out.begin_object();
                out.key(key);
                Nested {
                    path,
                    value: self.value,
                }
                .encode(out);
                out.end_object();
            }
        }
    }
}

/// The parts of `a[b][c]`.
fn key_path(key: &str) -> Result<Vec<String>, Cow<'static, str>> {
    let malformed = || Cow::Owned(format!("the parameter {key:?} is not of the form a[b][c]"));
    let (first, rest) = key.split_once('[').unwrap_or((key, ""));
    let mut path = vec![first.to_owned()];
    if !rest.is_empty() || key.ends_with('[') {
        let inner = rest.strip_suffix(']').ok_or_else(malformed)?;
        path.extend(inner.split("][").map(str::to_owned));
    }
    let odd = |part: &String| part.is_empty() || part.contains(['[', ']']);
    if path.iter().any(odd) {
        Err(malformed())
    } else {
        Ok(path)
    }
}

/// The text of a build error.
fn error_text(error: impl std::error::Error) -> Cow<'static, str> {
    error.to_string().into()
}

/// The decoded key of a pair, and its value as it is.
fn pair(text: &str) -> (String, &str) {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    let key = key.replace('+', " ");
    (
        percent_decode_str(&key).decode_utf8_lossy().into_owned(),
        value,
    )
}

/// Whether a key is `of` itself or nested in it.
fn belongs(key: &str, of: &str) -> bool {
    key.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

fn push_pairs(text: &mut String, pairs: &str) {
    if !text.is_empty() && !pairs.is_empty() {
        text.push('&');
    }
    text.push_str(pairs);
}

fn remove(text: &mut String, key: &str) {
    if text.is_empty() {
        return;
    }
    let kept: Vec<&str> = text
        .split('&')
        .filter(|text| !belongs(&pair(text).0, key))
        .collect();
    *text = kept.join("&");
}

/// The number of items of a list.
fn count(text: &str, list: &str) -> usize {
    let member = |text: &&str| belongs(&pair(text).0, list) && !text.is_empty();
    text.split('&').filter(member).count()
}

/// Sets a member of an object at a path. Values on the path that are not objects are replaced by
/// objects.
fn with_member(object: &str, path: &[String], value: &str) -> Result<String, DecodeError> {
    let Some((key, path)) = path.split_first() else {
        return Ok(value.to_owned());
    };
    let mut members: Vec<(String, String)> = Vec::new();
    if object.starts_with('{') {
        Reader::new(object.as_bytes())?.object(&mut |reader, name| {
            members.push((name.into_owned(), reader.raw()?.to_owned()));
            Ok(())
        })?;
    }
    let old = members.iter_mut().find(|(name, _)| name == key);
    match old {
        Some((_, member)) => *member = with_member(member, path, value)?,
        None => members.push((key.clone(), with_member("", path, value)?)),
    }
    let mut text = String::with_capacity(object.len() + value.len() + 16);
    for (name, member) in &members {
        text.push(if text.is_empty() { '{' } else { ',' });
        text.push_str(&encode_json(name));
        text.push(':');
        text.push_str(member);
    }
    text.push('}');
    Ok(text)
}

/// Adds a text to a list of the root object. A body that is not an object is not changed.
fn append_json(object: &mut String, list: &str, item: &str) {
    let mut items = Vec::new();
    if object.starts_with('{') {
        let read = Reader::new(object.as_bytes()).and_then(|mut reader| {
            reader.object(&mut |reader, name| {
                if name == list {
                    return reader.array(&mut |reader| {
                        items.push(reader.raw()?.to_owned());
                        Ok(())
                    });
                }
                reader.raw().map(drop)
            })
        });
        if read.is_err() {
            return;
        }
    }
    items.push(encode_json(&item.to_owned()));
    let value = format!("[{}]", items.join(","));
    if let Ok(text) = with_member(object, &[list.to_owned()], &value) {
        *object = text;
    }
}

#[cfg(test)]
mod tests;
