//! One call: options, then `.await`.
//!
//! In: what a service method prepared. Out: the decoded value, or with
//! [`Call::with_response`] the value and its metadata. A [`Call`] owns everything, so it can be
//! stored and sent between threads; nothing happens until it is awaited, and mistakes in its
//! options are reported then too. Only the last step, decoding, is generic.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::client::Client;
use crate::clock::BoxFuture;
use crate::codec::{DecodeError, Encode};
use crate::error::Error;
use crate::execute::Answer;
use crate::http::Response;
use crate::idempotency::IdempotencyKey;
use crate::operation::Output;
use crate::rate_limit::Priority;
use crate::value::RawJson;

mod draft;
mod params;

pub(crate) use draft::Draft;

/// A call that is ready to be sent and can still be given options.
///
/// ```
/// # use runtime::call::Call;
/// # use runtime::error::Error;
/// # use runtime::value::RawJson;
/// use std::time::Duration;
///
/// # async fn example(call: Call<RawJson>) -> Result<(), Error> {
/// let response = call
///     .idempotency_key("order-42")
///     .account("acct_123")
///     .timeout(Duration::from_secs(20))
///     .with_response()
///     .await?;
/// println!("{:?}", response.request_id());
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    draft: Box<Draft>,
    output: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    pub(crate) fn new(draft: Box<Draft>) -> Self {
        Self {
            draft,
            output: PhantomData,
        }
    }

    pub(crate) fn into_draft(self) -> Box<Draft> {
        self.draft
    }

    #[doc(hidden)]
    pub fn client(&self) -> &Client {
        &self.draft.client
    }

    /// Uses this key instead of a fresh one. A later call with the same key and parameters
    /// resumes this one instead of doing the work again.
    ///
    /// At most 255 visible ASCII characters.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.draft.set_key(IdempotencyKey::new(key));
        self
    }

    /// The key that the call will be sent with, before it is sent: keep it next to your own
    /// record of what you are about to do, and you can repeat the call after a crash.
    ///
    /// The key that was set, or else one that is made now and used for all attempts. `None` for
    /// calls that carry none: reads, and deletions of API v1, which are safe to repeat anyway.
    ///
    /// ```
    /// # use runtime::call::Call;
    /// # use runtime::error::Error;
    /// # use runtime::value::RawJson;
    /// # fn remember(order: u32, key: Option<&str>) {}
    /// # async fn example(mut call: Call<RawJson>) -> Result<(), Error> {
    /// remember(42, call.prepare_key());
    /// let answer = call.await?;
    /// # let _ = answer;
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepare_key(&mut self) -> Option<&str> {
        self.draft.prepare_key()
    }

    /// Resumes a write although its idempotency key may have expired at the server, which may then
    /// do the work a second time. Find out first whether the write was carried out. Only for
    /// calls of `Client::resume`, which refuses such writes; it has no effect on others.
    pub fn allow_expired_key(mut self) -> Self {
        self.draft.options.allow_expired_key = true;
        self
    }

    /// Acts for this account. Replaces the client's account and context; an empty text acts
    /// for the key's own account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.draft.options.account = Some(account.into());
        self
    }

    /// Acts in this context. Replaces the client's account and context.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.draft.options.context = Some(context.into());
        self
    }

    /// Asks for another API version. The answer may then not fit the type.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.draft.options.api_version = Some(version.into());
        self
    }

    /// The time for each attempt, with connecting and reading the answer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.draft.options.timeout = Some(timeout);
        self
    }

    /// The time for the whole call, with all attempts and pauses. Each page of a list is a call
    /// of its own.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.draft.options.deadline = Some(deadline);
        self
    }

    /// Who goes first when calls have to wait for the rate limit.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.draft.options.priority = Some(priority);
        self
    }

    /// How many times the call may be retried.
    pub fn retries(mut self, retries: u32) -> Self {
        self.draft.options.retries = Some(retries);
        self
    }

    /// Asks for whole objects where the answer has ids: `latest_charge`, or
    /// `data.customer` in lists. Adds to what was asked for before.
    pub fn expand<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        for field in fields {
            self.draft.append("expand", field.as_ref());
        }
        self
    }

    /// Asks for fields that the answer has only on demand (API v2). Adds to what was asked for
    /// before.
    pub fn include<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        for field in fields {
            self.draft.append("include", field.as_ref());
        }
        self
    }

    /// Sets a header, replacing any that this crate would send. Headers are applied last.
    ///
    /// The value of a header whose name speaks of credentials (`authorization`, `x-api-key`,
    /// `cookie`, `…-token`) is kept out of journals, cassettes and logs, so a write that is resumed
    /// from a journal does not have it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.draft.set_header(name, value);
        self
    }

    /// Sets a parameter that the types do not know, or replaces one that they do.
    ///
    /// The key may lead into nested parameters: `card[network_token]`. It takes the form that
    /// the request's body has, be it a form or JSON.
    pub fn extra_param(mut self, key: &str, value: &dyn Encode) -> Self {
        self.draft.set_param(key, value);
        self
    }

    /// The same call, with the answer decoded to another type.
    pub fn decode_as<U: Output>(self) -> Call<U> {
        Call::new(self.draft)
    }
}

