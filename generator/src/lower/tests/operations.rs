use super::LoweredText;

const RESPONSES: &str = "responses: {}";

#[test]
fn missing_ids_are_made_from_method_and_path() {
    let lowered = LoweredText::of_paths(&format!(
        "{{'/pets/{{id}}': {{get: {{operationId: a, {RESPONSES}}}, delete: {{{RESPONSES}}}, parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]}}, /pet-owners: {{get: {{operationId: a, {RESPONSES}}}, post: {{{RESPONSES}}}}}}}"
    ));
    lowered.assert_at("/paths/~1pets~1{id}/delete/operationId", "deletePetsById");
    lowered.assert_at("/paths/~1pet-owners/get/operationId", "a2");
    lowered.assert_at("/paths/~1pet-owners/post/operationId", "postPetOwners");
    lowered.assert_findings(&["G010 #/paths/~1pet-owners/get/operationId"]);
}

#[test]
fn parameters_are_any_part_of_a_segment() {
    let parameter = |name: &str| {
        format!("{{name: {name}, in: path, required: true, schema: {{type: string}}}}")
    };
    let lowered = LoweredText::of_paths(&format!(
        "{{'/a/{{x}}.json': {{get: {{operationId: a, parameters: [{x}], {RESPONSES}}}}}, '/b/{{x}}:verb': {{get: {{operationId: b, parameters: [{x}], {RESPONSES}}}}}, '/c/{{x}}-{{y}}': {{get: {{operationId: c, parameters: [{x}, {y}], {RESPONSES}}}}}, '/c/{{y}}-{{x}}': {{get: {{operationId: d, parameters: [{x}, {y}], {RESPONSES}}}}}}}",
        x = parameter("x"),
        y = parameter("y"),
    ));
    lowered.assert_findings(&[]);
}

#[test]
fn path_parameters_agree_with_the_template() {
    let lowered = LoweredText::of_paths(&format!(
        "{{'/a/{{x}}': {{get: {{operationId: a, parameters: [{{name: y, in: path, required: true, schema: {{type: string}}}}], {RESPONSES}}}}}, 'b': {{get: {{operationId: b, {RESPONSES}}}}}}}"
    ));
    lowered.assert_at(
        "/paths/~1a~1{x}/get/parameters",
        "[{name: x, in: path, required: true, schema: {type: string}}]",
    );
    lowered.at("/paths/~1b/get");
    lowered.assert_findings(&[
        "G010 #/paths/b",
        "G010 #/paths/~1a~1{x}/get/parameters/0",
        "G010 #/paths/~1a~1{x}/get",
    ]);
}

#[test]
fn later_parameter_counts() {
    let lowered = LoweredText::of_document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    parameters: [{$ref: '#/components/parameters/P'}, {name: s, in: query, schema: {type: string}}]
    get: {operationId: a, parameters: [{name: p, in: query, schema: {type: integer}}, {name: q, in: query, schema: {type: string}}, {name: q, in: query, schema: {type: integer}}], responses: {}}
    put: {operationId: b, responses: {}}
components: {parameters: {P: {name: p, in: query, schema: {type: string}}}}
",
    );
    lowered.assert_at(
        "/paths/~1a/get/parameters",
        "[{name: s, in: query, schema: {type: string}}, {name: p, in: query, schema: {type: integer}}, {name: q, in: query, schema: {type: integer}}]",
    );
    lowered.assert_at(
        "/paths/~1a/put/parameters",
        "[{$ref: '#/components/parameters/P'}, {name: s, in: query, schema: {type: string}}]",
    );
    lowered.assert_findings(&["G010 #/paths/~1a/get/parameters/1"]);
}

#[test]
fn parameters_have_a_schema() {
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{get: {{operationId: a, parameters: [{{name: c, in: query, content: {{application/json: {{schema: {{type: integer}}}}}}}}, {{name: n, in: query}}, {{name: t, in: query, content: {{text/plain: {{schema: {{type: string}}}}}}}}, {{name: x, in: query, content: {{application/xml: {{}}}}}}, {{name: r, in: query, allowReserved: true, schema: {{type: string}}}}], {RESPONSES}}}}}}}"
    ));
    lowered.assert_at(
        "/paths/~1a/get/parameters",
        "[{name: c, in: query, x-json-content: true, schema: {type: integer}}, {name: n, in: query, schema: {type: string}}, {name: t, in: query, schema: {type: string}}, {name: x, in: query, schema: {type: object, x-any-value: true}}, {name: r, in: query, schema: {type: string}}]",
    );
    lowered.assert_findings(&[
        "G003 #/paths/~1a/get/parameters/1",
        "G001 #/paths/~1a/get/parameters/3/content",
        "G001 #/paths/~1a/get/parameters/4/allowReserved",
    ]);
}

