//! The simulated network, which injects faults.
//!
//! In: requests of clients and responses of the server. Out: copies that arrive, are lost, are
//! delayed or arrive twice, and the results for the client. The network never creates a plausible
//! response: damage is detectable, and its own pages are not JSON.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use runtime::clock::BoxFuture;
use runtime::http::{RawResponse, Request};
use runtime::transport::{Progress, Transport, TransportError};

use super::api::{class_of, order_in};
use super::scenario::Outage;
use super::world::{Event, MILLI, Nanos, SECOND, Shared, World};

/// The fault that an attempt meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetworkFault {
    None,
    Refused,
    ConnectTimeout,
    Lost,
    LostAnswer,
    Silent,
    Cut,
    Stalled,
    Garbage,
    Page,
    Slow,
    Late,
    Duplicate,
}

/// The names of the faults, in the order of the variants.
pub(super) const FAULTS: [&str; 13] = [
    "none",
    "connection refused",
    "connecting timed out",
    "lost before the server",
    "response lost",
    "response never came",
    "body cut",
    "body stalled",
    "body garbled",
    "page of a proxy",
    "slow",
    "very late",
    "delivered twice",
];

/// A request as the server receives it.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) client: usize,
    pub(super) class: &'static str,
    pub(super) operation: &'static str,
    pub(super) is_read: bool,
    pub(super) target: String,
    pub(super) account: String,
    pub(super) key: Option<String>,
    pub(super) order: Option<usize>,
    /// Which of the caller's writes for the order it belongs to.
    pub(super) epoch: u32,
    /// Of everything that the server's idempotency layer compares.
    pub(super) print: u64,
}

/// One attempt of a client.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) wire: Arc<Wire>,
    injected: NetworkFault,
    /// Whether the client gets the response to the second copy instead of that to the first.
    pub(super) hears_second: bool,
    /// Whether the first copy was refused, so that the proxy does not send another.
    pub(super) refused: bool,
    /// Whether the client still waits.
    open: bool,
    waker: Option<Waker>,
    result: Option<Result<ServerResponse, Loss>>,
}

/// A response of the server.
#[derive(Clone, Debug)]
pub(super) struct ServerResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    progress: Progress,
    timed_out: bool,
}

const BROKEN: Loss = Loss {
    progress: Progress::Sent,
    timed_out: false,
};

impl World {
    /// Sends a request into the network.
    fn dispatch(&mut self, client: usize, request: &Request) -> usize {
        let wire = Arc::new(self.wire(client, request));
        let attempt = self.attempts.len();
        let injected = self.draw_fault(&wire);
        self.stats.attempts += 1;
        self.stats.faults[injected as usize] += 1;
        let order = wire.order.unwrap_or(usize::MAX) as u64;
        self.note(order ^ (injected as u64) << 40 ^ wire.print, || {
            format!(
                "client {client} sends attempt #{attempt} of {} for order {:?} under {:?}; fate: {}",
                wire.operation, wire.order, wire.key, FAULTS[injected as usize]
            )
        });
        self.watch_send(&wire);
        self.attempts.push(Attempt {
            wire,
            injected,
            hears_second: injected == NetworkFault::Duplicate && self.luck.chance(500),
            refused: false,
            open: true,
            waker: None,
            result: None,
        });
        self.depart(attempt, injected);
        attempt
    }

