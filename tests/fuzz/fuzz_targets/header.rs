//! Verification against a second implementation of the scheme.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use libfuzzer_sys::fuzz_target;
use runtime::clock::{BoxFuture, Clock};
use runtime::value::Timestamp;
use webhooks::{Verifier, WebhookError};
use sha2::{Digest, Sha256};

const NOW: i64 = 1_769_599_800;
const TOLERANCE: i64 = 300;
const SECRETS: [&str; 2] = ["whsec_a", "whsec_b"];

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Instant {
        unreachable!()
    }
    fn calendar(&self) -> SystemTime {
        Timestamp(NOW).into()
    }
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!()
    }
    fn random(&self) -> u64 {
        unreachable!()
    }
}

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let verifier = Verifier::new(SECRETS[0]).expect("a secret").clock(Still);
    verifier.also(SECRETS[1]).expect("a secret")
});

/// HMAC as RFC 2104 writes it, in digits.
fn code(secret: &str, time: &str, body: &[u8]) -> String {
    let mut key = [0; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let text = [time.as_bytes(), b".", body].concat();
    let inner = Sha256::digest([&key.map(|byte| byte ^ 0x36)[..], &text].concat());
    let outer = Sha256::digest([&key.map(|byte| byte ^ 0x5c)[..], &inner].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The header of a template. Signatures are of the first time in it.
fn filled(template: &str, body: &[u8]) -> String {
    let template = template.replace("{t}", &NOW.to_string());
    let time = template
        .split(',')
        .find_map(|part| part.trim().strip_prefix("t="));
    let time = time.unwrap_or("0");
    let first = code(SECRETS[0], time, body);
    template
        .replace("{A}", &first.to_uppercase())
        .replace("{a}", &first)
        .replace("{b}", &code(SECRETS[1], time, body))
        .replace("{x}", &code("whsec_x", time, body))
}

/// What should become of a request: the index of the secret, or the name of the refusal.
fn expected(header: &str, body: &[u8]) -> Result<usize, &'static str> {
    let header = header.trim();
    if header.is_empty() {
        return Err("not signed");
    }
    let parts: Vec<&str> = header.split(',').map(str::trim).collect();
    let values = |name: &str| -> Vec<&str> {
        parts
            .iter()
            .filter_map(|part| part.strip_prefix(name))
            .collect()
    };
    let times: BTreeSet<&str> = values("t=").into_iter().collect();
    let time = match (header.len() <= 4096, times.len()) {
        (true, 1) => times.first().copied().unwrap_or_default(),
        _ => return Err("malformed"),
    };
    let is_number = time.chars().all(|digit| ('0'..='9').contains(&digit));
    let Some(at) = time.parse::<i64>().ok().filter(|_| is_number) else {
        return Err("malformed");
    };
    let signatures = values("v1=");
    if signatures.is_empty() {
        return Err("no signature");
    }
    let is_code = |text: &&&str| {
        text.len() == 64 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    };
    let codes: Vec<&&str> = signatures.iter().filter(is_code).take(16).collect();
    let fits = |secret: &&str| {
        codes
            .iter()
            .any(|text| ***text == *code(secret, time, body))
    };
    match SECRETS.iter().position(fits) {
        None => Err("mismatch"),
        Some(_) if NOW - at > TOLERANCE => Err("too old"),
        Some(_) if at - NOW > TOLERANCE => Err("too new"),
        Some(index) => Ok(index),
    }
}

fuzz_target!(|input: &[u8]| {
    let end = input
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(input.len());
    let (template, body) = input.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let header = filled(&String::from_utf8_lossy(template), body);

    let outcome = match VERIFIER.verify(&header, body) {
        Ok(signed) => Ok(signed.secret_index()),
        Err(WebhookError::NotSigned) => Err("not signed"),
        Err(WebhookError::MalformedHeader) => Err("malformed"),
        Err(WebhookError::NoSignature) => Err("no signature"),
        Err(WebhookError::Mismatch) => Err("mismatch"),
        Err(WebhookError::TooOld { .. }) => Err("too old"),
        Err(WebhookError::TooNew { .. }) => Err("too new"),
        Err(other) => panic!("{other}"),
    };
    assert_eq!(outcome, expected(&header, body), "{header}");

    // The same header for another body is never accepted.
    let spaced = [body, b" "].concat();
    assert!(VERIFIER.verify(&header, &spaced).is_err(), "{header}");
});
