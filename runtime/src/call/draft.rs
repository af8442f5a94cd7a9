//! A call before it is sent, without types.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::params::Params;
use crate::client::Client;
use crate::clock::BoxFuture;
use crate::codec::Encode;
use crate::error::{Error, Outcome};
use crate::execute::{Answer, IDEMPOTENCY_KEY, Keying, Plan};
use crate::http::{Names, PendingWrite, Request};
use crate::idempotency::IdempotencyKey;
use crate::operation::{Body, Method, OperationSpec, fill, split_url};
use crate::rate_limit::Priority;
use crate::value::RawJson;

mod resumed;

/// The template of paths that no operation describes. The real one may hold personal data.
const RAW_PATH: &str = "{path}";

/// A request and its options.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) client: Client,
    operation: &'static str,
    method: Method,
    template: &'static str,
    host: Cow<'static, str>,
    class: &'static str,
    slow: Option<Duration>,
    keyed: bool,
    accept: &'static str,
    /// The path as it is sent.
    path: String,
    /// The query that belongs to the path.
    query: String,
    pub(crate) params: Params,
    pub(crate) options: Options,
    /// The write of an earlier call that this one is to bring to an end.
    resumed: Option<Arc<PendingWrite>>,
    /// The first mistake in what was asked for.
    fault: Option<Cow<'static, str>>,
}

/// What a caller can choose for one call.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) account: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retries: Option<u32>,
    pub(crate) priority: Option<Priority>,
    /// Whether a write is resumed even if the server may have forgotten its key.
    pub(crate) allow_expired_key: bool,
    key: Option<IdempotencyKey>,
    headers: HeaderMap,
}

impl Draft {
    /// A call of an operation.
    pub(crate) fn operation(
        client: &Client,
        spec: &'static OperationSpec,
        path: &[&str],
        params: &dyn Encode,
        accept: &'static str,
    ) -> Box<Self> {
        let mut draft = Self::blank(client, spec.method, spec.path, accept);
        draft.operation = spec.id;
        draft.host = Cow::Borrowed(spec.host);
        draft.class = spec.rate_class;
        draft.slow = spec.timeout;
        draft.keyed = spec.idempotency_key;
        match fill(spec.path, path) {
            Ok(path) => draft.path = path,
            Err(fault) => draft.blame(fault),
        }
        let random = || client.shared.engine.clock.random();
        match Params::encode(body_of(spec.method, spec.body), params, random) {
            Ok(params) => draft.params = params,
            Err(fault) => draft.blame(fault),
        }
        Box::new(draft)
    }

