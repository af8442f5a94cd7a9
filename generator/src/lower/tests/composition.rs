use super::LoweredText;

#[test]
fn members_are_merged_into_one_object() {
    let lowered = LoweredText::of_schemas(
        "{A: {description: d, allOf: [{$ref: '#/components/schemas/B'}, {type: object, required: [y], properties: {y: {type: string}}}]}, B: {allOf: [{$ref: '#/components/schemas/C'}]}, C: {type: object, description: c, required: [x], properties: {x: {type: integer}}}}",
    );
    lowered.assert_schema(
        "A",
        "{description: d, required: [x, y], properties: {x: {type: integer}, y: {type: string}}, type: object}",
    );
    lowered.assert_schema("B", "{$ref: '#/components/schemas/C'}");
    lowered.assert_findings(&[]);
}

#[test]
fn keywords_beside_members_are_a_member() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {y: {type: string}}, allOf: [{$ref: '#/components/schemas/C'}]}, C: {type: object, properties: {x: {type: integer}}}}",
    );
    lowered.assert_schema(
        "A",
        "{properties: {x: {type: integer}, y: {type: string}}, type: object}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn later_member_counts_where_they_contradict() {
    let lowered = LoweredText::of_schema(
        "{allOf: [{type: object, properties: {x: {type: integer}, y: {type: string}}}, {type: object, properties: {x: {type: string}, y: {type: string, format: date}}}]}",
    );
    lowered.assert_schema(
        "A",
        "{properties: {x: {type: string}, y: {type: string, format: date}}, type: object}",
    );
    lowered.assert_findings(&["G009 #/components/schemas/A/properties/x"]);
}

#[test]
fn objects_of_the_same_name_are_merged() {
    let lowered = LoweredText::of_schema(
        "{allOf: [{type: object, properties: {o: {type: object, properties: {a: {type: string}}}}}, {type: object, properties: {o: {type: object, properties: {b: {type: string}}}}}]}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/o/properties",
        "{a: {type: string}, b: {type: string}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn one_member_of_a_property_stays_a_reference() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {p: {nullable: true, allOf: [{$ref: '#/components/schemas/C'}]}, q: {allOf: [{$ref: '#/components/schemas/C'}]}}}, C: {type: object, properties: {}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties",
        "{p: {nullable: true, anyOf: [{$ref: '#/components/schemas/C'}]}, q: {$ref: '#/components/schemas/C'}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn scalars_are_merged() {
    let lowered = LoweredText::of_schemas(
        "{A: {allOf: [{$ref: '#/components/schemas/S'}, {maxLength: 3}]}, S: {type: string, minLength: 1}}",
    );
    lowered.assert_schema("A", "{minLength: 1, maxLength: 3, type: string}");
    lowered.assert_findings(&[]);
}

#[test]
fn members_of_several_types_are_any_json() {
    let lowered = LoweredText::of_schema("{allOf: [{type: string}, {type: object}]}");
    lowered.assert_schema("A", "{type: object, x-any-value: true}");
    lowered.assert_findings(&["G005 #/components/schemas/A"]);
}

#[test]
fn union_beside_properties_has_them_in_each_member() {
    let lowered = LoweredText::of_schema(
        "{type: object, properties: {a: {type: string}}, oneOf: [{type: object, properties: {b: {type: string}}}, {type: object, properties: {c: {type: string}}}]}",
    );
    lowered.assert_schema(
        "A",
        "{oneOf: [{$ref: '#/components/schemas/A_option1'}, {$ref: '#/components/schemas/A_option2'}]}",
    );
    lowered.assert_schema(
        "A_option2",
        "{type: object, properties: {a: {type: string}, c: {type: string}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn alternatives_of_requirements_are_left_out() {
    let lowered = LoweredText::of_schema(
        "{type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {required: [b]}]}",
    );
    lowered.assert_schema(
        "A",
        "{properties: {a: {type: string}, b: {type: string}}, type: object}",
    );
    lowered.assert_findings(&["G001 #/components/schemas/A/anyOf"]);
}

#[test]
fn members_that_contain_each_other_end() {
    let lowered = LoweredText::of_schemas(
        "{A: {allOf: [{$ref: '#/components/schemas/B'}, {properties: {a: {type: string}}}]}, B: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {b: {type: string}}}]}}",
    );
    lowered.assert_schema(
        "A",
        "{properties: {b: {type: string}, a: {type: string}}, type: object}",
    );
    lowered.assert_schema("B", "{properties: {b: {type: string}}, type: object}");
    lowered.assert_findings(&["G009 #/components/schemas/B"]);
}

#[test]
fn property_that_extends_its_owner_is_a_component() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {x: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {y: {type: string}}}]}}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/x",
        "{$ref: '#/components/schemas/A_x'}",
    );
    lowered.assert_schema(
        "A_x",
        "{properties: {x: {$ref: '#/components/schemas/A_x'}, y: {type: string}}, type: object}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn member_is_merged_that_many_extend() {
    let mut schemas = String::from("{A0: {type: object, properties: {a0: {type: string}}}");
    for i in 1..400 {
        let before = i - 1;
        schemas.push_str(&format!(
            ", A{i}: {{allOf: [{{$ref: '#/components/schemas/A{before}'}}, {{properties: {{a{i}: {{type: string}}}}}}]}}"
        ));
    }
    schemas.push('}');
    let lowered = LoweredText::of_schemas(&schemas);
    let depth = lowered.at("/components/schemas/A50/properties");
    assert_eq!(depth.as_object().map(serde_json::Map::len), Some(51));
}

#[test]
fn base_with_a_discriminator_is_a_plain_object() {
    let lowered = LoweredText::of_schema(
        "{type: object, properties: {k: {type: string}}, discriminator: {propertyName: k}}",
    );
    lowered.assert_schema("A", "{type: object, properties: {k: {type: string}}}");
    lowered.assert_findings(&["G001 #/components/schemas/A/discriminator"]);
}

#[test]
fn negation_is_any_json() {
    let lowered =
        LoweredText::of_schemas("{A: {not: {type: string}}, B: {type: string, not: {enum: [a]}}}");
    lowered.assert_schema("A", "{type: object, x-any-value: true}");
    lowered.assert_schema("B", "{type: string}");
    lowered.assert_findings(&[
        "G005 #/components/schemas/A",
        "G001 #/components/schemas/B/not",
    ]);
}
