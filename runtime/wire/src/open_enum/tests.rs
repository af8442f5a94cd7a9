use crate::codec::{OpenEnum, decode, encode_form, encode_json};
use crate::value::Map;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Active,
    PastDue,
    Trialing,
    Unknown(String),
}

impl OpenEnum for Status {
    const VALUES: &'static [(&'static str, Self)] = &[
        ("active", Self::Active),
        ("past_due", Self::PastDue),
        ("trialing", Self::Trialing),
    ];

    fn unknown(value: String) -> Self {
        Self::Unknown(value)
    }

    fn as_unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(value) => Some(value),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timezone(String);

crate::open_enums!(Status);
crate::string_newtypes!(Timezone);

#[test]
fn every_known_value_has_its_name_both_ways() {
    for (name, value) in Status::VALUES {
        assert_eq!(Status::from(*name), *value);
        assert_eq!(value.as_str(), *name);
        assert!(value.is_known());
        assert_eq!(
            decode::<Status>(format!("\"{name}\"").as_bytes()).unwrap(),
            *value
        );
        assert_eq!(encode_json(value), format!("\"{name}\""));
    }
}

#[test]
fn unknown_values_survive_a_round_trip() {
    for name in ["", "paused", "ACTIVE", "activ", "active ", "é\n"] {
        let text = encode_json(&name);
        let value: Status = decode(text.as_bytes()).unwrap();
        assert_eq!(value, Status::Unknown(name.to_owned()));
        assert_eq!((value.as_str(), value.is_known()), (name, false));
        assert_eq!(encode_json(&value), text);
    }
}

#[test]
fn unknown_value_of_a_known_name_is_the_known_one() {
    assert_eq!(Status::from("past_due".to_owned()), Status::PastDue);
    assert_eq!(
        decode::<Status>(br#""past\u005fdue""#).unwrap(),
        Status::PastDue
    );
    // An unknown value with a known name is written by its name.
    assert_eq!(Status::Unknown("active".into()).to_string(), "active");
}

#[test]
fn default_is_an_unknown_empty_name() {
    assert_eq!(Status::default(), Status::Unknown(String::new()));
}

#[test]
fn only_strings_are_values() {
    for text in ["null", "1", "true", "[]", "{}"] {
        assert!(decode::<Status>(text.as_bytes()).is_err(), "{text}");
        assert!(decode::<Timezone>(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn newtypes_are_their_texts() {
    let zone: Timezone = decode(br#""Etc/UTC""#).unwrap();
    assert_eq!(
        (zone.as_str(), zone.as_ref(), zone.to_string().as_str()),
        ("Etc/UTC", "Etc/UTC", "Etc/UTC")
    );
    assert_eq!(zone, Timezone::from("Etc/UTC".to_owned()));
    let form: Map<Timezone> = Map::from([("zone", zone)]);
    assert_eq!(encode_form(&form), "zone=Etc%2FUTC");
}
