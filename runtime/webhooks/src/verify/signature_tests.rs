//! Codes compared with those of Python's `hmac`, headers, and secrets.

use wire::secret::Secret;
use wire::value::Timestamp;

use super::secret::{SecretError, check_secret, parse_secrets, read_secrets};
use super::signature::{Signer, find_signing_secret};
use super::signature_header::{MAX_CODES, MAX_HEADER_BYTES, ParsedSignature, encode_hex};
use crate::WebhookError;

const TIME: Timestamp = Timestamp(1_769_599_800);
const CODE: &str = "3e8850efae6b6fb078d62ddc51781af1ca5a07dd90c3e83f9981574ac270fecb";

fn signed(secret: &str, at: i64, body: &[u8]) -> String {
    Signer::new(secret).at(at).sign(body)
}

#[test]
fn signatures_are_those_of_another_implementation() {
    let all: Vec<u8> = (0..=255).collect();
    let known: [(&str, i64, &[u8], &str); 5] = [
        ("whsec_abc", TIME.0, br#"{"id":"evt_1"}"#, CODE),
        (
            "whsec_abc",
            TIME.0,
            b"",
            "e95d231a9ad0d317dd4b9cd3c8dea3e2a8570bf89b27698c4dc22bac20e9aef4",
        ),
        (
            "whsec_abc",
            0,
            b"",
            "72ee6e6d320f3ed4a162fa3d2c68835dd4d6d9d330ebf026659100009c69e2fd",
        ),
        (
            "whsec_abc",
            TIME.0,
            &all,
            "c8bc72f5e37b1a0b8e15820148352751e0e0b2bb55cce835318999cd42bb4227",
        ),
        (
            // Longer than a block of the hash, which HMAC treats differently.
            &"x".repeat(200),
            TIME.0,
            b"{}",
            "0e45592eadbc20635f26b201c3177e203a9a0ad1973381a48c05b01bb8e52251",
        ),
    ];
    for (secret, at, body, code) in known {
        assert_eq!(signed(secret, at, body), format!("t={at},v1={code}"));
    }
}

#[test]
fn signer_writes_one_signature_for_each_secret() {
    let signer = Signer::new("whsec_new").also(" whsec_abc\n").at(TIME);
    let new = "767f764cdce5be9a324156346ff43bc38cdcceafa14731c5540632d4f2e1b4d5";
    assert_eq!(
        signer.sign(br#"{"id":"evt_1"}"#),
        format!("t=1769599800,v1={new},v1={CODE}")
    );
}

#[test]
fn signer_shows_no_secret() {
    let signer = Signer::new("whsec_abc").also("other");
    let shown = format!("{signer:?}");
    assert!(
        !shown.contains("abc") && !shown.contains("other"),
        "{shown}"
    );
}

#[test]
fn hex_digits_decode_to_the_same_code() {
    for byte in 0..=255 {
        let code = [byte; 32];
        let header = format!("t=1,v1={}", encode_hex(&code));
        assert_eq!(ParsedSignature::parse(&header).unwrap().codes, [code]);
    }
}

#[test]
fn signing_secret_is_the_first_that_matches() {
    let secrets = ["a", "b", "c", "b"].map(Secret::from);
    let header = Signer::new("c").also("b").at(TIME).sign("x");
    let codes = ParsedSignature::parse(&header).unwrap().codes;
    assert_eq!(
        find_signing_secret(&secrets, "1769599800", b"x", &codes),
        Some(1)
    );
    assert_eq!(
        find_signing_secret(&secrets, "1769599800", b"y", &codes),
        None
    );
    assert_eq!(
        find_signing_secret(&secrets, "01769599800", b"x", &codes),
        None
    );
    assert_eq!(find_signing_secret(&secrets, "1769599800", b"x", &[]), None);
    assert_eq!(find_signing_secret(&[], "1769599800", b"x", &codes), None);
}

fn codes(header: &str) -> Result<(i64, usize), String> {
    match ParsedSignature::parse(header) {
        Ok(parsed) => Ok((parsed.signed_at.0, parsed.codes.len())),
        Err(WebhookError::MalformedHeader) => Err("malformed".to_owned()),
        Err(WebhookError::NoSignature) => Err("no signature".to_owned()),
        Err(other) => Err(other.to_string()),
    }
}

#[test]
fn header_is_read_with_spaces_and_unknown_parts() {
    let one = CODE;
    for header in [
        format!("t=5,v1={one}"),
        format!("v1={one},t=5"),
        format!(" t=5 , v1={one} "),
        format!("t=5,v0={one},v1={one},v2={one}"),
        format!("t=5,,nonsense,=,a=b=c,v1={one}"),
        format!("t=5,t=5,v1={one}"),
    ] {
        assert_eq!(codes(&header), Ok((5, 1)), "{header}");
    }
    assert_eq!(codes(&format!("t=5,v1={one},v1={one}")), Ok((5, 2)));
}

#[test]
fn header_is_malformed_without_one_plain_time() {
    for time in [
        "",
        "t",
        "t=",
        "t=-5",
        "t=+5",
        "t= 5",
        "t=5.0",
        "t=0x5",
        "t=٥",
        "t=5e3",
        "T=5",
        "t==5",
        "t=5,t=6",
        "t=5,t=05",
        "t=9223372036854775808",
        "t=99999999999999999999999999999999",
    ] {
        let header = format!("{time},v1={CODE}");
        assert_eq!(codes(&header), Err("malformed".to_owned()), "{time}");
    }
    assert_eq!(
        codes(&format!("t=9223372036854775807,v1={CODE}")),
        Ok((i64::MAX, 1))
    );
}

#[test]
fn header_without_the_scheme_is_not_signed() {
    for header in ["t=5", "t=5,v0=00", "t=5,v1", "t=5,V1=00", "t=5,v1 =00"] {
        assert_eq!(codes(header), Err("no signature".to_owned()), "{header}");
    }
}

#[test]
fn codes_are_64_lower_case_digits() {
    let upper = CODE.to_uppercase();
    let long = format!("{CODE}0");
    for code in ["", "0", &CODE[1..], &long, &upper, &CODE.replace('e', "é")] {
        assert_eq!(codes(&format!("t=5,v1={code}")), Ok((5, 0)), "{code}");
    }
}

#[test]
fn work_is_bounded_however_many_signatures_there_are() {
    let many = format!("t=5{}", format!(",v1={CODE}").repeat(MAX_CODES + 5));
    assert_eq!(codes(&many), Ok((5, MAX_CODES)));
    // Invalid signatures do not count towards the limit.
    let odd = format!("t=5{},v1={CODE}", ",v1=0".repeat(MAX_CODES + 5));
    assert_eq!(codes(&odd), Ok((5, 1)));

    let fill = "x".repeat(MAX_HEADER_BYTES + 1 - 4 - 4 - 64);
    let longest = format!("t=5,{fill},v1={CODE}");
    assert_eq!(longest.len(), MAX_HEADER_BYTES + 1);
    assert_eq!(codes(&longest), Err("malformed".to_owned()));
    assert_eq!(codes(&longest.replacen('x', "", 1)), Ok((5, 1)));
}

#[test]
fn secret_is_trimmed_and_may_have_no_prefix() {
    for text in ["whsec_abc", " whsec_abc\r\n", "\u{a0}whsec_abc\t"] {
        let secret = check_secret(&Secret::from(text)).unwrap();
        assert_eq!(secret.expose(), "whsec_abc");
    }
    assert_eq!(
        check_secret(&Secret::from("x+/=-")).unwrap().expose(),
        "x+/=-"
    );
}

#[test]
fn text_that_is_no_secret_is_named() {
    let error = |text: &str| check_secret(&Secret::from(text)).unwrap_err();
    for text in ["", "  \n", "whsec_", " whsec_ "] {
        assert_eq!(error(text), SecretError::Empty, "{text}");
    }
    for text in [
        "sk_test_abc",
        "rk_live_abc",
        "pk_test_abc",
        "sk_org_live_abc",
        " sk_x",
    ] {
        assert_eq!(error(text), SecretError::ApiKey, "{text}");
    }
    for text in ["we_1Mabc", "ed_test_61abc"] {
        assert_eq!(error(text), SecretError::EndpointId, "{text}");
    }
    for (text, at) in [
        ("whsec_a b", 7),
        ("\"whsec_a\"", 0),
        ("whsec_a'", 7),
        ("whsec_\u{200b}a", 6),
        ("whsec_\0", 6),
    ] {
        let length = text.len();
        assert_eq!(error(text), SecretError::Malformed { at, length }, "{text}");
    }
}

#[test]
fn errors_about_secrets_say_what_to_do_and_show_no_secret() {
    let text = |text: &str| check_secret(&Secret::from(text)).unwrap_err().to_string();
    assert_eq!(text(""), "the webhook secret is empty");
    assert_eq!(
        text("sk_org_qqq"),
        "this is an API key and not a webhook secret: use the signing secret of the endpoint \
         (`whsec_…`)"
    );
    assert_eq!(
        text("we_qqq"),
        "this is the id of an endpoint and not a webhook secret: use its signing secret (`whsec_…`)"
    );
    assert_eq!(
        text("whsec_qqq qqq"),
        "the webhook secret has an invalid character, at byte 9 of 13"
    );
}

#[test]
fn list_of_secrets_is_split_at_commas_and_white_space() {
    let secrets = parse_secrets(" a,b\tc ,, d\n").unwrap();
    let texts: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    assert_eq!(parse_secrets(" , ").unwrap_err(), SecretError::Empty);
    assert_eq!(parse_secrets("a,sk_b").unwrap_err(), SecretError::ApiKey);
}

#[test]
fn missing_variable_is_named() {
    let error = read_secrets("RUNTIME_TESTS_NO_SUCH_VARIABLE").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no webhook secret: the environment variable RUNTIME_TESTS_NO_SUCH_VARIABLE is not set"
    );
}
