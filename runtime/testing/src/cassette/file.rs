//! The file of a cassette: JSON for people, in a stable order.

use std::fmt::Write;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::recording::{Answer, Content, Interaction, Question};
use crate::Unexpected;
use crate::params::Pair;
use runtime::http::RawResponse;
use runtime::transport::Progress;
use wire::codec::{Encode, JsonKind, Reader, Writer, encode_json, write_json_text};
use wire::value::RawJson;

/// The version of the format.
const VERSION: i64 = 1;

/// The text of a file.
pub(super) fn write(interactions: &[Interaction], partial: bool) -> String {
    let mut text = format!("{{\n  \"version\": {VERSION}");
    if partial {
        text.push_str(",\n  \"partial\": true");
    }
    text.push_str(",\n  \"interactions\": [");
    for (index, interaction) in interactions.iter().enumerate() {
        let separator = if index == 0 { "\n" } else { ",\n" };
        let json = interaction_json(interaction);
        let _ = write!(text, "{separator}    {}", pretty(&json, 4));
    }
    text.push_str(if interactions.is_empty() {
        "]\n}\n"
    } else {
        "\n  ]\n}\n"
    });
    text
}

fn interaction_json(interaction: &Interaction) -> String {
    let question = &interaction.question;
    let mut members = vec![];
    if !question.operation.is_empty() {
        members.push(member("operation", &quoted(&question.operation)));
    }
    members.push(member("method", &quoted(&question.method)));
    members.push(member("path", &quoted(&question.path)));
    members.extend(pairs_member("query", &question.query));
    members.extend(pairs_member("headers", &question.headers));
    members.extend(match &question.body {
        Content::None => None,
        Content::Pairs(pairs) => Some(member("form", &pairs_json(pairs))),
        Content::Json(json) => Some(member("json", json)),
        Content::Text(text) => Some(member("text", &quoted(text))),
    });
    let mut answer = vec![];
    match &interaction.answer {
        Answer::Failure(progress, timed_out) => {
            answer.push(member("failure", &quoted(progress_name(*progress))));
            if *timed_out {
                answer.push(member("timed_out", "true"));
            }
        }
        Answer::Response {
            status,
            headers,
            body,
        } => {
            answer.push(member("status", &status.to_string()));
            answer.extend(pairs_member("headers", headers));
            answer.extend(match body {
                Content::Json(json) => Some(member("json", json)),
                Content::Text(text) => Some(member("text", &quoted(text))),
                Content::None | Content::Pairs(_) => None,
            });
        }
    }
    let (question, answer) = (members.join(","), answer.join(","));
    format!("{{\"request\":{{{question}}},\"response\":{{{answer}}}}}")
}

fn member(name: &str, json: &str) -> String {
    format!("\"{name}\":{json}")
}

fn quoted(text: &str) -> String {
    encode_json(&text.to_owned())
}

fn pairs_member(name: &str, pairs: &[Pair]) -> Option<String> {
    (!pairs.is_empty()).then(|| member(name, &pairs_json(pairs)))
}

/// A repeated name stays repeated: the reader of this file gives every member.
fn pairs_json(pairs: &[Pair]) -> String {
    let members = pairs
        .iter()
        .map(|(name, value)| format!("{}:{}", quoted(name), quoted(value)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Compact JSON on several lines, with two spaces per level after the first line.
fn pretty(compact: &str, indent: usize) -> String {
    let mut out = String::with_capacity(compact.len() * 2);
    let (mut level, mut in_string, mut escaped) = (0_usize, false, false);
    let mut characters = compact.chars().peekable();
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.push_str(&" ".repeat(indent + 2 * level));
    };
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            continue;
        }
        match character {
            '{' | '[' => {
                out.push(character);
                if let Some(closing) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(closing);
                    continue;
                }
                level += 1;
                line(&mut out, level);
            }
            '}' | ']' => {
                level = level.saturating_sub(1);
                line(&mut out, level);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, level);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = character == '"';
                out.push(character);
            }
        }
    }
    out
}

/// JSON without white space between its tokens; numbers keep their spelling.
pub(super) fn compact(json: &str) -> String {
    struct Again<'a>(&'a str);
    impl Encode for Again<'_> {
        fn encode(&self, out: &mut dyn Writer) {
            // Whoever comes here has checked the text.
            let _ = write_json_text(self.0, out);
        }
    }
    encode_json(&Again(json))
}

