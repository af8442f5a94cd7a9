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

#[test]
fn discriminator_has_the_values_of_objects_in_place() {
    let member =
        |value: &str| format!("{{properties: {{kind: {{type: string, enum: [{value}]}}}}}}");
    let (cat, dog) = (member("cat"), member("dog"));
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{oneOf: [{cat}, {dog}, {{$ref: '#/components/schemas/B'}}], discriminator: {{propertyName: kind, mapping: {{b: '#/components/schemas/B'}}}}}}, {OBJECTS}}}"
    ));
    lowered.assert_schema(
        "A",
        "{oneOf: [{$ref: '#/components/schemas/A_cat'}, {$ref: '#/components/schemas/A_dog'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: kind, mapping: {b: '#/components/schemas/B', cat: '#/components/schemas/A_cat', dog: '#/components/schemas/A_dog'}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn value_of_a_discriminator_may_be_that_of_a_component() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{oneOf: [{{properties: {{kind: {{$ref: '#/components/schemas/K'}}}}}}, {{$ref: '#/components/schemas/B'}}], discriminator: {{propertyName: kind}}}}, K: {{type: string, enum: [cat]}}, {OBJECTS}}}"
    ));
    lowered.assert_at(
        "/components/schemas/A/discriminator",
        "{propertyName: kind, mapping: {cat: '#/components/schemas/A_option1'}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn discriminator_without_a_value_of_an_object_in_place_is_ignored() {
    let union = |second: &str| {
        format!(
            "{{A: {{oneOf: [{{properties: {{kind: {{type: string, enum: [cat]}}}}}}, {second}], discriminator: {{propertyName: kind}}}}}}"
        )
    };
    let open = "{properties: {kind: {type: string}}, required: [kind]}";
    let same = "{properties: {kind: {type: string, enum: [cat]}, n: {type: string}}}";
    for second in [open, same] {
        let lowered = LoweredText::of_schemas(&union(second));
        assert_eq!(
            lowered.value.pointer("/components/schemas/A/discriminator"),
            None
        );
        lowered.assert_findings(&["G001 #/components/schemas/A/discriminator"]);
    }
}

#[test]
fn null_of_an_object_in_place_is_that_of_the_union() {
    let lowered = LoweredText::of_schema(
        "{type: object, required: [p], properties: {p: {oneOf: [{nullable: true, properties: {x: {type: string}}}, {properties: {y: {type: string}}}]}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/p",
        "{nullable: true, oneOf: [{$ref: '#/components/schemas/A_p_option1'}, {$ref: '#/components/schemas/A_p_option2'}]}",
    );
    lowered.assert_schema(
        "A_p_option1",
        "{type: object, properties: {x: {type: string}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn objects_in_place_that_are_equal_are_one() {
    let member = |title: &str| format!("{{title: {title}, properties: {{x: {{type: string}}}}}}");
    let lowered = LoweredText::of_schema(&format!(
        "{{anyOf: [{}, {}]}}",
        member("One"),
        member("Two")
    ));
    lowered.assert_schema(
        "A",
        "{title: One, type: object, properties: {x: {type: string}}}",
    );
    let other = "{properties: {y: {type: string}}}";
    let lowered = LoweredText::of_schema(&format!(
        "{{anyOf: [{}, {}, {other}]}}",
        member("One"),
        member("Two")
    ));
    lowered.assert_schema(
        "A",
        "{oneOf: [{$ref: '#/components/schemas/A_One'}, {$ref: '#/components/schemas/A_option3'}]}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn members_require_what_is_required_beside_them() {
    let lowered = LoweredText::of_schema(
        "{properties: {id: {type: string}}, required: [id, x], oneOf: [{properties: {x: {type: string}}, required: [y], title: One}, {properties: {x: {type: integer}}, title: Two}]}",
    );
    lowered.assert_schema(
        "A_Two",
        "{title: Two, type: object, properties: {id: {type: string}, x: {type: integer}}, required: [id, x]}",
    );
    // It is merged into the members.
    assert_eq!(lowered.value.pointer("/components/schemas/A_base"), None);
    lowered.assert_findings(&["G001 #/components/schemas/A/oneOf/0/required"]);
}

#[test]
fn requirements_alone_are_those_of_the_members() {
    let lowered = LoweredText::of_schema(
        "{required: [x, z], oneOf: [{properties: {x: {type: string}}}, {properties: {x: {type: integer}, y: {type: string}}}]}",
    );
    lowered.assert_schema(
        "A_option1",
        "{type: object, properties: {x: {type: string}}, required: [x]}",
    );
    lowered.assert_findings(&["G001 #/components/schemas/A/required"]);
}

#[test]
fn findings_of_properties_beside_a_union_are_at_the_union() {
    let lowered = LoweredText::of_schema(
        "{properties: {n: {type: object, properties: {a: {type: string}}, required: [b]}}, oneOf: [{properties: {x: {type: string}}}, {properties: {y: {type: string}}}]}",
    );
    lowered.assert_findings(&["G001 #/components/schemas/A/properties/n/required"]);
}

#[test]
fn objects_in_place_of_a_response_component_are_named_after_it() {
    let union = "{oneOf: [{properties: {x: {type: string}}}, {properties: {y: {type: string}}}]}";
    let lowered = LoweredText::of_document(&format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  responses: {{Found: {{description: d, content: {{application/json: {{schema: {union}}}}}}}}}\n"
    ));
    lowered.assert_at(
        "/components/schemas/Found_option2",
        "{type: object, properties: {y: {type: string}}}",
    );
}

#[test]
fn property_of_a_request_may_be_called_responses() {
    let union = "{oneOf: [{properties: {x: {type: string}}}, {properties: {y: {type: string}}}]}";
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{post: {{operationId: o, requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{responses: {union}}}}}}}}}}}, responses: {{}}}}}}}}"
    ));
    lowered.assert_at(
        "/paths/~1a/post/requestBody/content/application~1json/schema/properties/responses",
        "{type: object, x-any-value: true}",
    );
}

