//! Claims on their way to who asked for them.

use tokio::sync::mpsc::WeakUnboundedSender;

use webhooks::{ClaimedMessage, MessageLease};
use super::changes::GiveBack;
use super::writer::{Job, send};

/// Messages that were claimed. If nobody takes them, since who asked is gone, they are given back:
/// nobody would handle them until the leases are over.
pub(super) struct Offer {
    claims: Vec<ClaimedMessage>,
    jobs: WeakUnboundedSender<Box<dyn Job>>,
}

impl Offer {
    pub(super) fn new(claims: Vec<ClaimedMessage>, jobs: WeakUnboundedSender<Box<dyn Job>>) -> Self {
        Self { claims, jobs }
    }

    /// Takes them.
    pub(super) fn accept(mut self) -> Vec<ClaimedMessage> {
        std::mem::take(&mut self.claims)
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if self.claims.is_empty() {
            return;
        }
        let Some(jobs) = self.jobs.upgrade() else {
            return;
        };
        let leases: Vec<MessageLease> = self.claims.drain(..).map(|claim| claim.lease).collect();
        send(&jobs, GiveBack(leases), |_| ());
    }
}
