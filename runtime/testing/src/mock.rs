//! A transport that answers by script, operation by operation.
//!
//! In: rules, each for one operation. Out: a transport that answers what the first rule says
//! that fits and is not used up, and that remembers every request. Afterwards
//! [`Mock::verify`] tells what was scripted and did not happen. It deliberately keeps no state
//! of objects: a reply says what the test says, and nothing follows from an earlier request
//! unless a closure makes it so.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Reply, SentRequest, Unexpected};
use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::operation::{Method, Operation};
use runtime::transport::{Transport, TransportError};
use wire::value::RawJson;

mod rule;
mod script;

pub use rule::Rule;

use rule::decodes;
use script::{Answer, Script};

/// A scripted transport. Clones are handles to the same mock.
///
/// ```
/// use testing::{Mock, Reply};
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
///     .reply(Reply::rate_limited("global-rate"))
///     .then(Reply::json(r#"{"id": "cus_1"}"#));
/// // Give `mock.clone()` to the client's builder, run the code under test, and then:
/// let told = mock.verify().unwrap_err().to_string();
/// assert!(told.contains("0 of 2 replies were used"));
/// ```
#[derive(Clone, Default)]
pub struct Mock {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    scripts: Vec<Script>,
    requests: Vec<SentRequest>,
    /// What could not be answered.
    unexpected: Vec<Unexpected>,
    clock: Option<Arc<dyn Clock>>,
}

