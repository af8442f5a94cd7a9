//! Writing a rule down.

use std::fmt;
use std::sync::Arc;

use super::script::{Answer, Script, Step, Test};
use super::{Mock, Reply, SentRequest};
use wire::codec::DecodeError;
use runtime::http::RawResponse;
use runtime::operation::Output;
use crate::Unexpected;

/// A rule of a [`Mock`]. It is in force from the start; each method adds to it.
///
/// A rule gives its replies in order, each once unless [`times`](Rule::times) or
/// [`repeatedly`](Rule::repeatedly) say otherwise. When they are used up, the next rule that
/// fits is asked.
#[derive(Clone)]
pub struct Rule {
    mock: Mock,
    index: usize,
}

impl Rule {
    pub(super) fn new(mock: Mock, index: usize) -> Self {
        Self { mock, index }
    }

    /// Only for requests with this parameter, such as `items[0][price]`, and this value.
    pub fn with_param(self, name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.to_owned());
        let what = format!("with the parameter {name} = {value:?}");
        self.matching(&what, move |sent| sent.param(&name) == Some(&value))
    }

    /// Only for requests that lack this parameter.
    pub fn without_param(self, name: &str) -> Self {
        let name = name.to_owned();
        let what = format!("without the parameter {name}");
        self.matching(&what, move |sent| sent.param(&name).is_none())
    }

    /// Only for requests with this argument in the path, by the name of its placeholder.
    pub fn with_path_arg(self, name: &str, value: &str) -> Self {
        let placeholder = format!("{{{name}}}");
        self.change(|script| {
            if !script.template.contains(&placeholder) {
                let text = format!("{}: the path has no {placeholder}", script.label());
                script.fault.get_or_insert(Unexpected::new(text));
            }
        });
        let (name, value) = (name.to_owned(), value.to_owned());
        let what = format!("with the path argument {name} = {value:?}");
        self.matching(&what, move |sent| sent.path_arg(&name) == Some(&value))
    }

    /// Only for requests with this header.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.to_owned());
        let what = format!("with the header {name}");
        self.matching(&what, move |sent| sent.header(&name) == Some(&value))
    }

    /// Only for requests that meet a condition. `what` completes "wants it …" in messages, for
    /// example `for a test account`.
    pub fn matching(
        self,
        what: &str,
        test: impl Fn(&SentRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        let entry = (what.to_owned(), Arc::new(test) as Test);
        self.change(|script| script.tests.push(entry));
        self
    }

    /// Answers with this, once, after the replies that were given before.
    pub fn reply(self, reply: Reply) -> Self {
        self.change(|script| {
            if let Some(fault) = script.fault_of(&reply) {
                script.fault.get_or_insert(fault);
            }
            script.steps.push(Step::once(Answer::Fixed(reply)));
        });
        self
    }

    /// The same as [`reply`](Rule::reply), to read well after one.
    pub fn then(self, reply: Reply) -> Self {
        self.reply(reply)
    }

    /// Answers with what a closure makes of the request, once.
    pub fn reply_with(
        self,
        answer: impl Fn(&SentRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let answer = Answer::Computed(Arc::new(answer));
        self.change(|script| script.steps.push(Step::once(answer)));
        self
    }

    /// Gives the last reply this many times.
    pub fn times(self, times: usize) -> Self {
        self.change(|script| {
            if let Some(step) = script.steps.last_mut() {
                step.times = Some(times);
            }
        });
        self
    }

    /// Gives the last reply without end.
    pub fn repeatedly(self) -> Self {
        self.change(|script| {
            if let Some(step) = script.steps.last_mut() {
                step.times = None;
            }
        });
        self
    }

    /// Lets [`Mock::verify`] be content if not all replies are used.
    pub fn optional(self) -> Self {
        self.change(|script| script.optional = true);
        self
    }

    /// How many requests this rule has answered.
    pub fn calls(&self) -> usize {
        let state = self.mock.state();
        state.scripts.get(self.index).map_or(0, Script::used)
    }

    fn change(&self, change: impl FnOnce(&mut Script)) {
        let mut state = self.mock.state();
        if let Some(script) = state.scripts.get_mut(self.index) {
            change(script);
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.mock.state();
        let label = state.scripts.get(self.index).map(Script::label);
        out.debug_tuple("Rule").field(&label).finish()
    }
}

/// Whether a response becomes an output of this type.
pub(super) fn decodes<O: Output>(response: &RawResponse) -> Result<(), DecodeError> {
    O::from_response(response).map(drop)
}
