//! The texts that stand for secrets, and the forms in which they could appear.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A text that must not be shown, and what it is.
pub(crate) struct Marker {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// In all markers but one, so that a program can search a log for all of them together; see
/// `.ci/secrets`, which searches for this word and [`DIGITS`].
pub(crate) const WORD: &str = "PLANTED";

pub(crate) const FIXED_KEY: &str = "sk_test_PLANTEDfixed";
pub(crate) const PROVIDED_KEY: &str = "rk_test_PLANTEDprovided";
pub(crate) const ROTATED_KEY: &str = "rk_live_PLANTEDrotated";
pub(crate) const FILE_KEY: &str = "sk_test_PLANTEDinafile";
pub(crate) const PLATFORM_KEY: &str = "sk_test_PLANTEDplatform";
pub(crate) const CODE: &str = "ac_PLANTEDcode";
pub(crate) const ACCESS: &str = "sk_acct_PLANTEDaccess";
pub(crate) const REFRESH: &str = "rt_PLANTEDrefresh";
pub(crate) const OAUTH_SECRET: &str = "PLANTEDoauthsecret";
pub(crate) const STATE: &str = "PLANTEDstate";
/// The secret of a webhook endpoint.
pub(crate) const ENDPOINT: &str = "whsec_PLANTEDendpoint";
pub(crate) const SESSION: &str = "meter_PLANTEDsession";
pub(crate) const COOKIE: &str = "sid=PLANTEDcookie";
pub(crate) const SET_COOKIE: &str = "sid=PLANTEDsetcookie";
pub(crate) const BEARER: &str = "PLANTEDbearer";
pub(crate) const OWN_HEADER: &str = "PLANTEDheader";
pub(crate) const ANSWER_HEADER: &str = "PLANTEDanswerheader";
pub(crate) const PROXY: &str = "PLANTEDproxy";
pub(crate) const CARD: &str = "4000PLANTEDcard";
pub(crate) const CVC: &str = "PLANTEDcvc";
/// A card number that is sent as a number, and has no room for a word.
pub(crate) const DIGITS: &str = "4929174028365190";
pub(crate) const CLIENT_SECRET: &str = "pi_1_secret_PLANTEDclient";
pub(crate) const BANK: &str = "DE89PLANTEDbank";
pub(crate) const METADATA: &str = "PLANTED \"note\"\n&=";
pub(crate) const FILE: &str = "PLANTEDfile";
pub(crate) const PATH: &str = "PLANTEDpath";
pub(crate) const QUERY: &str = "PLANTED query/é+";
pub(crate) const EMAIL: &str = "jenny+PLANTED@example.com";
pub(crate) const MESSAGE: &str = "No such customer: Jenny PLANTEDmessage";

macro_rules! markers {
    ($($name:ident),* $(,)?) => {
        pub(crate) const MARKERS: &[Marker] =
            &[$(Marker { name: stringify!($name), text: $name }),*];
    };
}

markers![
    FIXED_KEY,
    PROVIDED_KEY,
    ROTATED_KEY,
    FILE_KEY,
    PLATFORM_KEY,
    CODE,
    ACCESS,
    REFRESH,
    OAUTH_SECRET,
    STATE,
    ENDPOINT,
    SESSION,
    COOKIE,
    SET_COOKIE,
    BEARER,
    OWN_HEADER,
    ANSWER_HEADER,
    PROXY,
    CARD,
    CVC,
    DIGITS,
    CLIENT_SECRET,
    BANK,
    METADATA,
    FILE,
    PATH,
    QUERY,
    EMAIL,
    MESSAGE,
    WORD,
];

/// Credentials: the markers that no file may contain, not even one that stores requests.
pub(crate) const CREDENTIALS: &[&str] = &[
    "FIXED_KEY",
    "PROVIDED_KEY",
    "ROTATED_KEY",
    "FILE_KEY",
    "PLATFORM_KEY",
    "CODE",
    "ACCESS",
    "REFRESH",
    "SESSION",
    "BEARER",
    "PROXY",
];

/// All forms of a text that are searched, with their names. Equal forms are listed once.
pub(crate) fn forms(text: &str) -> Vec<(&'static str, String)> {
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let in_form = utf8_percent_encode(text, IN_FORM).to_string();
    let json = serde_json::to_string(text).unwrap();
    let debug = format!("{text:?}");
    let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let json = &json[1..json.len() - 1];
    let all = [
        ("plain", text.to_owned()),
        ("percent-encoded", percent.clone()),
        ("percent-encoded", in_form.clone()),
        ("percent-encoded", in_lower_case(&percent)),
        ("percent-encoded", in_lower_case(&in_form)),
        ("form-encoded", percent.replace("%20", "+")),
        ("form-encoded", in_form.replace("%20", "+")),
        ("JSON-escaped", json.to_owned()),
        ("Rust-escaped", debug[1..debug.len() - 1].to_owned()),
        ("dump", in_dump(text)),
        ("dump", in_dump(json)),
        ("list of bytes", bytes.join(", ")),
        ("hexadecimal", hex.to_uppercase()),
        ("hexadecimal", hex),
    ];
    let mut seen = BTreeSet::new();
    let mut forms: Vec<_> = all.into_iter().chain(base64_forms(text)).collect();
    forms.retain(|(_, form)| seen.insert(form.clone()));
    forms
}

/// As [`NON_ALPHANUMERIC`], except for the characters that forms do not escape.
const IN_FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'*');

/// As dumps of ureq show a text.
fn in_dump(text: &str) -> String {
    let bytes = text.bytes().map(char::from);
    let shown = bytes.map(|one| if one.is_ascii_graphic() { one } else { '.' });
    shown.collect()
}

/// With the hexadecimal digits of escapes in lower case.
fn in_lower_case(percent: &str) -> String {
    let mut pieces = percent.split('%');
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        text.push_str(&format!("%{}{rest}", digits.to_lowercase()));
    }
    text
}

/// The text in base64 after zero, one and two other bytes, without the characters that depend on
/// its context.
pub(crate) fn base64_forms(text: &str) -> Vec<(&'static str, String)> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(text.as_bytes());
        let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        for encoded in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            forms.push(("base64", encoded[own.clone()].to_owned()));
        }
    }
    forms
}
