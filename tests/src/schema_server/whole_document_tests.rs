//! Statements about every operation of the document.

use serde_json::{Map, Value, json};

use super::check::compile;
use super::document::{Document, Media, Operation};
use super::fixture::{Call, concrete, load_stripe, method};
use super::synth::{Mode, value};
use super::translate::to_json_schema;

#[test]
fn every_operation_is_served() {
    let document = load_stripe();
    if std::env::var("SCHEMA_SERVER_SPEC").is_err() {
        assert_eq!(document.operations.len(), 620);
    }
    for (index, operation) in document.operations.iter().enumerate() {
        let path = concrete(operation);
        let found = super::route::find(&document.operations, &operation.method, &path);
        assert_eq!(found, Some(index), "{} {path}", operation.method);
    }
}

/// The response schemas in one schema: compiled alone, each would pull in most components again.
fn answer_schema(document: &Document) -> Value {
    let translate = |(name, schema): (&String, &Value)| (name.clone(), to_json_schema(schema));
    let components: Map<_, _> = document.components.iter().map(translate).collect();
    let answers: Map<_, _> = json_operations(document)
        .map(|operation| (operation.id.clone(), to_json_schema(&operation.answer.1)))
        .collect();
    json!({
        "components": { "schemas": components },
        "properties": answers,
        "additionalProperties": false,
    })
}

/// The only other response is a PDF.
fn json_operations(document: &Document) -> impl Iterator<Item = &Operation> {
    let operations = document.operations.iter();
    operations.filter(|operation| operation.answer.0 == "application/json")
}

#[test]
fn every_synthesised_answer_is_valid() {
    let document = load_stripe();
    let validator = compile(&answer_schema(&document)).unwrap();
    for (index, operation) in json_operations(&document).enumerate() {
        // Full responses are large; each operation uses other turns than its neighbour.
        for (mode, turns) in [(Mode::Minimal, 0..12), (Mode::Full, index..index + 3)] {
            for turn in turns {
                let answer = value(&document, &operation.answer.1, mode, turn);
                let size = answer.to_string().len();
                assert!(size < 1 << 20, "{} answers with {size} bytes", operation.id);
                let wrapped = json!({ operation.id.as_str(): answer });
                if let Err(error) = validator.validate(&wrapped) {
                    let place = error.instance_path();
                    panic!("{} {mode:?} turn {turn}: {place}: {error}", operation.id);
                }
            }
        }
    }
}

#[test]
fn the_validator_of_answers_can_say_no() {
    let document = load_stripe();
    let validator = compile(&answer_schema(&document)).unwrap();
    let customer = document
        .operations
        .iter()
        .find(|o| o.path == "/v1/customers")
        .unwrap();
    let good = value(&document, &customer.answer.1, Mode::Full, 0);
    assert!(validator.is_valid(&json!({ customer.id.as_str(): good })));
    for (pointer, bad) in [
        ("/has_more", json!("false")),
        ("/data", json!({})),
        ("/data/0/id", json!(1)),
        ("/data/0/created", json!("2026-01-28")),
        ("/data/0/object", json!("charge")),
        ("/data/0/livemode", Value::Null),
    ] {
        let mut answer = good.clone();
        *answer.pointer_mut(pointer).unwrap() = bad;
        assert!(
            !validator.is_valid(&json!({ customer.id.as_str(): answer })),
            "{pointer}"
        );
    }
}

#[test]
fn every_operation_refuses_an_unknown_parameter() {
    for operation in &load_stripe().operations {
        let call = Call::new(method(operation), concrete(operation));
        let media = operation.body.as_ref().map(|(media, _)| *media);
        let call = match media {
            Some(Media::Form) => call.form("no_such_parameter=1"),
            Some(Media::Json) => call.json(&json!({ "no_such_parameter": 1 })),
            Some(Media::Multipart) => continue,
            None => {
                let target = format!("{}?no_such_parameter=1", concrete(operation));
                Call::new(method(operation), target)
            }
        };
        call.assert_refused(400, "parameter_unknown", "no_such_parameter");
    }
}

#[test]
fn every_operation_misses_what_it_requires() {
    for operation in &load_stripe().operations {
        let call = Call::new(method(operation), concrete(operation));
        let body = operation.body.as_ref().map(|(_, schema)| schema);
        let required = [Some(&operation.query), body].into_iter().flatten();
        let required = required.filter_map(|schema| schema["required"].as_array());
        match required.flatten().next() {
            None => {
                call.ok();
            }
            Some(_) => {
                let (status, code, _) = call.refusal();
                assert_eq!((status, code.as_str()), (400, "parameter_missing"));
            }
        }
    }
}
