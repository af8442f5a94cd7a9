use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{
    Clearable, DateTime, Decimal, Expandable, Id, KeywordOr, List, Map, MaybeDeleted, Metadata,
    Range, RawJson, SearchList, Timestamp, TokenOr, UrlList,
};
use crate::codec::{
    DecodeError, DecodeErrorKind, Encode, OpenEnum, Place, Reader, Record, RecordShape, decode,
    encode_form, encode_json,
};

/// A type that only implements the traits of a resource.
#[derive(Default)]
struct Customer {
    id: Id<Customer>,
    name: String,
}

impl Record for Customer {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new("Customer", &["id", "name"], &[0b11]);
        &SHAPE
    }

    fn at(&mut self, index: usize) -> &mut dyn Place {
        match index {
            0 => &mut self.id,
            _ => &mut self.name,
        }
    }
}

impl Place for Customer {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Now,
    Unknown(String),
}

impl OpenEnum for Word {
    const VALUES: &'static [(&'static str, Self)] = &[("now", Self::Now)];

    fn unknown(value: String) -> Self {
        Self::Unknown(value)
    }

    fn as_unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(value) => Some(value),
            Self::Now => None,
        }
    }
}
crate::open_enums!(Word);

#[test]
fn ids_need_nothing_of_their_type() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Id<std::cell::Cell<i64>>>();
    let id = Id::<Customer>::from("b");
    let ids: HashSet<_> = [id.clone(), "b".into(), "a".to_owned().into()].into();
    assert_eq!(ids.len(), 2);
    let smaller = Id::from("a");
    assert!(smaller < id && id == "b");
    assert_eq!(
        (String::from(&id), format!("{id:?}")),
        ("b".into(), "\"b\"".into())
    );
    assert_eq!(Id::<Customer>::default().as_str(), "");
}

