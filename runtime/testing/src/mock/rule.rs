//! The builder of a rule.

use std::fmt;
use std::sync::Arc;

use super::Mock;
use super::rule_state::{RequestPredicate, ResponseSource, ResponseStep, RuleState};
use crate::{MockResponse, SentRequest, TestDoubleError};

/// A rule of a [`Mock`]. It is active as soon as it is created; each method extends it.
///
/// A rule sends its responses in order, each once unless [`times`](MockRule::times) or
/// [`repeatedly`](MockRule::repeatedly) set another number. When they are used up, the next
/// matching rule responds.
#[derive(Clone)]
pub struct MockRule {
    mock: Mock,
    index: usize,
}

impl MockRule {
    pub(super) fn new(mock: Mock, index: usize) -> Self {
        Self { mock, index }
    }

    /// Matches only requests in which a parameter, such as `items[0][price]`, has this value.
    pub fn with_param(self, name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.to_owned());
        let description = format!("with the parameter {name} = {value:?}");
        self.matching(&description, move |sent| sent.param(&name) == Some(&value))
    }

    /// Matches only requests without this parameter.
    pub fn without_param(self, name: &str) -> Self {
        let name = name.to_owned();
        let description = format!("without the parameter {name}");
        self.matching(&description, move |sent| sent.param(&name).is_none())
    }

    /// Matches only requests with this path argument, by the name of its placeholder.
    pub fn with_path_arg(self, name: &str, value: &str) -> Self {
        let placeholder = format!("{{{name}}}");
        self.update(|rule| {
            if !rule.template.contains(&placeholder) {
                let text = format!("{}: the path has no {placeholder}", rule.label());
                rule.invalid.get_or_insert(TestDoubleError::new(text));
            }
        });
        let (name, value) = (name.to_owned(), value.to_owned());
        let description = format!("with the path argument {name} = {value:?}");
        self.matching(&description, move |sent| {
            sent.path_arg(&name) == Some(&value)
        })
    }

    /// Matches only requests with this header.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.to_owned());
        let description = format!("with the header {name}");
        self.matching(&description, move |sent| sent.header(&name) == Some(&value))
    }

    /// Matches only requests for which the predicate returns `true`. The description completes
    /// "a rule requires it …" in error messages, for example `for a test account`.
    pub fn matching(
        self,
        description: &str,
        predicate: impl Fn(&SentRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        let condition = (
            description.to_owned(),
            Arc::new(predicate) as RequestPredicate,
        );
        self.update(|rule| rule.conditions.push(condition));
        self
    }

    /// Adds a response, which is sent once, after the responses that were added before.
    pub fn respond_with(self, response: MockResponse) -> Self {
        self.update(|rule| {
            if let Some(error) = rule.check_response(&response) {
                rule.invalid.get_or_insert(error);
            }
            let source = ResponseSource::Fixed(response);
            rule.steps.push(ResponseStep::once(source));
        });
        self
    }

    /// Adds a further response; equivalent to [`respond_with`](MockRule::respond_with).
    pub fn then(self, response: MockResponse) -> Self {
        self.respond_with(response)
    }

    /// Adds a response that a closure computes from the request, which is sent once.
    pub fn respond_with_fn(
        self,
        respond: impl Fn(&SentRequest) -> MockResponse + Send + Sync + 'static,
    ) -> Self {
        let source = ResponseSource::Computed(Arc::new(respond));
        self.update(|rule| rule.steps.push(ResponseStep::once(source)));
        self
    }

    /// Sends the last added response this many times.
    pub fn times(self, times: usize) -> Self {
        self.set_times(Some(times))
    }

    /// Sends the last added response any number of times.
    pub fn repeatedly(self) -> Self {
        self.set_times(None)
    }

    /// Allows [`Mock::verify`] to succeed if not all responses are used.
    pub fn optional(self) -> Self {
        self.update(|rule| rule.is_optional = true);
        self
    }

    /// The number of requests that this rule has responded to.
    pub fn request_count(&self) -> usize {
        let state = self.mock.state();
        let rule = state.rules.get(self.index);
        rule.map_or(0, RuleState::used_count)
    }

    fn set_times(self, times: Option<usize>) -> Self {
        self.update(|rule| {
            if let Some(step) = rule.steps.last_mut() {
                step.times = times;
            }
        });
        self
    }

    fn update(&self, update: impl FnOnce(&mut RuleState)) {
        let mut state = self.mock.state();
        if let Some(rule) = state.rules.get_mut(self.index) {
            update(rule);
        }
    }
}

impl fmt::Debug for MockRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.mock.state();
        let label = state.rules.get(self.index).map(RuleState::label);
        out.debug_tuple("MockRule").field(&label).finish()
    }
}
