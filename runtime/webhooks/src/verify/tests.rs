//! The order of the checks, and the error of each failure.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Verifier;
use crate::{Message, Signer, VersionPolicy, WebhookError};
use runtime::clock::{BoxFuture, Clock};
use wire::value::Timestamp;

pub(super) const NOW: i64 = 1_769_599_800;
const SECRET: &str = "whsec_abc";
const BODY: &[u8] = br#"{
  "id": "evt_1",
  "object": "event",
  "api_version": "2026-01-28.clover",
  "created": 1769599800,
  "data": {
    "object": {
      "id": "cus_1",
      "metadata": {
      }
    }
  },
  "type": "customer.created"
}"#;
const THIN: &[u8] = br#"{"id":"evt_2","object":"v2.core.event","type":"v2.core.account.updated","created":"2026-01-28T12:30:00Z"}"#;

/// A clock that stands still, at seconds and some thousandths of them.
#[derive(Debug)]
pub(super) struct Still(pub(super) i64, pub(super) u64);

impl Clock for Still {
    fn now(&self) -> Instant {
        unreachable!("verification measures nothing")
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::from(Timestamp(self.0)) + Duration::from_millis(self.1)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!("verification does not wait")
    }

    fn random(&self) -> u64 {
        unreachable!("verification draws nothing")
    }
}

fn verifier() -> Verifier {
    Verifier::new(SECRET).unwrap().clock(Still(NOW, 999))
}

fn header(at: i64) -> String {
    Signer::new(SECRET).at(at).sign(BODY)
}

