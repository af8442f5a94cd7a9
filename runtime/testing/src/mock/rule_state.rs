//! A rule's state: what it fits, and what is left of its replies.

use std::sync::Arc;

use http::Method;

use wire::codec::DecodeError;
use runtime::http::RawResponse;
use crate::{Reply, SentRequest, Unexpected, params};

/// A condition on requests.
pub(super) type Test = Arc<dyn Fn(&SentRequest) -> bool + Send + Sync>;

/// What a step answers with.
#[derive(Clone)]
pub(super) enum Answer {
    Fixed(Reply),
    Computed(Arc<dyn Fn(&SentRequest) -> Reply + Send + Sync>),
}

pub(super) struct Step {
    pub(super) answer: Answer,
    /// `None` is without end.
    pub(super) times: Option<usize>,
    used: usize,
}

impl Step {
    pub(super) fn once(answer: Answer) -> Self {
        Self {
            answer,
            times: Some(1),
            used: 0,
        }
    }
}

pub(super) struct Script {
    /// Empty for raw requests.
    pub(super) operation: &'static str,
    method: Method,
    pub(super) template: String,
    decodes: fn(&RawResponse) -> Result<(), DecodeError>,
    /// Each with its description.
    pub(super) tests: Vec<(String, Test)>,
    pub(super) steps: Vec<Step>,
    pub(super) optional: bool,
    /// What is wrong with the rule itself.
    pub(super) fault: Option<Unexpected>,
}

impl Script {
    pub(super) fn new(
        method: Method,
        template: &str,
        decodes: fn(&RawResponse) -> Result<(), DecodeError>,
    ) -> Self {
        Self {
            operation: "",
            method,
            template: template.to_owned(),
            decodes,
            tests: Vec::new(),
            steps: Vec::new(),
            optional: false,
            fault: None,
        }
    }

    pub(super) fn label(&self) -> String {
        let place = format!("{} {}", self.method, self.template);
        if self.operation.is_empty() {
            return place;
        }
        format!("{} ({place})", self.operation)
    }

    /// Whether requests of this kind are meant, whatever their parameters.
    fn is_of_kind(&self, sent: &SentRequest) -> bool {
        if !sent.operation().is_empty() {
            return sent.operation() == self.operation;
        }
        *sent.method() == self.method && params::arguments(&self.template, sent.path()).is_some()
    }

    /// The next answer, if one is left.
    pub(super) fn next(&mut self) -> Option<Answer> {
        let is_left = |step: &&mut Step| step.times.is_none_or(|times| step.used < times);
        let step = self.steps.iter_mut().find(is_left)?;
        step.used += 1;
        Some(step.answer.clone())
    }

    /// Why there is no next answer.
    pub(super) fn nothing_left(&self) -> String {
        if self.steps.is_empty() {
            return "a rule has no reply".to_owned();
        }
        format!(
            "the {} replies of a rule are used up, end it with .times(n) or .repeatedly()",
            self.used()
        )
    }

    pub(super) fn used(&self) -> usize {
        self.steps.iter().map(|step| step.used).sum()
    }

    /// Why a reply of this rule cannot be given.
    pub(super) fn fault_of(&self, reply: &Reply) -> Option<Unexpected> {
        if let Some(fault) = reply.fault() {
            let text = format!("{}: a reply cannot be sent: {fault}", self.label());
            return Some(Unexpected::new(text));
        }
        let response = reply.response().filter(|_| reply.is_meant_to_decode())?;
        let fault = (self.decodes)(&response).err()?;
        Some(Unexpected::new(format!(
            "{}: a reply does not decode to the operation's output: {fault}; mend it, or mark it \
             with Reply::unchecked if that is what you test",
            self.label()
        )))
    }

    /// What was scripted and did not happen.
    pub(super) fn complaint(&self) -> Option<String> {
        if let Some(fault) = &self.fault {
            return Some(fault.to_string());
        }
        if self.steps.is_empty() {
            return Some(format!("{}: the rule has no reply", self.label()));
        }
        if self.optional {
            return None;
        }
        let wanted = self.steps.iter().map(|step| step.times.unwrap_or(1));
        let (wanted, used) = (wanted.sum::<usize>(), self.used());
        let is_left = |step: &Step| step.used < step.times.unwrap_or(1);
        let text = format!("{used} of {wanted} replies were used");
        let conditions = self.conditions();
        self.steps
            .iter()
            .any(is_left)
            .then(|| format!("{}{conditions}: {text}", self.label()))
    }

    fn conditions(&self) -> String {
        let each = self.tests.iter().map(|(what, _)| format!(" {what}"));
        each.collect::<Vec<_>>().join(",")
    }
}

/// A rule for requests of a kind, and the request as one of that kind.
pub(super) struct Candidate {
    pub(super) index: usize,
    pub(super) sent: SentRequest,
    tests: Vec<(String, Test)>,
}

impl Candidate {
    /// The first condition that the request does not meet.
    pub(super) fn failed_condition(&self) -> Option<&str> {
        let failed = self.tests.iter().find(|(_, test)| !test(&self.sent));
        failed.map(|(what, _)| what.as_str())
    }
}

/// The rules that may answer a request, the first one first.
pub(super) fn candidates(scripts: &[Script], sent: &SentRequest) -> Vec<Candidate> {
    let of_kind = scripts
        .iter()
        .enumerate()
        .filter(|(_, script)| script.is_of_kind(sent));
    of_kind
        .map(|(index, script)| Candidate {
            index,
            sent: sent
                .clone()
                .of_operation(script.operation, &script.template),
            tests: script.tests.clone(),
        })
        .collect()
}

/// What to say about a request that no rule answers; the notes say why each rule for such
/// requests does not.
pub(super) fn unscripted(sent: &SentRequest, notes: &[String]) -> Unexpected {
    let names: Vec<&str> = sent.params().iter().map(|(name, _)| &**name).collect();
    let mut text = format!("nothing is scripted for {}", sent.label());
    if !names.is_empty() {
        text.push_str(&format!(", sent with {}", names.join(", ")));
    }
    for note in notes {
        text.push_str("; ");
        text.push_str(note);
    }
    if notes.is_empty() {
        text.push_str(&if sent.operation().is_empty() {
            let how = "; script it with mock.on_raw(Method::…, \"";
            format!("{how}{}\").reply(Reply::json(…))", sent.path())
        } else {
            let how = "; script it with mock.on::<O>().reply(Reply::json(…)), where O is";
            format!("{how} the type of the operation {}", sent.operation())
        });
    }
    Unexpected::new(text)
}