    /// A call of a path that no operation describes.
    pub(crate) fn raw(client: &Client, method: Method, path: &str) -> Box<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut draft = Self::blank(client, method, RAW_PATH, "application/json");
        if !path.starts_with('/') {
            draft.blame("a raw path must begin with a slash".into());
        }
        let is_v2 = path.starts_with("/v2/");
        draft.keyed = method == Method::Post || method == Method::Delete && is_v2;
        let body = body_of(method, if is_v2 { Body::Json } else { Body::Form });
        draft.params = Params::empty(body);
        path.clone_into(&mut draft.path);
        query.clone_into(&mut draft.query);
        Box::new(draft)
    }

    /// A call of a list whose address an answer gave.
    pub(crate) fn list_at(client: &Client, url: &str) -> Box<Self> {
        let mut draft = Self::raw(client, Method::Get, "/");
        draft.template = "{list.url}";
        draft.point_at(url);
        draft
    }

    fn blank(
        client: &Client,
        method: Method,
        template: &'static str,
        accept: &'static str,
    ) -> Self {
        Self {
            client: client.clone(),
            operation: "",
            method,
            template,
            host: Cow::Borrowed("api"),
            class: "",
            slow: None,
            keyed: false,
            accept,
            path: String::new(),
            query: String::new(),
            params: Params::empty(Body::None),
            options: Options::default(),
            resumed: None,
            fault: None,
        }
    }

    /// Asks for an address that the server gave, with the same options and no parameters but
    /// those of the address. Tells whether the address belongs to the host; if not, the call
    /// will fail.
    ///
    /// The host is known by the URL that requests go to and by the one that the API states,
    /// which its servers use even if there is a gateway in between. The request goes to the
    /// former in any case.
    pub(crate) fn point_at(&mut self, url: &str) -> bool {
        let stated = self
            .client
            .api()
            .hosts
            .iter()
            .find(|(key, _)| *key == self.host);
        let bases = [
            self.client.host_url(&self.host),
            stated.map(|(_, url)| *url),
        ];
        let found = bases
            .into_iter()
            .flatten()
            .find_map(|base| split_url(url, base));
        let Some((path, query)) = found else {
            self.blame("the URL of the list is not one of this API".into());
            return false;
        };
        path.clone_into(&mut self.path);
        self.query.clear();
        self.params = Params::verbatim_query(query);
        true
    }

    /// Remembers the first mistake.
    pub(crate) fn blame(&mut self, fault: Cow<'static, str>) {
        self.fault.get_or_insert(fault);
    }

    pub(crate) fn set_key(&mut self, key: Result<IdempotencyKey, Error>) {
        match key {
            Ok(key) => self.options.key = Some(key),
            Err(error) => self.blame(error.to_string().into()),
        }
    }

    /// The key that the call will be sent with, made now if there is none yet.
    pub(crate) fn prepare_key(&mut self) -> Option<&str> {
        if self.keyed && self.options.key.is_none() {
            let clock = &self.client.shared.engine.clock;
            self.options.key = Some(IdempotencyKey::random(|| clock.random()));
        }
        self.options.key.as_ref().map(IdempotencyKey::as_str)
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        let Ok(name) = name.parse::<HeaderName>() else {
            return self.blame("a header has a name that HTTP does not allow".into());
        };
        if name == IDEMPOTENCY_KEY {
            return self.set_key(IdempotencyKey::new(value));
        }
        if matches!(
            name,
            header::CONTENT_LENGTH | header::HOST | header::TRANSFER_ENCODING
        ) {
            return self.blame(format!("the header {name} is the transport's business").into());
        }
        let Ok(mut value) = HeaderValue::from_str(value) else {
            return self.blame(format!("the header {name} has a value HTTP does not allow").into());
        };
        value.set_sensitive(is_credential(&name));
        self.options.headers.insert(name, value);
    }

    pub(crate) fn set_param(&mut self, key: &str, value: &dyn Encode) {
        if let Err(fault) = self.params.set(key, value) {
            self.blame(fault);
        }
    }

    pub(crate) fn append(&mut self, list: &str, item: &str) {
        if let Err(fault) = self.params.append(list, item) {
            self.blame(fault);
        }
    }

    pub(crate) fn set_json(&mut self, body: &RawJson) {
        if self.method == Method::Post {
            self.params = Params::json(body.as_str());
        } else {
            self.blame("only POST has a body".into());
        }
    }

    pub(crate) fn set_host(&mut self, key: &str) {
        self.host = Cow::Owned(key.to_owned());
    }

    /// Sends the call. The future is the same for all types.
    pub(crate) fn send(self: Box<Self>) -> BoxFuture<'static, Result<Answer, Error>> {
        Box::pin(async move {
            let client = self.client.clone();
            let plan = self.plan()?;
            client.shared.engine.execute(plan).await
        })
    }

    /// The call as the loop wants it, or what is wrong with it.
    fn plan(self) -> Result<Plan, Error> {
        let resumed = self.resumed.clone();
        let label = if self.operation.is_empty() {
            Cow::Owned(format!("{} {}", self.method.as_str(), self.template))
        } else {
            Cow::Borrowed(self.operation)
        };
        let key = self.options.key.clone();
        self.checked_plan().map_err(|error| {
            let error = error.with_call(label, key.as_ref().map(IdempotencyKey::as_str), 0);
            match resumed {
                // This call sent nothing, but the one that began the write may have.
                Some(write) => error.with_outcome(Outcome::Unknown).with_pending(write),
                None => error,
            }
        })
    }

    fn checked_plan(self) -> Result<Plan, Error> {
        self.check_resumed()?;
        if let Some(fault) = self.fault {
            return Err(Error::build(fault));
        }
        if self.options.account.is_some() && self.options.context.is_some() {
            return Err(Error::build(
                "a call can have an account or a context, not both",
            ));
        }
        let shared = &*self.client.shared;
        let Some((host, base)) = shared.hosts.iter().find(|(key, _)| *key == self.host) else {
            return Err(Error::build(format!("the API has no host {:?}", self.host)));
        };
        let uri = address(base, &self.path, &self.query, self.params.query())?;
        let mut request = Request::new(self.method.as_http(), uri);
        let account = self.own_headers(&mut request.headers)?;
        if self.method == Method::Post {
            if let Some(kind) = self.params.content_type() {
                request
                    .headers
                    .insert(header::CONTENT_TYPE, value("content type", &kind)?);
            }
            request.body = self.params.into_body();
            // HTTP clients leave it out of an empty body, and some gateways insist on it.
            request
                .headers
                .insert(header::CONTENT_LENGTH, request.body.len().into());
        }
        request.template = self.template.to_owned();
        request.operation = self.operation;
        request.stall_limit = shared.stall_timeout;
        request.max_response_bytes = shared.max_response_bytes;
        let usual = self
            .slow
            .map_or(shared.timeout, |slow| slow.max(shared.timeout));
        let credentials = shared.credentials_for(host, &request.headers, &self.options.headers);
        Ok(Plan {
            request,
            credentials,
            host,
            base_path: path_length(base),
            resumed: self.resumed,
            class: self.class,
            priority: self.options.priority.unwrap_or(shared.priority),
            account,
            safety: self.method.safety(),
            keying: match self.options.key {
                Some(key) => Keying::Given(key),
                None if self.keyed => Keying::Fresh,
                None => Keying::None,
            },
            headers: self.options.headers,
            timeout: self.options.timeout.unwrap_or(usual),
            deadline: self.options.deadline.or(shared.deadline),
            max_retries: self.options.retries.unwrap_or(shared.max_retries),
        })
    }

    /// Sets the headers that say who asks for what, and returns the account.
    fn own_headers(&self, headers: &mut HeaderMap) -> Result<Option<String>, Error> {
        let (shared, options) = (&*self.client.shared, &self.options);
        headers.insert(header::ACCEPT, HeaderValue::from_static(self.accept));
        headers.insert(header::USER_AGENT, shared.user_agent.clone());
        let version = options
            .api_version
            .as_deref()
            .or(shared.api_version.as_deref());
        let version = version.or(shared.api.version_header.map(|_| shared.api.version));
        let own_scope = options.account.is_some() || options.context.is_some();
        let (account, context) = if own_scope {
            (options.account.as_deref(), options.context.as_deref())
        } else {
            (shared.account.as_deref(), shared.context.as_deref())
        };
        let wanted = [
            (shared.api.version_header, version, "API version"),
            (shared.api.account_header, account, "account"),
            (shared.api.context_header, context, "context"),
        ];
        for (name, text, what) in wanted {
            let Some(text) = text.filter(|text| !text.is_empty()) else {
                continue;
            };
            let name: HeaderName = name
                .and_then(|name| name.parse().ok())
                .ok_or_else(|| Error::build(format!("the API has no header for the {what}")))?;
            headers.insert(name, value(what, text)?);
        }
        Ok(account.filter(|text| !text.is_empty()).map(str::to_owned))
    }
}

