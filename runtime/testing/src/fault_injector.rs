//! Injects faults between a client and another transport.
//!
//! In: a transport, and faults that are listed or drawn from a seed. Out: a transport that passes
//! requests on, loses some, and loses or damages the responses of others. The inner transport
//! receives exactly the requests that the faults let through, so a test can check what was
//! executed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::Duration;

use runtime::clock::{BoxFuture, Clock};
use runtime::http::{BodyStream, RawResponse, Request};
use runtime::operation::Operation;
use runtime::transport::{Progress, Transport, TransportError};

use crate::clock::{SPLIT_MIX_STEP, mix_bits};
use crate::response::MALFORMED_BODY;
use crate::{MockResponse, TestDoubleError};

/// The error that one request meets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InjectedFault {
    /// No error.
    None,
    /// The connection is refused. The request is not executed, and its outcome is known.
    RefuseConnection,
    /// The connection breaks before the server receives the request. It is not executed, but its
    /// outcome is unknown to the client.
    ResetBeforeSend,
    /// The connection breaks after the server received the request. It is executed, and the
    /// response is lost.
    ResetAfterSend,
    /// The request is lost, and the call waits until its time limit.
    DropRequest,
    /// The request is executed, its response is lost, and the call waits until its time limit.
    DropResponse,
    /// The request is executed, and the response is delayed by this duration.
    Delay(Duration),
    /// The request is executed, and the body of the response is truncated to this many bytes
    /// without a transport error, as a proxy may do. A body that is read as a stream breaks off there,
    /// with an error.
    TruncateBody(usize),
    /// The request is executed, and the body of the response is replaced by one that is not JSON.
    MalformedBody,
    /// An intermediary responds, and the request is not executed.
    ResponseInstead(MockResponse),
    /// The request is executed, but an intermediary responds, such as a gateway whose time limit
    /// has passed.
    ResponseAfter(MockResponse),
}

/// A transport that injects faults. Clones share the same state.
///
/// ```
/// use testing::{FaultInjector, InjectedFault, Mock};
///
/// let server = Mock::new();
/// // The first request is executed but its response is lost; the second one has no error.
/// let transport = FaultInjector::new(server.clone()).inject([InjectedFault::ResetAfterSend]);
/// # let _ = transport;
/// ```
pub struct FaultInjector<T> {
    inner: Arc<T>,
    state: Arc<Mutex<InjectorState>>,
}

struct InjectorState {
    queue: VecDeque<InjectedFault>,
    /// What is drawn when the queue is empty: the probability of each error in 1/1,000.
    probabilities: Vec<(u32, InjectedFault)>,
    random: u64,
    is_affected: Arc<dyn Fn(&Request) -> bool + Send + Sync>,
    clock: Option<Arc<dyn Clock>>,
    injected: Vec<(String, InjectedFault)>,
}

impl<T: Transport> FaultInjector<T> {
    /// A transport without faults.
    pub fn new(inner: T) -> Self {
        Self {
            inner: Arc::new(inner),
            state: Arc::new(Mutex::new(InjectorState {
                queue: VecDeque::new(),
                probabilities: Vec::new(),
                random: 0,
                is_affected: Arc::new(|_| true),
                clock: None,
                injected: Vec::new(),
            })),
        }
    }

    /// Queues faults: each request takes the next one.
    pub fn inject(self, faults: impl IntoIterator<Item = InjectedFault>) -> Self {
        self.state().queue.extend(faults);
        self
    }

    /// Draws a error for each request when the queue is empty. The numbers are the probabilities
    /// in 1/1,000. The same seed gives the same faults for the same requests in the same order.
    pub fn inject_random(
        self,
        seed: u64,
        probabilities: impl IntoIterator<Item = (u32, InjectedFault)>,
    ) -> Self {
        let mut state = self.state();
        state.random = seed;
        state.probabilities = probabilities.into_iter().collect();
        drop(state);
        self
    }

    /// Affects only requests of this operation. Others pass and take no error from the queue.
    pub fn only<O: Operation>(self) -> Self {
        self.only_if(|request| request.operation == O::SPEC.id)
    }

    /// Affects only requests for which the predicate returns `true`. Others pass and take no
    /// error from the queue.
    pub fn only_if(self, is_affected: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.state().is_affected = Arc::new(is_affected);
        self
    }

