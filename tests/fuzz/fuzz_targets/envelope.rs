//! Messages of whatever is in a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::value::RawJson;
use webhooks::{Event, EventNotification, Message, Signer, Verifier, WebhookError};

/// Everything that a message tells, as one text.
fn describe_message(message: &Message) -> String {
    let common = (
        (
            message.id(),
            message.type_(),
            message.created(),
            message.livemode(),
        ),
        (message.object_id(), message.scope(), message.raw().as_str()),
    );
    match message {
        Message::Event(event) => {
            let payload = event.payload::<RawJson>();
            let object = payload.object().expect("any JSON is JSON");
            assert_eq!(object.as_str(), payload.raw().as_str());
            let previous = payload.previous_attributes().map(RawJson::as_str);
            let own = (event.api_version(), event.pending_webhooks(), event.cause());
            format!("{common:?} {own:?} {} {previous:?}", object.as_str())
        }
        Message::Notification(thin) => {
            format!("{common:?} {:?} {:?}", thin.cause(), thin.related_object())
        }
        _ => unreachable!("there are two kinds"),
    }
}

fn check_error(error: &WebhookError) {
    let text = error.to_string();
    assert!(text.len() < 4_000, "{} bytes", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
}

fuzz_target!(|body: &[u8]| {
    let first = Message::parse_unverified(body);
    let again = Message::parse_unverified(body);
    let event = Event::parse_unverified(body);
    let thin = EventNotification::parse_unverified(body);
    // What was signed is taken as it is, and what a cloud wrapped up is not.
    let signer = Signer::new("whsec_a");
    let verified = Verifier::new("whsec_a")
        .expect("a secret")
        .message(signer.sign(body), body);

    match &first {
        Ok(message) => {
            let text = describe_message(message);
            assert_eq!(text, describe_message(&again.expect("as before")));
            let raw = message.raw().as_str().as_bytes();
            assert!(body.windows(raw.len()).any(|piece| piece == raw));
            // A message needs no other object inside of it to be one.
            let inner = Message::parse_unverified(raw);
            let is_named = message
                .raw()
                .get("object")
                .is_some_and(|object| !object.is_null());
            if is_named {
                assert_eq!(text, describe_message(&inner.expect("it was one before")));
            }
            match message {
                Message::Event(_) => {
                    let event = event.expect("it is an event");
                    assert_eq!(describe_message(&Message::Event(event)), text);
                    assert!(matches!(thin, Err(WebhookError::WrongKind { .. })));
                }
                _ => {
                    let thin = thin.expect("it is a notification");
                    assert_eq!(describe_message(&Message::Notification(thin)), text);
                    assert!(matches!(event, Err(WebhookError::WrongKind { .. })));
                }
            }
        }
        Err(error) => {
            check_error(error);
            assert_eq!(error.to_string(), again.expect_err("as before").to_string());
            assert_eq!(error.to_string(), event.expect_err("as before").to_string());
            assert_eq!(error.to_string(), thin.expect_err("as before").to_string());
        }
    }
    match verified {
        Ok(message) => assert_eq!(message.raw().as_str().as_bytes(), trimmed(body)),
        Err(error) => check_error(&error),
    }
});

/// Without the white space of JSON around it.
fn trimmed(mut text: &[u8]) -> &[u8] {
    const SPACE: &[u8] = b" \n\r\t";
    while let [first, rest @ ..] = text
        && SPACE.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && SPACE.contains(last)
    {
        text = rest;
    }
    text
}
