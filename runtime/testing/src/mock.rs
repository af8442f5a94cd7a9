//! A transport that responds as the test configures it, operation by operation.
//!
//! In: rules, each for one operation. Out: a transport that sends the next response of the first
//! rule that matches and has responses left, and that records every request. [`Mock::verify`] lists
//! the differences from the rules. The mock keeps no state of objects: a response depends on
//! earlier requests only if a closure computes it from them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::operation::{Method, Operation};
use runtime::transport::{Transport, TransportError};
use wire::value::RawJson;

use crate::{MockResponse, SentRequest, TestDoubleError, type_path};

mod rule;
mod rule_state;

pub use rule::MockRule;

use rule_state::{ResponseSource, RuleState, check_output, matching_rules, no_rule_error};

/// A transport with configured responses. Clones share the same state.
///
/// ```
/// use testing::{Mock, MockResponse};
/// # use runtime::operation::{Operation, OperationSpec};
/// # use runtime::value::RawJson;
/// # struct CreateCustomer;
/// # impl Operation for CreateCustomer {
/// #     type Params = ();
/// #     type Output = RawJson;
/// #     type Error = ();
/// #     const SPEC: &'static OperationSpec = &OperationSpec::post("Create", "/v1/customers");
/// # }
///
/// let mock = Mock::new();
/// mock.on::<CreateCustomer>()
///     .with_param("email", "jenny@example.com")
///     .respond_with(MockResponse::rate_limited("global-rate"))
///     .then(MockResponse::json(r#"{"id": "cus_1"}"#));
/// // Pass `mock.clone()` to the client's builder, run the code under test, and then:
/// let error = mock.verify().unwrap_err();
/// assert!(error.to_string().contains("0 of 2 responses were used"));
/// ```
#[derive(Clone, Default)]
pub struct Mock {
    state: Arc<Mutex<MockState>>,
}

#[derive(Default)]
struct MockState {
    rules: Vec<RuleState>,
    requests: Vec<SentRequest>,
    /// The errors of requests without a response.
    errors: Vec<TestDoubleError>,
    clock: Option<Arc<dyn Clock>>,
}