#[test]
fn objects_in_place_of_one_title_are_numbered() {
    let members = ["a", "b", "c"]
        .map(|name| format!("{{title: T, properties: {{{name}: {{type: string}}}}}}"))
        .join(", ");
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{oneOf: [{members}]}}, A_T_2: {{type: string}}}}"
    ));
    lowered.assert_schema(
        "A",
        "{oneOf: [{$ref: '#/components/schemas/A_T'}, {$ref: '#/components/schemas/A_T_3'}, {$ref: '#/components/schemas/A_T_4'}]}",
    );
}

#[test]
fn object_or_null_beside_objects_is_null() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{type: object, properties: {{one: {{anyOf: [{{$ref: '#/components/schemas/B'}}, {{type: object, nullable: true, description: d}}]}}, more: {{oneOf: [{{$ref: '#/components/schemas/B'}}, {{type: object, nullable: true}}, {{$ref: '#/components/schemas/C'}}]}}, any: {{anyOf: [{{$ref: '#/components/schemas/U'}}, {{type: object, nullable: true}}]}}}}}}, U: {{oneOf: [{{$ref: '#/components/schemas/B'}}, {{$ref: '#/components/schemas/C'}}]}}, {OBJECTS}}}"
    ));
    lowered.assert_at(
        "/components/schemas/A/properties",
        "{one: {nullable: true, anyOf: [{$ref: '#/components/schemas/B'}]}, more: {nullable: true, oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}, any: {nullable: true, anyOf: [{$ref: '#/components/schemas/U'}]}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn object_or_null_beside_objects_in_place_is_null() {
    let lowered = LoweredText::of_schema(
        "{type: object, properties: {p: {anyOf: [{properties: {x: {type: string}}}, {type: object, nullable: true}, {properties: {x: {type: integer}}}]}, q: {anyOf: [{type: object, nullable: true}, {type: object, properties: {y: {type: string}}}]}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/p",
        "{nullable: true, oneOf: [{$ref: '#/components/schemas/A_p_option1'}, {$ref: '#/components/schemas/A_p_option3'}]}",
    );
    lowered.assert_schema(
        "A_p_option1",
        "{type: object, properties: {x: {type: string}}}",
    );
    lowered.assert_at(
        "/components/schemas/A/properties/q",
        "{nullable: true, type: object, properties: {y: {type: string}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn object_of_any_keys_is_an_alternative() {
    let open = "{type: object}";
    let keyed = "{type: object, nullable: true, minProperties: 1}";
    let text = "{type: string}, {type: object, nullable: true}";
    for other in [open, keyed, text] {
        let lowered = LoweredText::of_schemas(&format!(
            "{{A: {{type: object, properties: {{p: {{anyOf: [{{$ref: '#/components/schemas/B'}}, {other}]}}}}}}, {OBJECTS}}}"
        ));
        lowered.assert_at("/components/schemas/A/properties/p/x-any-value", "true");
        lowered.assert_findings(&["G005 #/components/schemas/A/properties/p"]);
    }
}

#[test]
fn union_with_a_member_that_may_be_null_may_be_null() {
    let marked = "{type: object, nullable: true, properties: {n: {type: string}}}";
    let union = |others: &str| format!("oneOf: [{{$ref: '#/components/schemas/N'}}, {others}]");
    let component = union("{$ref: '#/components/schemas/B'}");
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{type: object, required: [u], properties: {{u: {{$ref: '#/components/schemas/U'}}, l: {{type: array, items: {{$ref: '#/components/schemas/W'}}}}, i: {{{component}}}, b: {{$ref: '#/components/schemas/B'}}}}}}, N: {marked}, U: {{{component}}}, W: {{$ref: '#/components/schemas/U'}}, {OBJECTS}}}"
    ));
    let by_reference = |name: &str| {
        format!("{{nullable: true, anyOf: [{{$ref: '#/components/schemas/{name}'}}]}}")
    };
    let at = "/components/schemas/A/properties";
    lowered.assert_at(&format!("{at}/u"), &by_reference("U"));
    lowered.assert_at(&format!("{at}/l/items"), &by_reference("W"));
    lowered.assert_at(
        &format!("{at}/i"),
        &format!("{{nullable: true, {component}}}"),
    );
    lowered.assert_at(&format!("{at}/b"), "{$ref: '#/components/schemas/B'}");
    lowered.assert_schema("U", &format!("{{{component}}}"));
    lowered.assert_findings(&[]);
}

#[test]
fn reference_that_may_be_null_is_an_alternative() {
    let lowered = LoweredText::of_schemas(&format!(
        "{{A: {{type: object, properties: {{p: {{oneOf: [{{nullable: true, allOf: [{{$ref: '#/components/schemas/B'}}]}}, {{$ref: '#/components/schemas/C'}}]}}}}}}, {OBJECTS}}}"
    ));
    lowered.assert_at(
        "/components/schemas/A/properties/p",
        "{nullable: true, oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}",
    );
    lowered.assert_findings(&[]);
}
