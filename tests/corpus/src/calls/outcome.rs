//! What was found for the operations of a document.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Presence;
use super::compare::first_difference;
use super::plan::{Reply, ReplyKind};
use super::program::CallEnd;
use super::server::{Receipt, Service};

/// How many of something there are, and how many of these are as they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// All.
    pub all: usize,
    /// Those that are right.
    pub right: usize,
}

impl Share {
    fn count(&mut self, is_right: bool) {
        self.all += 1;
        self.right += usize::from(is_right);
    }

    /// Adds those of another document.
    pub fn add(&mut self, other: Self) {
        self.all += other.all;
        self.right += other.right;
    }
}

/// The result of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCalls {
    /// The path in the package, or the name of our own document.
    pub document: String,
    /// Operations that the document describes; right are those that the crate has.
    pub operations: Share,
    /// Requests; right are those that the server has found nothing wrong with.
    pub requests: Share,
    /// Parameters and members of bodies of requests with all of them; right are those that are
    /// there.
    pub parameters: Share,
    /// Operations of which all requests are right.
    pub accepted: usize,
    /// Documented examples that fit their schemas; right are those that decode without a loss.
    pub examples: Share,
    /// Documented examples that contradict their schemas; right are those that decode nevertheless.
    pub contradictory: Share,
    /// Responses made from schemas; right are those that decode without a loss.
    pub synthesized: Share,
    /// Responses without a body; right are those whose calls succeed.
    pub empty: Share,
    /// Responses whose schema no value has, as far as this program can make one.
    #[serde(default)]
    pub impossible: usize,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// Parameters that requests lack, with those that the client fills in by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Failure>,
    /// Examples that contradict their schemas, and schemas without a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<Failure>,
}

/// Something that is wrong with an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// Method and path.
    pub operation: String,
    /// The place in the request or the response.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl Failure {
    /// Place and reason.
    pub fn text(&self) -> String {
        format!("{}: {}", self.place, self.reason)
    }
}

/// Compares how calls have ended with what the server received and sent.
pub fn compare_calls(document: &str, service: &Service, ends: &[CallEnd]) -> DocumentCalls {
    let mut result = DocumentCalls {
        document: document.to_owned(),
        ..DocumentCalls::default()
    };
    let mut failures = BTreeSet::new();
    for (index, operation) in service.operations.iter().enumerate() {
        let name = format!("{} {}", operation.method, operation.path);
        let calls = service.calls.iter().zip(ends).enumerate();
        let mut own = calls
            .filter(|(_, (call, _))| call.operation == index)
            .peekable();
        let is_left_out = own
            .peek()
            .is_some_and(|(_, (_, end))| **end == CallEnd::LeftOut);
        result.operations.count(!is_left_out);
        if is_left_out {
            continue;
        }
        let mut is_accepted = true;
        for (number, (call, end)) in own {
            let receipt = service.receipt(number);
            is_accepted &= record_request(&mut result, &name, receipt.as_ref(), end, &mut failures);
            if let Some(receipt) = receipt {
                record_presence(&mut result, &name, receipt.presence.as_ref());
                let reply = receipt.other_reply.as_ref().unwrap_or(&call.reply);
                record_reply(&mut result, &name, reply, end, &mut failures);
            }
        }
        result.accepted += usize::from(is_accepted);
    }
    result.failures = failures.into_iter().collect();
    result
}

fn record_request(
    result: &mut DocumentCalls,
    operation: &str,
    receipt: Option<&Receipt>,
    end: &CallEnd,
    failures: &mut BTreeSet<Failure>,
) -> bool {
    let failure = |place: &str, reason: &str| Failure {
        operation: operation.to_owned(),
        place: place.to_owned(),
        reason: reason.to_owned(),
    };
    let is_right = receipt.is_some_and(|receipt| receipt.problems.is_empty());
    result.requests.count(is_right);
    match (receipt, end) {
        (Some(receipt), _) => {
            let problems = receipt.problems.iter();
            failures.extend(problems.map(|problem| failure(&problem.place, &problem.reason)));
        }
        (None, CallEnd::Failed(reason)) => {
            failures.insert(failure("not sent", reason));
        }
        (None, _) => {
            failures.insert(failure("not sent", "the call ended without a request"));
        }
    }
    is_right
}

fn record_presence(result: &mut DocumentCalls, operation: &str, presence: Option<&Presence>) {
    let Some(presence) = presence else {
        return;
    };
    result.parameters.all += presence.all;
    result.parameters.right += presence.all - presence.absent.len();
    let absent = presence.absent.iter();
    result.absent.extend(absent.map(|place| Failure {
        operation: operation.to_owned(),
        place: place.clone(),
        reason: "is not sent with all parameters".to_owned(),
    }));
}

fn record_reply(
    result: &mut DocumentCalls,
    operation: &str,
    reply: &Reply,
    end: &CallEnd,
    failures: &mut BTreeSet<Failure>,
) {
    let problem = match end {
        CallEnd::Decoded(text) => loss_of(reply, text),
        CallEnd::Failed(reason) => Some(reason.clone()),
        CallEnd::LeftOut => return,
    };
    let is_right = problem.is_none();
    let place = match &reply.kind {
        ReplyKind::Example(place, Some(contradiction)) => {
            result
                .contradictory
                .count(matches!(end, CallEnd::Decoded(_)));
            result.contradictions.push(Failure {
                operation: operation.to_owned(),
                place: format!("{place}{}", contradiction.place),
                reason: contradiction.reason.clone(),
            });
            return;
        }
        ReplyKind::Example(place, None) => {
            result.examples.count(is_right);
            place.as_str()
        }
        ReplyKind::Synthesized => {
            result.synthesized.count(is_right);
            "response made from the schema"
        }
        ReplyKind::Empty => {
            result.empty.count(is_right);
            "response without a body"
        }
        ReplyKind::Impossible(reason) => {
            result.impossible += 1;
            result.contradictions.push(Failure {
                operation: operation.to_owned(),
                place: "schema of the response".to_owned(),
                reason: reason.clone(),
            });
            return;
        }
    };
    failures.extend(problem.map(|reason| Failure {
        operation: operation.to_owned(),
        place: place.to_owned(),
        reason,
    }));
}

/// What of a response is not in the value that the client has decoded.
fn loss_of(reply: &Reply, text: &str) -> Option<String> {
    if reply.kind == ReplyKind::Empty {
        return None;
    }
    let sent = String::from_utf8_lossy(&reply.body);
    let parsed = reply.json().zip(serde_json::from_str::<Value>(text).ok());
    match parsed {
        Some((sent, kept)) => first_difference(&sent, &kept, ""),
        None if sent == text => None,
        // A client that does not decode text keeps it as a JSON string.
        None => match serde_json::from_str::<Value>(text) {
            Ok(Value::String(kept)) if kept == sent => None,
            _ => Some("the content of the response is lost".to_owned()),
        },
    }
}
