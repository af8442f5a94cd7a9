//! Tests of error correction and of what objects keep beside their fields.

use super::{CorrectionCause, DecodeErrorKind, DecodePolicy, Extra, decode, decode_with};
use crate::codec::encode_json;
use crate::value::{Decimal, Expandable, Id, List, Map, Metadata, RawJson, Timestamp};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Part {
    size: i64,
    note: Option<String>,
    extra: Extra,
}
crate::record!(Part [0x1] { "object" = "part" } 0 size = "size"; note = "note");

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Colour {
    Red,
    Unknown(String),
    #[default]
    Unset,
}

impl super::Place for Colour {
    fn decode(&mut self, reader: &mut super::Reader<'_>) -> Result<(), super::DecodeError> {
        *self = match &*reader.string()? {
            "red" => Self::Red,
            other => Self::Unknown(other.to_owned()),
        };
        Ok(())
    }
}

impl crate::codec::Encode for Colour {
    fn encode(&self, out: &mut dyn crate::codec::Writer) {
        match self {
            Self::Red => out.string("red"),
            Self::Unknown(text) => out.string(text),
            Self::Unset => out.null(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    amount: i64,
    colour: Colour,
    created: Timestamp,
    id: Id<Whole>,
    link: Expandable<Part>,
    list: List<Part>,
    metadata: Metadata,
    part: Box<Part>,
    parts: Vec<Part>,
    rate: Decimal,
    share: f64,
    paid: bool,
    tags: Vec<String>,
    optional: Option<Box<Part>>,
    extra: Extra,
}
crate::record!(
    Whole [0x1fff] { "object" = "whole" }
    0 amount = "amount", 1 colour = "colour", 2 created = "created", 3 id = "id", 4 link = "link",
    5 list = "list", 6 metadata = "metadata", 7 part = "part", 8 parts = "parts", 9 rate = "rate",
    10 share = "share", 11 paid = "paid", 12 tags = "tags"; optional = "optional"
);

const FIELDS: [&str; 13] = [
    "amount", "colour", "created", "id", "link", "list", "metadata", "part", "parts", "rate",
    "share", "paid", "tags",
];

fn complete() -> Map<RawJson> {
    let text = br#"{
        "object": "whole", "amount": 1, "colour": "red", "created": 2, "id": "w_1",
        "link": "p_1", "list": {"object": "list", "data": [], "has_more": false, "url": "/v1"},
        "metadata": {"a": "b"}, "part": {"object": "part", "size": 1}, "parts": [], "rate": "1.5",
        "share": 0.5, "paid": true, "tags": ["x"]
    }"#;
    decode(text).unwrap()
}

fn corrected(text: &str) -> (Whole, Vec<String>) {
    let (whole, list) = decode_with::<Whole>(text.as_bytes(), DecodePolicy::Correct).unwrap();
    let shown: Vec<_> = list.iter().map(ToString::to_string).collect();
    assert_eq!(whole.extra.corrections(), list);
    (whole, shown)
}

#[test]
fn complete_objects_need_no_memory_for_corrections() {
    let (whole, list) = corrected(&encode_json(&complete()));
    assert!(list.is_empty() && whole.extra.is_complete());
    assert_eq!(whole.extra, Extra::default());
    assert_eq!(size_of::<Extra>(), size_of::<usize>());
}

#[test]
fn every_field_but_the_id_may_be_missing_or_null() {
    for field in FIELDS.into_iter().filter(|field| *field != "id") {
        let mut object = complete();
        object.remove(field);
        let (whole, list) = corrected(&encode_json(&object));
        assert_eq!(list, [format!("`{field}`: missing")]);
        assert!(whole.extra.is_corrected(field));
        // What is written lacks the field, so that reading it again gives the same record.
        let text = encode_json(&whole);
        assert!(
            decode::<Map<RawJson>>(text.as_bytes())
                .unwrap()
                .get(field)
                .is_none(),
            "{text}"
        );
        assert_eq!(corrected(&text).1, list);

        object.insert(field, RawJson::default());
        let (whole, list) = corrected(&encode_json(&object));
        assert_eq!(list, [format!("`{field}`: null")]);
        assert_eq!(whole.extra.get(field), Some(RawJson::default()));
        assert_eq!(corrected(&encode_json(&whole)).1, list);
    }
}

#[test]
fn values_that_stand_for_missing_ones_are_empty() {
    let (whole, list) = corrected(r#"{"id": "w_1"}"#);
    assert_eq!(list.len(), FIELDS.len() - 1);
    assert_eq!(
        (whole.amount, whole.created, whole.share),
        (0, Timestamp(0), 0.0)
    );
    assert_eq!(whole.colour, Colour::Unknown(String::new()));
    assert_eq!(whole.link.id().as_str(), "");
    assert!(whole.list.data.is_empty() && whole.metadata.is_empty() && whole.parts.is_empty());
    assert!(whole.part.extra.is_filled() && !whole.part.extra.is_complete());
    assert_eq!(whole.rate.as_str(), "");
    assert!(!whole.paid && whole.tags.is_empty() && whole.optional.is_none());
    assert_eq!(encode_json(&whole), r#"{"object":"whole","id":"w_1"}"#);
}

#[test]
fn id_is_required_at_the_outside_only() {
    for text in [r#"{"amount": 1}"#, r#"{"id": null}"#, r#"{"id": 5}"#] {
        assert!(decode::<Whole>(text.as_bytes()).is_err(), "{text}");
    }
    let text = br#"{"data": [{"id": "w_1"}, {}, {"id": 5}, null, 7]}"#;
    let list: List<Whole> = decode(text).unwrap();
    assert_eq!(list.data.len(), 5);
    assert!(list.data[1].id.as_str().is_empty());
    assert!(list.data[1].extra.is_corrected("id"));
    assert_eq!(list.data[4].extra.get("anything"), None);
    assert!(
        encode_json(&list)
            .ends_with(r#"{"object":"whole","id":5},null,7],"has_more":false,"url":""}"#)
    );
}

#[test]
fn object_without_a_required_id_needs_its_tag_if_it_lacks_fields() {
    let kind = |text: &str| decode::<Part>(text.as_bytes()).map_err(|error| error.kind().clone());
    assert_eq!(
        kind("{}"),
        Err(DecodeErrorKind::MissingFields(vec!["object"]))
    );
    assert!(kind(r#"{"object": "whole"}"#).is_err());
    assert!(kind(r#"{"object": "part"}"#).is_ok() && kind(r#"{"size": 1}"#).is_ok());
}

#[test]
fn values_of_another_type_are_kept_as_they_were_sent() {
    let mut object = complete();
    for field in FIELDS.into_iter().filter(|field| *field != "id") {
        object.insert(field, "[{\"a\": 1}]".parse::<RawJson>().unwrap());
    }
    object.insert("optional", "7".parse::<RawJson>().unwrap());
    let (whole, list) = corrected(&encode_json(&object));
    // Lists take the array, with an element that is corrected.
    let has = |line: &str| list.iter().any(|found| found == line);
    assert!(
        has("`amount`: expected an integer, found an array"),
        "{list:?}"
    );
    assert!(
        has("`optional`: expected an object, found a number"),
        "{list:?}"
    );
    assert!(
        has("`tags[0]`: expected a string, found an object"),
        "{list:?}"
    );
    assert!(has("`parts[0].size`: missing"), "{list:?}");
    assert_eq!(whole.extra.get("amount").unwrap().as_str(), "[{\"a\": 1}]");
    let again: Map<RawJson> = decode(encode_json(&whole).as_bytes()).unwrap();
    for field in [
        "amount", "colour", "created", "link", "metadata", "rate", "paid", "share",
    ] {
        assert_eq!(again.get(field), object.get(field), "{field}");
    }
    assert_eq!(again.get("optional").unwrap().as_str(), "7");
}

#[test]
fn empty_arrays_stand_for_empty_objects() {
    let mut object = complete();
    for field in ["list", "metadata", "optional"] {
        object.insert(field, "[ ]".parse::<RawJson>().unwrap());
    }
    let (whole, list) = corrected(&encode_json(&object));
    assert_eq!(list.len(), 3);
    assert!(whole.metadata.is_empty());
    // An optional object is there, and has what an empty object has.
    assert!(
        whole
            .optional
            .as_ref()
            .is_some_and(|part| part.extra.is_filled())
    );
    assert_eq!(whole.extra.get("list").unwrap().as_str(), "[ ]");
    assert_eq!(corrected(&encode_json(&whole)).1, list);
}

#[test]
fn entries_of_maps_that_are_null_are_left_out() {
    let (map, list) =
        decode_with::<Metadata>(br#"{"a": null, "b": "x", "c": 5}"#, DecodePolicy::Correct)
            .unwrap();
    assert_eq!(map, Metadata::from([("b", "x"), ("c", "")]));
    assert_eq!(list.len(), 2);
    assert_eq!(*list[0].cause(), CorrectionCause::Null);
    let nullable: Map<Option<String>> = decode(br#"{"a": null}"#).unwrap();
    assert_eq!(nullable.get("a"), Some(&None));
}

#[test]
fn nothing_is_corrected_if_the_policy_is_to_refuse() {
    for text in [
        r#"{"id": "w_1"}"#,
        r#"{"data": [null]}"#,
        r#"{"data": [{"id": "w_1", "amount": "1"}]}"#,
    ] {
        assert!(decode_with::<List<Whole>>(text.as_bytes(), DecodePolicy::Refuse).is_err());
        assert!(decode_with::<Whole>(text.as_bytes(), DecodePolicy::Refuse).is_err());
    }
}

#[test]
fn invalid_json_is_an_error_with_either_policy() {
    for text in [
        r#"{"id": "w_1", "amount": tru}"#,
        r#"{"id": "w_1", "amount": [1,]}"#,
        r#"{"id": "w_1", "amount": "\x"}"#,
        r#"{"id": "w_1", "amount": "a}"#,
        r#"{"id": "w_1"} x"#,
    ] {
        assert!(decode::<Whole>(text.as_bytes()).is_err(), "{text}");
    }
    let deep = format!(r#"{{"id": "w_1", "amount": {}"#, "[".repeat(100_000));
    assert!(decode::<Whole>(deep.as_bytes()).is_err());
}

#[test]
fn repeated_keys_keep_nothing_of_the_earlier_value() {
    let (whole, _) = corrected(
        r#"{"id": "w_1", "part": {"size": 5, "note": "n", "new": 1}, "part": {"size": 6}}"#,
    );
    let part = Part {
        size: 6,
        note: None,
        extra: Extra::default(),
    };
    assert_eq!(*whole.part, part);
}

#[test]
fn members_without_a_field_are_read_by_name_and_written_back() {
    let text = r#"{"object":"part","size":1,"new":{"a": [1e2, "\ud800"]},"n\u0065w":2,"":null}"#;
    let part: Part = decode(text.as_bytes()).unwrap();
    assert_eq!(part.extra.names(), ["new", "new", ""]);
    assert_eq!(part.extra.get("new").unwrap().as_str(), "2");
    assert_eq!(part.extra.get("").unwrap(), RawJson::default());
    assert_eq!(part.extra.get("size"), None);
    let written = r#"{"object":"part","size":1,"new":{"a": [1e2, "\ud800"]},"new":2,"":null}"#;
    assert_eq!(encode_json(&part), written);
    assert_eq!(
        format!("{:?}", part.extra),
        r#"Extra { members: ["new", "new", ""], corrected: [] }"#
    );
}

#[test]
fn tag_of_another_type_is_kept() {
    let part: Part = decode(br#"{"object": "piece", "size": 1}"#).unwrap();
    assert_eq!(encode_json(&part), r#"{"size":1,"object":"piece"}"#);
}

#[test]
fn fields_that_the_program_sets_are_written() {
    let (mut whole, _) = corrected(r#"{"id": "w_1", "amount": null}"#);
    whole.amount = 5;
    whole.part.size = 3;
    let text = encode_json(&whole);
    assert_eq!(
        text,
        r#"{"object":"whole","amount":5,"id":"w_1","part":{"object":"part","size":3}}"#
    );
}

#[test]
fn expanded_objects_have_the_policy_of_the_object_around_them() {
    let text = br#"{"id": "w_1", "link": {"object": "part", "id": "p_1"}}"#;
    let (whole, _) = decode_with::<Whole>(text, DecodePolicy::Correct).unwrap();
    let part = whole.link.get().unwrap().unwrap();
    assert_eq!(part.extra.corrections()[0].path(), "size");
    assert_eq!(part.extra.get("id").unwrap().as_str(), "\"p_1\"");

    let strict = decode_with::<Vec<Expandable<Part>>>(
        br#"[{"object": "part", "id": "p_1"}]"#,
        DecodePolicy::Refuse,
    );
    let (strict, _) = strict.unwrap();
    assert!(strict[0].get().is_err() && strict[0].clone().get().is_err());
}

#[test]
fn many_corrections_take_time_in_proportion() {
    let count = 20_000;
    let text = format!(r#"{{"data": [{}]}}"#, vec!["{}"; count].join(","));
    let (list, corrections) =
        decode_with::<List<Part>>(text.as_bytes(), DecodePolicy::Correct).unwrap();
    assert_eq!((list.data.len(), corrections.len()), (count, count));
    assert_eq!(corrections[count - 1].path(), "data[19999].size");
}

#[test]
fn half_a_surrogate_pair_is_replaced_in_text_and_kept_in_raw_json() {
    let text =
        br#"{"a": "J\ud83d", "b": "\udc00x", "c": "\ud83d\ude00", "d\ud83d": "\ud83d\u0041"}"#;
    let map: Metadata = decode(text).unwrap();
    let values: Vec<_> = map.values().map(String::as_str).collect();
    assert_eq!(values, ["J\u{fffd}", "\u{fffd}x", "\u{1f600}", "\u{fffd}A"]);
    assert!(map.get("d\u{fffd}").is_some());
    let raw: RawJson = decode(text).unwrap();
    assert_eq!(raw.as_str().as_bytes(), text);
}
