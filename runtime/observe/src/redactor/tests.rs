use http::{HeaderMap, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{REDACTED, Redactor};
use wire::codec::{Encode, Writer, encode_json, write_json_text};
use wire::value::RawJson;

fn redactor() -> Redactor {
    Redactor::new(["email", "Client_Secret", "card", "metadata"])
}

#[test]
fn listed_members_are_replaced_whatever_their_type_and_depth() {
    let text = r#"{ "id":"x", "email" : "a@b" ,"l":[{"EMAIL":[1,{"a":2}]}, {"card": {"number":42}}],
        "client\u005fsecret":12.5, "metadata":true}"#;
    let want = r#"{"id":"x","email":"[redacted]","l":[{"EMAIL":"[redacted]"},{"card":"[redacted]"}],"client_secret":"[redacted]","metadata":"[redacted]"}"#;
    assert_eq!(redactor().json(text), want);
}

#[test]
fn empty_values_are_shown_when_the_field_is_listed() {
    let text = r#"{"email":null,"card":""}"#;
    assert_eq!(redactor().json(text), text);
    assert_eq!(redactor().form("email=&card=x"), "email=&card=[redacted]");
}

#[test]
fn types_are_kept_when_shapes_are() {
    let text =
        r#"{"card": {"exp_month": 12, "ok": true, "on": null, "list": ["a", {"b": -1.5e3}]}}"#;
    let want = r#"{"card":{"exp_month":0,"ok":false,"on":null,"list":["[redacted]",{"b":0}]}}"#;
    assert_eq!(redactor().keeping_shapes().json(text), want);
}

#[test]
fn every_repetition_of_a_key_is_replaced() {
    let text = r#"{"email": "one", "email": {"a": "two"}, "email": ["three"]}"#;
    let shown = redactor().json(text);
    assert_eq!(shown.matches(REDACTED).count(), 3, "{shown}");
    assert!(!shown.contains("one") && !shown.contains("two") && !shown.contains("three"));
}

#[test]
fn text_is_hidden_entirely_when_it_is_not_json() {
    for broken in [
        "",
        "{",
        r#"{"email": "jenny@example.com""#,
        r#"{"email": "jenny@example.com"} x"#,
        "<html>jenny@example.com</html>",
        r#"{"a": 01}"#,
        &"[".repeat(200),
    ] {
        let shown = redactor().json(broken);
        assert_eq!(shown, format!("[{} bytes]", broken.len()));
    }
}

#[test]
fn form_values_are_replaced_when_any_part_of_the_key_is_listed() {
    for (form, want) in [
        ("email=a%40b&id=1", "email=[redacted]&id=1"),
        (
            "card[number]=42&x[0][email]=y",
            "card[number]=[redacted]&x[0][email]=[redacted]",
        ),
        (
            "a%5Bemail%5D=y&a[%65mail]=y",
            "a%5Bemail%5D=[redacted]&a[%65mail]=[redacted]",
        ),
        (
            "Metadata[order]=6735&emails=1",
            "Metadata[order]=[redacted]&emails=1",
        ),
        ("flag&=&a=b=c&&", "flag&=&a=b=c&&"),
        ("+email+=x", "+email+=[redacted]"),
    ] {
        assert_eq!(redactor().form(form), want);
    }
}

