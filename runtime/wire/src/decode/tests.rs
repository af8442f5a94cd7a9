use super::{
    DecodeError, DecodeErrorKind, DecodePolicy, JsonKind, MAX_DEPTH, Place, Reader, Record,
    RecordShape, decode, decode_with,
};
use crate::value::{List, Map};

#[derive(Clone, Debug, Default, PartialEq)]
struct Address {
    city: Option<String>,
    lines: Option<Vec<String>>,
    zip: String,
}

impl Record for Address {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new("Address", &["city", "lines", "zip"], &[0b100]);
        &SHAPE
    }

    fn at(&mut self, index: usize) -> &mut dyn Place {
        match index {
            0 => &mut self.city,
            1 => &mut self.lines,
            _ => &mut self.zip,
        }
    }
}

impl Place for Address {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Customer {
    address: Address,
    balance: i64,
    extra: Map<Address>,
    old: Option<Box<Address>>,
}

impl Record for Customer {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new(
            "Customer",
            &["address", "balance", "extra", "old"],
            &[0b0011],
        );
        &SHAPE
    }

    fn at(&mut self, index: usize) -> &mut dyn Place {
        match index {
            0 => &mut self.address,
            1 => &mut self.balance,
            2 => &mut self.extra,
            _ => &mut self.old,
        }
    }
}

