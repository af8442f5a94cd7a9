use super::LoweredText;

#[test]
fn type_with_null_is_nullable() {
    let lowered =
        LoweredText::of_schema("{type: object, properties: {a: {type: [string, 'null']}}}");
    lowered.assert_schema(
        "A",
        "{type: object, properties: {a: {type: string, nullable: true}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn several_types_are_any_json() {
    let lowered = LoweredText::of_schema("{type: [string, integer]}");
    lowered.assert_schema("A", "{type: object, x-any-value: true}");
    lowered.assert_findings(&["G005 #/components/schemas/A/type"]);
}

#[test]
fn integer_or_number_is_a_number() {
    let lowered = LoweredText::of_schema("{type: [integer, number]}");
    lowered.assert_schema("A", "{type: number}");
    lowered.assert_findings(&[]);
}

#[test]
fn constant_is_an_enum() {
    let lowered = LoweredText::of_schema("{const: b}");
    lowered.assert_schema("A", "{enum: [b], type: string}");
    lowered.assert_findings(&[]);
}

#[test]
fn keywords_of_json_schema_are_reported() {
    let lowered = LoweredText::of_schema(
        "{type: string, $comment: c, contentEncoding: base64, exclusiveMinimum: 3, if: {}}",
    );
    lowered.assert_schema("A", "{type: string}");
    assert_eq!(lowered.findings.len(), 4, "{:?}", lowered.findings);
    assert!(
        lowered
            .findings
            .iter()
            .all(|finding| finding.starts_with("G001 "))
    );
}

#[test]
fn one_pattern_of_keys_is_a_map() {
    let lowered = LoweredText::of_schema("{type: object, patternProperties: {^a: {type: string}}}");
    lowered.assert_schema("A", "{type: object, additionalProperties: {type: string}}");
    lowered.assert_findings(&["G001 #/components/schemas/A/patternProperties"]);
}

#[test]
fn several_patterns_of_keys_are_an_open_object() {
    let lowered =
        LoweredText::of_schema("{patternProperties: {^a: {type: string}, ^b: {type: integer}}}");
    lowered.assert_schema("A", "{type: object, additionalProperties: true}");
}

#[test]
fn tuple_is_a_list_of_any_json() {
    let lowered = LoweredText::of_schema("{prefixItems: [{type: string}, {type: integer}]}");
    lowered.assert_schema(
        "A",
        "{type: array, items: {type: object, x-any-value: true}}",
    );
    lowered.assert_findings(&["G005 #/components/schemas/A/prefixItems"]);
}

#[test]
fn boolean_schemas_are_any_json() {
    let lowered = LoweredText::of_schema("{type: object, properties: {a: true, b: false, c: {}}}");
    let any = "{type: object, x-any-value: true}";
    lowered.assert_schema(
        "A",
        &format!("{{type: object, properties: {{a: {any}, b: {any}, c: {any}}}}}"),
    );
    lowered.assert_findings(&["G005 #/components/schemas/A/properties/b"]);
}

#[test]
fn unknown_keywords_and_nulls_are_left_out() {
    let lowered =
        LoweredText::of_schema("{type: string, nullabel: true, description: null, x-a: 1}");
    lowered.assert_schema("A", "{type: string, x-a: 1}");
    lowered.assert_findings(&[
        "G002 #/components/schemas/A/nullabel",
        "G003 #/components/schemas/A/description",
    ]);
}

#[test]
fn harmless_values_are_corrected() {
    let lowered = LoweredText::of_schema(
        "{type: object, properties: {a: {type: integer, required: true, minimum: '3', deprecated: 'true'}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/a",
        "{type: integer, minimum: 3, deprecated: true}",
    );
    lowered.assert_findings(&[
        "G003 #/components/schemas/A/properties/a/required",
        "G003 #/components/schemas/A/properties/a/minimum",
        "G003 #/components/schemas/A/properties/a/deprecated",
    ]);
}

#[test]
fn bounds_that_are_no_integers_are_left_out() {
    let lowered = LoweredText::of_schema(
        "{type: integer, minimum: -9223372036854776000, maximum: 10.0, multipleOf: 0.5}",
    );
    lowered.assert_schema("A", "{type: integer, maximum: 10}");
    lowered.assert_findings(&[
        "G003 #/components/schemas/A/minimum",
        "G003 #/components/schemas/A/multipleOf",
    ]);
}

#[test]
fn sibling_of_a_reference_is_reported_unless_it_has_an_effect() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {b: {$ref: '#/components/schemas/B', description: d, title: t, type: object}}, required: [b]}, B: {type: object, properties: {}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/b",
        "{description: d, anyOf: [{$ref: '#/components/schemas/B'}]}",
    );
    lowered.assert_findings(&[
        "G004 #/components/schemas/A/properties/b/title",
        "G004 #/components/schemas/A/properties/b/type",
    ]);
}

#[test]
fn nullable_beside_a_reference_counts() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {b: {$ref: '#/components/schemas/B', nullable: true}}}, B: {type: object, properties: {}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/b",
        "{nullable: true, anyOf: [{$ref: '#/components/schemas/B'}]}",
    );
    lowered.assert_findings(&[]);
}
