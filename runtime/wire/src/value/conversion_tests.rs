use std::collections::{BTreeSet, HashMap};

use super::{Decimal, Expandable, Id, MaybeDeleted, Metadata};
use crate::codec::decode;

struct Customer;
struct Gone;

#[test]
fn ids_are_found_and_compared_by_their_text() {
    let id: Id<Customer> = "cus_1".parse().unwrap();
    let names = HashMap::from([(id.clone(), 1)]);
    assert_eq!(names.get("cus_1"), Some(&1));
    let sorted = BTreeSet::from([Id::<Customer>::from("b"), Id::from("a")]);
    assert!(sorted.contains("a") && !sorted.contains("c"));
    let text = "cus_1".to_owned();
    let (as_str, as_string) = (text.as_str(), &text);
    for is_equal in [
        id == text,
        text == id,
        id == as_str,
        as_str == id,
        id == *as_str,
        as_string == id,
        id != "cus_2",
    ] {
        assert!(is_equal);
    }
    let reference: Expandable<MaybeDeleted<Customer, Gone>> = decode(br#""cus_1""#).unwrap();
    assert!(*reference.id() == id && id == *reference.id());
    assert_eq!(Id::<Customer>::from(&reference), id);
    assert_eq!(Id::<Customer>::from(reference.id().clone()), id);
}

#[test]
fn metadata_takes_numbers_booleans_and_ids() {
    let mut metadata = Metadata::from([("n", 42)]);
    metadata.insert("paid", true);
    metadata.insert("ratio", 0.5);
    metadata.insert("size", u64::MAX);
    metadata.insert("text", "a");
    metadata.insert("owned", "b".to_owned());
    let (borrowed, id) = (&"c".to_owned(), &Id::<Customer>::from("cus_1"));
    metadata.insert("borrowed", borrowed);
    metadata.insert("id", id);
    metadata.insert("price", Decimal::from(7));
    let values: Vec<&str> = metadata.values().map(String::as_str).collect();
    let expected = [
        "42",
        "true",
        "0.5",
        "18446744073709551615",
        "a",
        "b",
        "c",
        "cus_1",
        "7",
    ];
    assert_eq!(values, expected);
    let counts: HashMap<String, i64> = HashMap::from([("a".to_owned(), 1)]);
    assert_eq!(
        Metadata::from_iter(&Metadata::from([("a", "1")])),
        counts.into_iter().collect()
    );
}

#[test]
fn decimals_come_from_text_and_numbers() {
    let parsed = |text: &str| Decimal::try_from(text).map(|decimal| decimal.to_string());
    assert_eq!(parsed("12.50").as_deref(), Ok("12.50"));
    assert!(parsed("12,50").is_err() && Decimal::try_from(String::new()).is_err());
    assert_eq!(Decimal::from(-1_i32), Decimal::from(-1_i64));
    assert_eq!(Decimal::from(u64::MAX).as_str(), "18446744073709551615");
    assert_eq!(Decimal::from(1_u32).as_str(), "1");
    for (float, text) in [
        (0.1, "0.1"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
    ] {
        assert_eq!(Decimal::try_from(float).unwrap().as_str(), text);
    }
    assert!(Decimal::try_from(f64::NAN).is_err() && Decimal::try_from(f64::INFINITY).is_err());
}