#[test]
fn credentials_are_replaced_whatever_the_field() {
    let none = Redactor::new::<&str>([]);
    for (text, want) in [
        ("key sk_live_abc123, ok", "key [redacted], ok"),
        ("sk_test_PLANTED", REDACTED),
        ("'rk_live_x' rk_test_y", "'[redacted]' [redacted]"),
        ("whsec_A+b/c==", REDACTED),
        (
            "pi_3M_secret_9xYz and seti_1_secret_2",
            "[redacted] and [redacted]",
        ),
        ("whsec_+b/c", REDACTED),
        ("ac_1234567890abcdef", REDACTED),
        ("SK_LIVE_upper", REDACTED),
        ("é sk_live_1é", "é [redacted]é"),
    ] {
        assert_eq!(none.text(text), want);
        let json = format!("{{\"a\": [\"{text}\"]}}");
        assert_eq!(none.json(&json), format!("{{\"a\":[\"{want}\"]}}"));
    }
    assert_eq!(
        none.form("a=sk%5Flive_1&sk_live_2=b"),
        "a=[redacted]&[redacted]=b"
    );
    assert_eq!(
        none.json(r#"{"a":1, "sk_live_9" : 2}"#),
        r#"{"a":1,"[redacted]":2}"#
    );
    assert_eq!(none.json(r#"["sk\u005flive_9"]"#), r#"["[redacted]"]"#);
    assert_eq!(none.text("/v1/x/sk_test_1?q"), "/v1/x/[redacted]?q");
}

#[test]
fn ordinary_words_stay_when_they_resemble_credentials() {
    let none = Redactor::new::<&str>([]);
    for text in [
        "client_secret",
        "secret_key_required",
        "sk_live_",
        "pk_live_abc",
        "ac_short",
        "ac_counting_department",
        "mac_0123456789abcdefgh",
    ] {
        assert_eq!(none.text(text), text);
    }
}

#[test]
fn body_is_shown_by_its_content_type() {
    let redactor = redactor();
    let body = br#"{"email":"x"}"#;
    let hidden = r#"{"email":"[redacted]"}"#;
    assert_eq!(
        redactor.body(Some("application/json; charset=utf-8"), body),
        hidden
    );
    assert_eq!(
        redactor.body(Some("application/problem+JSON"), body),
        hidden
    );
    assert_eq!(redactor.body(None, body), hidden);
    for other in ["text/html", "multipart/form-data; boundary=b0"] {
        assert_eq!(redactor.body(Some(other), body), "[13 bytes]");
    }
    assert_eq!(
        redactor.body(Some("application/json"), b"\xff{}"),
        "[3 bytes]"
    );
    assert_eq!(redactor.body(None, b"email=x"), "[7 bytes]");
    assert_eq!(redactor.body(None, b""), "");
    let form = Some("application/x-www-form-urlencoded");
    assert_eq!(redactor.body(form, b"email=x"), "email=[redacted]");
}

#[test]
fn headers_with_credentials_are_hidden_and_others_shown() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("authorization", "Bearer sk_test_1"),
        ("proxy-authorization", "x"),
        ("cookie", "x"),
        ("set-cookie", "x"),
        ("x-internal", "x"),
        ("idempotency-key", "key-1"),
        ("stripe-account", "acct_1"),
        ("x-other", "sk_test_1"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let mut marked = HeaderValue::from_static("x");
    marked.set_sensitive(true);
    headers.insert("x-marked", marked);
    headers.insert("x-binary", HeaderValue::from_bytes(b"\xff").unwrap());
    let shown = redactor().also(["X-Internal"]).headers(&headers);
    let visible: Vec<_> = shown
        .iter()
        .filter(|(_, value)| value != REDACTED)
        .collect();
    assert_eq!(shown.len(), 10);
    assert_eq!(visible.len(), 2, "{visible:?}");
}

#[test]
fn standard_list_has_each_name_once_and_in_lower_case() {
    let names = super::fields::STANDARD;
    let set: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(set.len(), names.len());
    assert!(names.iter().all(|name| *name == name.to_lowercase()));
    let redactor = Redactor::standard().except(["Name"]);
    assert!(!redactor.hides("name") && redactor.hides("client_secret"));
}

const SECRET: &str = "PLANTED";

/// JSON text that is written without white space.
struct Unchanged<'a>(&'a str);

impl Encode for Unchanged<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        write_json_text(self.0, out).unwrap();
    }
}

/// JSON without secrets, with a name that is not listed for each member.
fn harmless() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just(r#""\u00e9\n\"""#.to_owned()),
        "[a-z é]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        let member = ("[a-d]{1,3}", inner.clone(), "[ \n]{0,2}")
            .prop_map(|(key, value, space)| format!("\"{key}\"{space}:{space}{value}"));
        prop_oneof![
            vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// A value with the secret in it, at any depth.
fn planted() -> impl Strategy<Value = String> {
    let leaf = Just(format!("\"{SECRET}\""));
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (harmless(), inner.clone()).prop_map(|(a, b)| format!("[{a},{b}]")),
            (harmless(), inner).prop_map(|(a, b)| format!("{{\"k\":{b},\"l\":{a}}}")),
        ]
    })
}

proptest! {
    #[test]
    fn planted_secret_never_survives(
        value in planted(),
        around in vec((harmless(), any::<bool>()), 0..5),
        field in prop_oneof![Just("email"), Just("CARD"), Just(r"client\u005Fsecret")],
    ) {
        let mut text = format!("{{\"z\":1,\"{field}\":{value}}}");
        for (other, is_list) in around {
            text = if is_list {
                format!("[{other},{text}]")
            } else {
                format!("{{\"y\":{other},\"x\":{text}}}")
            };
        }
        for redactor in [redactor(), redactor().keeping_shapes()] {
            let shown = redactor.json(&text);
            prop_assert!(!shown.contains(SECRET), "{shown}");
            prop_assert!(shown.parse::<RawJson>().is_ok(), "{shown}");
        }
    }

    #[test]
    fn text_without_listed_fields_is_unchanged_but_for_white_space(text in harmless()) {
        let compact = encode_json(&Unchanged(&text));
        prop_assert_eq!(&redactor().json(&text), &compact);
        prop_assert_eq!(&redactor().keeping_shapes().json(&text), &compact);
    }

    #[test]
    fn planted_form_secret_never_survives(
        before in "[a-z]{0,4}", depth in 0..4_usize, encode in any::<bool>(),
    ) {
        let (open, close) = if encode { ("%5B", "%5D") } else { ("[", "]") };
        let inner = format!("{open}email{close}") + &format!("{open}0{close}").repeat(depth);
        let form = format!("a=1&r{before}{inner}={SECRET}&b={before}");
        let shown = redactor().form(&form);
        prop_assert_eq!(shown, form.replace(SECRET, REDACTED));
    }

    #[test]
    fn any_text_is_read_without_failing(text in "\\PC*", bytes in vec(any::<u8>(), 0..64)) {
        let _ = (redactor().json(&text), redactor().form(&text));
        let _ = redactor().body(None, &bytes);
        let _ = redactor().text(&text);
    }
}
