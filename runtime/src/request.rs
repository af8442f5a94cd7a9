//! The request of a call and its options, before and while it is sent.
//!
//! In: an operation with its parameters, a path, a URL of the server, or a [`PendingWrite`], and
//! then the caller's options, which are set directly; it starts with the client's defaults. Out:
//! after [`PreparedRequest::complete_request`], the complete request but for credentials and idempotency
//! key. The first error is kept, and returned when the call is sent.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, Uri, header};

use crate::clock::Clock;
use crate::codec::{DecodePolicy, Encode, EncodedParams};
use crate::error::{Error, Outcome};
use crate::http::{PendingWrite, Request};
use crate::idempotency::{IDEMPOTENCY_KEY, IdempotencyKey};
use crate::operation::{
    ApiSpec, AuthSpec, Body, Method, OperationSpec, PageSpec, RequiredCredential, expand_template,
    split_path,
};
use crate::rate_limit::Priority;
use crate::value::RawJson;

mod headers;
mod host;
mod list;
mod resume;
mod scope;

pub(crate) use headers::{ClientHeaders, HeaderNames};
use headers::{header_value, sends_body};
pub(crate) use host::{Host, Server};
pub(crate) use scope::check_scope;

/// The template of raw requests, whose path may contain personal data.
const RAW_PATH: &str = "{path}";

/// What requests without an operation have in common, unless the client sets something else.
pub(crate) static RAW: OperationSpec = OperationSpec::post("", RAW_PATH);

/// The same for paths that begin with [`V2`], where a DELETE has a key as well.
pub(crate) static RAW_V2: OperationSpec = OperationSpec::post("", RAW_PATH).json();

const V2: &str = "/v2/";

/// The maximum number of headers that a request usually has, of those that this crate sets.
const MAX_HEADERS: usize = 10;

/// A request and its options.
#[derive(Clone)]
pub(crate) struct PreparedRequest {
    /// What every attempt sends, without credentials, key and the caller's own headers. URI,
    /// headers and body are filled in by [`complete_request`](Self::complete_request).
    pub(crate) request: Request,
    pub(crate) method: Method,
    /// Why the call must set the API version, if it must.
    explicit_version: Option<&'static str>,
    /// Whether errors show the server's message.
    pub(crate) show_messages: bool,
    /// The key of the host.
    pub(crate) host: Cow<'static, str>,
    /// Operations of one class share the server's rate limit.
    pub(crate) rate_class: &'static str,
    accept: &'static str,
    /// Whether a success may have no body.
    pub(crate) optional_body: bool,
    path: String,
    /// The query that belongs to the path.
    query: String,
    pub(crate) params: EncodedParams,
    /// The caller's own headers, which replace all others.
    pub(crate) headers: HeaderMap,
    /// How the credential is sent.
    pub(crate) auth: &'static [AuthSpec],
    /// The alternatives that take precedence over that.
    pub(crate) security: &'static [&'static [RequiredCredential]],
    /// The header of the idempotency key.
    pub(crate) key_header: HeaderName,
    needs_key: bool,
    /// Whether it may be repeated without a key.
    pub(crate) is_repeatable: bool,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) account: Option<String>,
    context: Option<String>,
    /// Whether account and context are the caller's, and not the client's.
    has_own_scope: bool,
    api_version: Option<String>,
    pub(crate) limits: CallLimits,
    /// The write of an earlier call that this one resumes.
    pub(crate) resumes: Option<Arc<PendingWrite>>,
    /// Whether the response must show that it belongs to this request.
    pub(crate) checks_responses: bool,
    pub(crate) allow_expired_key: bool,
    /// How the pages of the list follow each other, unless its type says it.
    pub(crate) pages: Option<&'static PageSpec>,
    /// How long the path of the host's URL is, which is no part of the write.
    pub(crate) base_path_len: usize,
    /// The server of the host.
    pub(crate) server: Server,
    build_error: Option<Cow<'static, str>>,
}

/// The defaults of a client for all of its requests.
#[derive(Debug)]
pub(crate) struct RequestDefaults {
    pub(crate) api: &'static ApiSpec,
    /// What requests without an operation have in common.
    pub(crate) raw: &'static OperationSpec,
    /// The same below `/v2/`; `None` for APIs to which this path means nothing.
    pub(crate) raw_v2: Option<&'static OperationSpec>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) headers: ClientHeaders,
    pub(crate) account: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) limits: CallLimits,
    pub(crate) stall_timeout: Duration,
    pub(crate) max_response_bytes: usize,
    /// Whether errors show the messages of the server.
    pub(crate) show_messages: bool,
    /// Whether responses must show that they belong to their requests.
    pub(crate) checks_responses: bool,
}

