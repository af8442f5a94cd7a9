//! One call: options, then `.await`.
//!
//! In: what a service method prepared. Out: the decoded value, or with
//! [`Call::with_response`] the value and its metadata. A [`Call`] owns everything, so it can be
//! stored and sent between threads; nothing happens until it is awaited, and mistakes in its
//! options are reported then too. Only the last step, decoding, is generic.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::client::Client;
use crate::clock::BoxFuture;
use crate::codec::Encode;
use crate::error::Error;
use crate::execute::CompletedCall;
use crate::http::{PendingWrite, Response};
use crate::idempotency::IdempotencyKey;
use crate::operation::{Method, Operation, OperationSpec, Output};
use crate::rate_limit::Priority;
use crate::request::PreparedRequest;
use crate::value::{List, RawJson};

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
    client: Client,
    prepared: Box<PreparedRequest>,
    output: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    pub(crate) fn new(client: &Client, prepared: Box<PreparedRequest>) -> Self {
        Self {
            client: client.clone(),
            prepared,
            output: PhantomData,
        }
    }

    pub(crate) fn into_parts(self) -> (Client, Box<PreparedRequest>) {
        (self.client, self.prepared)
    }

    #[doc(hidden)]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Uses this key instead of a fresh one. A later call with the same key and parameters
    /// resumes this one instead of doing the work again.
    ///
    /// At most 255 visible ASCII characters.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.prepared.set_key(IdempotencyKey::new(key));
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
        let clock = self.client.clock();
        self.prepared.ensure_key(|| clock.random())
    }

    /// Resumes a write although its idempotency key may have expired at the server, which may then
    /// do the work a second time. Find out first whether the write was carried out. Only for
    /// calls of `Client::resume`, which refuses such writes; it has no effect on others.
    pub fn allow_expired_key(mut self) -> Self {
        self.prepared.allow_expired_key = true;
        self
    }

    /// Acts for this account. Replaces the client's account and context; an empty text acts
    /// for the key's own account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.prepared.set_account(account.into());
        self
    }

    /// Acts in this context. Replaces the client's account and context.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.prepared.set_context(context.into());
        self
    }

    /// Asks for another API version. The answer may then not fit the type.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.prepared.set_api_version(version.into());
        self
    }

    /// The time for each attempt, with connecting and reading the answer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.prepared.limits.attempt = timeout;
        self
    }

    /// The time for the whole call, with all attempts and pauses. Each page of a list is a call
    /// of its own.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.prepared.limits.deadline = Some(deadline);
        self
    }

    /// Who goes first when calls have to wait for the rate limit.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.prepared.limits.priority = priority;
        self
    }

    /// How many times the call may be retried.
    pub fn retries(mut self, retries: u32) -> Self {
        self.prepared.limits.max_retries = retries;
        self
    }

    /// Asks for whole objects where the answer has ids: `latest_charge`, or
    /// `data.customer` in lists. Adds to what was asked for before.
    pub fn expand<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        for field in fields {
            self.prepared.append_param("expand", field.as_ref());
        }
        self
    }

    /// Asks for fields that the answer has only on demand (API v2). Adds to what was asked for
    /// before.
    pub fn include<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        for field in fields {
            self.prepared.append_param("include", field.as_ref());
        }
        self
    }

    /// Sets a header, replacing any that this crate would send. Headers are applied last.
    ///
    /// The value of a header whose name speaks of credentials (`authorization`, `x-api-key`,
    /// `cookie`, `…-token`) is kept out of journals, cassettes and logs, so a write that is resumed
    /// from a journal does not have it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.prepared.set_header(name, value);
        self
    }

    /// Sets a parameter that the types do not know, or replaces one that they do.
    ///
    /// The key may lead into nested parameters: `card[network_token]`. It takes the form that
    /// the request's body has, be it a form or JSON.
    pub fn extra_param(mut self, key: &str, value: &dyn Encode) -> Self {
        self.prepared.set_param(key, value);
        self
    }

    /// The same call, with the answer decoded to another type.
    pub fn decode_as<U: Output>(self) -> Call<U> {
        Call {
            client: self.client,
            prepared: self.prepared,
            output: PhantomData,
        }
    }
}

impl<T: Output> Call<T> {
    /// A future of the decoded value together with status, headers, request id and raw body.
    pub fn with_response(self) -> ResponseFuture<T> {
        ResponseFuture {
            completed: self.client.send_prepared(self.prepared),
            client: self.client,
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
        self.prepared.set_json(body);
        self
    }

    /// Sends the request to another of the API's hosts, by its key.
    pub fn host(mut self, key: &str) -> Self {
        self.prepared.host = Cow::Owned(key.to_owned());
        self
    }
}

impl<T> Clone for Call<T> {
    /// A second call with the same parameters and options. It gets an idempotency key of its own,
    /// unless one was set or prepared: then both calls are one to the server, which does the work
    /// once.
    fn clone(&self) -> Self {
        Self::new(&self.client, self.prepared.clone())
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Call").field(&self.prepared).finish()
    }
}

impl<T: Output> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> CallFuture<T> {
        CallFuture {
            completed: self.client.send_prepared(self.prepared),
            output: PhantomData,
        }
    }
}

