use serde::de::IntoDeserializer;
use serde::de::value::{Error, MapDeserializer};
use serde_json::{from_str, json, to_value};

use crate::codec::{OpenEnum, decode};
use crate::value::{
    Clearable, Expandable, Id, KeywordOr, List, Map, MaybeDeleted, Metadata, Range, RawJson,
    Timestamp, TokenOr,
};

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
crate::impl_serde!(Word);

/// Checks that text is unchanged after a round trip through a type and serde.
fn round_trip<T>(text: &str)
where
    T: serde::Serialize + for<'de> serde::Deserialize<'de>,
{
    let value: T = from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), text);
}

#[test]
fn every_value_type_survives_a_round_trip() {
    round_trip::<Id<()>>(r#""cus_1""#);
    round_trip::<Expandable<()>>(r#""cus_1""#);
    round_trip::<Expandable<()>>(r#"{"id":"cus_1","n":[1,-2,0.5,null,{"a":"\u0000\"é"}]}"#);
    round_trip::<Timestamp>("1700000000");
    round_trip::<Metadata>(r#"{"b":"1","a":"2"}"#);
    round_trip::<Clearable<String>>("null");
    round_trip::<Clearable<String>>(r#""x""#);
    round_trip::<KeywordOr<Word, Timestamp>>(r#""now""#);
    round_trip::<KeywordOr<Word, Timestamp>>("17");
    round_trip::<Range<Timestamp>>(r#"{"gt":1,"lte":2}"#);
    round_trip::<Range<Timestamp>>("5");
    round_trip::<TokenOr<Metadata>>(r#""tok""#);
    round_trip::<TokenOr<Metadata>>(r#"{"number":"4242"}"#);
    round_trip::<MaybeDeleted<Map<RawJson>, Map<RawJson>>>(r#"{"deleted":true}"#);
    round_trip::<List<Word>>(
        r#"{"object":"list","data":["now","then"],"has_more":false,"total_count":2,"url":"/w"}"#,
    );
    round_trip::<RawJson>(r#"[[],{},"",18446744073709551615,1e+300,true,false]"#);
    round_trip::<crate::value::DateTime>(r#""2026-01-28T00:00:00Z""#);
    round_trip::<crate::value::Decimal>(r#""1.50""#);
}

#[test]
fn deserializing_tells_where_a_value_is_wrong() {
    let error = from_str::<List<i64>>(r#"{"data": {"a": 1}}"#).unwrap_err();
    assert!(error.to_string().contains("`data` of List"), "{error}");
}

#[test]
fn serializing_reports_the_error_of_the_serializer() {
    // Some formats reject null; here a serializer of map keys rejects a list.
    let map = std::collections::BTreeMap::from([(ByValue(decode(b"[1]").unwrap()), 1)]);
    let error = serde_json::to_string(&map).unwrap_err();
    assert!(
        error.to_string().contains("key must be a string"),
        "{error}"
    );
}

#[derive(PartialEq, Eq)]
struct ByValue(RawJson);

impl serde::Serialize for ByValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Ord for ByValue {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_str().cmp(other.0.as_str())
    }
}

impl PartialOrd for ByValue {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[test]
fn keys_that_are_numbers_become_strings() {
    let entries = vec![(1u64, "one"), (2, "two")];
    let map: MapDeserializer<'_, _, Error> = MapDeserializer::new(entries.into_iter());
    let read: Metadata = serde::Deserialize::deserialize(map.into_deserializer()).unwrap();
    assert_eq!(read, Metadata::from([("1", "one"), ("2", "two")]));
}

#[test]
fn what_json_cannot_express_is_an_error() {
    let infinite: serde::de::value::F64Deserializer<Error> = f64::INFINITY.into_deserializer();
    let read: Result<RawJson, _> = serde::Deserialize::deserialize(infinite);
    assert!(read.is_err());
}

#[test]
fn values_of_serde_json_pass_in_both_directions() {
    let value = json!({"a": [1, 2.5, null, {"b": "ü"}], "c": -7});
    let raw: RawJson = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(to_value(&raw).unwrap(), value);
}
