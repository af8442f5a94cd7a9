//! Which operations are read in pages, by the dialect.

use super::{document, translate, translate_into};
use crate::diag::DiagnosticSink;

const LISTS: &str = "its: {type: object, properties: {
    items: {type: array, items: {type: string}}, next: {type: string}, total: {type: integer},
    meta: {$ref: '#/components/schemas/meta'}}},
  meta: {type: object, properties: {next: {type: string, nullable: true}, more: {type: boolean}}}";

fn lists() -> String {
    let parameter =
        |name: &str, kind: &str| format!("{{name: {name}, in: query, schema: {{type: {kind}}}}}");
    let operation = |id: &str, parameters: &[String]| {
        let parameters = parameters.join(", ");
        let schema = "{schema: {$ref: '#/components/schemas/its'}}";
        format!(
            "{{get: {{operationId: {id}, parameters: [{parameters}], responses: {{'200': {{description: '', content: {{application/json: {schema}}}}}}}}}}}"
        )
    };
    let cursor = operation("A", &[parameter("after", "string")]);
    let offset = operation(
        "B",
        &[
            parameter("offset", "integer"),
            parameter("limit", "integer"),
        ],
    );
    let all = [
        parameter("after", "string"),
        parameter("offset", "integer"),
        parameter("page", "integer"),
    ];
    let all = operation("C", &all);
    document(
        &format!("{{/a: {cursor}, /b: {offset}, /c: {all}}}"),
        &format!("{{{LISTS}}}"),
    )
}

const CURSOR: &str = "[[pages]]\nstyle = 'cursor'\nparameter = 'after'\nnext = 'meta/next'\nitems = 'items'\nhas_more = 'meta/more'\n";
const OFFSET: &str =
    "[[pages]]\nstyle = 'offset'\nparameter = 'offset'\nitems = 'items'\ntotal = 'total'\n";

/// The operations with what their pages are requested with, or the findings.
fn assigned(dialect: &str) -> Vec<String> {
    let (api, findings) = translate(&lists(), dialect);
    let Some(api) = api else { return findings };
    assert!(findings.is_empty(), "{findings:?}");
    let endpoints = api.endpoints.iter();
    let found = endpoints.filter_map(|endpoint| {
        let paging = endpoint.pages.as_ref()?;
        Some(format!(
            "{}: {:?} {:?}",
            endpoint.id, paging.style, paging.items
        ))
    });
    found.collect()
}

#[test]
fn entry_without_operations_is_for_all_lists_that_it_fits() {
    assert!(assigned("").is_empty());
    let cursor = "Cursor { parameter: \"after\", field: [\"meta\", \"next\"] } [\"items\"]";
    let found = [format!("A: {cursor}"), format!("C: {cursor}")];
    assert_eq!(assigned(CURSOR), found);
    // The first entry counts.
    let offset = "Offset { parameter: \"offset\", limit: None } [\"items\"]";
    assert_eq!(
        assigned(&format!("{CURSOR}{OFFSET}")),
        [
            format!("A: {cursor}"),
            format!("B: {offset}"),
            format!("C: {cursor}")
        ]
    );
}

#[test]
fn entry_that_names_operations_takes_precedence() {
    let page = "[[pages]]\nstyle = 'page'\nparameter = 'page'\nfirst = 0\nitems = 'items'\noperations = ['GET /c']\n";
    assert_eq!(
        assigned(&format!("{CURSOR}{page}")),
        [
            "A: Cursor { parameter: \"after\", field: [\"meta\", \"next\"] } [\"items\"]",
            "C: Number { parameter: \"page\", first: 0 } [\"items\"]"
        ]
    );
    let all = "[[pages]]\nstyle = 'link'\nitems = 'items'\noperations = ['* /*']\n";
    let link = [
        "A: Link [\"items\"]",
        "B: Link [\"items\"]",
        "C: Link [\"items\"]",
    ];
    assert_eq!(assigned(all), link);
}

#[test]
fn entry_that_fits_nothing_is_reported_with_its_nearest_list() {
    for (dialect, finding) in [
        (
            CURSOR.replace("after", "gone"),
            "D008 #/pages/0/parameter: `GET /a`: its query has no parameter `gone`",
        ),
        (
            CURSOR.replace("meta/next", "meta/gone"),
            "D008 #/pages/0/next: `GET /a`: its response has no field `meta/gone`",
        ),
        (
            CURSOR.replace("meta/more", "total"),
            "D008 #/pages/0/has_more: `GET /a`: `total` is not true or false",
        ),
        (
            OFFSET.replace("'offset'\nitems", "'after'\nitems"),
            "D008 #/pages/0/parameter: `GET /a`: the parameter `after` is not a whole number",
        ),
        (
            OFFSET.replace("items = 'items'\n", ""),
            "D008 #/pages/0: `GET /b`: its response is no array, so `items` has to name the field with it",
        ),
        (
            format!("{OFFSET}limit = 'size'\noperations = ['GET /b']\n"),
            "D008 #/pages/0/limit: `GET /b`: its query has no parameter `size`",
        ),
        (
            format!("{OFFSET}operations = ['GET /gone']\n"),
            "D002 #/pages/0/operations/0: `GET /gone`",
        ),
    ] {
        assert_eq!(assigned(&dialect), [finding]);
    }
    // A dialect of other versions is not checked.
    let other = format!("describes = '2'\n{}", CURSOR.replace("after", "gone"));
    assert!(assigned(&other).is_empty());
}

#[test]
fn list_that_may_have_no_body_is_reported_with_this_reason() {
    let empty = lists().replace("responses: {", "responses: {'204': {description: ''}, ");
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(true);
    let (_, findings) = translate_into(&empty, CURSOR, sink);
    assert_eq!(
        findings,
        [
            "D008 #/pages/0: `GET /a`: its response may be null or have no body, and such lists are not read in pages"
        ]
    );
}
