//! The state of a rule: what it matches, and which of its responses are left.

use std::sync::Arc;

use http::Method;
use runtime::http::RawResponse;
use runtime::operation::Output;
use wire::codec::{DecodeError, DecodePolicy};

use crate::{MockResponse, SentRequest, TestDoubleError, params};

/// A condition on requests.
pub(super) type RequestPredicate = Arc<dyn Fn(&SentRequest) -> bool + Send + Sync>;

/// Decodes a response to the operation's output.
type OutputCheck = fn(&RawResponse) -> Result<(), DecodeError>;

/// Where a response comes from.
#[derive(Clone)]
pub(super) enum ResponseSource {
    Fixed(MockResponse),
    Computed(Arc<dyn Fn(&SentRequest) -> MockResponse + Send + Sync>),
}

/// A response and the number of times it is sent.
pub(super) struct ResponseStep {
    pub(super) source: ResponseSource,
    /// `None` for any number of times.
    pub(super) times: Option<usize>,
    used: usize,
}

impl ResponseStep {
    pub(super) fn once(source: ResponseSource) -> Self {
        Self {
            source,
            times: Some(1),
            used: 0,
        }
    }
}

pub(super) struct RuleState {
    /// The operation's id; empty for rules by path.
    pub(super) operation: &'static str,
    /// The path of the operation's type; empty for rules by path.
    pub(super) type_path: String,
    method: Method,
    pub(super) template: String,
    check_output: OutputCheck,
    /// Each with its description.
    pub(super) conditions: Vec<(String, RequestPredicate)>,
    pub(super) steps: Vec<ResponseStep>,
    pub(super) is_optional: bool,
    /// Why the rule itself is invalid.
    pub(super) invalid: Option<TestDoubleError>,
}

impl RuleState {
    pub(super) fn new(method: Method, template: &str, check_output: OutputCheck) -> Self {
        Self {
            operation: "",
            type_path: String::new(),
            method,
            template: template.to_owned(),
            check_output,
            conditions: Vec::new(),
            steps: Vec::new(),
            is_optional: false,
            invalid: None,
        }
    }

    pub(super) fn label(&self) -> String {
        let path = format!("{} {}", self.method, self.template);
        if self.operation.is_empty() {
            return path;
        }
        format!("{} ({path})", self.type_path)
    }

    /// Whether the rule is for the operation of a request, regardless of conditions. A rule by path
    /// is for every request with that path. A request that was resumed does not know its operation,
    /// so its path decides.
    fn is_for_operation(&self, sent: &SentRequest) -> bool {
        if !sent.operation().is_empty() && !self.operation.is_empty() {
            return sent.operation() == self.operation;
        }
        *sent.method() == self.method && params::path_args(&self.template, sent.path()).is_some()
    }

    /// The request with the operation and the path arguments of this rule.
    fn applied_to(&self, sent: &SentRequest) -> SentRequest {
        let mut sent = sent.clone();
        sent.set_operation(self.operation, &self.type_path);
        sent.set_template(&self.template);
        sent
    }

    /// Takes the next response, if one is left.
    pub(super) fn next_source(&mut self) -> Option<ResponseSource> {
        let is_left = |step: &&mut ResponseStep| step.times.is_none_or(|times| step.used < times);
        let step = self.steps.iter_mut().find(is_left)?;
        step.used += 1;
        Some(step.source.clone())
    }

    /// Why no response is left.
    pub(super) fn exhausted_reason(&self) -> String {
        if self.steps.is_empty() {
            return "a rule has no response".to_owned();
        }
        let used = self.used_count();
        format!("all responses of a rule ({used}) are used, end it with .times(n) or .repeatedly()")
    }

    pub(super) fn used_count(&self) -> usize {
        self.steps.iter().map(|step| step.used).sum()
    }

