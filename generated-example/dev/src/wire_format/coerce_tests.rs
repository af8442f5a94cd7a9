//! Text leaves get the types of the schema, and only in canonical spelling.

use serde_json::{Value, json};

use super::bracket::decode;
use super::coerce::coerce;

fn property(schema: Value, form: &str) -> Value {
    let object = json!({ "type": "object", "properties": { "a": schema } });
    coerce(&object, &decode(form).unwrap())["a"].clone()
}

#[test]
fn scalars_take_the_type_of_the_schema() {
    assert_eq!(property(json!({ "type": "string" }), "a=1"), json!("1"));
    assert_eq!(property(json!({ "type": "integer" }), "a=-17"), json!(-17));
    assert_eq!(property(json!({ "type": "number" }), "a=0.5"), json!(0.5));
    assert_eq!(
        property(json!({ "type": "boolean" }), "a=true"),
        json!(true)
    );
}

#[test]
fn odd_spellings_stay_text() {
    let cases = [
        (
            "integer",
            &[
                "",
                "1.0",
                "1e3",
                "%2B1",
                "01",
                "-0",
                "0x1",
                "9223372036854775808",
            ][..],
        ),
        ("number", &["", ".5", "5.", "1e3", "NaN", "inf", "00.5"][..]),
        ("boolean", &["", "True", "1", "yes", "TRUE"][..]),
    ];
    for (kind, spellings) in cases {
        for text in spellings {
            let value = property(json!({ "type": kind }), &format!("a={text}"));
            assert!(value.is_string(), "{kind} {text}");
        }
    }
}

#[test]
fn indices_are_arrays_only_where_the_schema_says_so() {
    let strings = json!({ "type": "array", "items": { "type": "string" } });
    let map = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    assert_eq!(
        property(strings.clone(), "a[0]=x&a[1]=y"),
        json!(["x", "y"])
    );
    assert_eq!(property(map, "a[0]=x"), json!({ "0": "x" }));
    assert_eq!(
        property(strings.clone(), "a[0]=x&a[2]=y"),
        json!({ "0": "x", "2": "y" })
    );
    assert_eq!(property(strings, "a[00]=x"), json!({ "00": "x" }));
}

#[test]
fn more_than_ten_elements_keep_their_order() {
    let form: Vec<_> = (0..12).map(|i| format!("a[{i}]={i}")).collect();
    let integers = json!({ "type": "array", "items": { "type": "integer" } });
    let expected: Vec<_> = (0..12).collect();
    assert_eq!(property(integers, &form.join("&")), json!(expected));
}

#[test]
fn unions_take_the_member_that_fits() {
    let empty = json!({ "type": "string", "enum": [""] });
    let keyword = json!({ "type": "string", "enum": ["now"] });
    let union = json!({ "anyOf": [empty, keyword, { "type": "integer" }] });
    assert_eq!(property(union.clone(), "a="), json!(""));
    assert_eq!(property(union.clone(), "a=now"), json!("now"));
    assert_eq!(property(union, "a=12"), json!(12));
}

#[test]
fn a_union_of_objects_goes_by_names() {
    let number = json!({
        "type": "object",
        "required": ["number"],
        "properties": { "number": { "type": "string" }, "exp": { "type": "integer" } },
    });
    let token = json!({ "type": "object", "properties": { "token": { "type": "string" } } });
    let union = json!({ "anyOf": [number, token] });
    assert_eq!(
        property(union.clone(), "a[token]=t"),
        json!({ "token": "t" })
    );
    let expected = json!({ "exp": 5, "number": "4" });
    assert_eq!(property(union, "a[number]=4&a[exp]=5"), expected);
}
