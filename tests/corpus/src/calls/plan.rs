//! Which calls are made of a document, and how the server responds to each.

use serde_json::Value;

use super::document::Document;
use super::operation::{Content, Operation, is_json};
use super::schema::{Direction, Problem, SchemaCheck};
use super::synth::Synthesizer;
use super::values::ValueReader;

/// What a response is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// An example of the document, at this place below the operation. With the problem if its
    /// schema does not allow it.
    Example(String, Option<Problem>),
    /// Made from the schema.
    Synthesized,
    /// Without a body.
    Empty,
    /// There is no value of the schema, for this reason.
    Impossible(String),
}

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What it is.
    pub kind: ReplyKind,
    /// The status.
    pub status: u16,
    /// The media type, if it has a body.
    pub media_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a body of JSON.
    pub fn json(&self) -> Option<Value> {
        let is_text = self
            .media_type
            .as_deref()
            .is_none_or(|media_type| !is_json(media_type) && !media_type.starts_with("*/"));
        match is_text {
            true => None,
            false => serde_json::from_slice(&self.body).ok(),
        }
    }
}

/// A call.
#[derive(Clone, Debug)]
pub struct PlannedCall {
    /// The index of the operation.
    pub operation: usize,
    /// With all parameters; otherwise with those that are required.
    pub everything: bool,
    /// The response.
    pub reply: Reply,
}

/// The calls of all operations: with required and with all parameters, and one for each example of
/// the response.
pub fn plan_calls(document: &Document, operations: &[Operation]) -> Vec<PlannedCall> {
    let operations = operations.iter().enumerate();
    let calls = operations.flat_map(|(index, operation)| {
        let content = preferred_content(operation);
        let examples = content.into_iter().flat_map(|content| &content.examples);
        let examples = examples.map(move |(place, value)| PlannedCall {
            operation: index,
            everything: false,
            reply: example_reply(document, operation, content, (place, value)),
        });
        let synthesized = [false, true]
            .into_iter()
            .map(move |everything| PlannedCall {
                operation: index,
                everything,
                reply: synthesized_reply(document, operation, content, everything),
            });
        synthesized.chain(examples).collect::<Vec<_>>()
    });
    calls.collect()
}

/// The first content that is JSON, or else the first. Some statuses have none.
fn preferred_content(operation: &Operation) -> Option<&Content> {
    let contents = match operation.success.status {
        204 | 205 => return None,
        _ => &operation.success.contents,
    };
    let json = contents.iter().find(|content| is_json(&content.media_type));
    json.or(contents.first())
}

/// The content that a client accepts, if it is another than the preferred one.
pub fn accepted_reply(
    document: &Document,
    operation: &Operation,
    planned: &Reply,
    is_accepted: impl Fn(&str) -> bool,
) -> Option<Reply> {
    let planned = planned.media_type.as_deref()?;
    if is_accepted(planned) {
        return None;
    }
    let mut contents = operation.success.contents.iter();
    let content = contents.find(|content| is_accepted(&content.media_type))?;
    Some(synthesized_reply(document, operation, Some(content), true))
}

fn example_reply(
    document: &Document,
    operation: &Operation,
    content: Option<&Content>,
    (place, value): (&str, &Value),
) -> Reply {
    let media_type = content.map(|content| content.media_type.clone());
    let is_of_json = content.is_some_and(|content| has_json(document, content));
    let schema = content.and_then(|content| content.schema.as_ref());
    let check = SchemaCheck {
        document,
        direction: Direction::Response,
    };
    let any = Value::Bool(true);
    let schema = schema.unwrap_or(&any);
    let problems_of = |value: &Value| check.check_value(schema, value, "");
    let (problems, body) = match (is_of_json, value) {
        (true, value) => {
            let written = written_value(value).filter(|value| problems_of(value).is_empty());
            let value = written.as_ref().unwrap_or(value);
            (problems_of(value), value.to_string())
        }
        (false, Value::String(text)) => (Vec::new(), text.clone()),
        (false, value) => (Vec::new(), value.to_string()),
    };
    let mut problems = problems.into_iter();
    Reply {
        kind: ReplyKind::Example(place.to_owned(), problems.next()),
        status: operation.success.status,
        media_type,
        body: body.into_bytes(),
    }
}

/// The list or object that an example writes as a JSON text in a string.
fn written_value(example: &Value) -> Option<Value> {
    let value: Value = serde_json::from_str(example.as_str()?).ok()?;
    (value.is_object() || value.is_array()).then_some(value)
}

/// Whether a content is JSON: by its media type, or because it has any media type and a list or an
/// object as its schema.
fn has_json(document: &Document, content: &Content) -> bool {
    let values = ValueReader { document };
    let schema = content.schema.as_ref();
    let is_structure = |schema: &Value| {
        ["array", "object"]
            .into_iter()
            .any(|name| values.has_type(schema, name))
    };
    is_json(&content.media_type)
        || content.media_type.starts_with("*/") && schema.is_some_and(is_structure)
}

fn synthesized_reply(
    document: &Document,
    operation: &Operation,
    content: Option<&Content>,
    everything: bool,
) -> Reply {
    let mut reply = Reply {
        kind: ReplyKind::Empty,
        status: operation.success.status,
        media_type: None,
        body: Vec::new(),
    };
    let Some(content) = content.filter(|_| operation.method != "HEAD") else {
        return reply;
    };
    reply.media_type = Some(content.media_type.clone());
    reply.kind = ReplyKind::Synthesized;
    if !has_json(document, content) {
        reply.body = b"text of the response".to_vec();
        return reply;
    }
    let synthesizer = Synthesizer {
        document,
        everything,
    };
    let check = SchemaCheck {
        document,
        direction: Direction::Response,
    };
    let any = Value::Bool(true);
    let schema = content.schema.as_ref().unwrap_or(&any);
    let Some(value) = synthesizer.make_value(schema) else {
        reply.kind = ReplyKind::Impossible("every value contains itself".to_owned());
        return reply;
    };
    if let Some(problem) = check.check_value(schema, &value, "").into_iter().next() {
        let reason = format!("{} {}", problem.place, problem.reason);
        reply.kind = ReplyKind::Impossible(reason);
    }
    reply.body = value.to_string().into_bytes();
    reply
}
