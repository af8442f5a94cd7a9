//! A server that lists events as the API does: newest first, page by page, in both directions.

use std::sync::{Arc, Mutex};

use runtime::bytes::Bytes;
use runtime::circuit_breaker::CircuitBreaker;
use runtime::client::EventsSpec;
use runtime::clock::BoxFuture;
use runtime::http::{RawResponse, Request};
use runtime::http_types::{HeaderMap, StatusCode};
use runtime::transport::{Transport, TransportError};
use runtime::{ApiSpec, Client, OperationSpec};
use testing::ManualClock;

static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[("api", "https://api.test")],
    account_header: Some("Test-Account"),
    context_header: Some("Test-Context"),
    trigger_header: Some("Test-Trigger"),
    events: Some(EventsSpec {
        list: &OperationSpec::get("GetEvents", "/v1/events"),
        list_notifications: Some(&OperationSpec::get("GetV2Events", "/v2/core/events")),
        retrieve_notification: Some(&OperationSpec::get("GetV2Event", "/v2/core/events/{id}")),
    }),
    ..ApiSpec::DEFAULT
};

/// The same API without events.
static BARE: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[("api", "https://api.test")],
    ..ApiSpec::DEFAULT
};

/// An event that the server lists.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) delivered: bool,
    pub(crate) body: String,
}

/// Clones are the same server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server(Arc<Mutex<MessageState>>);

#[derive(Debug, Default)]
struct MessageState {
    /// Oldest first.
    events: Vec<Listed>,
    requests: Vec<Seen>,
    /// A request of this number fails.
    failing: Option<usize>,
    /// Events that happen after the response to the request of this number.
    surprise: Option<(usize, Vec<Listed>)>,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
}

impl Server {
    /// Adds an event.
    pub(crate) fn happen(&self, listed: Listed) {
        self.0.lock().unwrap().events.push(listed);
    }

    /// Events number by number, one a second, each about an object of its own.
    pub(crate) fn happen_many(&self, numbers: std::ops::Range<usize>, begin: i64) {
        for number in numbers {
            self.happen(snapshot(number, begin + i64::try_from(number).unwrap()));
        }
    }

    /// Removes older events, as the API does after 30 days.
    pub(crate) fn forget_before(&self, created: i64) {
        let mut state = self.0.lock().unwrap();
        state.events.retain(|event| event.created >= created);
    }

    pub(crate) fn fail_at(&self, request: usize) {
        self.0.lock().unwrap().failing = Some(request);
    }

    /// These happen right after the request of that number.
    pub(crate) fn surprise_after(&self, request: usize, events: Vec<Listed>) {
        self.0.lock().unwrap().surprise = Some((request, events));
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().requests.clone()
    }

    pub(crate) fn client(&self, clock: &ManualClock) -> Client {
        self.build(&API, clock)
    }

    pub(crate) fn client_without_events(&self, clock: &ManualClock) -> Client {
        self.build(&BARE, clock)
    }

    fn build(&self, api: &'static ApiSpec, clock: &ManualClock) -> Client {
        Client::builder(api)
            .api_key("sk_test_1")
            .transport(self.clone())
            .clock(clock.clone())
            .circuit_breaker(CircuitBreaker::disabled())
            .retries(0)
            .build()
            .unwrap()
    }
}

/// An event with a snapshot.
pub(crate) fn snapshot(number: usize, created: i64) -> Listed {
    Listed {
        id: format!("evt_{number}"),
        created,
        delivered: true,
        body: crate::event(number, created, &format!("cus_{number}")),
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let answer = self.answer(&request);
        Box::pin(async move { Ok(answer) })
    }
}