/// What a file holds, and whether it is partial.
pub(super) fn read(text: &str) -> Result<(Vec<Interaction>, bool), Unexpected> {
    let root: RawJson = text
        .parse()
        .map_err(|fault| Unexpected::new(format!("it is no JSON: {fault}")))?;
    let version = root.get("version").and_then(|it| it.decode::<i64>().ok());
    if version != Some(VERSION) {
        let found = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        let text = format!("its version is {found}, and only {VERSION} is known; record it again");
        return Err(Unexpected::new(text));
    }
    let partial = root.get("partial").and_then(|it| it.decode::<bool>().ok());
    let list: Option<Vec<RawJson>> = root.get("interactions").and_then(|it| it.decode().ok());
    let list = list.ok_or_else(|| Unexpected::new("it has no list of interactions"))?;
    let mut interactions = Vec::with_capacity(list.len());
    for (index, json) in list.iter().enumerate() {
        let interaction = interaction(json)
            .ok_or_else(|| Unexpected::new(format!("interaction {} is not complete", index + 1)))?;
        interactions.push(interaction);
    }
    Ok((interactions, partial.unwrap_or_default()))
}

fn interaction(json: &RawJson) -> Option<Interaction> {
    let (request, response) = (json.get("request")?, json.get("response")?);
    let question = Question {
        operation: text(&request, "operation").unwrap_or_default(),
        method: text(&request, "method")?,
        path: text(&request, "path")?,
        query: pairs(&request, "query")?,
        headers: pairs(&request, "headers")?,
        body: content(&request)?,
    };
    let answer = match text(&response, "failure") {
        Some(name) => Answer::Failure(
            progress(&name)?,
            response
                .get("timed_out")
                .is_some_and(|it| it.as_str() == "true"),
        ),
        None => Answer::Response {
            status: u16::try_from(response.get("status")?.decode::<i64>().ok()?).ok()?,
            headers: pairs(&response, "headers")?,
            body: content(&response)?,
        },
    };
    Some(Interaction { question, answer })
}

fn content(json: &RawJson) -> Option<Content> {
    if let Some(json) = json.get("json") {
        return Some(Content::Json(compact(json.as_str())));
    }
    if json.get("text").is_some() {
        return text(json, "text").map(Content::Text);
    }
    if json.get("form").is_some() {
        return pairs(json, "form").map(Content::Pairs);
    }
    Some(Content::None)
}

fn text(json: &RawJson, name: &str) -> Option<String> {
    json.get(name)?.decode().ok()
}

/// The members of an object of texts; none if it is not there.
fn pairs(json: &RawJson, name: &str) -> Option<Vec<Pair>> {
    let Some(object) = json.get(name) else {
        return Some(Vec::new());
    };
    let mut pairs = Vec::new();
    let mut reader = Reader::from_text(object.as_str());
    if reader.peek() != JsonKind::Object {
        return None;
    }
    let read = reader.object(&mut |reader, key| {
        let value = reader.string()?;
        pairs.push((key.into_owned(), value.into_owned()));
        Ok(())
    });
    read.ok().map(|()| pairs)
}

/// The response that was recorded, if its parts are valid.
pub(super) fn response(status: u16, headers: &[Pair], body: &Content) -> Option<RawResponse> {
    let status = StatusCode::from_u16(status).ok()?;
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().ok()?;
        map.append(name, HeaderValue::from_str(value).ok()?);
    }
    let body = match body {
        Content::Json(text) | Content::Text(text) => text.clone(),
        Content::None | Content::Pairs(_) => String::new(),
    };
    Some(RawResponse::new(status, map, body))
}

const PROGRESS: [(&str, Progress); 4] = [
    ("refused", Progress::Refused),
    ("connecting", Progress::Connecting),
    ("sent", Progress::Sent),
    ("too_large", Progress::TooLarge),
];

fn progress_name(progress: Progress) -> &'static str {
    let found = PROGRESS.iter().find(|(_, known)| *known == progress);
    found.map_or("sent", |(name, _)| name)
}

fn progress(name: &str) -> Option<Progress> {
    let found = PROGRESS.iter().find(|(known, _)| *known == name);
    found.map(|(_, progress)| *progress)
}
