use super::{EventKind, Payload};
use wire::value::RawJson;

fn json(text: &str) -> RawJson {
    text.parse().unwrap()
}

#[test]
fn payload_is_decoded_when_asked_for() {
    let object = json("[1, true]");
    let numbers = Payload::<Vec<i64>>::new(&object, None);
    assert_eq!(numbers.object().unwrap_err().path(), "[1]");
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
    assert_eq!(payload.previous_attributes().unwrap(), &previous);

    let odd = json("[]");
    let payload = Payload::<RawJson>::new(&object, Some(&odd));
    assert_eq!(payload.previous::<i64>("age").unwrap(), None);
}

#[test]
fn kind_shows_its_name() {
    let kind = EventKind::<RawJson>::new("a.b");
    assert_eq!(
        format!("{kind:?} {}", kind.name()),
        "EventKind(\"a.b\") a.b"
    );
}