/// Whether a header of the caller's own looks like one that carries credentials. Those are kept
/// out of journals, cassettes and logs.
fn is_credential(name: &HeaderName) -> bool {
    const WORDS: [&str; 7] = [
        "auth", "cookie", "key", "password", "secret", "session", "token",
    ];
    WORDS.iter().any(|word| name.as_str().contains(word))
}

/// Where the parameters of a method go.
fn body_of(method: Method, body: Body) -> Body {
    if method == Method::Post {
        body
    } else {
        Body::None
    }
}

/// The address of a request.
fn address(base: &str, path: &str, query: &str, more: &str) -> Result<Uri, Error> {
    let mut text = String::with_capacity(base.len() + path.len() + query.len() + more.len() + 2);
    text.push_str(base);
    text.push_str(path);
    for (part, separator) in [query, more]
        .into_iter()
        .filter(|part| !part.is_empty())
        .zip(['?', '&'])
    {
        text.push(separator);
        text.push_str(part);
    }
    text.parse()
        .map_err(|_| Error::build("the path or query is not valid in a URL, or too long"))
}

/// How long the path of a host's URL is.
fn path_length(base: &str) -> usize {
    let after = base.split_once("://").map_or(base, |(_, after)| after);
    after.find('/').map_or(0, |at| after.len() - at)
}

/// A header value, or an error that does not show it.
fn value(what: &str, text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::build(format!("the {what} does not fit a header")))
}

impl fmt::Debug for Draft {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Draft")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("template", &self.template)
            .field("host", &self.host)
            .field("idempotency_key", &self.options.key)
            .field("headers", &Names(&self.options.headers))
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
