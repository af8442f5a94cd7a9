//! One call: options, then `.await`.
//!
//! In: the request that a service method prepared. Out: the decoded value, or with
//! [`Call::with_response`] the value and its metadata. A [`Call`] owns its data, so it can be
//! stored and sent between threads. Nothing is sent until it is awaited; invalid options are
//! reported then. Only the last step, decoding, is generic.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::client::Client;
use crate::clock::BoxFuture;
use crate::codec::{DecodePolicy, Encode};
use crate::error::Error;
use crate::execute::CompletedCall;
use crate::http::{PendingWrite, Response};
use crate::idempotency::IdempotencyKey;
use crate::operation::{Method, Operation, OperationSpec, Output};
use crate::rate_limit::Priority;
use crate::request::PreparedRequest;
use crate::value::{List, RawJson};

/// A call that is ready to be sent, with methods that set its options.
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
///
/// `T` is what its response decodes to, and `L` what says how its pages follow each other, if it
/// reads a list ([`Paging`](crate::page::Paging)).
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T, L = ()> {
    pub(crate) client: Client,
    pub(crate) prepared: Box<PreparedRequest>,
    types: PhantomData<fn() -> (T, L)>,
}

impl<T, L> Call<T, L> {
    pub(crate) fn new(client: &Client, prepared: Box<PreparedRequest>) -> Self {
        Self {
            client: client.clone(),
            prepared,
            types: PhantomData,
        }
    }

    #[doc(hidden)]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sets the idempotency key. Defaults to a generated one. A later call with the same key and
    /// parameters gets the response of this one, and the server does not execute the request again.
    ///
    /// At most 255 visible ASCII characters.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.prepared.set_key(IdempotencyKey::new(key));
        self
    }

    /// Returns the idempotency key that the call will be sent with. Store it before the call is
    /// sent to be able to repeat the call with the same key after a crash.
    ///
    /// This is the key that was set, or else one that is generated now and used for all attempts.
    /// `None` for calls without a key: reads, and deletions of API v1.
    ///
    /// ```
    /// # use runtime::call::Call;
    /// # use runtime::error::Error;
    /// # use runtime::value::RawJson;
    /// # fn remember(order: u32, key: Option<&str>) {}
    /// # async fn example(mut call: Call<RawJson>) -> Result<(), Error> {
    /// remember(42, call.prepare_key());
    /// let response = call.await?;
    /// # let _ = response;
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepare_key(&mut self) -> Option<&str> {
        let clock = self.client.clock();
        self.prepared.ensure_key(|| clock.random())
    }

    /// Sends a write again although its idempotency key may have expired at the server, which may
    /// then execute the write a second time. Check first whether the write was executed. Calls of
    /// `Client::resume`, and calls whose write the journal has had for too long, fail by default.
    pub fn allow_expired_key(mut self) -> Self {
        self.prepared.allow_expired_key = true;
        self
    }

    /// Sets the account to act for. Replaces the client's account and context. A blank one is an
    /// error ([`Error::is_build`]); [`own_account`](Call::own_account) selects the API key's own.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.prepared.set_account(account.into());
        self
    }

    /// Acts for the API key's own account, without the client's account and context.
    pub fn own_account(mut self) -> Self {
        self.prepared.replace_scope();
        self
    }

    /// Sets the context to act in. A blank one is an error ([`Error::is_build`]). Replaces the client's account and context.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.prepared.set_context(context.into());
        self
    }

    /// Requests another API version. Defaults to the client's. The response may then not decode to
    /// the type.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.prepared.set_api_version(version.into());
        self
    }

    /// Sets the time limit of each attempt, including connecting and reading the response. Defaults
    /// to the client's [`timeout`](crate::client::ClientBuilder::timeout). An attempt that takes
    /// longer fails with [`Error::is_timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.prepared.limits.attempt = timeout;
        self
    }

    /// Sets the time limit of the whole call, with all attempts, backoffs and waits for the rate
    /// limiter. Defaults to the client's. Each page of a list is a call of its own.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.prepared.limits.deadline = Some(deadline);
        self
    }

    /// Sets the priority of the call when calls wait for the rate limiter. Defaults to the
    /// client's.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.prepared.limits.priority = priority;
        self
    }

    /// Sets what is done about members of the response that are missing or unreadable. Defaults to
    /// the client's [`decode_policy`](crate::client::ClientBuilder::decode_policy).
    pub fn decode_policy(mut self, policy: DecodePolicy) -> Self {
        self.prepared.limits.decode = policy;
        self
    }

    /// Sets the maximum number of retries. Defaults to the client's; 0 turns retries off.
    pub fn retries(mut self, retries: u32) -> Self {
        self.prepared.limits.max_retries = retries;
        self
    }

    /// Requests objects instead of their ids in the response: `latest_charge`, or `data.customer`
    /// in lists. Adds to the fields of earlier calls of this method.
    pub fn expand<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        for field in fields {
            self.prepared.append_param("expand", field.as_ref());
        }
        self
    }

    /// Requests fields that the response has only on demand (API v2). Adds to the fields of earlier
    /// calls of this method.
    pub fn include<S: AsRef<str>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        for field in fields {
            self.prepared.append_param("include", field.as_ref());
        }
        self
    }

    /// Sets a header. It replaces a header of the same name that this crate would send.
    ///
    /// The value of a header whose name suggests credentials (`authorization`, `x-api-key`,
    /// `cookie`, `…-token`) is kept out of journals, cassettes and logs, so a write that is resumed
    /// does not have it. A write with an `authorization` header of its own, or another header that
    /// replaces the client's credential, is not journaled, and its API key is not refreshed after a
    /// 401.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.prepared.set_header(name, value);
        self
    }

    /// Sets a parameter that the parameter types do not have, or replaces one that they have.
    ///
    /// The key may name a nested parameter: `card[network_token]`. The parameter is encoded in the
    /// format of the request's body, as a form or as JSON.
    pub fn extra_param(mut self, key: &str, value: &dyn Encode) -> Self {
        self.prepared.set_param(key, value);
        self
    }

    /// Decodes the response to another type.
    pub fn decode_as<U: Output>(self) -> Call<U, L> {
        Call::new(&self.client, self.prepared)
    }
}