    /// Why a response cannot be sent.
    pub(super) fn check_response(&self, response: &MockResponse) -> Option<TestDoubleError> {
        let label = self.label();
        if let Some(error) = response.invalid_reason() {
            let text = format!("{label}: a response cannot be sent: {error}");
            return Some(TestDoubleError::new(text));
        }
        let raw = response
            .http_response()
            .filter(|_| response.must_decode())?;
        let error = (self.check_output)(&raw).err()?;
        Some(TestDoubleError::new(format!(
            "{label}: a response does not decode to the operation's output: {error}; fix it, or \
             mark it with MockResponse::unchecked if that is what you test"
        )))
    }

    /// What differed from the rule.
    pub(super) fn problem(&self) -> Option<String> {
        if let Some(error) = &self.invalid {
            return Some(error.to_string());
        }
        if self.steps.is_empty() {
            return Some(format!("{}: the rule has no response", self.label()));
        }
        let expected = |step: &ResponseStep| step.times.unwrap_or(1);
        if self.is_optional || self.steps.iter().all(|step| step.used >= expected(step)) {
            return None;
        }
        let total: usize = self.steps.iter().map(expected).sum();
        let (label, conditions) = (self.label(), self.describe_conditions());
        let used = self.used_count();
        Some(format!(
            "{label}{conditions}: {used} of {total} responses were used"
        ))
    }

    fn describe_conditions(&self) -> String {
        let each = self.conditions.iter().map(|(text, _)| format!(" {text}"));
        each.collect::<Vec<_>>().join(",")
    }
}

/// Checks that a response decodes to an output type.
pub(super) fn check_output<O: Output>(response: &RawResponse) -> Result<(), DecodeError> {
    O::from_response(response, DecodePolicy::Correct, None).map(drop)
}

/// A rule for the operation of a request, and the request with that operation.
pub(super) struct MatchingRule {
    pub(super) index: usize,
    pub(super) sent: SentRequest,
    conditions: Vec<(String, RequestPredicate)>,
}

impl MatchingRule {
    /// The description of the first condition that the request does not meet.
    pub(super) fn failed_condition(&self) -> Option<&str> {
        let mut conditions = self.conditions.iter();
        let failed = conditions.find(|(_, predicate)| !predicate(&self.sent));
        failed.map(|(description, _)| description.as_str())
    }
}

/// The rules for the operation of a request, in the order of their creation.
pub(super) fn matching_rules(rules: &[RuleState], sent: &SentRequest) -> Vec<MatchingRule> {
    let rules = rules.iter().enumerate();
    rules
        .filter(|(_, rule)| rule.is_for_operation(sent))
        .map(|(index, rule)| MatchingRule {
            index,
            sent: rule.applied_to(sent),
            conditions: rule.conditions.clone(),
        })
        .collect()
}

/// The error of a request that no rule responds to, with the reasons of the rules for its
/// operation.
pub(super) fn no_rule_error(sent: &SentRequest, reasons: &[String]) -> TestDoubleError {
    let names: Vec<&str> = sent.params().iter().map(|(name, _)| &**name).collect();
    let mut text = format!("no rule matches {}", sent.label());
    if !names.is_empty() {
        text.push_str(&format!(", sent with {}", names.join(", ")));
    }
    for reason in reasons {
        text.push_str("; ");
        text.push_str(reason);
    }
    if reasons.is_empty() {
        text.push_str("; add one with ");
        text.push_str(&match (sent.type_path(), sent.operation()) {
            ("", "") => raw_rule(sent, sent.path()),
            // An operation of the client itself, which has no type that programs can name.
            ("", _) => raw_rule(sent, sent.template()),
            (path, _) => {
                format!("mock.on::<{path}>().respond_with(MockResponse::sample::<{path}>())")
            }
        });
    }
    TestDoubleError::new(text)
}

/// The rule to add for a request by its path.
fn raw_rule(sent: &SentRequest, path: &str) -> String {
    let mut method = sent.method().as_str().to_ascii_lowercase();
    if let Some(first) = method.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("mock.on_raw(Method::{method}, {path:?}).respond_with(MockResponse::json(…))")
}
