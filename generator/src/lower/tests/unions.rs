use super::LoweredText;

const OBJECTS: &str = "B: {type: object, properties: {b: {type: string}}}, C: {type: object, properties: {c: {type: string}}}";

#[test]
fn one_alternative_is_that_one() {
    let lowered = LoweredText::of_schema("{oneOf: [{type: string}]}");
    lowered.assert_schema("A", "{type: string}");
    lowered.assert_findings(&[]);
}

#[test]
fn equal_alternatives_are_one() {
    let lowered =
        LoweredText::of_schema("{anyOf: [{type: string, title: a}, {type: string, title: b}]}");
    lowered.assert_schema("A", "{type: string, title: a}");
    lowered.assert_findings(&[]);
}

#[test]
fn null_is_no_alternative() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{type: object, properties: {{b: {{anyOf: [{{$ref: '#/components/schemas/B'}}, {{type: 'null'}}]}}, n: {{oneOf: [{{type: integer}}, {{enum: [null]}}]}}}}}}, {OBJECTS}}}"
    ));
    lowered.assert_at(
        "/components/schemas/A/properties",
        "{b: {nullable: true, anyOf: [{$ref: '#/components/schemas/B'}]}, n: {nullable: true, type: integer}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn strings_are_a_string() {
    let lowered = LoweredText::of_schemas(
        "{A: {anyOf: [{type: string, enum: [a]}, {$ref: '#/components/schemas/E'}]}, E: {type: string, enum: [a, b]}, P: {anyOf: [{type: string, enum: [a]}, {type: string}]}}",
    );
    lowered.assert_schema("A", "{type: string, enum: [a, b]}");
    lowered.assert_schema("P", "{type: string}");
    lowered.assert_findings(&[]);
}

#[test]
fn numbers_are_a_number() {
    let lowered = LoweredText::of_schema("{oneOf: [{type: integer}, {type: number}]}");
    lowered.assert_schema("A", "{type: number}");
    lowered.assert_findings(&[]);
}

#[test]
fn objects_stay_and_other_alternatives_are_any_json() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{oneOf: [{{$ref: '#/components/schemas/B'}}, {{$ref: '#/components/schemas/C'}}]}}, S: {{anyOf: [{{type: string}}, {{type: integer}}]}}, {OBJECTS}}}"
    ));
    let union = "{oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}";
    lowered.assert_schema("A", union);
    lowered.assert_schema("S", "{type: object, x-any-value: true}");
    lowered.assert_findings(&["G005 #/components/schemas/S"]);
}

#[test]
fn discriminated_objects_stay() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{discriminator: {{propertyName: k}}, oneOf: [{{$ref: '#/components/schemas/B'}}, {{$ref: '#/components/schemas/C'}}]}}, {OBJECTS}}}"
    ));
    let union = "{oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}], discriminator: {propertyName: k}}";
    lowered.assert_schema("A", union);
    lowered.assert_findings(&[]);
}

#[test]
fn alternatives_with_a_constant_each_stay() {
    let tagged = |name: &str| {
        format!("{{type: object, properties: {{object: {{type: string, enum: [{name}]}}}}}}")
    };
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas: {{A: {{anyOf: [{{$ref: '#/components/schemas/B'}}, {{$ref: '#/components/schemas/C'}}]}}, B: {}, C: {}}}\n",
        tagged("b"),
        tagged("c")
    );
    let document: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let mut lowered = document.clone();
    let mut sink = crate::diag::DiagnosticSink::new();
    crate::lower::lower_for_dialect(&mut lowered, &[], Some("object"), &mut sink);
    assert_eq!(lowered, document);
    crate::lower::lower_for_dialect(&mut lowered, &[], None, &mut sink);
    assert_ne!(lowered, document);
}

#[test]
fn keyword_or_value_of_a_form_stays() {
    let union = "{anyOf: [{type: integer}, {type: string, enum: [now]}]}";
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{get: {{operationId: a, parameters: [{{name: q, in: query, schema: {union}}}], responses: {{}}}}}}}}"
    ));
    lowered.assert_at("/paths/~1a/get/parameters/0/schema", union);
    lowered.assert_findings(&[]);
}

#[test]
fn objects_in_place_become_components() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{type: object, properties: {{p: {{oneOf: [{{title: Big one, type: object, properties: {{x: {{type: string}}}}}}, {{properties: {{k: {{type: string, enum: [z]}}}}}}, {{$ref: '#/components/schemas/B'}}, {{type: object, properties: {{y: {{type: string}}}}}}]}}}}}}, {OBJECTS}}}"
    ));
    lowered.assert_at(
        "/components/schemas/A/properties/p",
        "{oneOf: [{$ref: '#/components/schemas/A_p_Big_one'}, {$ref: '#/components/schemas/A_p_z'}, {$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/A_p_option4'}]}",
    );
    lowered.assert_at(
        "/components/schemas/A_p_option4",
        "{type: object, properties: {y: {type: string}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn objects_in_place_of_responses_become_components_and_those_of_requests_do_not() {
    let union = "{oneOf: [{type: object, properties: {x: {type: string}}}, {type: object, properties: {y: {type: string}}}]}";
    let content = format!("content: {{application/json: {{schema: {union}}}}}");
    let lowered = LoweredText::of_paths(&format!(
        "{{'/v/{{id}}': {{post: {{operationId: o, parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}], requestBody: {{{content}}}, responses: {{'200': {{description: d, {content}}}}}}}}}}}"
    ));
    lowered.assert_at(
        "/paths/~1v~1{id}/post/responses/200/content/application~1json/schema",
        "{oneOf: [{$ref: '#/components/schemas/v__id__post_option1'}, {$ref: '#/components/schemas/v__id__post_option2'}]}",
    );
    lowered.assert_at(
        "/paths/~1v~1{id}/post/requestBody/content/application~1json/schema",
        "{type: object, x-any-value: true}",
    );
}