#[test]
fn headers_that_are_described_elsewhere_are_left_out() {
    let lowered = LoweredText::of_document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
paths: {/a: {get: {operationId: a, parameters: [{$ref: '#/components/parameters/P'}, {name: accept, in: header, schema: {type: string}}, {name: b, in: body, schema: {type: string}}], responses: {}}}}
components: {parameters: {P: {name: Content-Type, in: header, schema: {type: string}}}}
",
    );
    lowered.assert_at("/paths/~1a/get/parameters", "[]");
    lowered.assert_at("/components/parameters", "{}");
    assert_eq!(lowered.findings.len(), 3, "{:?}", lowered.findings);
    assert!(
        lowered
            .findings
            .iter()
            .all(|finding| finding.starts_with("G011 "))
    );
}

#[test]
fn encodings_state_whether_they_are_exploded() {
    let encoding = "{a: {}, b: {style: form, allowReserved: true}, c: {style: spaceDelimited}, d: {explode: false, headers: {X: {schema: {type: string}}}}}";
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{post: {{operationId: a, requestBody: {{content: {{multipart/form-data: {{schema: {{type: object}}, encoding: {encoding}}}}}}}, {RESPONSES}}}}}}}"
    ));
    let at = "/paths/~1a/post/requestBody/content/multipart~1form-data/encoding";
    lowered.assert_at(
        at,
        "{a: {explode: true}, b: {style: form, explode: true}, c: {style: spaceDelimited, explode: false}, d: {explode: false}}",
    );
    lowered.assert_findings(&[
        &format!("G001 #{at}/b/allowReserved"),
        &format!("G001 #{at}/d/headers"),
    ]);
}

#[test]
fn same_name_in_query_and_header_is_two_parameters() {
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{get: {{operationId: a, parameters: [{{name: v, in: query, schema: {{type: string}}}}, {{name: v, in: header, schema: {{type: string}}}}], {RESPONSES}}}}}}}"
    ));
    lowered.assert_findings(&[]);
}

#[test]
fn what_cannot_be_called_is_left_out() {
    let lowered = LoweredText::of_paths(&format!(
        "{{'/a?x=1': {{get: {{operationId: a, {RESPONSES}}}}}, '/b/{{x': {{get: {{{RESPONSES}}}}}, /c: {{trace: {{{RESPONSES}}}, get: {{operationId: c, callbacks: {{e: {{}}}}, responses: {{ok: {{description: d}}}}}}}}}}"
    ));
    lowered.assert_at("/paths", "{/c: {get: {operationId: c, responses: {}}}}");
    lowered.assert_findings(&[
        "G011 #/paths/~1c/get/callbacks",
        "G011 #/paths/~1a?x=1",
        "G011 #/paths/~1b~1{x",
        "G011 #/paths/~1c/trace",
        "G011 #/paths/~1c/get/responses/ok",
    ]);
}

#[test]
fn variables_of_servers_are_text() {
    let lowered = LoweredText::of_paths(&format!(
        "{{/a: {{get: {{operationId: a, servers: [{{url: 'https://{{v}}.test', variables: {{v: {{enum: [1, 2]}}}}}}], {RESPONSES}}}}}}}"
    ));
    lowered.assert_at(
        "/paths/~1a/get/servers/0/variables/v",
        "{enum: ['1', '2'], default: '1'}",
    );
    lowered.assert_findings(&["G003 #/paths/~1a/get/servers/0/variables/v"]);
}

#[test]
fn paths_with_a_fragment_are_reported_as_such() {
    let lowered = LoweredText::of_paths(&format!(
        "{{'/#Action=A': {{get: {{operationId: a, {RESPONSES}}}}}, '/?b=1': {{get: {{operationId: b, {RESPONSES}}}}}, '/#Action=C': {{get: {{operationId: c, {RESPONSES}}}}}, /d: {{get: {{operationId: d, {RESPONSES}}}}}}}"
    ));
    lowered.at("/paths/~1d/get");
    lowered.assert_findings(&[
        "G011 #/paths/~1#Action=A",
        "G011 #/paths/~1?b=1",
        "G011 #/paths/~1#Action=C",
    ]);
    let [first, second, ..] = &lowered.details[..] else {
        panic!("{:?}", lowered.details);
    };
    assert!(first.starts_with("a fragment in the path"), "{first}");
    assert_eq!(second, "a query in the path");
}
