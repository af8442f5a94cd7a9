//! Faults between the client and another transport.
//!
//! In: a transport and a plan of faults, written down or drawn from a seed. Out: a transport
//! that lets requests through, loses some, and loses or spoils the answers of others.
//! Afterwards the inner transport has received exactly the requests whose fault says so, so a
//! test knows the truth that the client under test cannot know.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::mixed;
use super::{Reply, Unexpected};
use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::operation::Operation;
use runtime::transport::{Progress, Transport, TransportError};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing.
    None,
    /// No connection comes about. The request is not carried out, and the client knows it.
    RefuseConnection,
    /// The connection breaks before the request arrived. It is not carried out, but the client
    /// cannot know it.
    ResetBeforeSend,
    /// The connection breaks after the request arrived. It is carried out, and the answer is
    /// lost.
    ResetAfterSend,
    /// The request is lost and no answer comes until the time limit is over.
    NeverArrive,
    /// The request is carried out, and no answer comes until the time limit is over.
    NeverAnswer,
    /// The request is carried out, and the answer comes this much later.
    Slow(Duration),
    /// The request is carried out, and the answer's body ends after this many bytes without
    /// anybody noticing, as a proxy may do.
    Truncate(usize),
    /// The request is carried out, and the answer's body is no JSON.
    Garbage,
    /// Something in between answers, and the request is not carried out.
    AnswerInstead(Reply),
    /// The request is carried out, and then something in between answers, such as a gateway
    /// whose patience is over.
    AnswerAfter(Reply),
}

/// A transport with faults. Clones are handles to the same one.
///
/// ```
/// use testing::{Fault, Faulty, Mock};
///
/// let server = Mock::new();
/// // The first request is carried out but its answer is lost; the second one is fine.
/// let transport = Faulty::new(server.clone()).script([Fault::ResetAfterSend]);
/// # let _ = transport;
/// ```
pub struct Faulty<T> {
    inner: Arc<T>,
    state: Arc<Mutex<State>>,
}

struct State {
    script: VecDeque<Fault>,
    /// What is drawn from when the script is over: the chance in 1,000 of each fault.
    chances: Vec<(u32, Fault)>,
    random: u64,
    afflicts: Arc<dyn Fn(&Request) -> bool + Send + Sync>,
    clock: Option<Arc<dyn Clock>>,
    injected: Vec<(String, Fault)>,
}

impl<T: Transport> Faulty<T> {
    /// Lets everything through until it is given a plan.
    pub fn new(inner: T) -> Self {
        Self {
            inner: Arc::new(inner),
            state: Arc::new(Mutex::new(State {
                script: VecDeque::new(),
                chances: Vec::new(),
                random: 0,
                afflicts: Arc::new(|_| true),
                clock: None,
                injected: Vec::new(),
            })),
        }
    }

    /// One fault for each request that comes, after those that were given before.
    pub fn script(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.state().script.extend(faults);
        self
    }

    /// When the script is over, each request meets one of these faults, each with a chance in
    /// 1,000, drawn from the seed: the same requests in the same order meet the same faults.
    pub fn random(self, seed: u64, chances: impl IntoIterator<Item = (u32, Fault)>) -> Self {
        let mut state = self.state();
        state.random = seed;
        state.chances = chances.into_iter().collect();
        drop(state);
        self
    }

    /// Only requests of this operation meet faults and use the script up.
    pub fn only<O: Operation>(self) -> Self {
        self.only_if(|request| request.operation == O::SPEC.id)
    }

    /// Only requests that meet a condition meet faults and use the script up.
    pub fn only_if(self, afflicts: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.state().afflicts = Arc::new(afflicts);
        self
    }

    /// The same with a clock, which [`Fault::Slow`] needs.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.state().clock = Some(Arc::new(clock));
        self
    }

    /// The faults that happened, each with the operation's id or, for raw requests, the path's
    /// template.
    pub fn injected(&self) -> Vec<(String, Fault)> {
        self.state().injected.clone()
    }

    /// The transport that the faults are in front of.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault_for(&self, request: &Request) -> Fault {
        let afflicts = Arc::clone(&self.state().afflicts);
        if !afflicts(request) {
            return Fault::None;
        }
        let mut state = self.state();
        let fault = match state.script.pop_front() {
            Some(fault) => fault,
            None => state.draw(),
        };
        if !matches!(fault, Fault::None) {
            let label = match request.operation {
                "" => request.template.clone(),
                id => id.to_owned(),
            };
            state.injected.push((label, fault.clone()));
        }
        fault
    }

    async fn send_with(self, request: Request) -> Result<RawResponse, TransportError> {
        let fault = self.fault_for(&request);
        let inner = &self.inner;
        match fault {
            Fault::None => inner.send(request).await,
            Fault::RefuseConnection => Err(TransportError::new(Progress::Connecting)),
            Fault::ResetBeforeSend => Err(TransportError::new(Progress::Sent)),
            Fault::ResetAfterSend => {
                inner.send(request).await?;
                Err(TransportError::new(Progress::Sent))
            }
            Fault::NeverArrive => std::future::pending().await,
            Fault::NeverAnswer => {
                inner.send(request).await?;
                std::future::pending().await
            }
            Fault::Slow(delay) => {
                let answer = inner.send(request).await;
                self.wait(delay).await?;
                answer
            }
            Fault::Truncate(bytes) => {
                let answer = inner.send(request).await?;
                let body = answer.body();
                let body = body.slice(..bytes.min(body.len()));
                Ok(with_body(&answer, body))
            }
            Fault::Garbage => {
                let answer = inner.send(request).await?;
                Ok(with_body(&answer, &b"\x00\xff<!doctype html>"[..]))
            }
            Fault::AnswerInstead(reply) => self.answer(reply).await,
            Fault::AnswerAfter(reply) => {
                inner.send(request).await?;
                self.answer(reply).await
            }
        }
    }

    async fn answer(&self, reply: Reply) -> Result<RawResponse, TransportError> {
        if let Some(fault) = reply.fault() {
            return Err(fault.clone().refusal());
        }
        self.wait(reply.delay()).await?;
        reply.happen().await
    }

    async fn wait(&self, delay: Duration) -> Result<(), TransportError> {
        if delay.is_zero() {
            return Ok(());
        }
        let sleep = self.state().clock.as_ref().map(|clock| clock.sleep(delay));
        let Some(sleep) = sleep else {
            let text = "a fault takes time, but there is no clock: add one with Faulty::clock(…)";
            return Err(Unexpected::new(text).refusal());
        };
        sleep.await;
        Ok(())
    }
}

impl State {
    fn draw(&mut self) -> Fault {
        if self.chances.is_empty() {
            return Fault::None;
        }
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = mixed(self.random) % 1_000;
        for (chance, fault) in &self.chances {
            match drawn.checked_sub(u64::from(*chance)) {
                Some(rest) => drawn = rest,
                None => return fault.clone(),
            }
        }
        Fault::None
    }
}

fn with_body(answer: &RawResponse, body: impl Into<bytes::Bytes>) -> RawResponse {
    RawResponse::new(answer.status(), answer.headers().clone(), body)
}

impl<T> Clone for Faulty<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            state: Arc::clone(&self.state),
        }
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(self.clone().send_with(request))
    }
}

impl<T: fmt::Debug> fmt::Debug for Faulty<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Faulty")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
