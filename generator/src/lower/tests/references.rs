use super::LoweredText;

#[test]
fn definitions_in_schemas_become_components() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, $defs: {D: {type: object, properties: {d: {$ref: '#/components/schemas/A/$defs/E'}}}, E: {type: string}}, properties: {a: {$ref: '#/components/schemas/A/$defs/D'}}}}",
    );
    lowered.assert_schema(
        "A",
        "{type: object, properties: {a: {$ref: '#/components/schemas/D'}}}",
    );
    lowered.assert_schema(
        "D",
        "{type: object, properties: {d: {$ref: '#/components/schemas/E'}}}",
    );
    lowered.assert_schema("E", "{type: string}");
    lowered.assert_findings(&[]);
}

#[test]
fn references_to_other_places_become_components() {
    let lowered = LoweredText::of_paths(
        "{/a: {get: {operationId: a, responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {x: {type: string}}}}}}, '201': {$ref: '#/paths/~1a/get/responses/200'}, '202': {description: d, content: {application/json: {schema: {$ref: '#/paths/~1a/get/responses/200/content/application~1json/schema'}}}}}}}}",
    );
    let responses = "/paths/~1a/get/responses";
    lowered.assert_at(
        &format!("{responses}/200"),
        "{$ref: '#/components/responses/200'}",
    );
    lowered.assert_at(
        &format!("{responses}/201"),
        "{$ref: '#/components/responses/200'}",
    );
    let schema = "{$ref: '#/components/schemas/application_json'}";
    lowered.assert_at(
        &format!("{responses}/202/content/application~1json/schema"),
        schema,
    );
    lowered.assert_at(
        "/components/responses/200/content/application~1json/schema",
        schema,
    );
    lowered.assert_schema(
        "application_json",
        "{type: object, properties: {x: {type: string}}}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn moved_schemas_are_reported_where_they_were() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: object, properties: {a: {type: integer, minLength: 3}, b: {$ref: '#/components/schemas/A/properties/a'}}}}",
    );
    lowered.assert_schema("a", "{type: integer}");
    lowered.assert_findings(&["G001 #/components/schemas/A/properties/a/minLength"]);
}

#[test]
fn names_that_need_escapes_are_replaced() {
    let lowered = LoweredText::of_schemas(
        "{A: {type: array, items: {$ref: '#/components/schemas/x~1y'}}, B: {type: array, items: {$ref: '#/components/schemas/a%20b'}}, x/y: {type: string}, a b: {type: integer}}",
    );
    lowered.assert_at(
        "/components/schemas/A/items",
        "{$ref: '#/components/schemas/x_y'}",
    );
    lowered.assert_at(
        "/components/schemas/B/items",
        "{$ref: '#/components/schemas/a b'}",
    );
    lowered.assert_findings(&[]);
}

#[test]
fn references_that_leave_the_document_are_reported() {
    let lowered = LoweredText::of_paths(
        "{/a: {get: {operationId: a, parameters: [{$ref: 'p.yaml#/P'}], responses: {'200': {description: d, content: {application/json: {schema: {$ref: 'https://e.test/s.json'}}}}, '404': {$ref: 'r.yaml'}}}}}",
    );
    lowered.assert_at("/paths/~1a/get/parameters", "[]");
    lowered.assert_at(
        "/paths/~1a/get/responses",
        "{'200': {description: d, content: {application/json: {schema: {type: object, x-any-value: true}}}}}",
    );
    lowered.assert_findings(&[
        "G011 #/paths/~1a/get/parameters/0",
        "G005 #/paths/~1a/get/responses/200/content/application~1json/schema",
        "G011 #/paths/~1a/get/responses/404",
    ]);
}

#[test]
fn path_items_are_written_in_place() {
    let lowered = LoweredText::of_document(
        "openapi: 3.1.0
info: {title: T, version: '1'}
paths: {/a: {$ref: '#/components/pathItems/P', summary: s}}
components: {pathItems: {P: {get: {operationId: a, responses: {}}}}}
",
    );
    lowered.assert_at(
        "/paths/~1a",
        "{get: {operationId: a, responses: {}}, summary: s}",
    );
    lowered.assert_at("/components", "{}");
    lowered.assert_findings(&[]);
}
