//! Workers, receivers and reconcilers, with an inbox in memory, a clock that tests control and a
//! server that lists events as the API does.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground gives way"
)]

mod broken;
mod endurance;
mod fetch;
mod receiver;
mod reconcile;
mod server;
mod suspects;
mod worker;

use webhooks::{InboxMessage, MemoryInbox, Message};

/// An event about an object.
fn event(number: usize, created: i64, object: &str) -> String {
    format!(
        r#"{{"id":"evt_{number}","object":"event","type":"customer.updated","created":{created},
        "data":{{"object":{{"id":"{object}","object":"customer","balance":{number}}}}}}}"#
    )
}

fn entry(number: usize, created: i64, object: &str) -> InboxMessage {
    let text = event(number, created, object);
    InboxMessage::from(&Message::parse_unverified(text.as_bytes()).unwrap())
}

/// The ids of pending messages, in the order in which they are claimed.
async fn waiting(inbox: &MemoryInbox) -> Vec<String> {
    use webhooks::{ClaimRequest, Inbox as _};
    let request = ClaimRequest::new(10_000, std::time::Duration::from_secs(1));
    let claims = inbox.claim_messages(&request).await.unwrap();
    claims.into_iter().map(|claim| claim.message.id).collect()
}