impl<T: Output, L> Call<T, L> {
    /// Returns a future of the decoded value together with status, headers, request id and raw
    /// body.
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
    /// Sets a parameter; the key may name a nested one, as in [`extra_param`](Call::extra_param).
    pub fn param(self, key: &str, value: &dyn Encode) -> Self {
        self.extra_param(key, value)
    }

    /// Sets the body to this JSON text. Only POST, PUT and PATCH have a body.
    pub fn json(mut self, body: &RawJson) -> Self {
        self.prepared.set_json(body);
        self
    }

    /// Sets which of the API's hosts the request is sent to, by the host's key.
    pub fn host(mut self, key: &str) -> Self {
        self.prepared.host = Cow::Owned(key.to_owned());
        self
    }
}

impl<T, L> Clone for Call<T, L> {
    /// A second call with the same parameters and options. It gets an idempotency key of its own,
    /// unless one was set or prepared: then the server treats both as one request and executes it
    /// once.
    fn clone(&self) -> Self {
        Self::new(&self.client, self.prepared.clone())
    }
}

impl<T, L> fmt::Debug for Call<T, L> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Call").field(&self.prepared).finish()
    }
}

impl<T: Output, L> IntoFuture for Call<T, L> {
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
        Poll::Ready(completed.and_then(|completed| completed.decode().map(|(value, _)| value)))
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
            let (value, corrections) = completed.decode::<T>()?;
            Ok(Response::new(value, completed.response).with_corrections(corrections))
        }))
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ResponseFuture")
    }
}

/// Methods that create calls.
impl Client {
    /// Creates a call of an operation. Generated methods are one line around it.
    ///
    /// Nothing is sent until the call is awaited. An invalid path argument is reported then as
    /// well.
    #[inline]
    pub fn request<O: Operation>(&self, path: &[&str], params: &O::Params) -> Call<O::Output> {
        self.request_spec(O::SPEC, path, params)
    }

    /// Creates a call of an operation that the generated crate does not have.
    ///
    /// The path is sent as it is, so path arguments must be percent-encoded. One with dot segments
    /// (`..`, also percent-encoded), a backslash or a fragment is an error ([`Error::is_build`]). The
    /// parameters are sent in the format of the API's bodies; unless
    /// [`ClientBuilder::raw_calls`](crate::client::ClientBuilder::raw_calls) sets one, as JSON if the path
    /// begins with `/v2/`, and as a form otherwise.
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

    /// Creates a call that resumes a pending write: from
    /// [`Error::pending`](crate::error::Error::pending), or from a journal.
    ///
    /// It sends the same bytes under the same key to the same host, for the same account and API
    /// version, with the current credentials. So the server executes the write at most once, and
    /// repeats its response if the write was executed before. When it accepts the write, or refuses
    /// it permanently, the write is removed from the journal.
    ///
    /// Time limits, retries and priority can be set; options that would change the request
    /// (account, version, `expand`, parameters, another key) make the call fail.
    ///
    /// The server keeps keys for a limited time (at least 24 hours for v1, 30 days for v2). The
    /// call fails for older writes, and for writes that were begun with an API key of the other
    /// mode (live or test); see [`PendingWrite::is_resumable`] and [`Call::allow_expired_key`]. The
    /// error is then [`Error::is_build`] with an unknown outcome, since it is still not known
    /// whether the write was executed. The same is true of writes of operations of an API with
    /// several security schemes: only [`resume_as`](Client::resume_as) knows which one they need.
    /// [`PendingWrite::operation`] is the id in the constants of the operation's type.
    pub fn resume(&self, write: &PendingWrite) -> Call<RawJson> {
        Call::new(
            self,
            PreparedRequest::for_pending_write(self.defaults(), write),
        )
    }

    /// Creates a call that resumes a pending write of a known operation, with its typed response,
    /// time limits and rate limit class. See [`resume`](Client::resume).
    ///
    /// The call fails with [`Error::is_build`] if the write belongs to another operation.
    pub fn resume_as<O: Operation>(&self, write: &PendingWrite) -> Call<O::Output> {
        let accept = O::Output::ACCEPT;
        let defaults = self.defaults();
        let prepared = PreparedRequest::for_pending_operation(defaults, O::SPEC, write, accept);
        Call::new(self, prepared)
    }

    /// Creates a call of an operation from its constants alone.
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

    /// Creates a call that fails with [`Error::is_build`] when it is awaited.
    #[doc(hidden)]
    pub fn invalid_call<T: Output>(&self, text: &'static str) -> Call<T> {
        let mut prepared = PreparedRequest::for_path(self.defaults(), Method::Get, "/");
        prepared.set_build_error(text.into());
        Call::new(self, prepared)
    }

    /// Creates a call of a list at a URL that the server sent.
    #[doc(hidden)]
    pub fn list_at<T: Output>(&self, url: &str) -> Call<T> {
        Call::new(self, PreparedRequest::for_list_url(self.defaults(), url))
    }

    /// Creates a call of the whole list for a list inside of an object, which has its first items
    /// only.
    ///
    /// The call begins with the first page. Set the same options as for the call that returned the
    /// object, such as `account`.
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