impl Server {
    fn answer(&self, request: &Request) -> RawResponse {
        let mut state = self.0.lock().unwrap();
        let path = request.uri.path().to_owned();
        let query = request.uri.query().unwrap_or_default();
        let query = query
            .replace("%5B", "[")
            .replace("%5D", "]")
            .replace("%3A", ":");
        let headers = request.headers.clone();
        let number = state.requests.len();
        state.requests.push(Seen {
            path: path.clone(),
            query: query.clone(),
            headers,
        });
        if state.failing == Some(number) {
            state.failing = None;
            return reply(503, "{}");
        }
        let answer = match path.as_str() {
            "/v1/events" => events(&state.events, &query),
            "/v2/core/events" => notifications(&state.events, &query),
            _ => reply(200, r#"{"id":"fetched"}"#),
        };
        if state.surprise.as_ref().is_some_and(|(at, _)| *at == number) {
            let (_, events) = state.surprise.take().unwrap();
            state.events.extend(events);
        }
        answer
    }
}

fn reply(status: u16, body: &str) -> RawResponse {
    let status = StatusCode::from_u16(status).unwrap();
    RawResponse::new(status, HeaderMap::new(), Bytes::from(body.to_owned()))
}

fn given<'q>(query: &'q str, key: &str) -> Option<&'q str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
}

fn bodies(events: &[&Listed]) -> String {
    let bodies: Vec<_> = events.iter().map(|event| event.body.as_str()).collect();
    bodies.join(",")
}

fn events(all: &[Listed], query: &str) -> RawResponse {
    let limit: usize = given(query, "limit").unwrap().parse().unwrap();
    let since = given(query, "created[gte]").map_or(i64::MIN, |text| text.parse().unwrap());
    let place = |id: &str| all.iter().position(|event| event.id == id);
    let wanted = |event: &&Listed| {
        event.created >= since
            && (given(query, "delivery_success") != Some("false") || !event.delivered)
    };
    let missing = r#"{"error":{"type":"invalid_request_error","code":"resource_missing",
        "param":"ending_before","message":"No such event"}}"#;
    // Pages are next to the cursor and begin with the newest.
    let (mut page, more): (Vec<&Listed>, bool) = if let Some(id) = given(query, "ending_before") {
        let Some(cursor) = place(id) else {
            return reply(400, missing);
        };
        let newer: Vec<_> = all[cursor + 1..].iter().filter(wanted).collect();
        let more = newer.len() > limit;
        (newer.into_iter().take(limit).collect(), more)
    } else {
        let end = match given(query, "starting_after") {
            Some(id) => match place(id) {
                Some(cursor) => cursor,
                None => return reply(400, missing),
            },
            None => all.len(),
        };
        let older: Vec<_> = all[..end].iter().filter(wanted).collect();
        let start = older.len().saturating_sub(limit);
        (older[start..].to_vec(), start > 0)
    };
    page.reverse();
    let data = bodies(&page);
    let body =
        format!(r#"{{"object":"list","url":"/v1/events","has_more":{more},"data":[{data}]}}"#);
    reply(200, &body)
}

/// Pages continue after the id of the last event: `?page=<id>`.
fn notifications(all: &[Listed], query: &str) -> RawResponse {
    let limit = 3;
    let since = given(query, "created[gte]").unwrap_or("");
    let end = match given(query, "page") {
        Some(id) => all.iter().position(|event| event.id == id).unwrap(),
        None => all.len(),
    };
    let to_date = |created: i64| {
        let time = runtime::value::DateTime::from(runtime::value::Timestamp(created));
        time.as_str().to_owned()
    };
    let older: Vec<_> = all[..end]
        .iter()
        .filter(|event| to_date(event.created).as_str() >= since)
        .collect();
    let start = older.len().saturating_sub(limit);
    let mut page = older[start..].to_vec();
    page.reverse();
    let next = match page.last() {
        Some(last) if start > 0 => {
            format!(r#""/v2/core/events?page={}&created[gte]={since}""#, last.id)
        }
        _ => "null".to_owned(),
    };
    let data = bodies(&page);
    let body = format!(r#"{{"data":[{data}],"next_page_url":{next},"previous_page_url":null}}"#);
    reply(200, &body)
}