/// An in-flight call; its result is the decoded value.
#[must_use = "futures do nothing unless polled"]
pub struct CallFuture<T> {
    completed: BoxFuture<'static, Result<CompletedCall, Error>>,
    output: PhantomData<fn() -> T>,
}

impl<T: Output> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let completed = ready!(self.completed.as_mut().poll(context));
        Poll::Ready(completed.and_then(|completed| completed.decode()))
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CallFuture")
    }
}

/// An in-flight call; its result is the decoded value and the metadata of the response.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<T> {
    client: Client,
    completed: BoxFuture<'static, Result<CompletedCall, Error>>,
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
        let completed = ready!(self.completed.as_mut().poll(context));
        Poll::Ready(completed.and_then(|completed| {
            let value = completed.decode()?;
            Ok(Response::new(value, completed.response))
        }))
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ResponseFuture")
    }
}

/// Methods that make calls.
impl Client {
    /// A call of an operation. Generated methods are one line around it.
    ///
    /// Nothing is sent until the call is awaited, and nothing fails before that either: a
    /// wrong path argument is reported by the awaited call.
    #[inline]
    pub fn request<O: Operation>(&self, path: &[&str], params: &O::Params) -> Call<O::Output> {
        self.request_spec(O::SPEC, path, params)
    }

    /// A call of something that the generated crate does not know.
    ///
    /// The path is sent as it is, so escape what you put into it. A path that begins with
    /// `/v2` sends its parameters as JSON, any other as a form.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// use runtime::operation::Method;
    ///
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let response = client
    ///     .raw(Method::Post, "/v1/previews/pre_1/activate")
    ///     .param("features[beta]", &true)
    ///     .await?;
    /// println!("{}", response.as_str());
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, method: Method, path: &str) -> Call<RawJson> {
        Call::new(
            self,
            PreparedRequest::for_path(self.defaults(), method, path),
        )
    }

    /// A call that resumes a write whose result is not known: from
    /// [`Error::pending`](crate::error::Error::pending), or from a journal.
    ///
    /// It sends the same bytes under the same key to the same host, for the same account and API
    /// version, with the current credentials. So the server does the work at most once, and
    /// repeats its response if the work was done already. If the server responds, the write is
    /// removed from the journal.
    ///
    /// Time limits, retries and priority can be set; options that would change the request
    /// (account, version, `expand`, parameters, another key) make the call fail.
    ///
    /// The server keeps keys for a limited time (at least 24 hours for v1, 30 days for v2). The
    /// call fails for older writes, and for writes that were begun with a key of the other mode
    /// (live or test); see [`PendingWrite::is_resumable`] and [`Call::allow_expired_key`]. The
    /// error is then [`Error::is_build`] with an unknown outcome, since the result of the write is
    /// still not known.
    pub fn resume(&self, write: &PendingWrite) -> Call<RawJson> {
        Call::new(
            self,
            PreparedRequest::for_pending_write(self.defaults(), write),
        )
    }

    /// The same as [`resume`](Client::resume) for a write of an operation that the program knows:
    /// with its typed response, time limits and class of rate limits.
    ///
    /// The call fails if the write is one of another operation.
    pub fn resume_as<O: Operation>(&self, write: &PendingWrite) -> Call<O::Output> {
        let accept = O::Output::ACCEPT;
        let defaults = self.defaults();
        let prepared = PreparedRequest::for_pending_operation(defaults, O::SPEC, write, accept);
        Call::new(self, prepared)
    }

    /// A call of an operation by its constants alone.
    #[doc(hidden)]
    pub fn request_spec<T: Output>(
        &self,
        spec: &'static OperationSpec,
        path: &[&str],
        params: &dyn Encode,
    ) -> Call<T> {
        let (defaults, clock) = (self.defaults(), &**self.clock());
        let arguments = (path, params);
        let prepared = PreparedRequest::for_operation(defaults, clock, spec, arguments, T::ACCEPT);
        Call::new(self, prepared)
    }

    /// A call that fails with an error of [`Error::is_build`] when it is awaited.
    #[doc(hidden)]
    pub fn invalid_call<T: Output>(&self, text: &'static str) -> Call<T> {
        let mut prepared = PreparedRequest::for_path(self.defaults(), Method::Get, "/");
        prepared.set_build_error(text.into());
        Call::new(self, prepared)
    }

    /// A call of a list at a URL that the server gave.
    #[doc(hidden)]
    pub fn list_at<T: Output>(&self, url: &str) -> Call<T> {
        Call::new(self, PreparedRequest::for_list_url(self.defaults(), url))
    }

    /// The whole of a list that was found inside of an object, which holds its first items only.
    ///
    /// The call begins with the first page again, so that its items are all of one kind; set
    /// the options that the call which gave the object had, such as `account`.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// # use runtime::value::{List, RawJson};
    /// # async fn example(client: Client, refunds: List<RawJson>) -> Result<(), Error> {
    /// let mut refunds = client.list_all(&refunds).items();
    /// while let Some(refund) = refunds.try_next().await? {
    ///     println!("{}", refund.as_str().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_all<T>(&self, list: &List<T>) -> Call<List<T>>
    where
        List<T>: Output,
    {
        self.list_at(&list.url)
    }
}
