//! Events: types, notifications, the operations for them.

use super::{document, lenient, translate};
use crate::api::{Api, EventEndpointFacts, EventFacts};

const OBJECTS: &str = "{customer: {type: object, properties: {object: {type: string, enum: [customer]}}}, card: {type: object, properties: {object: {type: string, enum: [issuing.card]}}}, tax: {type: object, properties: {object: {type: string, enum: [tax_id]}}}}";

/// A document that lists these types, with more operations and components.
fn listing(types: &str, operations: &str, components: &str) -> String {
    let paths = format!(
        "{{/hooks: {{post: {{operationId: A, requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{version: {{type: string, enum: ['1']}}, size: {{type: integer}}, on: {{type: array, items: {{type: string, enum: [{types}]}}}}}}}}}}}}}}, responses: {{'200': {{description: ''}}}}}}}}{operations}}}"
    );
    let objects = OBJECTS.trim_end_matches('}');
    document(&paths, &format!("{objects}}}}}}}{components}}}"))
}

fn dialect(events: &str) -> String {
    format!(
        "{}\n[events]\ntypes = 'POST /hooks on[]'\nwildcard = '*'\n{events}",
        lenient()
    )
}

fn translated(document: &str, events: &str) -> (Option<Api>, Vec<String>) {
    translate(document, &dialect(events))
}

fn events(types: &str, events: &str) -> (EventFacts, Vec<String>) {
    let (api, findings) = translated(&listing(types, "", ""), events);
    (api.unwrap().events.unwrap(), findings)
}

fn objects(events: &EventFacts) -> Vec<String> {
    let types = events.types.iter();
    types.map(|event| event.objects.join(",")).collect()
}

#[test]
fn subject_is_a_tag_with_dots_underscores_or_parents() {
    let types =
        "customer.created, issuing_card.updated, issuing.card.updated, customer.tax_id.gone, '*'";
    let (events, findings) = events(types, "");
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        objects(&events),
        ["customer", "issuing.card", "issuing.card", "tax_id"]
    );
}

#[test]
fn table_comes_before_the_rules() {
    let table = "[events.objects]\n'customer.card.*' = ['issuing.card', 'tax_id']\n'customer.card.b' = []\n";
    let (events, findings) = events("customer.card.a, customer.card.b, '*'", table);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(objects(&events), ["issuing.card,tax_id", ""]);
}

#[test]
fn type_without_object_is_a_warning() {
    let (events, findings) = events("order.created, '*'", "");
    assert_eq!(events.types[0].name, "order.created");
    assert_eq!(objects(&events), [""]);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].starts_with("N020 #/paths/~1hooks/post/requestBody/"),
        "{findings:?}"
    );
    assert!(
        findings[0].ends_with("/properties/on/items: `order.created`"),
        "{findings:?}"
    );
}

#[test]
fn tag_that_no_component_has_is_left_out_of_other_documents_and_a_mistake_in_its_own() {
    let table = "[events.objects]\n'customer.*' = ['customer', 'person']\n";
    let (events, findings) = events("customer.created, '*'", table);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(objects(&events), ["customer"]);
    let own = dialect(table).replace("describes = 'another'", "describes = '1'");
    let (api, findings) = translate(&listing("customer.created, '*'", "", ""), &own);
    assert!(api.is_none());
    assert_eq!(
        findings,
        ["D005 #/events/objects/customer.*: no component has the tag `person`"]
    );
}

#[test]
fn document_that_lists_no_types_has_no_events() {
    let (api, findings) = translated(&document("{}", OBJECTS), "");
    assert!(findings.is_empty(), "{findings:?}");
    assert!(api.unwrap().events.is_none());
}

const NOTIFICATIONS: &str = "list = 'GET /events'\nlist_notifications = 'GET /notices'\nretrieve_notification = 'GET /notices/{id}'\n[events.notifications]\n'customer.seen' = 'customer'\n'nothing.happened' = ''\n'person.born' = 'person'\n";

fn operations(pages: &str, notices: &str) -> String {
    format!(
        ", /events: {{get: {{operationId: L, responses: {{'200': {{description: '', content: {{application/json: {{schema: {pages}}}}}}}}}}}}}, /notices: {{get: {{operationId: N, responses: {{'200': {{description: '', content: {{application/json: {{schema: {notices}}}}}}}}}}}}}, '/notices/{{id}}': {{get: {{operationId: R, parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}], responses: {{'200': {{description: '', content: {{application/json: {{schema: {{$ref: '#/components/schemas/customer'}}}}}}}}}}}}}}"
    )
}