impl Mock {
    /// A mock without rules: every request fails until one is given.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a clock, for replies that come [`after`](Reply::after) a while.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.state().clock = Some(Arc::new(clock));
        self
    }

    /// A new rule for an operation. Writes of that operation that are resumed are met by it too.
    ///
    /// Each reply of success must decode to the operation's output. If one does not, the calls
    /// that would get it fail and [`verify`](Mock::verify) says why.
    pub fn on<O: Operation>(&self) -> Rule {
        let mut script = Script::new(O::SPEC.method.as_http(), O::SPEC.path, decodes::<O::Output>);
        script.operation = O::SPEC.id;
        self.add(script)
    }

    /// A new rule for raw requests, with a path that may have `{placeholders}`.
    pub fn on_raw(&self, method: Method, template: &str) -> Rule {
        self.add(Script::new(method.as_http(), template, decodes::<RawJson>))
    }

    /// A new rule by which every request of an operation is answered by a closure. It runs when
    /// the request arrives and may keep state.
    pub fn on_call<O: Operation>(
        &self,
        answer: impl Fn(&SentRequest) -> Reply + Send + Sync + 'static,
    ) -> Rule {
        self.on::<O>().reply_with(answer).repeatedly()
    }

    /// How many requests of an operation arrived. Each attempt of a call is one.
    pub fn calls<O: Operation>(&self) -> usize {
        self.requests_of::<O>().len()
    }

    /// The requests of an operation that arrived, the first one first.
    pub fn requests_of<O: Operation>(&self) -> Vec<SentRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.operation() == O::SPEC.id);
        requests
    }

    /// All requests that arrived, the first one first, with those that nothing was scripted for.
    pub fn requests(&self) -> Vec<SentRequest> {
        self.state().requests.clone()
    }

    /// Whether everything went as scripted: no request without a reply, no reply that could not
    /// be given, no rule that was not used up, and no idempotency key that was sent with two
    /// different requests.
    ///
    /// # Errors
    /// One line for each thing that did not.
    pub fn verify(&self) -> Result<(), Unexpected> {
        let state = self.state();
        let mut lines: Vec<String> = state.unexpected.iter().map(ToString::to_string).collect();
        lines.extend(state.scripts.iter().filter_map(Script::complaint));
        for (index, request) in state.requests.iter().enumerate() {
            let earlier = state.requests.iter().take(index);
            let mut of_key = earlier.filter(|other| {
                request.idempotency_key().is_some()
                    && other.idempotency_key() == request.idempotency_key()
            });
            if of_key.any(|other| !other.is_same_write(request)) {
                let label = request.label();
                lines.push(format!("{label}: its key was sent with another request"));
            }
        }
        complain(lines)
    }

    /// Whether all requests of an operation were attempts of one write: the same idempotency key
    /// and the same bytes to the same address.
    ///
    /// # Errors
    /// If there were none, if they have no key, or if two of them differ.
    pub fn verify_one_write<O: Operation>(&self) -> Result<(), Unexpected> {
        let requests = self.requests_of::<O>();
        let label = O::SPEC.id;
        let Some(first) = requests.first() else {
            return Err(Unexpected::new(format!("{label}: no request arrived")));
        };
        let mut lines = Vec::new();
        if first.idempotency_key().is_none() {
            lines.push(format!("{label}: the request has no idempotency key"));
        }
        for (index, request) in requests.iter().enumerate().skip(1) {
            if request.idempotency_key() != first.idempotency_key() {
                lines.push(format!("{label}: request {} has another key", index + 1));
            }
            if !request.is_same_write(first) {
                lines.push(format!("{label}: request {} has other bytes", index + 1));
            }
        }
        complain(lines)
    }

    fn add(&self, script: Script) -> Rule {
        let mut state = self.state();
        state.scripts.push(script);
        Rule::new(self.clone(), state.scripts.len() - 1)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request and finds its answer. Conditions are the test's own code, which may
    /// use the mock, so no lock is held around them.
    fn receive(&self, request: Request) -> Result<(usize, SentRequest, Answer), Unexpected> {
        let sent = SentRequest::new(request);
        let candidates = script::candidates(&self.state().scripts, &sent);
        let mut notes = Vec::new();
        for candidate in candidates {
            if let Some(what) = candidate.failed_condition() {
                notes.push(format!("a rule wants it {what}"));
                continue;
            }
            let mut state = self.state();
            let Some(script) = state.scripts.get_mut(candidate.index) else {
                continue;
            };
            if let Some(answer) = script.next() {
                state.requests.push(candidate.sent.clone());
                return Ok((candidate.index, candidate.sent, answer));
            }
            notes.push(script.nothing_left());
        }
        let fault = script::unscripted(&sent, &notes);
        let mut state = self.state();
        state.requests.push(sent);
        state.unexpected.push(fault.clone());
        Err(fault)
    }

    /// The reply to a request, checked to be one that can be given.
    fn reply(&self, request: Request) -> Result<Reply, Unexpected> {
        let (index, sent, answer) = self.receive(request)?;
        // The closure is the test's own code, so the lock is not held around it.
        let reply = match answer {
            Answer::Fixed(reply) => reply,
            Answer::Computed(answer) => answer(&sent),
        };
        let mut state = self.state();
        let script = state.scripts.get(index);
        if let Some(fault) = script.and_then(|script| script.fault_of(&reply)) {
            state.unexpected.push(fault.clone());
            return Err(fault);
        }
        Ok(reply)
    }

    async fn answer(self, request: Request) -> Result<RawResponse, TransportError> {
        let reply = self.reply(request).map_err(Unexpected::refusal)?;
        if !reply.delay().is_zero() {
            let sleep = self.state().clock.as_ref().map(|c| c.sleep(reply.delay()));
            match sleep {
                Some(sleep) => sleep.await,
                None => return Err(no_clock().refusal()),
            }
        }
        reply.happen().await
    }
}

fn no_clock() -> Unexpected {
    Unexpected::new(
        "a reply is delayed, but the mock has no clock: make it with Mock::new().clock(…)",
    )
}

fn complain(lines: Vec<String>) -> Result<(), Unexpected> {
    if lines.is_empty() {
        return Ok(());
    }
    Err(Unexpected::new(lines.join("\n")))
}

impl Transport for Mock {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(self.clone().answer(request))
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        out.debug_struct("Mock")
            .field("rules", &state.scripts.len())
            .field("requests", &state.requests.len())
            .finish_non_exhaustive()
    }
}
