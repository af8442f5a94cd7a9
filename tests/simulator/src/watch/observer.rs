//! What a client reports between attempts.

use std::time::Duration;

use runtime::telemetry::{CallEvent, Observer};

use crate::world::Shared;

/// Observes a client between attempts.
#[derive(Debug)]
pub(crate) struct Watcher {
    pub(crate) world: Shared,
    pub(crate) client: usize,
}

impl Observer for Watcher {
    fn retrying(&self, event: &CallEvent<'_>, pause: Duration) {
        let mut world = self.world.lock();
        let (client, operation) = (self.client, event.operation);
        world.note(client as u64 ^ 0x4e << 56, || {
            format!("client {client} retries {operation} in {pause:?}")
        });
        world.watch_retry(client);
    }

    fn call_ended(&self, event: &CallEvent<'_>) {
        let mut world = self.world.lock();
        world.stats.queued += u64::try_from(event.queued.as_millis()).unwrap_or(u64::MAX);
        let longest = world.watch.clients[self.client].longest_wait;
        // Each attempt waits, and so does one that the limiter refused. It makes no wait of less
        // than a millisecond, so the last one may be too long by that.
        if event.queued > (longest + Duration::from_millis(1)) * (event.attempt + 1) {
            let text = format!(
                "a call of client {} waited {:?} for {} attempts",
                self.client, event.queued, event.attempt
            );
            world.violate("no call waits for the limiter for too long", text);
        }
    }

    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        let mut world = self.world.lock();
        world.stats.circuits += 1;
        let client = self.client;
        world.note(client as u64 ^ 0xcc << 56, || {
            format!("client {client}: the circuit {host}/{class} is {state}")
        });
        let open = &mut world.watch.clients[client].open;
        if state == "open" {
            open.insert(class.to_owned());
        } else {
            open.remove(class);
        }
    }

    fn background_error(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        let client = self.client;
        self.world.lock().note(client as u64 ^ 0x77 << 56, || {
            format!("client {client}: {what}: {error}")
        });
    }
}