impl<T: Output> Call<T> {
    /// A future of the decoded value together with status, headers, request id and raw body.
    pub fn with_response(self) -> ResponseFuture<T> {
        ResponseFuture {
            client: self.draft.client.clone(),
            answer: self.draft.send(),
            output: PhantomData,
        }
    }
}

/// Options of raw calls.
impl Call<RawJson> {
    /// Sets a parameter; the key may lead into nested ones, as in
    /// [`extra_param`](Call::extra_param).
    pub fn param(self, key: &str, value: &dyn Encode) -> Self {
        self.extra_param(key, value)
    }

    /// Sends this JSON text as the body. Only POST has a body.
    pub fn json(mut self, body: &RawJson) -> Self {
        self.draft.set_json(body);
        self
    }

    /// Sends the request to another of the API's hosts, by its key.
    pub fn host(mut self, key: &str) -> Self {
        self.draft.set_host(key);
        self
    }
}

impl<T> Clone for Call<T> {
    /// A second call with the same parameters and options. It gets an idempotency key of its own,
    /// unless one was set or prepared: then both calls are one to the server, which does the work
    /// once.
    fn clone(&self) -> Self {
        Self::new(self.draft.clone())
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Call").field(&self.draft).finish()
    }
}

impl<T: Output> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> CallFuture<T> {
        CallFuture {
            answer: self.draft.send(),
            output: PhantomData,
        }
    }
}

/// A call on its way; its result is the decoded value.
#[must_use = "futures do nothing unless polled"]
pub struct CallFuture<T> {
    answer: BoxFuture<'static, Result<Answer, Error>>,
    output: PhantomData<fn() -> T>,
}

impl<T: Output> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.answer.as_mut().poll(context));
        Poll::Ready(answer.and_then(|answer| decode(&answer)))
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CallFuture")
    }
}

/// A call on its way; its result is the decoded value and the metadata of the response.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<T> {
    client: Client,
    answer: BoxFuture<'static, Result<Answer, Error>>,
    output: PhantomData<fn() -> T>,
}

impl<T> ResponseFuture<T> {
    #[doc(hidden)]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl<T: Output> Future for ResponseFuture<T> {
    type Output = Result<Response<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.answer.as_mut().poll(context));
        Poll::Ready(answer.and_then(|answer| {
            let value = decode(&answer)?;
            Ok(Response::new(value, answer.response))
        }))
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ResponseFuture")
    }
}

/// The one typed step of a call.
pub(crate) fn decode<T: Output>(answer: &Answer) -> Result<T, Error> {
    T::from_response(&answer.response).map_err(|fault| undecodable(answer, fault))
}

/// The error of an answer that does not fit its type.
fn undecodable(answer: &Answer, fault: DecodeError) -> Error {
    let key = answer.key.as_ref().map(IdempotencyKey::as_str);
    let label = answer.label();
    let error = Error::undecodable(answer.response.clone(), fault);
    let error = error.with_call(label, key, answer.attempts);
    match answer.pending_write() {
        Some(write) => error.with_pending(write),
        None => error,
    }
}
