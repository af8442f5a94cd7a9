//! Maps requests to responses, without a socket.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use crate::clock::{IdGenerator, ServerClock};
use crate::context::{RequestContext, ServerSettings};
use crate::document::{ApiDocument, ApiOperation, OperationKind};
use crate::engine::execute_operation;
use crate::errors::ApiProblem;
use crate::events::{EventOrigin, store_events};
use crate::idempotency::{IdempotentResponses, request_fingerprint};
use crate::json_value::{id_member, text_member};
use crate::operation_call::OperationCall;
use crate::request::{
    check_api_key, header_text, read_idempotency_key, read_parameters, read_upload,
};
use crate::routing::split_path;
use crate::store::{ObjectKey, ObjectStore, StoredObject};
use crate::webhooks::{WebhookDelivery, WebhookTarget, deliveries_of_event};

/// The smallest content that is recognised as a PDF.
const PDF: &[u8] = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n%%EOF\n";

/// What a server stores for one account.
#[derive(Debug, Default)]
pub(crate) struct AccountState {
    pub(crate) store: ObjectStore,
    pub(crate) invented: HashSet<String>,
    /// When the server last looked for what expires.
    pub(crate) expiry_checked_at: i64,
    responses: IdempotentResponses,
}

/// An object that a request has changed: account, key and value now.
pub(crate) type ChangedObject = (String, ObjectKey, StoredObject);

/// Everything that a server knows.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) document: Arc<ApiDocument>,
    pub(crate) settings: ServerSettings,
    pub(crate) accounts: HashMap<String, AccountState>,
    pub(crate) ids: IdGenerator,
    pub(crate) clock: ServerClock,
    /// Where all events are sent, besides the endpoints of the API.
    pub(crate) targets: Vec<WebhookTarget>,
    /// Deliveries that wait to be sent.
    pub(crate) deliveries: Vec<WebhookDelivery>,
    /// Changes that wait to be stored.
    pub(crate) changes: Vec<ChangedObject>,
}

