//! Checks where a request has its credential.

use std::fmt::Write as _;

use super::check::Received;
use super::document::decode_percent;
use super::operation::Credential;
use super::schema::Problem;
use super::values::read_pairs;

/// A request has the credentials of one of the alternatives, each with the key of the client, and
/// no others. Without alternatives it has none.
pub fn check_credentials(
    alternatives: &[Vec<Credential>],
    request: &Received,
    key: &str,
) -> Option<Problem> {
    let sent = sent_credentials(request, key);
    let is_one = match alternatives {
        [] => sent.is_empty(),
        all => all.contains(&sent),
    };
    let expected: Vec<String> = alternatives.iter().map(|all| describe(all)).collect();
    let expected = match expected.as_slice() {
        [] => "none".to_owned(),
        all => all.join(", or "),
    };
    let reason = || format!("sent as {}, and stated is {expected}", describe(&sent));
    (!is_one).then(|| Problem::new("credential", reason()))
}

fn describe(credentials: &[Credential]) -> String {
    let mut text = String::new();
    for credential in credentials {
        let separator = if text.is_empty() { "" } else { " and " };
        let _ = match credential {
            Credential::Bearer => write!(text, "{separator}bearer token"),
            Credential::Basic => write!(text, "{separator}basic authentication"),
            Credential::Header(name) => write!(text, "{separator}header {name}"),
            Credential::Query(name) => write!(text, "{separator}query {name}"),
            Credential::Cookie(name) => write!(text, "{separator}cookie {name}"),
            Credential::Other(name) => write!(text, "{separator}scheme {name}"),
        };
    }
    match text.is_empty() {
        true => "none".to_owned(),
        false => text,
    }
}

/// Everything in a request that is a credential with this key.
fn sent_credentials(request: &Received, key: &str) -> Vec<Credential> {
    let mut sent = Vec::new();
    for (name, value) in &request.headers {
        if name == "cookie" {
            let cookies = value
                .split(';')
                .filter_map(|cookie| cookie.trim().split_once('='));
            let own = cookies.filter(|(_, value)| decode_percent(value) == key);
            sent.extend(own.map(|(name, _)| Credential::Cookie(name.to_owned())));
        } else if name == "authorization" && value.strip_prefix("Bearer ") == Some(key) {
            sent.push(Credential::Bearer);
        } else if name == "authorization"
            && value.strip_prefix("Basic ") == Some(encode_base64(key).as_str())
        {
            sent.push(Credential::Basic);
        } else if value == key {
            sent.push(Credential::Header(name.clone()));
        } else if name == "authorization" {
            sent.push(Credential::Other(
                "header authorization with another value".to_owned(),
            ));
        }
    }
    let query = read_pairs(&request.query).into_iter();
    let query = query.filter(|(_, value)| value == key);
    sent.extend(query.map(|(name, _)| Credential::Query(name)));
    sent.sort();
    sent
}

/// Text in Base64.
pub fn encode_base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| {
        let index = usize::try_from(bits & 63).unwrap_or(0);
        ALPHABET.get(index).copied().map_or('=', char::from)
    };
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            out.push(if place <= chunk.len() {
                letter(bits >> shift)
            } else {
                '='
            });
        }
    }
    out
}
