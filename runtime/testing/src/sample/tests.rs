use super::template::{Template, parse_template};
use super::value::{SampleStep, parse_path};
use super::{SampleBody, SampleRows, SampleSchema};
use wire::value::RawJson;

const ROWS: SampleRows = &[
    ("Bank", "{object:'bank',id:'ba_sample',routing?}"),
    (
        "Card",
        "{object:'card',id:'card_sample',last4:'sample',owner?:'cus_sample'|@Customer}",
    ),
    (
        "Customer",
        "{object:'customer',id:'cus_sample',source:@Bank|@Card,parents:[@Customer],\
         tags?:{*:[1]},extra?:*,note?}",
    ),
    (
        "Deleted",
        "{object:'customer',deleted:true,id:'cus_sample'}",
    ),
    ("Loop", "{next:@Loop}"),
];

fn body(name: &str) -> SampleBody {
    SampleBody::new(SampleSchema::named(ROWS, name))
}

fn set(name: &str, path: &str, new: &str) -> String {
    let mut body = body(name);
    body.set(path, new.parse().unwrap());
    match body.invalid_reason() {
        Some(error) => error.to_string(),
        None => body.to_json(),
    }
}

#[test]
fn smallest_value_has_required_members_and_the_first_of_several_types() {
    assert_eq!(
        body("Customer").to_json(),
        r#"{"object":"customer","id":"cus_sample","source":{"object":"bank","id":"ba_sample"},"parents":[]}"#
    );
}

#[test]
fn type_that_requires_itself_ends_with_null() {
    assert_eq!(body("Loop").to_json(), r#"{"next":null}"#);
}

#[test]
fn member_of_another_type_of_a_union_replaces_the_value() {
    let json = set("Customer", "source.last4", "\"4242\"");
    assert!(
        json.contains(r#""source":{"object":"card","id":"card_sample","last4":"4242"}"#),
        "{json}"
    );
    let kept = set("Customer", "source.id", "\"ba_1\"");
    assert!(
        kept.contains(r#""source":{"object":"bank","id":"ba_1"}"#),
        "{kept}"
    );
}

#[test]
fn expandable_member_is_expanded_when_something_in_it_is_set() {
    let json = set("Card", "owner.note", "\"x\"");
    assert!(
        json.contains(r#""owner":{"object":"customer","id":"cus_sample""#),
        "{json}"
    );
    assert!(json.contains(r#""note":"x"}"#), "{json}");
    let id = set("Card", "owner", "\"cus_1\"");
    assert!(id.contains(r#""owner":"cus_1""#), "{id}");
}

#[test]
fn maps_and_raw_json_take_any_name_and_lists_the_next_item() {
    assert!(set("Customer", "tags.a[1]", "2").contains(r#""tags":{"a":[1,2]}"#));
    assert!(set("Customer", "extra.a.b", "true").contains(r#""extra":{"a":{"b":true}}"#));
    assert!(
        set("Customer", "parents[0].id", "\"cus_1\"")
            .contains(r#""parents":[{"object":"customer","id":"cus_1""#)
    );
    assert!(set("Customer", "parents[1].id", "1").contains("the list has 0 items"));
}

#[test]
fn value_of_the_test_can_be_changed_further() {
    let mut body = body("Customer");
    body.set("tags", r#"{"a": [1], "b": [2]}"#.parse().unwrap());
    body.set("tags.a[0]", RawJson::encoding(&5));
    let json = body.to_json();
    assert!(json.contains(r#""tags":{"a":[5],"b":[2]}"#), "{json}");
}

#[test]
fn first_mistake_is_reported() {
    let mut body = body("Customer");
    body.set("nam", RawJson::default());
    body.set("other", RawJson::default());
    let text = body.invalid_reason().unwrap().to_string();
    let expected = "a sample cannot be set at \"nam\": there is no nam, only object, id, source, ";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn path_is_split_at_dots_and_brackets() {
    let member = |name: &str| SampleStep::Member(name.to_owned());
    let steps = vec![member("a"), member("b"), SampleStep::Index(2), member("c")];
    assert_eq!(parse_path("a.b[2].c"), Ok(steps));
    for wrong in ["", "a.", ".a", "a[x]", "a[1", "a..b"] {
        assert!(parse_path(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn malformed_template_is_none() {
    for wrong in ["", "{", "{a}", "{a:1", "[1", "'a", "{a:1 b:2}", "1}", "x"] {
        assert_eq!(parse_template(wrong), None, "{wrong}");
    }
    let text = Template::Leaf(RawJson::encoding(&"it's \\"));
    assert_eq!(parse_template(r"'it\'s \\'"), Some(text));
}