impl RequestDefaults {
    /// The URL of a host.
    pub(crate) fn host_url(&self, host: &str) -> Option<&str> {
        let known = self.hosts.iter().find(|known| known.key == host);
        known.map(|known| known.url.as_str())
    }
}

/// The limits and the priority of a call, and how its response is decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallLimits {
    /// The time for one attempt.
    pub(crate) attempt: Duration,
    /// The time for the whole call.
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_retries: u32,
    pub(crate) priority: Priority,
    pub(crate) decode: DecodePolicy,
}

impl PreparedRequest {
    /// A request of an operation.
    pub(crate) fn for_operation(
        defaults: &RequestDefaults,
        clock: &dyn Clock,
        spec: &'static OperationSpec,
        (path, params): (&[&str], &dyn Encode),
        accept: &'static str,
    ) -> Box<Self> {
        let mut prepared = Self::new(defaults, spec.method, spec.path, accept);
        prepared.set_operation(spec, accept);
        prepared.host = Cow::Borrowed(spec.host);
        prepared.needs_key = spec.idempotency_key;
        prepared.is_repeatable = spec.repeatable;
        match expand_template(spec.path, spec.styled_path, path) {
            Ok(path) => prepared.path = path,
            Err(error) => prepared.set_build_error(error),
        }
        match spec.encode_params(params, || clock.random()) {
            Ok(params) => prepared.set_params(params),
            Err(error) => prepared.set_build_error(error),
        }
        prepared
    }

    /// A request to a path that no operation describes.
    pub(crate) fn for_path(defaults: &RequestDefaults, method: Method, path: &str) -> Box<Self> {
        let mut prepared = Self::new(defaults, method, RAW_PATH, "application/json");
        let (path, query) = match split_path(path) {
            Ok(parts) => parts,
            Err(reason) => {
                prepared.set_build_error(format!("a raw path {reason}").into());
                ("/", "")
            }
        };
        let v2 = defaults.raw_v2.filter(|_| path.starts_with(V2));
        let raw = v2.unwrap_or(defaults.raw);
        // Of the other methods HTTP itself says that they may be repeated.
        let is_write = matches!(method, Method::Post | Method::Patch);
        let has_key = match method {
            Method::Patch => defaults.raw_v2.is_none(),
            _ => is_write || method == Method::Delete && v2.is_some(),
        };
        prepared.needs_key = raw.idempotency_key && has_key;
        prepared.is_repeatable = raw.repeatable || !prepared.needs_key && !is_write;
        let body = match sends_body(method) {
            false => Body::None,
            true => raw.body,
        };
        prepared.params = EncodedParams::empty(body);
        path.clone_into(&mut prepared.path);
        query.clone_into(&mut prepared.query);
        prepared.set_key_header(defaults.raw.idempotency_header);
        prepared
    }

    fn new(
        defaults: &RequestDefaults,
        method: Method,
        template: &'static str,
        accept: &'static str,
    ) -> Box<Self> {
        let mut request = Request::new(method.as_http(), Uri::default());
        request.template = template;
        request.stall_limit = defaults.stall_timeout;
        request.max_response_bytes = defaults.max_response_bytes;
        // On the heap from the beginning: a request is large, and moving it copies it.
        Box::new(Self {
            request,
            method,
            explicit_version: None,
            show_messages: defaults.show_messages,
            host: Cow::Borrowed("api"),
            rate_class: "",
            accept,
            optional_body: false,
            path: String::new(),
            query: String::new(),
            params: EncodedParams::empty(Body::None),
            headers: HeaderMap::new(),
            auth: defaults.raw.auth,
            security: defaults.raw.security,
            key_header: IDEMPOTENCY_KEY,
            needs_key: false,
            is_repeatable: false,
            key: None,
            account: defaults.account.clone(),
            context: defaults.context.clone(),
            has_own_scope: false,
            api_version: None,
            limits: defaults.limits,
            resumes: None,
            checks_responses: defaults.checks_responses,
            allow_expired_key: false,
            pages: None,
            base_path_len: 0,
            server: Server::default(),
            build_error: None,
        })
    }