const CURSORS: &str = "{type: object, required: [data, has_more, object], properties: {data: {type: array, items: {$ref: '#/components/schemas/customer'}}, has_more: {type: boolean}, object: {type: string, enum: [list]}}}";
const URLS: &str = "{type: object, required: [data, next_page_url], properties: {data: {type: array, items: {$ref: '#/components/schemas/customer'}}, next_page_url: {type: string, nullable: true}}}";
const URL_PAGES: &str =
    "[[envelopes]]\nstyle = 'url'\nitems = 'data'\nrequired = ['data', 'next_page_url']\n";

#[test]
fn notifications_are_those_of_the_dialect_about_objects_of_the_document() {
    let document = listing("customer.created, '*'", &operations(CURSORS, URLS), "");
    let (api, findings) = translated(&document, &format!("{NOTIFICATIONS}{URL_PAGES}"));
    assert!(findings.is_empty(), "{findings:?}");
    let events = api.unwrap().events.unwrap();
    assert_eq!(events.list.as_deref(), Some("L"));
    assert_eq!(
        events.notification_operations,
        Some(("N".to_owned(), "R".to_owned()))
    );
    let found: Vec<_> = events
        .notifications
        .iter()
        .map(|event| format!("{} {}", event.name, event.objects.join(",")))
        .collect();
    assert_eq!(found, ["customer.seen customer", "nothing.happened "]);
}

#[test]
fn document_without_the_operations_has_no_notifications() {
    let (events, findings) = events("customer.created, '*'", NOTIFICATIONS);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!((events.list, events.notification_operations), (None, None));
    assert!(events.notifications.is_empty());
}

#[test]
fn operation_that_pages_otherwise_is_refused() {
    let document = listing("customer.created, '*'", &operations(URLS, CURSORS), "");
    let (api, findings) = translated(&document, &format!("{NOTIFICATIONS}{URL_PAGES}"));
    assert!(api.is_none());
    assert_eq!(
        findings,
        [
            "D005 #/events/list_notifications: `GET /notices` does not list page by page with URLs",
            "D005 #/events/list: `GET /events` does not list page by page with cursors",
        ]
    );
}

#[test]
fn endpoint_takes_the_version_as_an_optional_text() {
    let (events, findings) = events(
        "customer.created, '*'",
        "endpoint = 'POST /hooks version'\n",
    );
    assert!(findings.is_empty(), "{findings:?}");
    let endpoint = EventEndpointFacts {
        operation: "A".to_owned(),
        parameter: "version".to_owned(),
    };
    assert_eq!(events.endpoint, Some(endpoint));
    for wrong in ["POST /hooks size", "POST /hooks on[]"] {
        let document = listing("customer.created, '*'", "", "");
        let (_, findings) = translated(&document, &format!("endpoint = '{wrong}'\n"));
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(
            findings[0].starts_with("D005 #/events/endpoint: "),
            "{findings:?}"
        );
    }
}

const ENVELOPE: &str = "[events.envelope]\ntype = 'event/type'\nobject = 'event/data/object'\nprevious = 'event/data/previous'\n[[raw]]\nat = 'data/object'\nwhy = 'open'\n[[raw]]\nat = 'data/previous'\nwhy = 'open'\n";

fn envelope(required: &str) -> (Option<Api>, Vec<String>) {
    let components = format!(
        ", event: {{type: object, required: [{required}], properties: {{type: {{type: string}}, data: {{$ref: '#/components/schemas/data'}}}}}}, data: {{type: object, required: [object], properties: {{object: {{type: object}}, previous: {{type: object}}}}}}"
    );
    translated(&listing("customer.created, '*'", "", &components), ENVELOPE)
}

#[test]
fn envelope_is_the_ways_to_its_fields() {
    let (api, findings) = envelope("type, data");
    assert!(findings.is_empty(), "{findings:?}");
    let envelope = api.unwrap().events.unwrap().envelope.unwrap();
    assert_eq!(envelope.component, "event");
    assert_eq!(envelope.type_, ["type"]);
    assert_eq!(envelope.object, ["data", "object"]);
    assert_eq!(envelope.previous, ["data", "previous"]);
}

#[test]
fn envelope_whose_fields_may_be_absent_is_refused() {
    let (api, findings) = envelope("type");
    assert!(api.is_none());
    assert_eq!(
        findings,
        [
            "D005 #/events/envelope: `event/data/object` is not what is expected there",
            "D005 #/events/envelope: `event/data/previous` is not what is expected there",
        ]
    );
}