/// The outcome as a label.
fn outcome(verifier: &Verifier, header: &str, body: &[u8]) -> String {
    match verifier.verify(header, body) {
        Ok(signed) => format!("secret {}", signed.secret_index()),
        Err(WebhookError::TooOld { age, .. }) => format!("{} s old", age.as_secs()),
        Err(WebhookError::TooNew { ahead, .. }) => format!("{} s ahead", ahead.as_secs()),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn signed_body_is_verified_with_its_time() {
    let signed = verifier().verify(header(NOW - 7), BODY).unwrap();
    assert_eq!(
        (signed.signed_at(), signed.secret_index()),
        (Timestamp(NOW - 7), 0)
    );
}

#[test]
fn real_clock_is_used_without_another() {
    let verifier = Verifier::new(SECRET).unwrap();
    assert!(
        verifier
            .verify(Signer::new(SECRET).sign(BODY), BODY)
            .is_ok()
    );
    assert_eq!(
        outcome(&verifier, &header(0), BODY)
            .split_once(' ')
            .unwrap()
            .1,
        "s old"
    );
}

#[test]
fn secrets_of_test_servers_and_pasted_ones_work() {
    let header = Signer::new("mine").at(NOW).sign(BODY);
    for secret in ["mine", " mine \n"] {
        let verifier = Verifier::new(secret).unwrap().clock(Still(NOW, 0));
        assert_eq!(outcome(&verifier, &header, BODY), "secret 0");
    }
}

#[test]
fn any_secret_fits_any_signature() {
    let verifier = verifier()
        .also("whsec_old")
        .unwrap()
        .also("whsec_older")
        .unwrap();
    let by = |secrets: &[&str]| {
        let signer = secrets
            .iter()
            .skip(1)
            .fold(Signer::new(secrets[0]), |s, x| s.also(*x));
        outcome(&verifier, &signer.at(NOW).sign(BODY), BODY)
    };
    assert_eq!(by(&["whsec_older"]), "secret 2");
    assert_eq!(by(&["x", "whsec_old", "y"]), "secret 1");
    assert_eq!(by(&["whsec_old", SECRET]), "secret 0");
    assert_eq!(by(&["x", "y"]), "Mismatch");
}

#[test]
fn header_is_looked_at_first() {
    let verifier = verifier();
    for nothing in ["", "   ", "\t"] {
        assert_eq!(outcome(&verifier, nothing, BODY), "NotSigned");
    }
    assert!(matches!(
        verifier.verify(None::<&str>, BODY),
        Err(WebhookError::NotSigned)
    ));
    assert_eq!(outcome(&verifier, "v1=00", BODY), "MalformedHeader");
    assert_eq!(outcome(&verifier, "t=1", BODY), "NoSignature");
    assert_eq!(outcome(&verifier, "t=1,v1=00", BODY), "Mismatch");
}

#[test]
fn signature_is_checked_before_the_time() {
    let verifier = verifier();
    let forged = |at| Signer::new("other").at(at).sign(BODY);
    for at in [0, NOW - 301, NOW + 301, i64::MAX] {
        assert_eq!(outcome(&verifier, &forged(at), BODY), "Mismatch");
    }
    assert_eq!(outcome(&verifier, &header(0), BODY), format!("{NOW} s old"));
}

#[test]
fn tolerances_include_their_last_second() {
    let verifier = verifier();
    assert_eq!(outcome(&verifier, &header(NOW - 300), BODY), "secret 0");
    assert_eq!(outcome(&verifier, &header(NOW - 301), BODY), "301 s old");
    assert_eq!(outcome(&verifier, &header(NOW + 300), BODY), "secret 0");
    assert_eq!(outcome(&verifier, &header(NOW + 301), BODY), "301 s ahead");
}

#[test]
fn tolerances_are_distinguished() {
    let strict = verifier()
        .tolerance(Duration::from_millis(2_999))
        .future_tolerance(Duration::from_secs(1));
    assert_eq!(outcome(&strict, &header(NOW - 2), BODY), "secret 0");
    assert_eq!(outcome(&strict, &header(NOW - 3), BODY), "3 s old");
    assert_eq!(outcome(&strict, &header(NOW + 1), BODY), "secret 0");
    assert_eq!(outcome(&strict, &header(NOW + 2), BODY), "2 s ahead");
}

#[test]
fn zero_accepts_the_current_second_alone() {
    let strict = verifier()
        .tolerance(Duration::ZERO)
        .future_tolerance(Duration::ZERO);
    assert_eq!(outcome(&strict, &header(NOW), BODY), "secret 0");
    assert_eq!(outcome(&strict, &header(NOW - 1), BODY), "1 s old");
    assert_eq!(outcome(&strict, &header(NOW + 1), BODY), "1 s ahead");
}

#[test]
fn no_time_is_too_far_for_the_longest_tolerance() {
    let lax = verifier()
        .tolerance(Duration::MAX)
        .future_tolerance(Duration::MAX);
    for at in [0, NOW, i64::MAX] {
        assert_eq!(outcome(&lax, &header(at), BODY), "secret 0");
    }
}

#[test]
fn extreme_times_and_clocks_do_not_overflow() {
    for now in [-1, -1_000_000_000, 0, 253_402_300_800] {
        let verifier = Verifier::new(SECRET).unwrap().clock(Still(now, 1));
        let ahead = outcome(&verifier, &header(i64::MAX), BODY);
        assert_eq!(ahead, format!("{} s ahead", i64::MAX.abs_diff(now)));
    }
}

#[test]
fn negative_time_is_malformed_even_if_signed() {
    assert_eq!(outcome(&verifier(), &header(-5), BODY), "MalformedHeader");
}

#[test]
fn reserialised_body_is_refused_and_the_error_says_why() {
    let text = std::str::from_utf8(BODY).unwrap();
    let compact = text.replace([' ', '\n'], "");
    let error = verifier().verify(header(NOW), compact.as_bytes());
    let text = error.unwrap_err().to_string();
    assert!(text.contains("re-serialises JSON"), "{text}");
    for body in [&*text, "", "{}"] {
        assert_eq!(
            outcome(&verifier(), &header(NOW), body.as_bytes()),
            "Mismatch"
        );
    }
}

#[test]
fn headers_are_found_wherever_they_are() {
    let (verifier, text) = (verifier(), header(NOW));
    let value = HeaderValue::from_str(&text).unwrap();
    let mut headers = HeaderMap::new();
    assert!(matches!(
        verifier.verify(&headers, BODY),
        Err(WebhookError::NotSigned)
    ));
    headers.insert("stripe-signature", value.clone());

    assert!(verifier.verify(&headers, BODY).is_ok());
    assert!(
        verifier
            .verify(headers.get("Stripe-Signature"), BODY)
            .is_ok()
    );
    assert!(verifier.verify(&value, BODY).is_ok());
    assert!(verifier.verify(text.as_str(), BODY).is_ok());
    assert!(verifier.verify(&text, BODY).is_ok());
    assert!(verifier.verify(Some(text.as_str()), BODY).is_ok());
    assert!(verifier.verify(Some(text.clone()), BODY).is_ok());
    assert!(verifier.verify(text.as_bytes(), BODY).is_ok());

    let name = HeaderName::from_static("webhook-signature");
    let renamed = verifier.header_name(name.clone());
    assert!(renamed.verify(&headers, BODY).is_err());
    headers.insert(name, value);
    assert!(renamed.verify(&headers, BODY).is_ok());
}

#[test]
fn header_in_several_lines_is_joined() {
    let mut headers = HeaderMap::new();
    let text = header(NOW);
    for part in text.split(',') {
        headers.append("stripe-signature", HeaderValue::from_str(part).unwrap());
    }
    assert!(verifier().verify(&headers, BODY).is_ok());
    headers.append("stripe-signature", HeaderValue::from_static("t=1"));
    assert!(matches!(
        verifier().verify(&headers, BODY),
        Err(WebhookError::MalformedHeader)
    ));
}

#[test]
fn header_that_is_no_text_is_an_error() {
    let value = HeaderValue::from_bytes(b"t=1,\xff=\xfe").unwrap();
    assert!(matches!(
        verifier().verify(&value, BODY),
        Err(WebhookError::NoSignature)
    ));
}

#[test]
fn each_kind_has_its_function() {
    let (verifier, signer) = (verifier(), Signer::new(SECRET).at(NOW));
    let (snapshot, thin) = (signer.sign(BODY), signer.sign(THIN));
    assert_eq!(verifier.event(&snapshot, BODY).unwrap().id(), "evt_1");
    assert_eq!(verifier.notification(&thin, THIN).unwrap().id(), "evt_2");
    let message = verifier.message(&snapshot, BODY).unwrap();
    assert!(matches!(message, Message::Event(_)));
    let message = verifier.message(&thin, THIN).unwrap();
    assert!(matches!(message, Message::Notification(_)));

    assert_eq!(
        verifier.event(&thin, THIN).unwrap_err().to_string(),
        "the body is a notification (`v2.core.event`): use `Verifier::notification`"
    );
    assert_eq!(
        verifier
            .notification(&snapshot, BODY)
            .unwrap_err()
            .to_string(),
        "the body is an event with a snapshot (`event`): use `Verifier::event`"
    );
}

#[test]
fn body_is_not_parsed_before_it_is_verified() {
    let verifier = verifier();
    let refused = verifier.message(header(NOW), b"no JSON");
    assert!(matches!(refused, Err(WebhookError::Mismatch)));
    let signed = Signer::new(SECRET).at(NOW).sign(b"no JSON");
    let refused = verifier.message(signed, b"no JSON");
    assert!(matches!(refused, Err(WebhookError::Payload(_))));
}

#[test]
fn envelopes_of_clouds_are_not_taken_off_what_was_signed() {
    let wrapped = [b"{\"detail\":".as_slice(), BODY, b"}"].concat();
    let header = Signer::new(SECRET).at(NOW).sign(&wrapped);
    let refused = verifier().message(header, &wrapped);
    assert!(matches!(
        refused,
        Err(WebhookError::NotAnEvent { found: None })
    ));
}

#[test]
fn versions_are_checked_for_events_alone() {
    let strict = verifier().version_policy(VersionPolicy::reject("2026-01-28.dahlia"));
    let signer = Signer::new(SECRET).at(NOW);
    let (snapshot, thin) = (signer.sign(BODY), signer.sign(THIN));
    for error in [
        strict.event(&snapshot, BODY).err(),
        strict.message(&snapshot, BODY).err(),
    ] {
        assert!(matches!(error, Some(WebhookError::WrongVersion { .. })));
    }
    assert!(strict.verify(&snapshot, BODY).is_ok());
    assert!(strict.notification(&thin, THIN).is_ok());
    assert!(strict.message(&thin, THIN).is_ok());

    for policy in [
        VersionPolicy::reject("2025-10-29.clover"),
        VersionPolicy::warn("2026-01-28.dahlia"),
        VersionPolicy::accept(),
    ] {
        assert!(
            verifier()
                .version_policy(policy)
                .event(&snapshot, BODY)
                .is_ok()
        );
    }
}

#[test]
fn verifier_shows_no_secret() {
    let verifier = verifier().also("whsec_zzz").unwrap();
    let shown = format!("{verifier:?} {verifier:#?}");
    assert!(!shown.contains("abc") && !shown.contains("zzz"), "{shown}");
}
