//! Webhook types, with secrets inside.

use runtime::Client;
use runtime::http_types::HeaderMap;
use runtime::value::Timestamp;
use testing::errors;
use webhooks::{
    ClaimRequest, DeadLetter, Delivery, EventNotification, HandlerError, Inbox, InboxAdmin as _,
    InboxError, InboxErrorKind, InboxMessage, MemoryInbox, Message, MessageOutcome, Receiver,
    ReconcileError, Reconciler, Router, Signer, Verifier, Worker,
};

use crate::api::API;
use crate::evidence::Evidence;
use crate::planted::{CLIENT_SECRET, EMAIL, ENDPOINT, FIXED_KEY, WORD};
use crate::scenes::body;

fn event() -> String {
    format!(
        r#"{{"id":"evt_1","object":"event","type":"a.b","created":1,
        "data":{{"object":{{"id":"x","email":"{EMAIL}","client_secret":"{CLIENT_SECRET}"}},
        "previous_attributes":{{"name":"{WORD}"}}}}}}"#
    )
}

/// Shows all of them.
pub(crate) async fn show(evidence: &Evidence) {
    let message = messages(evidence);
    inboxes(evidence, &message).await;
    receivers(evidence).await;
}

fn messages(evidence: &Evidence) -> Message {
    let message = Message::parse_unverified(event().as_bytes()).unwrap();
    evidence.debug("webhooks::Message", &message);
    if let Message::Event(event) = &message {
        evidence.debug("webhooks::Event", event);
        evidence.debug("webhooks::Payload", &event.payload::<()>());
    }
    let text = format!(
        r#"{{"id":"evt_1","object":"v2.core.event","type":"a.b","created":"2026-01-28T12:30:00Z",
        "data":{{"email":"{EMAIL}"}}}}"#
    );
    let notification = EventNotification::parse_unverified(text.as_bytes()).unwrap();
    evidence.debug("webhooks::EventNotification", &notification);
    message
}

async fn inboxes(evidence: &Evidence, message: &Message) {
    let inbox = MemoryInbox::new();
    let entry = InboxMessage::from(message);
    evidence.debug("webhooks::InboxMessage", &entry);
    inbox
        .store_messages(std::slice::from_ref(&entry))
        .await
        .unwrap();
    evidence.debug("webhooks::MemoryInbox", &inbox);
    let record = inbox.find_message("evt_1").await.unwrap().unwrap();
    evidence.debug("webhooks::MessageRecord", &record);
    let request = ClaimRequest::new(1, std::time::Duration::ZERO);
    let claims = inbox.claim_messages(&request).await.unwrap();
    evidence.debug("webhooks::ClaimedMessage", &claims[0]);
    let letter = DeadLetter::new(entry, 1, "no".to_owned(), Timestamp(1));
    evidence.debug("webhooks::DeadLetter", &letter);
    let error =
        InboxError::new(InboxErrorKind::Other, "no").with_source(errors::error(400, &body()));
    evidence.debug("webhooks::InboxError", &error);

    let observer = evidence.clone();
    let router = Router::new().fallback(move |delivery: Delivery| {
        observer.debug("webhooks::Delivery", &delivery);
        let error = HandlerError::from(errors::error(400, &body()));
        observer.debug("webhooks::HandlerError", &error);
        let outcome = MessageOutcome::DeadLettered {
            reason: error.reason(),
        };
        observer.debug("webhooks::MessageOutcome", &outcome);
        async { Err(error) }
    });
    let worker = Worker::new(inbox.clone(), router).unwrap();
    evidence.debug("webhooks::Worker", &worker);
    assert_eq!(worker.run_until_idle().await.failed, 1);
    let reason = inbox.find_message("evt_1").await.unwrap().unwrap().reason;
    evidence.debug("webhooks::MessageRecord", &reason);

    let client = Client::builder(&API).api_key(FIXED_KEY).build().unwrap();
    let reconciler = Reconciler::events(&client, inbox);
    evidence.debug("webhooks::Reconciler", &reconciler);
    let error = ReconcileError::from(errors::error(400, &body()));
    evidence.debug("webhooks::ReconcileError", &error);
}

async fn receivers(evidence: &Evidence) {
    let verifier = Verifier::new(ENDPOINT).unwrap();
    evidence.debug("webhooks::Verifier", &verifier);
    let signer = Signer::new(ENDPOINT);
    evidence.debug("webhooks::Signer", &signer);
    let error = Verifier::new(format!("{ENDPOINT} {ENDPOINT}")).unwrap_err();
    evidence.debug("webhooks::SecretError", &error);
    let error = Verifier::new(FIXED_KEY).unwrap_err();
    evidence.debug("webhooks::SecretError", &error);
    let odd = event().replace("\"created\":1,", "");
    let error = verifier.event(signer.sign(&odd).as_str(), odd.as_bytes());
    evidence.debug("webhooks::WebhookError", &error.unwrap_err());
    let receiver = Receiver::new(verifier, MemoryInbox::new());
    evidence.debug("webhooks::Receiver", &receiver);
    for body in [event(), odd] {
        let mut headers = HeaderMap::new();
        headers.insert("stripe-signature", signer.sign(&body).parse().unwrap());
        for text in [&*body, "{}"] {
            let reply = receiver.receive(&headers, text.as_bytes()).await;
            evidence.debug("webhooks::WebhookResponse", &reply);
            evidence.debug("webhooks::ReceiveOutcome", reply.outcome());
            evidence.debug("webhooks::WebhookResponse", &reply.body());
        }
    }
}