#[test]
fn expandable_is_small_and_asks_nothing_of_its_type_to_be_cloned() {
    assert!(size_of::<Expandable<Customer>>() <= 32);
    assert!(size_of::<Option<Expandable<Customer>>>() <= 32);
    let expanded: Expandable<Customer> = decode(br#"{"id":"cus_1","name":"J"}"#).unwrap();
    let copy = expanded.clone();
    assert_eq!(copy.get().unwrap().unwrap().name, "J");
    assert_eq!(
        format!("{copy:?}"),
        r#"Expandable { id: "cus_1", expanded: true }"#
    );
}

#[test]
fn expanded_object_is_decoded_when_asked_for_and_once() {
    let expanded: Expandable<Customer> = decode(br#" {"name":"J","id":"cus_1"} "#).unwrap();
    assert_eq!(
        expanded.raw().unwrap().as_str(),
        r#"{"name":"J","id":"cus_1"}"#
    );
    let (first, second) = (
        expanded.get().unwrap().unwrap(),
        expanded.get().unwrap().unwrap(),
    );
    assert!(std::ptr::eq(first, second));
    assert_eq!(first.id, "cus_1");
    assert_eq!(encode_json(&expanded), r#"{"name":"J","id":"cus_1"}"#);
}

#[test]
fn expanded_object_that_is_wrong_fails_alone() {
    let wrong: Expandable<Customer> = decode(br#"{"id":"cus_1","name":7}"#).unwrap();
    assert_eq!(wrong.id().as_str(), "cus_1");
    let error = wrong.get().err().unwrap();
    assert_eq!(
        (error.path().as_str(), error.type_name()),
        ("name", Some("Customer"))
    );
    assert!(wrong.get().is_err() && wrong.raw().is_some());
}

#[test]
fn expandable_takes_only_ids_and_objects() {
    for text in ["null", "1", "[]", "{\"id\":\"a\"", "{\"id\":\"a\",}"] {
        assert!(
            decode::<Expandable<Customer>>(text.as_bytes()).is_err(),
            "{text}"
        );
    }
    let plain: Expandable<Customer> = decode(br#""cus_1""#).unwrap();
    assert!(plain.get().unwrap().is_none() && !plain.is_expanded());
    assert_eq!(
        (encode_json(&plain), String::from(&plain)),
        ("\"cus_1\"".into(), "cus_1".into())
    );
}

#[test]
fn deleted_objects_are_recognised_however_their_tag_is_written_and_placed() {
    type Open = Map<RawJson>;
    let is_deleted = |text: &str| -> Vec<bool> {
        let items: Vec<MaybeDeleted<Open, Open>> = decode(text.as_bytes()).unwrap();
        items.iter().map(MaybeDeleted::is_deleted).collect()
    };
    for (text, expected) in [
        (r#"[{"id": "a"}, {"id": "b"}]"#, vec![false, false]),
        (
            r#"[{"id": "a", "deleted": true}, {"id": "b"}]"#,
            vec![true, false],
        ),
        (
            r#"[{"id": "a"}, {"id": "b", "deleted": true}]"#,
            vec![false, true],
        ),
        (
            r#"[{"del\u0065ted": true}, {"id": "b"}, {"\u0064eleted": true}]"#,
            vec![true, false, true],
        ),
        (
            r#"[{"id": "\u00e9"}, {"x": {"deleted": true}}]"#,
            vec![false, false],
        ),
        (
            r#"[{"deleted": false}, {"deleted": true, "deleted": false}]"#,
            vec![false, false],
        ),
        (
            r#"[{"deleted": "true"}, {"deleted" : true}]"#,
            vec![false, true],
        ),
    ] {
        assert_eq!(is_deleted(text), expected, "{text}");
    }
}

#[test]
fn deleted_objects_are_recognised_by_their_tag() {
    type Deletable = MaybeDeleted<Customer, Map<RawJson>>;
    let live: Deletable = decode(br#"{"id":"a","name":"J","deleted":false}"#).unwrap();
    assert!(!live.is_deleted() && live.deleted().is_none());
    assert_eq!(live.into_live().unwrap().name, "J");
    let gone: Deletable = decode(br#"{"id":"a","deleted":true}"#).unwrap();
    assert!(gone.is_deleted() && gone.live().is_none());
    assert_eq!(
        encode_json(gone.deleted().unwrap()),
        r#"{"id":"a","deleted":true}"#
    );
    assert!(decode::<Deletable>(b"\"a\"").is_err());
}

#[test]
fn timestamps_convert_both_ways() {
    for seconds in [0, 1, -1, 1_700_000_000, -2_000_000_000] {
        let time = SystemTime::from(Timestamp(seconds));
        assert_eq!(Timestamp::from(time), Timestamp(seconds));
        assert_eq!(
            DateTime::from(Timestamp(seconds)).timestamp(),
            Ok(Timestamp(seconds))
        );
    }
    let half_before = UNIX_EPOCH - Duration::from_millis(1500);
    assert_eq!(Timestamp::from(half_before), Timestamp(-2));
    assert_eq!(Timestamp(-7).to_string(), "-7");
    for extreme in [i64::MIN, i64::MAX] {
        let _ = SystemTime::from(Timestamp(extreme));
        let _ = DateTime::from(Timestamp(extreme)).timestamp().unwrap();
    }
}

#[test]
fn date_times_are_checked_when_parsed() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 00:00:00.999Z", 0),
        ("1969-12-31T23:59:59Z", -1),
        ("2000-02-29T12:00:00Z", 951_825_600),
        ("2024-12-31T23:59:60Z", 1_735_689_600),
        ("2026-01-28T01:02:03+05:30", 1_769_542_323),
        ("2026-01-28T01:02:03-00:00", 1_769_562_123),
        ("0000-01-01T00:00:00Z", -62_167_219_200),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] {
        assert_eq!(
            text.parse::<DateTime>().unwrap().timestamp(),
            Ok(Timestamp(seconds)),
            "{text}"
        );
    }
    for text in [
        "",
        "2026-01-28",
        "2026-01-28T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00Zx",
        "+026-01-01T00:00:00Z",
        "2026-1-01T00:00:000Z",
        "2026-01-01T00:00:0éZ",
    ] {
        assert!(text.parse::<DateTime>().is_err(), "{text}");
    }
}

#[test]
fn date_times_of_every_day_convert_both_ways() {
    for day in (-719_528..2_932_896).step_by(13) {
        let time = Timestamp(day * 86_400 + 3_661);
        let text = DateTime::from(time);
        assert!(text.as_str().ends_with("T01:01:01Z"), "{text}");
        assert_eq!(text.timestamp(), Ok(time), "{text}");
    }
}

#[test]
fn date_times_of_the_server_are_kept_as_they_are() {
    let odd: DateTime = decode(br#""yesterday""#).unwrap();
    assert!(odd.timestamp().is_err());
    assert_eq!(encode_json(&odd), "\"yesterday\"");
}

#[test]
fn decimals_keep_their_digits() {
    for text in ["\"1.10\"", "1.10", "\"-0.000\"", "-1e5"] {
        let value: Decimal = decode(text.as_bytes()).unwrap();
        assert_eq!(value.as_str(), text.trim_matches('"'));
        assert_eq!(
            encode_json(&value),
            format!("\"{}\"", text.trim_matches('"'))
        );
    }
    for text in ["0", "-1", "+1.5", "1e-7", "12345678901234567890.123"] {
        assert!(text.parse::<Decimal>().is_ok(), "{text}");
    }
    for text in [
        "", "-", ".", "1.", ".5", "1e", "e1", "1.2.3", "0x1", "١", "1 ", "NaN", "--1",
    ] {
        assert!(text.parse::<Decimal>().is_err(), "{text}");
    }
    assert_eq!(Decimal::from(-7).as_str(), "-7");
    assert!(decode::<Decimal>(b"null").is_err());
}

#[test]
fn maps_keep_the_order_of_insertion_at_any_size() {
    for size in [0, 1, 24, 25, 26, 1000] {
        let mut map: Map<i64> = (0..size).map(|n| (format!("k{}", size - n), n)).collect();
        let values: Vec<_> = map.values().copied().collect();
        assert_eq!(values, (0..size).collect::<Vec<_>>());
        for number in 0..size {
            assert_eq!(
                map.insert(format!("k{}", size - number), -number),
                Some(number)
            );
        }
        assert_eq!(map.get("k1").copied(), (size > 0).then_some(1 - size));
        assert_eq!(map.len(), usize::try_from(size).unwrap());
        assert_eq!(map.remove("none"), None);
        let keys: Vec<_> = map.keys().map(str::to_owned).collect();
        for first in keys {
            assert!(map.remove(&first).is_some());
            assert!(!map.contains_key(&first));
            assert!(map.keys().all(|key| map.get(key).is_some()));
        }
        assert!(map.is_empty());
    }
}

#[test]
fn repeated_keys_of_a_map_keep_the_first_place_and_the_last_value() {
    let map: Metadata = decode(br#"{"a":"1","b":"2","\u0061":"3"}"#).unwrap();
    assert_eq!(
        map.iter().collect::<Vec<_>>(),
        [("a", &"3".into()), ("b", &"2".into())]
    );
    assert_eq!(format!("{map:?}"), r#"{"a": "3", "b": "2"}"#);
}

#[test]
fn keyword_or_tells_words_from_values() {
    type When = KeywordOr<Word, Timestamp>;
    assert_eq!(decode::<When>(b"\"now\"").unwrap(), When::from(Word::Now));
    assert_eq!(decode::<When>(b"17").unwrap(), When::from(17));
    assert!(Word::Now.is_known());
    let later = Word::Unknown("later".into());
    assert_eq!(
        decode::<When>(b"\"later\"").unwrap().keyword(),
        Some(&later)
    );
    type Text = KeywordOr<Word, String>;
    assert_eq!(
        decode::<Text>(b"\"now\"").unwrap(),
        Text::Keyword(Word::Now)
    );
    assert_eq!(decode::<Text>(b"\"x\"").unwrap().value().unwrap(), "x");
    assert!(decode::<When>(b"null").is_err() && decode::<When>(b"\"now").is_err());
}

#[test]
fn ranges_are_an_exact_value_or_bounds() {
    let all = Range::new().gt(1i64).gte(2).lt(3).lte(4);
    assert_eq!(encode_json(&all), r#"{"gt":1,"gte":2,"lt":3,"lte":4}"#);
    assert_eq!(
        decode::<Range<i64>>(encode_json(&all).as_bytes()).unwrap(),
        all
    );
    assert_eq!(decode::<Range<i64>>(b"5").unwrap(), Range::from(5));
    assert!(Range::<i64>::new().is_absent() && !all.is_absent());
    assert_eq!(encode_json(&Range::<Timestamp>::from(9)), "9");
}

#[test]
fn tokens_and_objects_are_distinguished() {
    assert_eq!(
        decode::<TokenOr<Metadata>>(b"\"tok\"").unwrap(),
        "tok".into()
    );
    let inline = TokenOr::inline(Metadata::from([("a", "b")]));
    assert_eq!(
        decode::<TokenOr<Metadata>>(br#"{"a":"b"}"#).unwrap(),
        inline
    );
    assert!(decode::<TokenOr<Metadata>>(b"null").is_err());
}

#[test]
fn clearable_values_are_unset_by_null() {
    assert_eq!(decode::<Clearable<i64>>(b"null").unwrap(), Clearable::Clear);
    assert_eq!(decode::<Clearable<i64>>(b"1").unwrap(), 1.into());
    let list: Map<Clearable<Vec<i64>>> = Map::from([("a", Clearable::Set(vec![]))]);
    assert_eq!(encode_form(&list), "");
}

#[test]
fn lists_need_only_their_data() {
    assert_eq!(decode::<List<i64>>(br#"{"data":[1]}"#).unwrap().data, [1]);
    assert_eq!(
        decode::<SearchList<i64>>(br#"{"data":[1]}"#).unwrap().data,
        [1]
    );
    assert_eq!(
        decode::<UrlList<i64>>(br#"{"data":[1]}"#).unwrap().data,
        [1]
    );
    let error = decode::<List<i64>>(br#"{"object":"list"}"#).unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::MissingFields(vec!["data"]));
    assert_eq!(error.type_name(), Some("List"));
}

#[test]
fn lists_are_written_as_they_were_read() {
    let list = r#"{"object":"list","data":[1],"has_more":true,"total_count":9,"url":"/v1/x"}"#;
    assert_eq!(
        encode_json(&decode::<List<i64>>(list.as_bytes()).unwrap()),
        list
    );
    let found =
        r#"{"object":"search_result","data":[],"has_more":false,"next_page":"p","url":"/s"}"#;
    assert_eq!(
        encode_json(&decode::<SearchList<i64>>(found.as_bytes()).unwrap()),
        found
    );
    let pages = r#"{"data":[1],"next_page_url":"/n","previous_page_url":"/p"}"#;
    assert_eq!(
        encode_json(&decode::<UrlList<i64>>(pages.as_bytes()).unwrap()),
        pages
    );
}

#[test]
fn raw_json_is_checked_and_silent() {
    assert_eq!(RawJson::default().as_str(), "null");
    assert!(decode::<RawJson>(b" null ").unwrap().is_null());
    assert!("{\"a\":".parse::<RawJson>().is_err() && "1 2".parse::<RawJson>().is_err());
    let raw: RawJson = r#" {"a":"secret","b":{"c":[1]},"a":"last"} "#.parse().unwrap();
    assert_eq!(raw.get("a").unwrap().decode::<String>().unwrap(), "last");
    assert_eq!(
        raw.get("b")
            .unwrap()
            .get("c")
            .unwrap()
            .decode::<Vec<i64>>()
            .unwrap(),
        [1]
    );
    assert!(raw.get("d").is_none() && RawJson::default().get("a").is_none());
    assert_eq!(format!("{raw:?}"), "RawJson(39 bytes)");
    assert_eq!(RawJson::encoding(&vec![1i64]).as_str(), "[1]");
}
