//! A clock that tests move, and a source whose responses they give.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{FutureExt, poll_fn};

use crate::auth::{ApiKey, Credential, CredentialError, CredentialProvider};
use crate::auth::{CachedKey, Credentials};
use crate::clock::{BoxFuture, Clock};
use crate::secret::Secret;

/// Time that stands still until it is moved.
#[derive(Debug)]
pub(super) struct Hands {
    start: Instant,
    passed: Mutex<Duration>,
    sleepers: Mutex<Vec<Waker>>,
}

#[derive(Clone, Debug)]
pub(super) struct Manual(Arc<Hands>);

impl Manual {
    #[expect(
        clippy::disallowed_methods,
        reason = "the hands have to stand somewhere at first"
    )]
    pub(super) fn new() -> Self {
        Self(Arc::new(Hands {
            start: Instant::now(),
            passed: Mutex::default(),
            sleepers: Mutex::default(),
        }))
    }

    pub(super) fn advance(&self, time: Duration) {
        *self.0.passed.lock().unwrap() += time;
        for waker in self.0.sleepers.lock().unwrap().drain(..) {
            waker.wake();
        }
    }

    pub(super) fn passed(&self) -> Duration {
        *self.0.passed.lock().unwrap()
    }
}

impl Clock for Manual {
    fn now(&self) -> Instant {
        self.0.start + self.passed()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000) + self.passed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (clock, until) = (self.clone(), self.passed() + duration);
        Box::pin(poll_fn(move |context| {
            if clock.passed() >= until {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            clock.0.sleepers.lock().unwrap().push(waker);
            Poll::Pending
        }))
    }

    /// All backoffs are the shortest, and all keys are refreshed as late as possible.
    fn random(&self) -> u64 {
        0
    }
}

pub(super) type FetchResult = Result<Credential, CredentialError>;

/// A source that returns the responses it is given, and waits until there is one.
#[derive(Debug, Default)]
pub(super) struct Source {
    fetches: AtomicUsize,
    responses: Mutex<VecDeque<FetchResult>>,
    waiting: Mutex<Vec<Waker>>,
    pub(super) changed: AtomicBool,
    pub(super) refused: Mutex<Vec<String>>,
}

impl Source {
    pub(super) fn give(&self, response: FetchResult) {
        self.responses.lock().unwrap().push_back(response);
        for waker in self.waiting.lock().unwrap().drain(..) {
            waker.wake();
        }
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[derive(Clone, Debug)]
pub(super) struct SharedSource(Arc<Source>);

impl CredentialProvider for SharedSource {
    fn fetch(&self) -> BoxFuture<'static, FetchResult> {
        self.0.fetches.fetch_add(1, Ordering::SeqCst);
        let source = Arc::clone(&self.0);
        Box::pin(poll_fn(move |context| {
            match source.responses.lock().unwrap().pop_front() {
                Some(response) => Poll::Ready(response),
                None => {
                    source.waiting.lock().unwrap().push(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }

    fn has_changed(&self) -> bool {
        self.0.changed.load(Ordering::SeqCst)
    }

    fn refused(&self, key: &ApiKey) {
        let header = &key.authorization;
        let mut refused = self.0.refused.lock().unwrap();
        refused.push(header.to_str().unwrap().to_owned());
    }
}

pub(super) struct Stage {
    pub(super) credentials: Credentials,
    pub(super) source: Arc<Source>,
    pub(super) clock: Manual,
    shared_clock: Arc<dyn Clock>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(Credentials::from_provider)
    }

    pub(super) fn with(make: impl Fn(SharedSource) -> Credentials) -> Self {
        let (source, clock) = (Arc::new(Source::default()), Manual::new());
        Self {
            credentials: make(SharedSource(Arc::clone(&source))),
            source,
            shared_clock: Arc::new(clock.clone()),
            clock,
        }
    }

    pub(super) fn current(&self) -> BoxFuture<'_, Result<CachedKey, CredentialError>> {
        Box::pin(self.credentials.current_key(&self.shared_clock))
    }

    /// The key that a call gets without waiting.
    pub(super) fn at_once(&self) -> Option<Result<String, String>> {
        Some(shown(self.current().now_or_never()?))
    }
}

pub(super) fn shown(result: Result<CachedKey, CredentialError>) -> Result<String, String> {
    match result {
        Ok(current) => {
            let header = current.key.authorization;
            let text = header.to_str().unwrap();
            Ok(text.trim_start_matches("Bearer ").to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn key(text: &str) -> Credential {
    Credential::new(ApiKey::new(&Secret::from(text)).unwrap())
}

pub(super) fn expiring(text: &str, seconds: u64) -> FetchResult {
    Ok(key(text).expires_in(Duration::from_secs(seconds)))
}

pub(super) fn down() -> FetchResult {
    Err(CredentialError::new("down"))
}

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn is(text: &str) -> Option<Result<String, String>> {
    Some(Ok(text.to_owned()))
}