    fn wire(&self, client: usize, request: &Request) -> Wire {
        let text = |name: &str| {
            let value = request.headers.get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let target = request
            .uri
            .path_and_query()
            .map_or("", |target| target.as_str());
        let order = order_in(target, &request.body);
        let mut print = 0xcbf2_9ce4_8422_2325_u64;
        let named = ["content-type", "stripe-version", "stripe-account"];
        let named = named.map(|name| text(name).unwrap_or_default());
        let parts = [
            request.method.as_str(),
            target,
            &named[0],
            &named[1],
            &named[2],
        ];
        for part in parts
            .map(str::as_bytes)
            .into_iter()
            .chain([&request.body[..]])
        {
            for byte in part.iter().chain(&[0xff]) {
                print = (print ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        Wire {
            client,
            class: class_of(request.operation),
            operation: request.operation,
            is_read: request.method == http::Method::GET,
            target: target.to_owned(),
            account: named[2].clone(),
            key: text("idempotency-key"),
            order,
            epoch: order.map_or(0, |order| self.watch.epoch(order)),
            print,
        }
    }

    fn draw_fault(&mut self, wire: &Wire) -> NetworkFault {
        if self.now >= self.scenario.calm_from {
            return NetworkFault::None;
        }
        match self.scenario.outage(self.now) {
            Some(Outage::Refused) => return NetworkFault::Refused,
            Some(Outage::Blackhole) => {
                return self.luck.pick([
                    NetworkFault::ConnectTimeout,
                    NetworkFault::Lost,
                    NetworkFault::Silent,
                ]);
            }
            Some(Outage::Lossy) if self.luck.chance(600) => {
                let faults = [
                    NetworkFault::Lost,
                    NetworkFault::LostAnswer,
                    NetworkFault::Silent,
                    NetworkFault::Cut,
                ];
                return self.luck.pick(faults);
            }
            _ => {}
        }
        let rates = self.scenario.rates;
        let mut draw = self.luck.below(1_000);
        let odds = [
            (rates.refused, NetworkFault::Refused),
            (rates.connect_timeout, NetworkFault::ConnectTimeout),
            (rates.lost, NetworkFault::Lost),
            (rates.lost_answer, NetworkFault::LostAnswer),
            (rates.silent, NetworkFault::Silent),
            (rates.cut, NetworkFault::Cut),
            (rates.stalled, NetworkFault::Stalled),
            (rates.garbage, NetworkFault::Garbage),
            (rates.page, NetworkFault::Page),
            (rates.slow, NetworkFault::Slow),
            (rates.late, NetworkFault::Late),
            (rates.duplicate, NetworkFault::Duplicate),
        ];
        for (rate, injected) in odds {
            if draw < rate {
                // Nothing can protect a write without a key from a network that repeats it.
                let hopeless =
                    injected == NetworkFault::Duplicate && !wire.is_read && wire.key.is_none();
                return if hopeless {
                    NetworkFault::None
                } else {
                    injected
                };
            }
            draw -= rate;
        }
        NetworkFault::None
    }

    fn depart(&mut self, attempt: usize, injected: NetworkFault) {
        let way = self.luck.between(MILLI, 60 * MILLI);
        let fail = |progress, timed_out| {
            Err(Loss {
                progress,
                timed_out,
            })
        };
        match injected {
            NetworkFault::Refused => self.tell(attempt, way, fail(Progress::Connecting, false)),
            NetworkFault::ConnectTimeout => {
                self.tell(attempt, 3 * SECOND, fail(Progress::Connecting, true));
            }
            NetworkFault::Lost => {
                // Half of the lost requests are detected, the others wait for the time limit.
                if self.luck.chance(500) {
                    let noticed = way + self.luck.below(2 * SECOND);
                    self.tell(attempt, noticed, Err(BROKEN));
                }
            }
            NetworkFault::Page => {
                let status = self.luck.pick([200, 302, 400, 403, 404, 502, 503]);
                let page = ServerResponse::page(status);
                self.tell(attempt, way, Ok(page));
            }
            NetworkFault::Late => {
                let late = self.luck.between(3 * SECOND, 40 * SECOND);
                self.ship(attempt, 0, late);
            }
            NetworkFault::Slow => {
                let slow = self.luck.between(0, 6 * SECOND);
                self.ship(attempt, 0, way + slow);
            }
            _ => self.ship(attempt, 0, way),
        }
    }

    /// Lets a copy of a request arrive after some time.
    pub(super) fn ship(&mut self, attempt: usize, copy: u8, after: Nanos) {
        if copy == 0 {
            // The second copy is only executed if the first one was begun.
            let wire = Arc::clone(&self.attempts[attempt].wire);
            self.watch_copy(&wire, 1);
        }
        self.schedule(after, Event::Arrive { attempt, copy });
    }

    fn tell(&mut self, attempt: usize, after: Nanos, end: Result<ServerResponse, Loss>) {
        let end = Box::new(end);
        self.schedule(after, Event::Deliver { attempt, end });
    }

    /// Sends the second copy of a request whose first one was accepted, if the request is
    /// duplicated.
    pub(super) fn repeat(&mut self, attempt: usize) {
        if self.attempts[attempt].injected == NetworkFault::Duplicate {
            let latest = self
                .luck
                .pick([MILLI, 200 * MILLI, 2 * SECOND, 20 * SECOND]);
            let after = self.luck.below(latest);
            self.ship(attempt, 1, after);
        }
    }

    /// Sends a response of the server to the client, unless it is lost.
    pub(super) fn carry_back(&mut self, attempt: usize, copy: u8, mut answer: ServerResponse) {
        let known = &self.attempts[attempt];
        let injected = known.injected;
        if known.hears_second != (copy == 1) && !known.refused {
            return;
        }
        let way = self.luck.between(MILLI, 60 * MILLI);
        match injected {
            NetworkFault::LostAnswer => self.tell(attempt, way, Err(BROKEN)),
            NetworkFault::Silent => {}
            NetworkFault::Cut => self.tell(attempt, way, Err(BROKEN)),
            NetworkFault::Stalled => {
                let stalled = Loss {
                    progress: Progress::Sent,
                    timed_out: true,
                };
                self.tell(attempt, way + 5 * SECOND, Err(stalled));
            }
            NetworkFault::Garbage => {
                let half = answer.body.len() / 2;
                answer.body.truncate(half);
                answer.body.push_str("\u{fffd}<");
                self.tell(attempt, way, Ok(answer));
            }
            _ => self.tell(attempt, way, Ok(answer)),
        }
    }

    pub(super) fn deliver(
        &mut self,
        attempt: usize,
        end: Result<ServerResponse, Loss>,
    ) -> Option<Waker> {
        let known = &mut self.attempts[attempt];
        if !known.open || known.result.is_some() {
            return None;
        }
        let waker = known.waker.take();
        let wire = Arc::clone(&known.wire);
        let intact = known.injected != NetworkFault::Garbage;
        let status = end.as_ref().map_or(0, |answer| answer.status);
        if let Ok(answer) = &end
            && intact
            && answer.is_of_server()
        {
            self.watch_answer(&wire, answer);
        }
        self.note(attempt as u64 ^ u64::from(status) << 32, || match &end {
            Ok(answer) => format!(
                "client {} gets {} for attempt #{attempt}: {}",
                wire.client, answer.status, answer.body
            ),
            Err(loss) => format!(
                "client {} loses attempt #{attempt}: {:?}{}",
                wire.client,
                loss.progress,
                if loss.timed_out { ", timed out" } else { "" }
            ),
        });
        self.attempts[attempt].result = Some(end);
        waker
    }
}

impl ServerResponse {
    /// A page of an intermediary between client and server.
    pub(super) fn page(status: u16) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/html".to_owned())],
            body: "<html><title>Proxy</title></html>".to_owned(),
        }
    }

    fn is_of_server(&self) -> bool {
        !self.body.starts_with('<')
    }

    fn into_response(self) -> RawResponse {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, self.body.len().into());
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::IM_A_TEAPOT);
        RawResponse::new(status, headers, self.body)
    }
}

/// The transport of a simulated client.
#[derive(Clone, Debug)]
pub(super) struct SimTransport {
    pub(super) world: Shared,
    pub(super) client: usize,
}

impl Transport for SimTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let attempt = self.world.lock().dispatch(self.client, &request);
        Box::pin(Answering {
            world: self.world.clone(),
            attempt,
        })
    }
}

/// The client's end of an attempt.
struct Answering {
    world: Shared,
    attempt: usize,
}

impl Future for Answering {
    type Output = Result<RawResponse, TransportError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut world = self.world.lock();
        let known = &mut world.attempts[self.attempt];
        let Some(result) = known.result.take() else {
            known.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(answer) => Ok(answer.into_response()),
            Err(loss) => {
                let error = TransportError::new(loss.progress);
                Err(if loss.timed_out {
                    error.timed_out()
                } else {
                    error
                })
            }
        })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut world = self.world.lock();
        let known = &mut world.attempts[self.attempt];
        known.open = false;
        known.waker = None;
        let wire = Arc::clone(&known.wire);
        world.watch_gone(&wire);
    }
}
