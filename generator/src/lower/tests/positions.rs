use super::LoweredText;

#[test]
fn null_in_lists_and_maps_stays() {
    let lowered = LoweredText::of_schemas(
        "{L: {type: array, items: {type: string, nullable: true}}, M: {type: object, additionalProperties: {$ref: '#/components/schemas/N'}}, N: {type: integer, nullable: true}, P: {type: object, properties: {n: {$ref: '#/components/schemas/N'}}}, X: {type: array, items: {nullable: true}}}",
    );
    let by_reference = "{nullable: true, anyOf: [{$ref: '#/components/schemas/N'}]}";
    lowered.assert_at(
        "/components/schemas/L/items",
        "{type: string, nullable: true}",
    );
    lowered.assert_at("/components/schemas/M/additionalProperties", by_reference);
    lowered.assert_schema("N", "{type: integer}");
    lowered.assert_at("/components/schemas/P/properties/n", by_reference);
    lowered.assert_at(
        "/components/schemas/X/items",
        "{type: object, x-any-value: true}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn whole_responses_may_be_null_and_whole_bodies_may_not() {
    let content = "content: {application/json: {schema: {type: array, nullable: true, items: {type: string}}}}";
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{post: {{operationId: a, requestBody: {{{content}}}, responses: {{'200': {{description: d, {content}}}}}}}}}}}"
    ));
    let at = |part: &str| format!("/paths/~1a/post/{part}/content/application~1json/schema");
    lowered.assert_at(
        &at("responses/200"),
        "{type: array, nullable: true, items: {type: string}}",
    );
    lowered.assert_at(&at("requestBody"), "{type: array, items: {type: string}}");
    lowered.assert_findings(&[&format!("G008 #{}", at("requestBody"))]);
}

#[test]
fn parameters_and_forms_cannot_be_null() {
    let lowered = LoweredText::of_paths(
        "{/a: {post: {operationId: a, parameters: [{name: q, in: query, schema: {type: string, nullable: true}}], requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {f: {type: string, nullable: true}}}}}}, responses: {}}}}",
    );
    let operation = "/paths/~1a/post";
    lowered.assert_at(
        &format!("{operation}/parameters/0/schema"),
        "{type: string}",
    );
    lowered.assert_at(
        &format!(
            "{operation}/requestBody/content/application~1x-www-form-urlencoded/schema/properties/f"
        ),
        "{type: string}",
    );
    assert!(
        lowered
            .findings
            .iter()
            .all(|finding| finding.starts_with("G008 "))
    );
    assert_eq!(lowered.findings.len(), 2);
}

#[test]
fn component_that_is_itself_is_any_json() {
    let lowered = LoweredText::of_schemas(
        "{A: {$ref: '#/components/schemas/A'}, T: {type: array, items: {$ref: '#/components/schemas/T'}}, U: {$ref: '#/components/schemas/V'}, V: {type: array, items: {$ref: '#/components/schemas/U'}}}",
    );
    lowered.assert_schema("A", "{type: object, x-any-value: true}");
    lowered.assert_schema(
        "T",
        "{type: array, items: {type: object, x-any-value: true}}",
    );
    lowered.assert_schema(
        "V",
        "{type: array, items: {type: object, x-any-value: true}}",
    );
    lowered.assert_findings(&[
        "G005 #/components/schemas/A",
        "G005 #/components/schemas/T",
        "G005 #/components/schemas/V",
    ]);
}

#[test]
fn lists_that_are_nested_too_deep_are_any_json_inside() {
    let list = |i| {
        format!(
            "L{i}: {{type: array, items: {{$ref: '#/components/schemas/L{}'}}}}",
            i + 1
        )
    };
    let lists: Vec<String> = (0..40).map(list).collect();
    let lowered =
        LoweredText::of_schemas(&format!("{{{}, L40: {{type: string}}}}", lists.join(", ")));
    lowered.assert_schema(
        "L8",
        "{type: array, items: {type: object, x-any-value: true}}",
    );
    lowered.assert_schema(
        "L9",
        "{type: array, items: {$ref: '#/components/schemas/L10'}}",
    );
    lowered.assert_findings(&["G005 #/components/schemas/L8"]);
    // Other names of a component nest nothing.
    let names: Vec<String> = (0..40)
        .map(|i| format!("A{i}: {{$ref: '#/components/schemas/A{}'}}", i + 1))
        .collect();
    let lowered =
        LoweredText::of_schemas(&format!("{{{}, A40: {{type: string}}}}", names.join(", ")));
    lowered.assert_findings(&[]);
}

#[test]
fn bytes_are_parts_of_multipart_forms_and_whole_bodies() {
    let lowered = LoweredText::of_document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    post:
      operationId: a
      requestBody: {content: {multipart/form-data: {schema: {$ref: '#/components/schemas/F'}}}}
      responses:
        '200': {description: d, content: {application/pdf: {schema: {$ref: '#/components/schemas/B'}}}}
        '400': {description: d, content: {application/json: {schema: {type: object, properties: {b: {type: string, format: binary}}}}}}
components:
  schemas:
    F: {type: object, properties: {f: {type: string, format: binary}}}
    B: {type: string, format: binary}
",
    );
    lowered.assert_at(
        "/components/schemas/F/properties/f",
        "{type: string, format: binary}",
    );
    lowered.assert_schema("B", "{type: string}");
    lowered.assert_at(
        "/paths/~1a/post/responses/200/content/application~1pdf/schema",
        "{type: string, format: binary}",
    );
    lowered.assert_at(
        "/paths/~1a/post/responses/400/content/application~1json/schema/properties/b",
        "{type: string}",
    );
    assert_eq!(lowered.findings.len(), 1, "{:?}", lowered.findings);
}

#[test]
fn media_types_lose_their_parameters() {
    let lowered = LoweredText::of_paths(
        "{/a: {get: {operationId: a, responses: {'200': {description: d, content: {'application/json; charset=utf-8': {schema: {type: string}}, '*/*': {schema: {type: string}}}}}}}}",
    );
    lowered.assert_at(
        "/paths/~1a/get/responses/200/content",
        "{application/json: {schema: {type: string}, x-media-type: 'application/json; charset=utf-8'}, '*/*': {schema: {type: string}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn json_without_a_schema_is_any_json() {
    let lowered = LoweredText::of_paths(
        "{/a: {get: {operationId: a, responses: {'200': {content: {application/json: {}}}}}}}",
    );
    lowered.assert_at(
        "/paths/~1a/get/responses/200",
        "{content: {application/json: {schema: {type: object, x-any-value: true}}}, description: ''}",
    );
}