    /// Sets the options of an operation's calls.
    fn set_operation(&mut self, spec: &'static OperationSpec, accept: &'static str) {
        self.accept = spec.accept.unwrap_or(accept);
        self.optional_body = spec.optional_body;
        (self.auth, self.security) = (spec.auth, spec.security);
        self.set_key_header(spec.idempotency_header);
        self.request.operation = spec.id;
        self.request.call = spec.call;
        self.explicit_version = spec.explicit_version;
        self.request.template = spec.path;
        self.rate_class = spec.rate_class;
        // An operation that is known to be slow keeps its time limit if that is longer.
        let limit = &mut self.limits.attempt;
        *limit = spec.timeout.map_or(*limit, |slow| slow.max(*limit));
    }

    /// Sets the parameters, with those that are sent in headers.
    fn set_params(&mut self, params: EncodedParams) {
        for (name, value) in params.headers() {
            if let Some((name, value)) = self.check_header(name, value) {
                self.request.headers.insert(name, value);
            }
        }
        self.params = params;
    }

    /// Keeps the first error.
    pub(crate) fn set_build_error(&mut self, error: Cow<'static, str>) {
        self.build_error.get_or_insert(error);
    }

    pub(crate) fn set_key(&mut self, key: Result<IdempotencyKey, Error>) {
        match key {
            Ok(key) => self.key = Some(key),
            Err(error) => self.set_build_error(error.to_string().into()),
        }
    }

    /// The key that the call will be sent with, generated now if it needs one and has none.
    pub(crate) fn ensure_key(&mut self, random: impl FnMut() -> u64) -> Option<&str> {
        if self.needs_key && self.key.is_none() {
            self.key = Some(IdempotencyKey::random(random));
        }
        self.key_text()
    }

    pub(crate) fn key_text(&self) -> Option<&str> {
        self.key.as_ref().map(IdempotencyKey::as_str)
    }

    pub(crate) fn set_api_version(&mut self, version: String) {
        self.api_version = Some(version);
    }

    pub(crate) fn set_param(&mut self, key: &str, value: &dyn Encode) {
        if let Err(error) = self.params.set(key, value) {
            self.set_build_error(error);
        }
    }

    pub(crate) fn append_param(&mut self, list: &str, item: &str) {
        if let Err(error) = self.params.append(list, item) {
            self.set_build_error(error);
        }
    }

    pub(crate) fn set_json(&mut self, body: &RawJson) {
        if sends_body(self.method) {
            self.params = EncodedParams::json(body.as_str());
        } else {
            self.set_build_error("only POST, PUT and PATCH have a body".into());
        }
    }

    /// The name of the call in errors: how programs call it, or else the operation's id, with
    /// method and path.
    pub(crate) fn call_label(&self) -> String {
        let request = &self.request;
        let call = match self.request.call {
            "" => request.operation,
            call => call,
        };
        let separator = if call.is_empty() { "" } else { ", " };
        format!("{call}{separator}{} {}", request.method, request.template)
    }

    /// Completes the request, with its key.
    ///
    /// # Errors
    /// Returns the first error in the options of the caller.
    pub(crate) fn complete_request(
        &mut self,
        defaults: &RequestDefaults,
        clock: &dyn Clock,
    ) -> Result<(), Error> {
        if let Err(error) = self.try_complete(defaults, clock) {
            let error = error.with_call(self.call_label(), self.key_text(), 0);
            return Err(match &self.resumes {
                // This call sent nothing, but the one that began the write may have.
                Some(write) => error
                    .with_outcome(Outcome::Unknown)
                    .with_pending(Arc::clone(write)),
                None => error,
            });
        }
        self.ensure_key(|| clock.random());
        Ok(())
    }

    fn try_complete(&mut self, defaults: &RequestDefaults, clock: &dyn Clock) -> Result<(), Error> {
        self.check_resumed(defaults.api, clock.calendar())?;
        if let Some(error) = self.build_error.take() {
            return Err(Error::build(error));
        }
        self.check_version(defaults.api)?;
        if self.has_own_scope && self.account.is_some() && self.context.is_some() {
            return Err(Error::build(
                "a call can have an account or a context, not both",
            ));
        }
        let Some(host) = defaults.hosts.iter().find(|host| host.key == self.host) else {
            return Err(Error::build(format!("the API has no host {:?}", self.host)));
        };
        self.host = Cow::Borrowed(host.key);
        self.server = host.server.clone();
        self.base_path_len = host.base_path.len();
        self.request.uri = host.join(&self.path, &self.query, &self.params.query())?;
        self.set_common_headers(defaults)?;
        if sends_body(self.method) || self.params.has_body() {
            self.set_body()?;
        }
        Ok(())
    }