impl Place for Customer {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

fn customer(text: &str) -> Result<Customer, DecodeError> {
    refusing(text.as_bytes())
}

fn refusing<T: Place + Default>(text: &[u8]) -> Result<T, DecodeError> {
    decode_with(text, DecodePolicy::Refuse).map(|(value, _)| value)
}

#[track_caller]
fn fails(text: &str) -> DecodeError {
    customer(text).unwrap_err()
}

#[test]
fn fields_are_found_in_any_order_and_spelling() {
    let expected = customer(r#"{"address":{"zip":"1","city":"A"},"balance":2}"#).unwrap();
    assert_eq!(expected.address.city.as_deref(), Some("A"));
    for text in [
        r#"{"balance":2,"address":{"city":"A","zip":"1"}}"#,
        r#" { "balance" : 2 , "address" : { "zip" : "1" , "city" : "A" } } "#,
        r#"{"\u0062alance":2,"addres\u0073":{"zi\u0070":"1","cit\u0079":"A"}}"#,
        r#"{"old":null,"extra":{},"balance":2,"address":{"city":"A","zip":"1"}}"#,
        r#"{"balance":2,"b":1,"balanc":[],"balances":{},"address":{"zip":"1","city":"A"}}"#,
    ] {
        assert_eq!(customer(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn white_space_may_differ_between_members() {
    let spellings = [
        r#"{"city":"a","lines":["b"],"zip":"c"}"#,
        "{ \"city\" : \"a\" , \"lines\":\t[ \"b\"\n] ,\"zip\":  \"c\" }",
        "{\n  \"city\": \"a\",\n\t\t\"lines\": [\"b\"],\r\n \"zip\":\n\"c\"}",
        "{\n  \"city\": \"a\",\n  \"\\u006cines\": [\"b\"],\n  \"zip\": \"c\"\n}",
        "{\n  \"zip\": \"c\",\n  \"lines\": [\"b\"],\n  \"city\": \"a\"\n}",
    ];
    for text in spellings {
        let address: Address = decode(text.as_bytes()).unwrap();
        assert_eq!(address.city.as_deref(), Some("a"), "{text}");
        assert_eq!(address.lines, Some(vec!["b".to_owned()]), "{text}");
        assert_eq!(address.zip, "c", "{text}");
    }
    for text in [
        "{x\"zip\":\"c\"}",
        "{\"zip\":\"c\",x\"city\":\"a\"}",
        "{\"zip\"x\"c\"}",
    ] {
        assert!(decode::<Address>(text.as_bytes()).is_err(), "{text}");
    }
    // Control characters are no white space.
    let text = "{\"zip\":\"c\",\u{1}\"city\":\"a\"}";
    assert!(decode::<Address>(text.as_bytes()).is_err());
}

#[test]
fn unknown_fields_are_skipped_but_checked() {
    let text = |value| format!(r#"{{"address":{{"zip":""}},"new":{value},"balance":0}}"#);
    for value in ["null", "[[],{}]", r#"{"a":{"b":"\ud83d\ude00"}}"#, "1e999"] {
        customer(&text(value)).unwrap();
    }
    for (value, path) in [
        ("[1,]", "new"),
        ("tru", "new"),
        (r#""\x""#, "new"),
        ("01", "new"),
    ] {
        let error = fails(&text(value));
        assert!(
            matches!(error.kind(), DecodeErrorKind::Syntax(_)),
            "{error}"
        );
        assert_eq!(
            (error.path().as_str(), error.type_name()),
            (path, Some("Customer"))
        );
    }
}

#[test]
fn missing_fields_are_all_named() {
    let error = fails("{}");
    assert_eq!(
        error.kind(),
        &DecodeErrorKind::MissingFields(vec!["address", "balance"])
    );
    assert_eq!(
        (error.path().as_str(), error.type_name()),
        ("", Some("Customer"))
    );
    let error = fails(r#"{"balance":1,"address":{"city":"A"}}"#);
    assert_eq!(
        error.to_string(),
        "cannot decode `address` of Address: missing required field `zip` (at byte 35)"
    );
}

#[test]
fn path_leads_to_the_value_through_lists_and_maps() {
    let error = fails(r#"{"extra":{"home":{"zip":"1"},"a.b":{"lines":["x",7]}}}"#);
    assert_eq!(error.path(), "extra.a.b.lines[1]");
    assert_eq!(error.type_name(), Some("Address"));
    let kind = DecodeErrorKind::WrongType {
        expected: "a string",
        found: JsonKind::Number,
    };
    assert_eq!((error.kind(), error.offset()), (&kind, Some(49)));
    let error = refusing::<List<Customer>>(br#"{"data":[{"balance":true}]}"#).unwrap_err();
    assert_eq!(
        (error.path().as_str(), error.type_name()),
        ("data[0].balance", Some("Customer"))
    );
}

#[test]
fn message_shows_no_data_and_is_one_line() {
    let secret = "sk_live_4242";
    for text in [
        format!(r#"{{"balance":"{secret}"}}"#),
        format!(r#"{{"balance":{secret}}}"#),
        format!(r#"{{"address":{{"zip":["{secret}"]}}}}"#),
        format!(r#"{{"extra":{{"a\nb\u2028":"{secret}"}}}}"#),
        format!(r#"{{"balance":1}} {secret}"#),
    ] {
        let error = fails(&text);
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(
                !shown.contains("4242") && !shown.contains(['\n', '\u{2028}']),
                "{shown}"
            );
        }
    }
    let error = fails(&format!(r#"{{"extra":{{"{}":1}}}}"#, "ö".repeat(10_000)));
    assert!(error.to_string().len() < 300);
}

#[test]
fn null_is_a_type_error_where_a_value_is_required() {
    let error = fails(r#"{"address":null}"#);
    let kind = DecodeErrorKind::WrongType {
        expected: "an object",
        found: JsonKind::Null,
    };
    assert_eq!((error.kind(), error.path().as_str()), (&kind, "address"));
    assert!(decode::<Vec<i64>>(b"null").is_err());
    assert!(decode::<Map<i64>>(b"null").is_err());
    assert_eq!(decode::<Option<Vec<i64>>>(b"null").unwrap(), None);
}

#[test]
fn repeated_key_replaces_the_value_whole() {
    let read = customer(
        r#"{"balance":1,"address":{"zip":"1","city":"A","lines":["x"]},
            "extra":{"a":{"zip":"1"}},"old":{"zip":"1","city":"B"},"balance":2,
            "address":{"zip":"2"},"extra":{"b":{"zip":"2"}},"old":{"zip":"2"}}"#,
    )
    .unwrap();
    let bare = Address {
        zip: "2".into(),
        ..Address::default()
    };
    assert_eq!(read.address, bare);
    assert_eq!(read.old.as_deref(), Some(&bare));
    assert_eq!(read.extra, Map::from([("b", bare)]));
    assert_eq!(read.balance, 2);
}

#[test]
fn repeated_object_must_have_its_required_fields_too() {
    let error = fails(r#"{"balance":1,"address":{"zip":"1"},"address":{}}"#);
    assert_eq!(error.kind(), &DecodeErrorKind::MissingFields(vec!["zip"]));
}

#[test]
fn integers_have_every_integral_spelling_and_no_other() {
    for (text, value) in [
        ("0", 0),
        ("-0", 0),
        ("-1", -1),
        ("999999999999999999", 999_999_999_999_999_999),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("1.0", 1),
        ("-1.000", -1),
        ("1e2", 100),
        ("1.5e1", 15),
        ("150e-1", 15),
        ("0.000001e6", 1),
        ("-0.0e-999999999999999999999", 0),
        ("0e99999999999999999999", 0),
        ("0.0e-9223372036854775808", 0),
        ("9223372036854775807.000", i64::MAX),
        ("922337203685477580.7e1", i64::MAX),
        ("-9.223372036854775808e18", i64::MIN),
        ("1e18", 1_000_000_000_000_000_000),
    ] {
        assert_eq!(decode::<i64>(text.as_bytes()).unwrap(), value, "{text}");
    }
    for text in [
        "0.5",
        "1.5",
        "1e-1",
        "-1e-1",
        "123.4e0",
        "1e-99999999999999999999",
    ] {
        let error = decode::<i64>(text.as_bytes()).unwrap_err();
        assert_eq!(
            error.kind(),
            &DecodeErrorKind::Invalid {
                expected: "an integer"
            },
            "{text}"
        );
    }
    for text in [
        "9223372036854775808",
        "-9223372036854775809",
        "1e19",
        "92233720368547758070",
        "1e99999999999999999999",
        "123456789012345678901234567890",
        "1e9223372036854775807",
    ] {
        let error = decode::<i64>(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), &DecodeErrorKind::NumberOutOfRange, "{text}");
    }
}

#[test]
fn floats_are_rounded_to_the_nearest_and_stay_finite() {
    for (text, value) in [("1", 1.0), ("-0.0", -0.0), ("0.1", 0.1), ("1e-400", 0.0)] {
        assert_eq!(
            decode::<f64>(text.as_bytes()).unwrap().to_bits(),
            f64::to_bits(value)
        );
    }
    let error = decode::<f64>(b"-1e309").unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::NumberOutOfRange);
}

#[test]
fn strings_are_borrowed_unless_they_have_escapes() {
    use std::borrow::Cow;
    let mut reader = Reader::new(br#"["plain", "esc\n", ""]"#).unwrap();
    let mut owned = Vec::new();
    reader
        .array(&mut |reader| {
            owned.push(matches!(reader.string()?, Cow::Owned(_)));
            Ok(())
        })
        .unwrap();
    assert_eq!(owned, [false, true, false]);
}

#[test]
fn raw_is_the_text_without_space_around_it() {
    let mut reader = Reader::new(b" [ { \"a\" : [ 1 , 2 ] } , \"x\" ] ").unwrap();
    let mut texts = Vec::new();
    reader
        .array(&mut |reader| {
            texts.push(reader.raw()?);
            Ok(())
        })
        .unwrap();
    reader.end().unwrap();
    assert_eq!(texts, ["{ \"a\" : [ 1 , 2 ] }", "\"x\""]);
}

#[test]
fn tags_are_the_last_ones_given_and_consume_nothing() {
    let text = r#" {"id":"a","object":"x","deleted":true,"n":{"id":"no","deleted":false},
        "id":"b","deleted":"yes","obj\u0065ct":"\u0079"}"#;
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    let tags = reader.tags().unwrap();
    assert_eq!(
        (tags.id.as_deref(), tags.object.as_deref()),
        (Some("b"), Some("y"))
    );
    assert!(!tags.deleted);
    assert_eq!(reader.raw().unwrap(), text.trim_start());
}

#[test]
fn tags_of_what_is_no_object_are_unset() {
    for text in [
        "\"id\"",
        "7",
        "null",
        "[{\"id\":\"a\"}]",
        "{\"id\":1,\"object\":null}",
    ] {
        let tags = Reader::new(text.as_bytes()).unwrap().tags().unwrap();
        assert_eq!(
            (tags.id, tags.object, tags.deleted),
            (None, None, false),
            "{text}"
        );
    }
    assert!(Reader::new(b"{\"id\":").unwrap().tags().is_err());
}

#[test]
fn look_ahead_keeps_to_the_depth_limit_of_the_whole() {
    let depth = MAX_DEPTH as usize;
    let text = [r#"{"extra":"#, &"[".repeat(depth), &"]".repeat(depth), "}"].concat();
    assert_eq!(
        Reader::new(text.as_bytes())
            .unwrap()
            .tags()
            .unwrap_err()
            .kind(),
        &DecodeErrorKind::TooDeep
    );
}

#[test]
fn shapes_of_more_than_64_fields_check_every_word() {
    const NAMES: [&str; 70] = {
        let mut names = [""; 70];
        names[0] = "first";
        names[69] = "last";
        names
    };
    #[derive(Default)]
    struct Wide(i64);
    impl Record for Wide {
        fn shape(&self) -> &'static RecordShape {
            const SHAPE: RecordShape = RecordShape::new("Wide", &NAMES, &[1, 1 << 5]);
            &SHAPE
        }
        fn at(&mut self, _: usize) -> &mut dyn Place {
            &mut self.0
        }
    }
    impl Place for Wide {
        fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
            reader.record(self)
        }
    }
    assert!(decode::<Wide>(br#"{"last":1,"first":2}"#).is_ok());
    let missing = |text: &[u8]| decode::<Wide>(text).err().map(|error| error.kind().clone());
    let fields = |names: &[&'static str]| Some(DecodeErrorKind::MissingFields(names.to_vec()));
    assert_eq!(missing(br#"{"first":1}"#), fields(&["last"]));
    assert_eq!(missing(b"{}"), fields(&["first", "last"]));
}

#[test]
fn error_is_one_word_and_crosses_threads() {
    fn crosses<T: Send + Sync + std::error::Error + 'static>() {}
    crosses::<DecodeError>();
    assert_eq!(size_of::<DecodeError>(), size_of::<usize>());
}
