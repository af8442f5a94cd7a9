//! Signed webhooks for stored events.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::clock::ServerClock;
use crate::context::RequestContext;
use crate::forwarding::is_local_url;
use crate::http_sender::HttpSender;
use crate::json_value::{set_member, text_member};
use crate::store::ObjectKey;

/// The attempts of one delivery, and the delay after the first of them, which doubles.
const ATTEMPTS: u32 = 4;
const FIRST_DELAY: Duration = Duration::from_millis(200);

/// A URL that receives all events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebhookTarget {
    pub(crate) url: String,
    pub(crate) secret: String,
}

/// One event for one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebhookDelivery {
    pub(crate) target: WebhookTarget,
    pub(crate) body: String,
    pub(crate) timestamp: i64,
}

/// The deliveries of an event: to the targets of the server and to the endpoints of the API that
/// have its type.
pub(crate) fn deliveries_of_event(
    context: &RequestContext<'_>,
    (tag, id): &ObjectKey,
    targets: &[WebhookTarget],
    account: &str,
) -> Vec<WebhookDelivery> {
    let mut event = context.read_object(tag, id);
    if !account.is_empty() {
        set_member(&mut event, "account", Value::from(account));
    }
    let kind = text_member(&event, "type");
    let (endpoints, secret_path, url_path) = match tag.as_str() {
        "event" => ("webhook_endpoint", "/secret", "/url"),
        _ => (
            "v2.core.event_destination",
            "/webhook_endpoint/signing_secret",
            "/webhook_endpoint/url",
        ),
    };
    let text_at = |value: &Value, path: &str| {
        let text = value.pointer(path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let endpoints = context
        .store
        .iterate(endpoints)
        .map(|(_, stored)| &stored.value);
    let endpoints = endpoints
        .filter(|endpoint| endpoint["status"] == "enabled" && wants_event(endpoint, kind))
        .map(|endpoint| WebhookTarget {
            url: text_at(endpoint, url_path),
            secret: text_at(endpoint, secret_path),
        })
        // A server for tests sends nothing to other machines, whose URLs are mostly examples.
        .filter(|target| is_local_url(&target.url));
    let body = event.to_string();
    // Receivers compare it with their own clock, whatever time the server has.
    let timestamp = ServerClock::default().unix_time();
    endpoints
        .chain(targets.iter().cloned())
        .map(|target| WebhookDelivery {
            target,
            body: body.clone(),
            timestamp,
        })
        .collect()
}

fn wants_event(endpoint: &Value, kind: &str) -> bool {
    let types = endpoint["enabled_events"].as_array();
    types.is_some_and(|types| types.iter().any(|wanted| wanted == "*" || wanted == kind))
}

/// `t=…,v1=…`, the header that signs a body.
pub(crate) fn sign_body(secret: &str, timestamp: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let digest = mac.finalize().into_bytes();
    let mut signature = format!("t={timestamp},v1=");
    for byte in digest {
        signature.push_str(&format!("{byte:02x}"));
    }
    signature
}

/// Sends a delivery until the receiver accepts it, a few times at most; returns the last status.
pub(crate) async fn send_delivery(sender: &HttpSender, delivery: &WebhookDelivery) -> Option<u16> {
    let signature = sign_body(&delivery.target.secret, delivery.timestamp, &delivery.body);
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("stripe-signature", signature.as_str()),
    ];
    let mut status = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(FIRST_DELAY * 2_u32.pow(attempt - 1)).await;
        }
        let url = &delivery.target.url;
        let sent = sender.send_request("POST", url, &headers, delivery.body.clone());
        status = sent.await.ok().map(|(status, _)| status);
        if status.is_some_and(|status| (200..300).contains(&status)) {
            break;
        }
    }
    status
}
