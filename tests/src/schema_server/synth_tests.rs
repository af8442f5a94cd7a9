//! Synthesised responses: modes, rotation and bounds, with small documents.

use serde_json::{Value, json};

use super::fixture::document;
use super::synth::{Mode, value};

fn answer(schema: Value, components: Value, mode: Mode, turn: usize) -> Value {
    let document = document(schema, components);
    value(&document, &document.operations[0].answer.1, mode, turn)
}

fn thing() -> Value {
    json!({
        "type": "object",
        "required": ["id", "owner"],
        "properties": {
            "id": { "type": "string" },
            "owner": {
                "anyOf": [{ "type": "string" }, { "$ref": "#/components/schemas/owner" }],
                "x-expansionResources": {},
            },
            "note": { "type": "string", "maxLength": 2 },
            "meta": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    })
}

fn owner() -> Value {
    json!({
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": { "type": "string" },
            "thing": {
                "anyOf": [{ "type": "string" }, { "$ref": "#/components/schemas/thing" }],
            },
        },
    })
}

fn things(mode: Mode, turn: usize) -> Value {
    let reference = json!({ "$ref": "#/components/schemas/thing" });
    answer(
        reference,
        json!({ "thing": thing(), "owner": owner() }),
        mode,
        turn,
    )
}

#[test]
fn minimal_holds_what_is_required_and_ids() {
    let expected = json!({ "id": "thing_synth0", "owner": "owner_synth0" });
    assert_eq!(things(Mode::Minimal, 0), expected);
}

#[test]
fn full_holds_everything_and_expands_once() {
    let expected = json!({
        "id": "thing_synth0",
        "owner": { "id": "owner_synth0", "thing": "thing_synth0" },
        "note": "te",
        "meta": { "usd": "text" },
    });
    assert_eq!(things(Mode::Full, 0), expected);
}

#[test]
fn turns_visit_every_enum_value_and_union_member() {
    let schema = json!({ "type": "string", "enum": ["a", "b", "c"] });
    let values = [0, 1, 2, 3].map(|turn| answer(schema.clone(), json!({}), Mode::Minimal, turn));
    assert_eq!(values, ["a", "b", "c", "a"]);
    let member = |kind: &str| {
        json!({
            "type": "object",
            "required": ["object"],
            "properties": { "object": { "type": "string", "enum": [kind] } },
        })
    };
    let union = json!({ "anyOf": [member("card"), member("bank")] });
    let kinds = [0, 1].map(|turn| answer(union.clone(), json!({}), Mode::Full, turn));
    assert_eq!(
        kinds,
        [json!({ "object": "card" }), json!({ "object": "bank" })]
    );
}

#[test]
fn unions_without_tags_are_seen_as_with_a_secret_key() {
    let member = |name: &str| json!({ "type": "object", "required": [name], "properties": { name: { "type": "boolean" } } });
    let union = json!({ "anyOf": [member("secret"), member("publishable")] });
    for turn in 0..2 {
        let seen = answer(union.clone(), json!({}), Mode::Full, turn);
        assert!(seen.get("secret").is_some(), "{seen}");
    }
}

#[test]
fn lists_end_after_one_page() {
    let list = json!({
        "type": "object",
        "required": ["data", "has_more", "next_page_url", "url"],
        "properties": {
            "data": { "type": "array", "items": { "type": "string" } },
            "has_more": { "type": "boolean" },
            "next_page_url": { "type": "string", "nullable": true },
            "url": { "type": "string", "pattern": "^/v1/a/[^/]+/b" },
        },
    });
    for turn in 0..4 {
        let full = answer(list.clone(), json!({}), Mode::Full, turn);
        assert_eq!(full["has_more"], false);
        assert_eq!(full["next_page_url"], Value::Null);
        assert_eq!(full["url"], "/v1/a/synth/b");
        assert_eq!(full["data"].as_array().unwrap().len(), 2);
        let minimal = answer(list.clone(), json!({}), Mode::Minimal, turn);
        assert_eq!(minimal["data"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn nullable_is_null_in_some_full_answers() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "type": "integer", "nullable": true } },
    });
    let nulls = (0..7).map(|turn| answer(schema.clone(), json!({}), Mode::Full, turn));
    assert_eq!(nulls.filter(|value| value["a"].is_null()).count(), 1);
}

#[test]
fn recursion_ends() {
    let reference = json!({ "$ref": "#/components/schemas/node" });
    let node = json!({
        "type": "object",
        "required": ["children", "next"],
        "properties": {
            "children": { "type": "array", "items": reference },
            "next": reference,
        },
    });
    let value = answer(reference, json!({ "node": node }), Mode::Full, 0);
    assert!(value.is_object());
}