impl Mock {
    /// Creates a mock without rules: every request fails.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the clock, which responses [with a delay](MockResponse::with_delay) need.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.state().clock = Some(Arc::new(clock));
        self
    }

    /// Adds a rule for an operation. Resumed writes of that operation match it too.
    ///
    /// Each response with a success status must decode to the operation's output. If one does
    /// not, the calls that would get it fail, and [`verify`](Mock::verify) returns the reason.
    pub fn on<O: Operation>(&self) -> MockRule {
        let method = O::SPEC.method.as_http();
        let mut rule = RuleState::new(method, O::SPEC.path, check_output::<O::Output>);
        rule.operation = O::SPEC.id;
        rule.type_path = type_path::of_operation::<O>();
        self.add_rule(rule)
    }

    /// Adds a rule for all requests with this path, which may have `{placeholders}`: raw requests,
    /// and those of operations whose type a program cannot name, such as the requests for tokens of
    /// OAuth. A response with a success status must be JSON.
    pub fn on_raw(&self, method: Method, template: &str) -> MockRule {
        let check = check_output::<RawJson>;
        self.add_rule(RuleState::new(method.as_http(), template, check))
    }

    /// Adds a rule that responds to every request of an operation with the result of a closure.
    /// It runs when the request arrives, and may keep state.
    pub fn on_call<O: Operation>(
        &self,
        respond: impl Fn(&SentRequest) -> MockResponse + Send + Sync + 'static,
    ) -> MockRule {
        self.on::<O>().respond_with_fn(respond).repeatedly()
    }

    /// The number of requests of an operation. Each attempt of a call is one.
    pub fn request_count<O: Operation>(&self) -> usize {
        self.requests_of::<O>().len()
    }

    /// The requests of an operation, oldest first.
    pub fn requests_of<O: Operation>(&self) -> Vec<SentRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.operation() == O::SPEC.id);
        requests
    }

    /// All requests, oldest first, including those that no rule matched.
    pub fn requests(&self) -> Vec<SentRequest> {
        self.state().requests.clone()
    }

    /// Checks that every request got a response, that every response was valid, that every rule
    /// was used up, and that no idempotency key was sent with two different requests.
    ///
    /// # Errors
    /// Returns an error with one line for each problem.
    pub fn verify(&self) -> Result<(), TestDoubleError> {
        let state = self.state();
        let mut problems: Vec<String> = state.errors.iter().map(ToString::to_string).collect();
        problems.extend(state.rules.iter().filter_map(RuleState::problem));
        for (index, request) in state.requests.iter().enumerate() {
            let earlier = state.requests.iter().take(index);
            let mut of_key = earlier.filter(|other| {
                request.idempotency_key().is_some()
                    && other.idempotency_key() == request.idempotency_key()
            });
            if of_key.any(|other| !other.is_same_write(request)) {
                let label = request.label();
                problems.push(format!("{label}: its key was sent with another request"));
            }
        }
        error_of_problems(problems)
    }

    /// Checks that all requests of an operation were attempts of one write: the same idempotency
    /// key, URL and body.
    ///
    /// # Errors
    /// If there were none, if they have no key, or if two of them differ.
    pub fn verify_one_write<O: Operation>(&self) -> Result<(), TestDoubleError> {
        let requests = self.requests_of::<O>();
        let label = type_path::of_operation::<O>();
        let Some(first) = requests.first() else {
            return Err(TestDoubleError::new(format!("{label}: no request arrived")));
        };
        let mut problems = Vec::new();
        if first.idempotency_key().is_none() {
            problems.push(format!("{label}: the request has no idempotency key"));
        }
        for (index, request) in requests.iter().enumerate().skip(1) {
            if request.idempotency_key() != first.idempotency_key() {
                problems.push(format!("{label}: request {} has another key", index + 1));
            }
            if !request.is_same_write(first) {
                let text = format!("{label}: request {} has another URL or body", index + 1);
                problems.push(text);
            }
        }
        error_of_problems(problems)
    }

    fn add_rule(&self, rule: RuleState) -> MockRule {
        let mut state = self.state();
        state.rules.push(rule);
        MockRule::new(self.clone(), state.rules.len() - 1)
    }

    fn state(&self) -> MutexGuard<'_, MockState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request and selects its rule. Conditions are code of the test, which may use the
    /// mock, so no lock is held while they run.
    fn select_rule(
        &self,
        request: Request,
    ) -> Result<(usize, SentRequest, ResponseSource), TestDoubleError> {
        let sent = SentRequest::new(request);
        let matching = matching_rules(&self.state().rules, &sent);
        let mut reasons = Vec::new();
        for rule in matching {
            if let Some(condition) = rule.failed_condition() {
                reasons.push(format!("a rule requires it {condition}"));
                continue;
            }
            let mut state = self.state();
            let Some(rule_state) = state.rules.get_mut(rule.index) else {
                continue;
            };
            if let Some(source) = rule_state.next_source() {
                state.requests.push(rule.sent.clone());
                return Ok((rule.index, rule.sent, source));
            }
            reasons.push(rule_state.exhausted_reason());
        }
        let error = no_rule_error(&sent, &reasons);
        let mut state = self.state();
        state.requests.push(sent);
        state.errors.push(error.clone());
        Err(error)
    }

    /// Returns the response to a request, checked against the operation's output.
    fn select_response(&self, request: Request) -> Result<MockResponse, TestDoubleError> {
        let (index, sent, source) = self.select_rule(request)?;
        // The closure is code of the test, so no lock is held while it runs.
        let response = match source {
            ResponseSource::Fixed(response) => response,
            ResponseSource::Computed(respond) => respond(&sent),
        };
        let response = response.with_requested_id(&sent);
        let mut state = self.state();
        let rule = state.rules.get(index);
        if let Some(error) = rule.and_then(|rule| rule.check_response(&response)) {
            state.errors.push(error.clone());
            return Err(error);
        }
        Ok(response)
    }

    async fn respond_to(self, request: Request) -> Result<RawResponse, TransportError> {
        let response = self.select_response(request);
        let response = response.map_err(TestDoubleError::into_transport_error)?;
        let delay = response.delay();
        if !delay.is_zero() {
            let sleep = self.state().clock.as_ref().map(|clock| clock.sleep(delay));
            let Some(sleep) = sleep else {
                let text = "a delayed response needs a clock: add one with Mock::new().clock(…)";
                return Err(TestDoubleError::new(text).into_transport_error());
            };
            sleep.await;
        }
        response.send().await
    }
}

fn error_of_problems(problems: Vec<String>) -> Result<(), TestDoubleError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(TestDoubleError::new(problems.join("\n")))
}

impl Transport for Mock {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(self.clone().respond_to(request))
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        out.debug_struct("Mock")
            .field("rules", &state.rules.len())
            .field("requests", &state.requests.len())
            .finish_non_exhaustive()
    }
}
