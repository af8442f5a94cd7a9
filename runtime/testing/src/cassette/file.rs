//! The file of a cassette: a JSON document with one interaction after the other. Bodies that are
//! JSON are embedded in compact form.

use runtime::transport::Progress;
use wire::codec::{Encode, Place, Writer, encode_json, write_record};
use wire::value::RawJson;

use super::interaction::{Interaction, RecordedBody, RecordedRequest, RecordedResponse};
use crate::TestDoubleError;

/// The version of the format.
const VERSION: i64 = 2;

/// The names of the variants in a file.
const PROGRESS_NAMES: [(&str, Progress); 4] = [
    ("refused", Progress::Refused),
    ("connecting", Progress::Connecting),
    ("sent", Progress::Sent),
    ("too_large", Progress::TooLarge),
];

/// Encodes a file.
pub(super) fn encode_file(interactions: &[Interaction], is_partial: bool) -> String {
    let lines: Vec<String> = interactions.iter().map(|it| encode_json(it)).collect();
    let lines = lines.join(",\n");
    format!("{{\"version\":{VERSION},\"partial\":{is_partial},\"interactions\":[\n{lines}\n]}}\n")
}

impl Encode for Interaction {
    fn encode(&self, out: &mut dyn Writer) {
        let fields: [(&str, &dyn Encode); 2] =
            [("request", &self.request), ("response", &self.response)];
        write_record(out, &fields);
    }
}

impl Encode for RecordedRequest {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(
            out,
            &[
                ("operation", &self.operation),
                ("method", &self.method),
                ("target", &self.target),
                ("headers", &self.headers),
                self.body.member(),
            ],
        );
    }
}

impl Encode for RecordedResponse {
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Self::Http {
                status,
                headers,
                body,
            } => write_record(
                out,
                &[("status", status), ("headers", headers), body.member()],
            ),
            Self::Error {
                progress,
                timed_out,
            } => {
                let mut names = PROGRESS_NAMES.iter();
                let name = names.find(|(_, known)| known == progress);
                let name = name.map_or("sent", |(name, _)| *name);
                write_record(out, &[("error", &name), ("timed_out", timed_out)]);
            }
        }
    }
}

impl RecordedBody {
    fn member(&self) -> (&'static str, &dyn Encode) {
        match self {
            Self::Empty => ("text", &None::<String>),
            Self::Json(json) => ("json", json),
            Self::Form(form) => ("form", form),
            Self::Text(text) => ("text", text),
        }
    }
}

/// Decodes a file into its interactions and whether it is partial.
pub(super) fn decode_file(text: &str) -> Result<(Vec<Interaction>, bool), TestDoubleError> {
    let root: RawJson = text
        .parse()
        .map_err(|error| TestDoubleError::new(format!("it is not JSON: {error}")))?;
    let version: Option<i64> = member(&root, "version");
    if version != Some(VERSION) {
        let found = version.map_or_else(|| "missing".to_owned(), |version| version.to_string());
        let text = format!("its version is {found}, expected {VERSION}: record it again");
        return Err(TestDoubleError::new(text));
    }
    let list: Option<Vec<RawJson>> = member(&root, "interactions");
    let list = list.ok_or_else(|| TestDoubleError::new("it has no list of interactions"))?;
    let interactions = list.iter().enumerate().map(|(index, json)| {
        let text = || format!("interaction {} is incomplete", index + 1);
        decode_interaction(json).ok_or_else(|| TestDoubleError::new(text()))
    });
    let is_partial = member(&root, "partial").unwrap_or_default();
    Ok((interactions.collect::<Result<_, _>>()?, is_partial))
}

fn decode_interaction(json: &RawJson) -> Option<Interaction> {
    let (request, response) = (json.get("request")?, json.get("response")?);
    Some(Interaction {
        request: RecordedRequest {
            operation: member(&request, "operation")?,
            method: member(&request, "method")?,
            target: member(&request, "target")?,
            headers: member(&request, "headers")?,
            body: decode_body(&request),
        },
        response: decode_response(&response)?,
        is_replayed: false,
    })
}

fn decode_response(json: &RawJson) -> Option<RecordedResponse> {
    if let Some(name) = member::<String>(json, "error") {
        let found = PROGRESS_NAMES.iter().find(|(known, _)| *known == name);
        return Some(RecordedResponse::Error {
            progress: found?.1,
            timed_out: member(json, "timed_out")?,
        });
    }
    Some(RecordedResponse::Http {
        status: member(json, "status")?,
        headers: member(json, "headers")?,
        body: decode_body(json),
    })
}

fn decode_body(json: &RawJson) -> RecordedBody {
    if let Some(body) = json.get("json") {
        return RecordedBody::Json(body);
    }
    if let Some(form) = member(json, "form") {
        return RecordedBody::Form(form);
    }
    member(json, "text").map_or(RecordedBody::Empty, RecordedBody::Text)
}

/// Decodes a member of an object; `None` if it is missing or has another type.
fn member<T: Place + Default>(json: &RawJson, name: &str) -> Option<T> {
    json.get(name)?.decode().ok()
}
