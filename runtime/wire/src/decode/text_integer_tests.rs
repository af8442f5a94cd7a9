//! Tests of integers that are written as text.

use super::{DecodeError, DecodeErrorKind, DecodePolicy, Extra, decode, decode_with};

#[derive(Debug, Default, PartialEq)]
struct Import {
    plain: i64,
    size: i64,
    rows: Option<Vec<i64>>,
    limits: crate::value::Map<i64>,
    extra: Extra,
}
crate::record!(Import [0x3] text [0xe] { "object" = "import" } 0 plain = "plain", 1 size = "size", 2 rows = "rows"; limits = "limits");

fn import(text: &str) -> Result<Import, DecodeError> {
    decode_with(text.as_bytes(), DecodePolicy::Refuse).map(|(import, _)| import)
}

#[test]
fn integers_in_marked_fields_may_be_text_at_every_depth() {
    let text = r#"{"plain": 1, "size": "-9223372036854775808", "rows": ["9007199254740993", 2], "limits": {"a": "3"}}"#;
    let expected = Import {
        plain: 1,
        size: i64::MIN,
        rows: Some(vec![9_007_199_254_740_993, 2]),
        limits: [("a", 3)].into(),
        extra: Extra::default(),
    };
    assert_eq!(import(text).unwrap(), expected);
    let repeated = r#"{"size": "5", "plain": 1, "size": "6", "rows": null}"#;
    assert_eq!(import(repeated).unwrap().size, 6);
}

#[test]
fn text_in_a_marked_field_is_an_integer_in_range() {
    for text in ["", "a", "1.5", "1 2", "0x1", "\\u0031a"] {
        let error = import(&format!(r#"{{"plain": 1, "size": "{text}"}}"#)).unwrap_err();
        let expected = "an integer";
        assert_eq!(
            error.kind(),
            &DecodeErrorKind::Invalid { expected },
            "{text}"
        );
        assert_eq!(error.offset(), Some(21), "{text}");
    }
    let error = import(r#"{"plain": 1, "size": "9223372036854775808"}"#).unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::NumberOutOfRange);
}

#[test]
fn integers_in_other_fields_are_no_text() {
    let error = import(r#"{"size": "1", "plain": "1"}"#).unwrap_err();
    let kind = format!("{:?}", error.kind());
    assert!(kind.contains("an integer"), "{kind}");
    assert!(decode::<i64>(br#""1""#).is_err());
}