    fn set_body(&mut self) -> Result<(), Error> {
        let headers = &mut self.request.headers;
        if let Some(media_type) = self.params.content_type() {
            let media_type = header_value("content type", media_type.into_owned())?;
            headers.insert(header::CONTENT_TYPE, media_type);
        }
        self.request.upload = self.params.take_upload();
        self.request.body = self.params.take_body();
        // HTTP clients leave it out of an empty body, and some gateways require it.
        let length = match &self.request.upload {
            Some(upload) => upload.length().into(),
            None => self.request.body.len().into(),
        };
        headers.insert(header::CONTENT_LENGTH, length);
        Ok(())
    }

    /// Sets the headers that every request has.
    fn set_common_headers(&mut self, defaults: &RequestDefaults) -> Result<(), Error> {
        let headers = &mut self.request.headers;
        let known = &defaults.headers;
        headers.reserve(MAX_HEADERS);
        headers.insert(header::ACCEPT, header_value("media type", self.accept)?);
        // A parameter of this name replaces it.
        if let (Some(agent), false) = (&known.user_agent, headers.contains_key(header::USER_AGENT))
        {
            headers.insert(header::USER_AGENT, agent.clone());
        }
        let version = match self.api_version.as_deref() {
            Some("") => None,
            Some(version) => Some(header_value("API version", version.to_owned())?),
            None => known.version.clone(),
        };
        let scope_value = |what, text: Option<&str>| match text {
            Some(text) => {
                check_scope(what, text.as_bytes())?;
                header_value(what, text.to_owned()).map(Some)
            }
            None => Ok(None),
        };
        let values = [
            (&known.names.version, version, "API version"),
            (
                &known.names.account,
                scope_value("account", self.account.as_deref())?,
                "account",
            ),
            (
                &known.names.context,
                scope_value("context", self.context.as_deref())?,
                "context",
            ),
        ];
        for (name, value, what) in values {
            let Some(value) = value else {
                continue;
            };
            let name = name.clone();
            let name =
                name.ok_or_else(|| Error::build(format!("the API has no header for the {what}")))?;
            headers.insert(name, value);
        }
        self.check_own_scope(&known.names)
    }

    /// The id that the path names, if it ends with one: that of the object in the response.
    pub(crate) fn expected_id(&self) -> Option<&str> {
        let last = last_segment(self.request.template)?;
        let inner = last.strip_prefix('{')?.strip_suffix('}');
        let is_placeholder = inner.is_some_and(|name| !name.contains('}'));
        let id = last_segment(self.request.uri.path())?;
        // One with encoded characters is not compared.
        (is_placeholder && !id.contains('%')).then_some(id)
    }

    /// Which option, if any, would change a resumed write.
    fn find_change(&self, account: Option<&str>) -> Option<&'static str> {
        let write = self.resumes.as_ref()?;
        let has_other_scope = self.account.as_deref() != account;
        let changes = [
            (
                self.key_text() != Some(write.key.as_str()),
                "another idempotency key",
            ),
            (
                has_other_scope || self.context.is_some(),
                "an account or a context",
            ),
            (self.api_version.is_some(), "an API version"),
            (self.host != write.host, "another host"),
            (!self.params.is_verbatim(), "another body"),
        ];
        let made = changes.into_iter().find(|(is_made, _)| *is_made);
        made.map(|(_, what)| what)
    }
}

/// What follows the last slash of a path.
fn last_segment(path: &str) -> Option<&str> {
    let slash = path.bytes().rposition(|byte| byte == b'/')?;
    path.get(slash + 1..)
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PreparedRequest")
            .field("operation", &self.request.operation)
            .field("method", &self.method)
            .field("template", &self.request.template)
            .field("host", &self.host)
            .field("idempotency_key", &self.key)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("build_error", &self.build_error)
            .finish_non_exhaustive()
    }
}
