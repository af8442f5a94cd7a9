//! Event types.

use super::{document, lenient, translate};

const OBJECTS: &str = "{customer: {type: object, properties: {object: {type: string, enum: [customer]}}}, card: {type: object, properties: {object: {type: string, enum: [issuing.card]}}}, tax: {type: object, properties: {object: {type: string, enum: [tax_id]}}}}";

fn events(types: &str, dialect: &str) -> (Vec<(String, Vec<String>)>, Vec<String>) {
    let paths = format!(
        "{{/hooks: {{post: {{operationId: A, requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{on: {{type: array, items: {{type: string, enum: [{types}]}}}}}}}}}}}}}}, responses: {{'200': {{description: ''}}}}}}}}}}"
    );
    let dialect = format!(
        "{}\n[events]\ntypes = 'POST /hooks on[]'\nwildcard = '*'\n{dialect}",
        lenient()
    );
    let (api, findings) = translate(&document(&paths, OBJECTS), &dialect);
    (api.unwrap().events, findings)
}

#[test]
fn subject_is_a_tag_with_dots_underscores_or_parents() {
    let types =
        "customer.created, issuing_card.updated, issuing.card.updated, customer.tax_id.gone, '*'";
    let (events, findings) = events(types, "");
    assert!(findings.is_empty(), "{findings:?}");
    let objects: Vec<_> = events
        .iter()
        .map(|(_, objects)| objects.join(","))
        .collect();
    assert_eq!(
        objects,
        ["customer", "issuing.card", "issuing.card", "tax_id"]
    );
}

#[test]
fn table_comes_before_the_rules() {
    let table = "[events.objects]\n'customer.card.*' = ['issuing.card', 'tax_id']\n'customer.card.b' = []\n";
    let (events, findings) = events("customer.card.a, customer.card.b, '*'", table);
    assert!(findings.is_empty(), "{findings:?}");
    let objects: Vec<_> = events
        .iter()
        .map(|(_, objects)| objects.join(","))
        .collect();
    assert_eq!(objects, ["issuing.card,tax_id", ""]);
}

#[test]
fn type_without_object_is_a_warning() {
    let (events, findings) = events("order.created, '*'", "");
    assert_eq!(events, [("order.created".to_owned(), vec![])]);
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
