//! Random documents, with serde_json as the oracle.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Map, Value};
use wire::codec::decode;

use crate::tree::{Tree, agree, same, verdict};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\PC\"\\\\\\x00-\\x1f]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        let members = vec((any::<String>(), inner.clone()), 0..8);
        prop_oneof![
            vec(inner, 0..8).prop_map(Value::from),
            members.prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// Text composed of parts of the grammar, so that it is often almost JSON.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\"",
        b"\"a\"",
        b"\"a\":",
        b"\\",
        b"\\u",
        b"\\ud800",
        b"\\udc00",
        b"\\n",
        b"0",
        b"1",
        b"-",
        b"+",
        b".",
        b"e",
        b"E",
        b"null",
        b"true",
        b"false",
        b"tru",
        b" ",
        b"\n",
        b"\t",
        b"\r",
        b"\x0c",
        b"\x00",
        b"\xc3",
        b"\xa9",
        b"\xf0\x9f\x98\x80",
        b"\x80",
        b"\xff",
        b"[]",
        b"{}",
        b"12.5e-3",
        b"\"\\u00e9\"",
        b"        ",
        b"abcdefgh",
    ];
    vec(proptest::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

/// Many cases; the variable `PROPTEST_CASES` sets another number.
fn config() -> Config {
    let default = Config::default();
    Config {
        cases: default.cases.max(2000),
        failure_persistence: None,
        ..default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_the_oracle_writes_is_read_the_same(value in values()) {
        let compact = serde_json::to_string(&value).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        for text in [compact, pretty] {
            verdict(text.as_bytes()).unwrap();
            let tree = decode::<Tree>(text.as_bytes()).unwrap();
            assert!(same(&tree.0, &value), "{text}");
        }
    }

    #[test]
    fn mutated_documents_get_the_same_verdict(
        value in values(),
        changes in vec((any::<usize>(), any::<u8>(), 0..4), 1..4),
    ) {
        let mut text = serde_json::to_vec(&value).unwrap();
        for (at, byte, how) in changes {
            let at = at % (text.len() + 1);
            match how {
                0 => text.insert(at, byte),
                1 => text.truncate(at),
                2 if at < text.len() => text[at] = byte,
                _ if at < text.len() => drop(text.remove(at)),
                _ => {}
            }
        }
        agree(&text);
    }

    #[test]
    fn pieces_of_the_grammar_in_any_order_get_the_same_verdict(text in nearly_json()) {
        agree(&text);
    }

    #[test]
    fn any_bytes_get_the_same_verdict(text in vec(any::<u8>(), 0..40)) {
        agree(&text);
        agree(&[b"\"", &*text, b"\""].concat());
    }

    #[test]
    fn any_string_survives(text in any::<String>()) {
        let quoted = wire::codec::encode_json(&text);
        assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        assert_eq!(decode::<String>(quoted.as_bytes()).unwrap(), text);
    }

    #[test]
    fn any_number_survives(float in any::<f64>(), integer in any::<i64>()) {
        if float.is_finite() {
            let text = wire::codec::encode_json(&float);
            // The sign of zero is not kept.
            assert_eq!(decode::<f64>(text.as_bytes()).unwrap(), float, "{text}");
        }
        let text = wire::codec::encode_json(&integer);
        assert_eq!(decode::<i64>(text.as_bytes()).unwrap(), integer);
    }

    #[test]
    fn integers_are_read_from_any_spelling(value in any::<i64>(), shift in 0..6u32) {
        // value = (value × 10^shift) e-shift
        let zeros = "0".repeat(shift as usize);
        for text in [format!("{value}{zeros}e-{shift}"), format!("{value}.{zeros}0e0")] {
            assert_eq!(decode::<i64>(text.as_bytes()).unwrap(), value, "{text}");
        }
        if let (0, Some(larger)) = (value % 10, value.checked_mul(10i64.pow(shift))) {
            let text = format!("{value}e{shift}");
            assert_eq!(decode::<i64>(text.as_bytes()).unwrap(), larger, "{text}");
        }
    }
}
