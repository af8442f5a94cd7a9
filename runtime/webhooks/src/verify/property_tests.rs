//! Verification of random bodies, and of signed ones with a single change.

use std::time::Duration;

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;

use super::Verifier;
use super::tests::{NOW, Still};
use crate::{Signer, WebhookError};

/// A verifier that checks only the signature.
fn verifier(secret: &str) -> Verifier {
    Verifier::new(secret)
        .unwrap()
        .clock(Still(NOW, 0))
        .tolerance(Duration::MAX)
        .future_tolerance(Duration::MAX)
}

fn secret() -> impl Strategy<Value = String> {
    prop_oneof!["whsec_[!#-&(-~]{1,150}", "[!#-&(-~]{1,80}"]
        .prop_filter("mistaken", |secret| Verifier::new(secret.as_str()).is_ok())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..300);
    let json = r#"\{("[a-z]{1,5}": ?[0-9]{1,3},\n? {0,2}){0,4}"z":\[[0-9]\]\}\n?"#;
    prop_oneof![bytes, json.prop_map(String::into_bytes)]
}

/// `bytes` with the byte at `at` replaced by another one.
fn changed(bytes: &[u8], at: Index, by: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let at = at.index(bytes.len());
    changed[at] ^= by;
    changed
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        secret in secret(),
        body in body(),
        at in 0..=i64::MAX,
    ) {
        let header = Signer::new(secret.as_str()).at(at).sign(&body);
        let signed = verifier(&secret).verify(&header, &body).unwrap();
        prop_assert_eq!((signed.signed_at().0, signed.secret_index()), (at, 0));
    }

    #[test]
    fn changed_body_never_verifies(
        secret in secret(),
        body in body().prop_filter("empty", |body| !body.is_empty()),
        at in any::<Index>(),
        by in 1..=255_u8,
    ) {
        let header = Signer::new(secret.as_str()).at(NOW).sign(&body);
        let outcome = verifier(&secret).verify(&header, &changed(&body, at, by));
        prop_assert!(
            matches!(outcome, Err(WebhookError::Mismatch)),
            "{:?}", outcome
        );
    }

    #[test]
    fn longer_or_shorter_body_never_verifies(
        secret in secret(),
        body in body(),
        added in proptest::collection::vec(any::<u8>(), 1..5),
        is_before in any::<bool>(),
    ) {
        let long = if is_before { [&added[..], &body].concat() } else { [&body[..], &added].concat() };
        let verifier = verifier(&secret);
        for (signed, sent) in [(&body, &long), (&long, &body)] {
            let header = Signer::new(secret.as_str()).at(NOW).sign(signed);
            prop_assert!(verifier.verify(&header, sent).is_err());
        }
    }

    #[test]
    fn changed_header_never_verifies(
        secret in secret(),
        body in body(),
        time in 0..=i64::MAX,
        at in any::<Index>(),
        by in 1..=255_u8,
    ) {
        let header = Signer::new(secret.as_str()).at(time).sign(&body);
        let changed = changed(header.as_bytes(), at, by);
        prop_assert!(verifier(&secret).verify(changed.as_slice(), &body).is_err());
    }

    #[test]
    fn other_secret_never_verifies(secret in secret(), other in secret(), body in body()) {
        let header = Signer::new(other.as_str()).at(NOW).sign(&body);
        prop_assert_eq!(verifier(&secret).verify(&header, &body).is_ok(), secret == other);
    }

    #[test]
    fn rotation_is_accepted_if_both_sides_share_a_secret(
        known in proptest::collection::vec("[a-h]", 1..4),
        signing in proptest::collection::vec("[a-h]", 1..4),
        body in body(),
    ) {
        let verifier = known.iter().skip(1).fold(verifier(&known[0]), |verifier, secret| {
            verifier.also(secret.as_str()).unwrap()
        });
        let signer = signing.iter().skip(1).fold(Signer::new(&signing[0]), |signer, secret| {
            signer.also(secret)
        });
        let header = signer.at(NOW).sign(&body);
        let expected = known.iter().position(|secret| signing.contains(secret));
        let found = verifier.verify(&header, &body).ok().map(|signed| signed.secret_index());
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn garbage_is_refused(header in any::<Vec<u8>>(), body in body()) {
        prop_assert!(verifier("whsec_abc").message(header.as_slice(), &body).is_err());
    }

    #[test]
    fn almost_headers_are_refused(
        header in "(t|v1|v0|[a-z]?)(=|==)?[0-9a-f,-]{0,70}(, ?(t|v1|v0)=[0-9a-f]{0,64}){0,20}",
        body in body(),
    ) {
        prop_assert!(verifier("whsec_abc").message(&header, &body).is_err());
    }

    #[test]
    fn time_decides_by_whole_seconds(
        age in -1_000..1_000_i64,
        tolerance in 0..1_000_u64,
        ahead in 0..1_000_u64,
        millis in 0..1_000_u64,
    ) {
        let header = Signer::new("whsec_abc").at(NOW - age).sign("x");
        let verifier = verifier("whsec_abc")
            .clock(Still(NOW, millis))
            .tolerance(Duration::from_secs(tolerance))
            .future_tolerance(Duration::from_secs(ahead));
        let outcome = verifier.verify(&header, b"x");
        let is_old = age > i64::try_from(tolerance).unwrap();
        let is_new = -age > i64::try_from(ahead).unwrap();
        prop_assert_eq!(is_old, matches!(outcome, Err(WebhookError::TooOld { .. })));
        prop_assert_eq!(is_new, matches!(outcome, Err(WebhookError::TooNew { .. })));
        prop_assert_eq!(outcome.is_ok(), !is_old && !is_new);
    }
}

#[test]
fn no_single_exchanged_byte_verifies() {
    let body = br#"{"a": 1}"#;
    let header = Signer::new("whsec_abc").at(NOW).sign(body);
    let verifier = verifier("whsec_abc");
    assert!(verifier.verify(&header, body).is_ok());
    for at in 0..body.len() {
        for by in 1..=255 {
            let mut body = *body;
            body[at] ^= by;
            assert!(verifier.verify(&header, &body).is_err(), "{at} {by}");
        }
    }
    for at in 0..header.len() {
        for by in 1..=255 {
            let mut header = header.clone().into_bytes();
            header[at] ^= by;
            assert!(
                verifier.verify(header.as_slice(), body).is_err(),
                "{at} {by}"
            );
        }
    }
}

#[test]
fn no_cut_or_doubled_byte_verifies() {
    let body = br#"{"a": 1}"#;
    let header = Signer::new("whsec_abc").at(NOW).sign(body);
    let verifier = verifier("whsec_abc");
    for at in 0..body.len() {
        let (mut cut, mut doubled) = (body.to_vec(), body.to_vec());
        cut.remove(at);
        doubled.insert(at, body[at]);
        assert!(verifier.verify(&header, &cut).is_err(), "{at}");
        assert!(verifier.verify(&header, &doubled).is_err(), "{at}");
    }
    for at in 0..header.len() {
        let mut cut = header.clone();
        cut.remove(at);
        assert!(verifier.verify(&cut, body).is_err(), "{at}");
    }
}
