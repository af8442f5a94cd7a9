//! The layouts against texts that Ruby and JavaScript write, and their limits.

use super::{LONGEST_BODY, Layout, any, rewritten};

const COMPACT: &str = r#"{"id":"evt_1","n":1.50,"s":"a \"{,:}\\","data":{"list":[1,{"a":[]}],"none":{}},"last":null}"#;

const INDENTED: &str = r#"{
  "id": "evt_1",
  "n": 1.50,
  "s": "a \"{,:}\\",
  "data": {
    "list": [
      1,
      {
        "a": []
      }
    ],
    "none": {}
  },
  "last": null
}"#;

const SPREAD: &str = r#"{
  "id": "evt_1",
  "n": 1.50,
  "s": "a \"{,:}\\",
  "data": {
    "list": [
      1,
      {
        "a": [

        ]
      }
    ],
    "none": {
    }
  },
  "last": null
}"#;

fn finds(received: &[u8], signed: &[u8]) -> bool {
    any(received, &mut |text| text == signed)
}

#[test]
fn layouts_turn_into_each_other() {
    let all = [
        (Layout::Compact, COMPACT),
        (Layout::Indented, INDENTED),
        (Layout::Spread, SPREAD),
    ];
    for (_, from) in all {
        for (layout, to) in all {
            let text = rewritten(from, layout).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), to);
        }
    }
}

#[test]
fn scalars_have_one_layout() {
    for json in ["null", "1.0", r#""a\\""#, "[]", "{}"] {
        assert_eq!(rewritten(json, Layout::Indented).unwrap(), json.as_bytes());
    }
}

#[test]
fn spellings_are_found() {
    let windows = INDENTED.replace('\n', "\r\n");
    let marked = format!("\u{feff}{INDENTED}");
    let (ended, spaced) = (format!("{INDENTED}\n"), format!("\n {COMPACT} \n"));
    for received in [
        COMPACT, INDENTED, SPREAD, &windows, &marked, &ended, &spaced,
    ] {
        for signed in [COMPACT, INDENTED, SPREAD, &ended] {
            assert!(finds(received.as_bytes(), signed.as_bytes()));
        }
    }
    // Ends of lines and white space, in what is no JSON.
    assert!(finds(b"a\r\nb\rc\r\n", b"a\nb\rc\n"));
    assert!(finds(b" a b\n", b"a b"));
    assert!(finds(b"a b", b"a b\n"));
}

#[test]
fn other_texts_are_not_found() {
    for signed in [r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1.0}"#, r#"{"b":2}"#, ""] {
        assert!(!finds(br#"{"b": 2, "a": 1}"#, signed.as_bytes()));
    }
    // No JSON, or not UTF-8: the layouts are left out.
    assert!(!finds(b"{\"a\": 1", b"{\"a\":1"));
    assert!(!finds(b"[\"\xff\", 1]", b"[\"\xff\",1]"));
}

#[test]
fn long_bodies_are_not_examined() {
    let body = |length: usize| format!("[{}]", " ".repeat(length - 2));
    assert!(finds(body(LONGEST_BODY).as_bytes(), b"[]"));
    assert!(!finds(body(LONGEST_BODY + 1).as_bytes(), b"[]"));
}

#[test]
fn layouts_that_grow_too_much_are_given_up() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(rewritten(&deep, Layout::Indented).is_none());
    assert!(rewritten(&deep, Layout::Compact).is_some());
}

#[test]
fn hashed_text_is_bounded_whatever_the_body() {
    let wide = format!(
        "[{}]",
        "[],".repeat(LONGEST_BODY / 3 - 2).trim_end_matches(',')
    );
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    let nested = format!("[{}{deep}]", format!("{deep},").repeat(200));
    for body in [wide, nested, "\r\n".repeat(LONGEST_BODY / 2)] {
        assert!(body.len() <= LONGEST_BODY);
        let (mut hashed, mut texts) = (0, 0);
        assert!(!any(body.as_bytes(), &mut |text| {
            hashed += text.len();
            texts += 1;
            false
        }));
        assert!(texts <= 9, "{texts} texts");
        assert!(hashed <= 3 << 19, "{hashed} bytes of {}", body.len());
    }
}
