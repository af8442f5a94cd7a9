use super::{EventKind, Payload};
use wire::codec::DecodePolicy;
use wire::value::{List, Map, Metadata, RawJson};

fn json(text: &str) -> RawJson {
    text.parse().unwrap()
}

#[test]
fn payload_is_decoded_when_asked_for() {
    let object = json("[1, true]");
    let numbers = Payload::<Vec<i64>>::new(&object, None);
    let refused = numbers.object_with(DecodePolicy::Refuse).unwrap_err();
    assert_eq!(refused.path(), "[1]");
    assert_eq!(numbers.object().unwrap(), [1, 0]);
    let (_, corrections) = numbers.object_with(DecodePolicy::Correct).unwrap();
    assert_eq!(corrections[0].path(), "[1]");
    // A value that does not fit the type is still available as JSON.
    assert_eq!(numbers.raw().as_str(), "[1, true]");
    assert!(Payload::<RawJson>::new(&object, None).object().is_ok());
}

#[test]
fn earlier_values_differ_from_no_change() {
    let (object, previous) = (json("{}"), json(r#"{"name": null, "age": 5, "age": 6}"#));
    let payload = Payload::<RawJson>::new(&object, Some(&previous));
    assert_eq!(
        payload.previous::<Option<String>>("name").unwrap(),
        Some(None)
    );
    assert_eq!(payload.previous::<Option<String>>("email").unwrap(), None);
    assert_eq!(payload.previous::<i64>("age").unwrap(), Some(6));
    assert!(payload.previous::<String>("age").is_err());
    // Without `Option`, null is no value.
    assert_eq!(payload.previous::<String>("name").unwrap(), None);
    assert!(payload.has_changed("name") && !payload.has_changed("email"));
    assert_eq!(payload.previous_attributes().unwrap(), &previous);

    let odd = json("[]");
    let payload = Payload::<RawJson>::new(&object, Some(&odd));
    assert_eq!(payload.previous::<i64>("age").unwrap(), None);
}

#[test]
fn metadata_keys_that_are_new_have_no_earlier_value() {
    let (object, previous) = (
        json("{}"),
        json(r#"{"metadata": {"new": null, "old": "1"}}"#),
    );
    let payload = Payload::<RawJson>::new(&object, Some(&previous));
    let metadata = payload.previous::<Metadata>("metadata").unwrap().unwrap();
    assert_eq!(metadata, Metadata::from([("old", "1")]));
    let all = payload.previous::<Map<Option<String>>>("metadata");
    assert_eq!(all.unwrap().unwrap().get("new"), Some(&None));
}

#[test]
fn objects_of_events_need_an_id_or_the_name_of_their_type() {
    let without_id = json(r#"{"object": "list", "url": "/v1", "has_more": true}"#);
    let (list, corrections) = Payload::<List<i64>>::new(&without_id, None)
        .object_with(DecodePolicy::Correct)
        .unwrap();
    assert!(list.has_more && list.data.is_empty());
    assert_eq!(corrections[0].path(), "data");
    let neither = json(r#"{"url": "/v1", "has_more": true}"#);
    assert!(Payload::<List<i64>>::new(&neither, None).object().is_err());
}

#[test]
fn kind_shows_its_name() {
    let kind = EventKind::<RawJson>::new("a.b");
    assert_eq!(
        format!("{kind:?} {}", kind.name()),
        "EventKind(\"a.b\") a.b"
    );
}