    /// Sets the clock, which [`InjectedFault::Delay`] needs.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.state().clock = Some(Arc::new(clock));
        self
    }

    /// The faults that were injected, each with the id of the operation or, for raw requests, the
    /// path template.
    pub fn injected_faults(&self) -> Vec<(String, InjectedFault)> {
        self.state().injected.clone()
    }

    /// The transport that receives the requests.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    fn state(&self) -> MutexGuard<'_, InjectorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_fault(&self, request: &Request) -> InjectedFault {
        let is_affected = Arc::clone(&self.state().is_affected);
        // The predicate is code of the test, so no lock is held while it runs.
        if !is_affected(request) {
            return InjectedFault::None;
        }
        let mut state = self.state();
        let injected = match state.queue.pop_front() {
            Some(injected) => injected,
            None => state.draw_fault(),
        };
        if !matches!(injected, InjectedFault::None) {
            let label = match request.operation {
                "" => request.template.to_owned(),
                id => id.to_owned(),
            };
            state.injected.push((label, injected.clone()));
        }
        injected
    }

    async fn send_with_fault(self, request: Request) -> Result<RawResponse, TransportError> {
        let injected = self.next_fault(&request);
        let inner = &self.inner;
        match injected {
            InjectedFault::None => inner.send(request).await,
            InjectedFault::RefuseConnection => Err(TransportError::new(Progress::Connecting)),
            InjectedFault::ResetBeforeSend => Err(TransportError::new(Progress::Sent)),
            InjectedFault::ResetAfterSend => {
                inner.send(request).await?;
                Err(TransportError::new(Progress::Sent))
            }
            InjectedFault::DropRequest => std::future::pending().await,
            InjectedFault::DropResponse => {
                inner.send(request).await?;
                std::future::pending().await
            }
            InjectedFault::Delay(delay) => {
                let result = inner.send(request).await;
                self.wait_for(delay).await?;
                result
            }
            InjectedFault::TruncateBody(bytes) => {
                let wants_stream = request.wants_stream;
                let response = inner.send(request).await?;
                if wants_stream && response.status().is_success() {
                    return Ok(interrupt_stream(&response, bytes));
                }
                let body = response.body();
                let body = body.slice(..bytes.min(body.len()));
                Ok(replace_body(&response, body))
            }
            InjectedFault::MalformedBody => {
                let response = inner.send(request).await?;
                Ok(replace_body(&response, MALFORMED_BODY))
            }
            InjectedFault::ResponseInstead(response) => self.respond(response).await,
            InjectedFault::ResponseAfter(response) => {
                inner.send(request).await?;
                self.respond(response).await
            }
        }
    }

    async fn respond(&self, response: MockResponse) -> Result<RawResponse, TransportError> {
        if let Some(error) = response.invalid_reason() {
            return Err(error.clone().into_transport_error());
        }
        self.wait_for(response.delay()).await?;
        response.send().await
    }

    async fn wait_for(&self, delay: Duration) -> Result<(), TransportError> {
        if delay.is_zero() {
            return Ok(());
        }
        let sleep = self.state().clock.as_ref().map(|clock| clock.sleep(delay));
        let Some(sleep) = sleep else {
            let text = "an injected delay needs a clock: add one with FaultInjector::clock(…)";
            return Err(TestDoubleError::new(text).into_transport_error());
        };
        sleep.await;
        Ok(())
    }
}

impl InjectorState {
    fn draw_fault(&mut self) -> InjectedFault {
        if self.probabilities.is_empty() {
            return InjectedFault::None;
        }
        self.random = self.random.wrapping_add(SPLIT_MIX_STEP);
        let mut drawn = mix_bits(self.random) % 1_000;
        for (probability, injected) in &self.probabilities {
            match drawn.checked_sub(u64::from(*probability)) {
                Some(rest) => drawn = rest,
                None => return injected.clone(),
            }
        }
        InjectedFault::None
    }
}

fn replace_body(response: &RawResponse, body: impl Into<bytes::Bytes>) -> RawResponse {
    RawResponse::new(response.status(), response.headers().clone(), body)
}

/// The same response, whose body fails as a broken connection does after this many bytes.
fn interrupt_stream(response: &RawResponse, bytes: usize) -> RawResponse {
    let stream = response.take_stream();
    let mut stream = stream.unwrap_or_else(|| BodyStream::from_bytes(response.body().clone()));
    let mut left = bytes;
    let body = BodyStream::from_poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(Some(Err(TransportError::new(Progress::Sent))));
        }
        let chunk = ready!(stream.poll_chunk(context));
        Poll::Ready(chunk.map(|chunk| {
            chunk.map(|mut chunk| {
                chunk.truncate(left);
                left -= chunk.len();
                chunk
            })
        }))
    });
    RawResponse::streamed(response.status(), response.headers().clone(), body)
}

impl<T> Clone for FaultInjector<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            state: Arc::clone(&self.state),
        }
    }
}

impl<T: Transport> Transport for FaultInjector<T> {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(self.clone().send_with_fault(request))
    }

    fn streams_uploads(&self) -> bool {
        self.inner.streams_uploads()
    }
}

impl<T: fmt::Debug> fmt::Debug for FaultInjector<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FaultInjector")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
