use super::LoweredText;

#[test]
fn types_follow_from_keywords() {
    let lowered = LoweredText::of_schemas(
        "{O: {properties: {a: {minLength: 1}}}, L: {items: {format: date-time}}, N: {maximum: 3}, E: {enum: [a, b]}, I: {enum: [1, 2]}}",
    );
    lowered.assert_schema(
        "O",
        "{properties: {a: {minLength: 1, type: string}}, type: object}",
    );
    lowered.assert_schema(
        "L",
        "{items: {format: date-time, type: string}, type: array}",
    );
    lowered.assert_schema("N", "{maximum: 3, type: number}");
    lowered.assert_schema("E", "{enum: [a, b], type: string}");
    lowered.assert_schema("I", "{type: integer, x-known-values: [1, 2]}");
    lowered.assert_findings(&["G007 #/components/schemas/I/enum"]);
}

#[test]
fn keywords_of_another_type_are_left_out() {
    let lowered = LoweredText::of_schema("{type: integer, minLength: 3, items: {}}");
    lowered.assert_schema("A", "{type: integer}");
    lowered.assert_findings(&[
        "G001 #/components/schemas/A/minLength",
        "G001 #/components/schemas/A/items",
    ]);
}

#[test]
fn unknown_type_is_any_json_and_file_is_binary() {
    let lowered = LoweredText::of_schemas("{A: {type: money}, F: {type: file}}");
    lowered.assert_schema("A", "{type: object, x-any-value: true}");
    lowered.assert_schema("F", "{type: string}");
    lowered.assert_findings(&[
        "G005 #/components/schemas/A/type",
        "G006 #/components/schemas/F/format",
    ]);
}

#[test]
fn list_without_items_has_any_json() {
    let lowered = LoweredText::of_schema("{type: array}");
    lowered.assert_schema(
        "A",
        "{type: array, items: {type: object, x-any-value: true}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn null_among_strings_is_nullable() {
    let lowered =
        LoweredText::of_schema("{type: object, properties: {m: {type: string, enum: [a, null]}}}");
    lowered.assert_at(
        "/components/schemas/A/properties/m",
        "{type: string, enum: [a], nullable: true}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn values_of_numbers_are_kept_if_they_have_the_type() {
    let lowered = LoweredText::of_schemas(
        "{N: {type: number, enum: [0.5, 1, null]}, T: {type: integer, enum: ['1', '2']}, F: {type: integer, enum: [1, 1.5]}}",
    );
    lowered.assert_schema("N", "{type: number, x-known-values: [0.5, 1]}");
    lowered.assert_schema("T", "{type: integer}");
    lowered.assert_schema("F", "{type: integer}");
}

#[test]
fn enums_of_other_values_are_widened() {
    let lowered = LoweredText::of_schemas(
        "{I: {type: integer, enum: [-1, 0]}, M: {enum: [a, 1]}, T: {type: boolean, enum: [true]}, B: {type: boolean, enum: [true, false]}, F: {type: boolean, enum: [false]}, S: {type: string, enum: [1, a]}, N: {type: string, enum: []}}",
    );
    lowered.assert_schema("I", "{type: integer, x-known-values: [-1, 0]}");
    lowered.assert_schema("M", "{type: object, x-any-value: true}");
    lowered.assert_schema("T", "{type: boolean, enum: [true]}");
    lowered.assert_schema("B", "{type: boolean}");
    lowered.assert_schema("F", "{type: boolean}");
    lowered.assert_schema("S", "{type: string, enum: ['1', a]}");
    lowered.assert_schema("N", "{type: string}");
    lowered.assert_findings(&[
        "G007 #/components/schemas/I/enum",
        "G007 #/components/schemas/M/enum",
        "G007 #/components/schemas/F/enum",
        "G003 #/components/schemas/S/enum",
    ]);
}

#[test]
fn format_is_reported_once_with_a_count() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: string, format: phone}, B: {type: string, format: phone}, C: {type: integer, format: uint64}, D: {type: string, format: uuid}}",
    );
    lowered.assert_schema("A", "{type: string, x-format: phone}");
    lowered.assert_schema("C", "{type: integer, x-format: uint64}");
    lowered.assert_schema("D", "{type: string, format: uuid}");
    lowered.assert_findings(&[
        "G006 #/components/schemas/A/format",
        "G006 #/components/schemas/C/format",
    ]);
}

#[test]
fn free_keys_beside_fixed_ones_are_reported() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {a: {type: string}}, additionalProperties: {type: integer}}, B: {type: object, additionalProperties: {}}, C: {type: object, additionalProperties: {type: string}}}",
    );
    lowered.assert_schema("A", "{type: object, properties: {a: {type: string}}}");
    lowered.assert_schema("B", "{type: object, additionalProperties: true}");
    lowered.assert_schema("C", "{type: object, additionalProperties: {type: string}}");
    lowered.assert_findings(&["G012 #/components/schemas/A/additionalProperties"]);
}

#[test]
fn required_names_are_properties() {
    let lowered =
        LoweredText::of_schema("{type: object, required: [a, b], properties: {a: {type: string}}}");
    lowered.assert_schema(
        "A",
        "{type: object, required: [a], properties: {a: {type: string}}}",
    );
    lowered.assert_findings(&["G001 #/components/schemas/A/required"]);
}

#[test]
fn format_of_the_dialect_stays() {
    let document = serde_json::json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {"schemas": {"A": {"type": "string", "format": "decimal"}}},
    });
    let mut sink = crate::diag::DiagnosticSink::new();
    let mut lowered = document.clone();
    crate::lower::lower_for_dialect(&mut lowered, &["decimal"], None, &mut sink);
    assert_eq!(lowered, document);
    assert!(sink.all().is_empty());
}