impl ServerState {
    pub(crate) fn new(document: Arc<ApiDocument>, settings: ServerSettings) -> Self {
        Self {
            document,
            settings,
            accounts: HashMap::new(),
            ids: IdGenerator::seeded(),
            clock: ServerClock::default(),
            targets: Vec::new(),
            deliveries: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Returns the response to a request of the API.
    pub(crate) fn answer_request(&mut self, parts: &Parts, body: &[u8]) -> Response<Vec<u8>> {
        let request_id = self.ids.new_id("req");
        let mut response = match self.try_answer(parts, body, &request_id) {
            Ok(response) => response,
            Err(problem) => problem_response(&problem),
        };
        let headers = response.headers_mut();
        for name in ["idempotency-key", "stripe-account", "stripe-version"] {
            // What is not text was not read, so it is not repeated.
            let value = parts.headers.get(name);
            if let Some(value) = value.filter(|value| value.to_str().is_ok()) {
                headers.insert(name, value.clone());
            }
        }
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            headers.entry("request-id").or_insert(id);
        }
        response
    }

    fn try_answer(
        &mut self,
        parts: &Parts,
        body: &[u8],
        request_id: &str,
    ) -> Result<Response<Vec<u8>>, ApiProblem> {
        let path = parts.uri.path();
        check_api_key(&parts.headers, path.starts_with("/v2/"))?;
        let document = Arc::clone(&self.document);
        let method = parts.method.as_str();
        let segments = split_path(path).unwrap_or_default();
        let Some((operation, path_values)) = document.find_operation(method, &segments) else {
            return Err(ApiProblem::unknown_route(method, path));
        };
        let key = read_idempotency_key(&parts.headers)?.filter(|_| is_idempotent(operation));
        let query = parts.uri.query().unwrap_or_default();
        let params = read_parameters(operation, query, &parts.headers, body)?;
        let fingerprint = request_fingerprint(method, path, &params);
        let account = account_of_request(parts);
        if let Some(key) = key {
            let state = self.accounts.entry(account.clone()).or_default();
            if let Some(stored) = state.responses.find_response(key, fingerprint)? {
                let mut response = json_response(stored.status, stored.body.clone());
                let headers = response.headers_mut();
                headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
                if let Ok(id) = HeaderValue::from_str(&stored.request_id) {
                    headers.insert("original-request", id);
                }
                return Ok(response);
            }
        }
        let mut call = OperationCall {
            operation,
            path: path.to_owned(),
            path_values,
            params,
            upload: read_upload(operation, &parts.headers, body),
        };
        let origin = EventOrigin {
            request_id: Some(request_id.to_owned()),
            idempotency_key: key.map(str::to_owned),
            api_version: header_text(&parts.headers, "stripe-version").map(str::to_owned),
        };
        self.expire_overdue(&account);
        let now = self.time_of_call(&account, &call);
        let result = self.with_context(&account, now, &origin, |context| {
            execute_operation(context, &mut call)
        });
        if operation.kind == OperationKind::Download {
            result?;
            let content = self.content_of(&account, &call);
            return Ok(respond(200, &operation.media, content));
        }
        let (status, body) = match result {
            Ok(value) => (200, value.to_string()),
            Err(problem) => (problem.status, problem.response_body().to_string()),
        };
        if let Some(key) = key {
            let state = self.accounts.entry(account).or_default();
            let responses = &mut state.responses;
            responses.store_response(key, fingerprint, status, &body, request_id);
        }
        Ok(json_response(status, body))
    }

    /// Runs something that reads and changes the objects of an account. A failure undoes the
    /// changes, except that of a card, which is stored at the payment.
    pub(crate) fn with_context<T>(
        &mut self,
        account: &str,
        now: i64,
        origin: &EventOrigin,
        run: impl FnOnce(&mut RequestContext<'_>) -> Result<T, ApiProblem>,
    ) -> Result<T, ApiProblem> {
        let document = Arc::clone(&self.document);
        let state = self.accounts.entry(account.to_owned()).or_default();
        let mut context = RequestContext {
            document: &document,
            settings: &self.settings,
            store: &mut state.store,
            ids: &mut self.ids,
            invented: &mut state.invented,
            now,
            announcements: Vec::new(),
        };
        let result = run(&mut context);
        let is_stored = match &result {
            Ok(_) => true,
            Err(problem) => problem.kind == "card_error",
        };
        if !is_stored {
            state.store.roll_back();
            return result;
        }
        let events = store_events(&mut context, origin)?;
        for key in &events {
            let deliveries = deliveries_of_event(&context, key, &self.targets, account);
            self.deliveries.extend(deliveries);
        }
        for (key, _) in state.store.take_changes() {
            if let Some(stored) = state.store.find_stored(&key.0, &key.1) {
                let change = (account.to_owned(), key, stored.clone());
                self.changes.push(change);
            }
        }
        result
    }

    /// The content of the file that a request names, or of a PDF that the server makes up.
    fn content_of(&self, account: &str, call: &OperationCall<'_>) -> Vec<u8> {
        let state = self.accounts.get(account);
        let id = call.path_values.last();
        let content = state
            .zip(id)
            .and_then(|(state, id)| state.store.find_content(id));
        match content {
            Some(content) => content.to_vec(),
            None if call.operation.media == "application/pdf" => PDF.to_vec(),
            None => Vec::new(),
        }
    }

    /// The time of the test clock that a request concerns, or the server's.
    fn time_of_call(&mut self, account: &str, call: &OperationCall<'_>) -> i64 {
        let now = self.clock.unix_time();
        let state = self.accounts.entry(account.to_owned()).or_default();
        let store = &state.store;
        let mut clock = text_member(&call.params, "test_clock").to_owned();
        let customer = id_member(&call.params, "customer").map(str::to_owned);
        let target = call.path_values.last().and_then(|id| {
            let tag = store.tag_of_id(&call.operation.tags, id)?;
            store.find(tag, id)
        });
        let subscription = store.find("subscription", text_member(&call.params, "subscription"));
        for object in [target, subscription].into_iter().flatten() {
            if clock.is_empty() {
                clock = id_member(object, "test_clock")
                    .unwrap_or_default()
                    .to_owned();
            }
        }
        let owner = target.and_then(|target| id_member(target, "customer"));
        for customer in [customer.as_deref(), owner].into_iter().flatten() {
            if let Some(customer) = store.find("customer", customer) {
                if clock.is_empty() {
                    clock = id_member(customer, "test_clock")
                        .unwrap_or_default()
                        .to_owned();
                }
            }
        }
        let clock = store.find("test_helpers.test_clock", &clock);
        let frozen = clock.and_then(|clock| clock["frozen_time"].as_i64());
        frozen.unwrap_or(now)
    }
}

/// The account that a request is for; empty for the one of the API key.
fn account_of_request(parts: &Parts) -> String {
    let account = ["stripe-account", "stripe-context"]
        .iter()
        .find_map(|name| header_text(&parts.headers, name));
    account.unwrap_or_default().to_owned()
}

fn is_idempotent(operation: &ApiOperation) -> bool {
    operation.method == "POST" || (operation.method == "DELETE" && operation.is_v2())
}

/// The response that reports a problem.
pub(crate) fn problem_response(problem: &ApiProblem) -> Response<Vec<u8>> {
    json_response(problem.status, problem.response_body().to_string())
}

pub(crate) fn json_response(status: u16, body: String) -> Response<Vec<u8>> {
    respond(status, "application/json", body.into_bytes())
}

/// A response with a value.
pub(crate) fn value_response(value: &Value) -> Response<Vec<u8>> {
    json_response(200, value.to_string())
}

fn respond(status: u16, media: &str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    if let Ok(media) = HeaderValue::from_str(media) {
        response.headers_mut().insert(header::CONTENT_TYPE, media);
    }
    response
}
