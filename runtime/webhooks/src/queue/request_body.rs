//! Reads the bodies of requests that are not verified yet.
//!
//! In: a body of `http_body`, as hyper and the frameworks on it have. Out: its bytes, or why they
//! were not read. Anybody can send a request, so there are three limits: the length of a body, the
//! time in which it has to arrive, and the memory of all bodies that are being read.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Buf as _, BufMut as _};
use futures_util::future::{Either, select};
use http_body::Body;
use runtime::clock::Clock;

use super::response::ReceiveOutcome;

/// The default limit of a body, 1 MiB. An object in an event has at most some hundred kilobytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// The default time in which a body has to arrive. The API sends a body at once.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The default limit of the memory of all bodies, 32 MiB: some thousand events of ordinary size.
const MAX_UNVERIFIED_BYTES: usize = 32 << 20;

/// The limits. Clones share the memory.
#[derive(Clone, Debug)]
pub(super) struct BodyLimits {
    pub(super) max_bytes: usize,
    pub(super) read_timeout: Duration,
    memory: Arc<MemoryBudget>,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            max_bytes: MAX_BODY_BYTES,
            read_timeout: READ_TIMEOUT,
            memory: Arc::new(MemoryBudget::new(MAX_UNVERIFIED_BYTES)),
        }
    }
}

impl BodyLimits {
    /// Sets the limit of the memory of all bodies, in bytes.
    pub(super) fn set_memory(&mut self, bytes: usize) {
        self.memory = Arc::new(MemoryBudget::new(bytes));
    }

    /// Reads a body.
    pub(super) async fn read_body<B: Body>(
        &self,
        body: B,
        clock: &dyn Clock,
    ) -> Result<UnverifiedBody, ReceiveOutcome> {
        let read = pin!(self.collect_frames(body));
        match select(read, clock.sleep(self.read_timeout)).await {
            Either::Left((read, _)) => read,
            Either::Right(_) => Err(ReceiveOutcome::TimedOut),
        }
    }

    async fn collect_frames<B: Body>(&self, body: B) -> Result<UnverifiedBody, ReceiveOutcome> {
        let max = self.max_bytes;
        if body.size_hint().lower() > u64::try_from(max).unwrap_or(u64::MAX) {
            return Err(ReceiveOutcome::TooLarge);
        }
        let mut body = pin!(body);
        let mut read = UnverifiedBody {
            bytes: Vec::new(),
            reserved: Reservation::empty(&self.memory),
        };
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            let frame = frame.map_err(|_| ReceiveOutcome::Incomplete)?;
            // Trailers are not looked at.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.remaining() > max - read.bytes.len() {
                return Err(ReceiveOutcome::TooLarge);
            }
            read.bytes.reserve(data.remaining());
            if !read.reserved.grow(read.bytes.capacity()) {
                return Err(ReceiveOutcome::Overloaded);
            }
            read.bytes.put(data);
        }
        Ok(read)
    }
}

/// A body, whose memory counts until it is dropped.
pub(super) struct UnverifiedBody {
    pub(super) bytes: Vec<u8>,
    reserved: Reservation,
}

/// The memory that may be used at the same time.
#[derive(Debug)]
struct MemoryBudget {
    limit: usize,
    used: AtomicUsize,
}

impl MemoryBudget {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
        }
    }
}

/// A part of a [`MemoryBudget`], returned when it is dropped.
struct Reservation {
    budget: Arc<MemoryBudget>,
    bytes: usize,
}

impl Reservation {
    fn empty(budget: &Arc<MemoryBudget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            bytes: 0,
        }
    }

    /// Grows to this number of bytes, unless the budget does not allow it.
    fn grow(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let limit = self.budget.limit;
        let grown = |used: usize| used.checked_add(more).filter(|&used| used <= limit);
        let used = &self.budget.used;
        let is_granted = used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown)
            .is_ok();
        if is_granted {
            self.bytes += more;
        }
        is_granted
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
