//! Parameters that are ids: which ones the document tells, and that published ones keep their type.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::fs;

use generator::pipeline::{GenerateRequest, generate_crate};
use tempfile::TempDir;

const DIALECT: &str = r#"
describes = "1"
strict = true
[service]
key_variable = "KEY"
[hosts]
api = "https://api.test"
[markers]
resource = "x-resourceId"
expandable = "x-expansionResources"
[tags]
object = "object"
deleted = "deleted"
[naming]
by_path = true
hidden_prefixes = ["v1"]
"#;

const OBJECT: &str =
    "type: object, required: [id, object], properties: {id: {type: string}, object:";

/// A document whose orders reference a customer in this way.
fn document(customer: &str) -> String {
    let response = |name: &str| {
        format!(
            "responses: {{'200': {{description: '', content: {{application/json: {{schema: \
             {{$ref: '#/components/schemas/{name}'}}}}}}}}}}"
        )
    };
    let argument = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]";
    let body = "requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, \
                properties: {customer: {type: string}, customers: {type: array, items: {type: string}}, \
                either: {type: string}, note: {type: string}}}}}}";
    let (order, buyer, gone) = (response("order"), response("customer"), response("gone"));
    format!(
        "openapi: 3.0.3
info: {{title: Shop, version: '1'}}
servers: [{{url: 'https://api.test/'}}]
paths:
  /v1/orders: {{post: {{operationId: PostOrders, {body}, {order}}}}}
  /v1/customers/{{id}}: {{get: {{operationId: GetCustomer, {argument}, {buyer}}}}}
  /v1/customers/{{id}}/order: {{get: {{operationId: GetCustomerOrder, {argument}, {order}}}}}
  /v1/mixed/{{id}}:
    get: {{operationId: GetMixed, {argument}, {order}}}
    delete: {{operationId: DeleteMixed, {argument}, {gone}}}
components:
  schemas:
    customer: {{x-resourceId: customer, {OBJECT} {{type: string, enum: [customer]}}}}}}
    gone: {{type: object, required: [deleted, id, object], properties: {{id: {{type: string}},
      object: {{type: string, enum: [customer]}}, deleted: {{type: boolean, enum: [true]}}}}}}
    order: {{x-resourceId: order, {OBJECT} {{type: string, enum: [order]}}, note: {{type: string}},
      customer: {customer},
      former: {former},
      customers: {{type: array, items: {reference}}},
      either: {{anyOf: [{{type: string}}, {{$ref: '#/components/schemas/customer'}}, {{$ref: '#/components/schemas/order'}}],
        x-expansionResources: {{oneOf: [{{$ref: '#/components/schemas/customer'}}, {{$ref: '#/components/schemas/order'}}]}}}}}}}}
",
        reference = reference("customer"),
        former = deletable_reference(),
    )
}

/// A field that references the objects of a component.
fn reference(name: &str) -> String {
    let target = format!("{{$ref: '#/components/schemas/{name}'}}");
    format!("{{anyOf: [{{type: string}}, {target}], x-expansionResources: {{oneOf: [{target}]}}}}")
}

/// A reference to a customer that may have been deleted.
fn deletable_reference() -> String {
    let targets = "{$ref: '#/components/schemas/customer'}, {$ref: '#/components/schemas/gone'}";
    format!(
        "{{anyOf: [{{type: string}}, {targets}], x-expansionResources: {{oneOf: [{targets}]}}}}"
    )
}

/// Generates in a folder, with the lock of earlier runs, and returns a file without white space.
fn generate(folder: &TempDir, document: &str) -> impl Fn(&str) -> String + use<> {
    let folder = folder.path().to_owned();
    fs::write(folder.join("shop.toml"), DIALECT).unwrap();
    fs::write(folder.join("shop.yaml"), document).unwrap();
    let run = generate_crate(&GenerateRequest::new(
        folder.join("shop.yaml"),
        folder.join("out"),
    ));
    assert!(run.report.is_some(), "{:?}", run.findings.all());
    move |file| {
        let text = fs::read_to_string(folder.join("out/src").join(file)).unwrap();
        text.split_whitespace().collect()
    }
}

#[test]
fn parameter_is_an_id_when_the_response_says_so() {
    for customer in [reference("customer"), deletable_reference()] {
        let folder = tempfile::tempdir().unwrap();
        let file = generate(&folder, &document(&customer));
        let orders = file("orders.rs");
        assert!(orders.contains("customer:implInto<Id<resources::Customer>>"));
        let list = "customers:implIntoIterator<Item=implInto<Id<resources::Customer>>>";
        assert!(orders.contains(list), "{orders}");
        // One of several objects, and a field that is no reference.
        assert!(orders.contains("either:implInto<String>"));
        assert!(orders.contains("note:implInto<String>"));
    }
}

#[test]
fn argument_is_an_id_when_all_operations_on_its_path_agree() {
    let folder = tempfile::tempdir().unwrap();
    let file = generate(&folder, &document(&reference("customer")));
    let customers = file("customers.rs");
    assert!(customers.contains("id:implAsId<resources::Customer>"));
    assert!(!customers.contains("AsRef<str>"));
    // The order of a customer is found by the id of the customer.
    let order = file("customers/order.rs");
    assert!(
        order.contains("id:implAsId<resources::Customer>"),
        "{order}"
    );
    assert!(file("mixed.rs").contains("id:implAsRef<str>"));
}

#[test]
fn parameter_that_was_published_as_text_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("shop.names.toml");
    fs::write(&lock, "").unwrap();
    let file = generate(&folder, &document("{type: string}"));
    assert!(file("orders.rs").contains("customer:implInto<String>"));
    let text = fs::read_to_string(&lock).unwrap();
    assert!(text.contains("argument id of GetCustomer"), "{text}");

    let without = text
        .lines()
        .filter(|line| !line.contains("argument id of GetCustomer\""));
    let without: Vec<&str> = without.collect();
    fs::write(&lock, without.join("\n")).unwrap();
    let file = generate(&folder, &document(&reference("customer")));
    assert!(file("orders.rs").contains("customer:implInto<String>"));
    let customers = file("customers.rs");
    assert!(customers.contains("id:implAsRef<str>"), "{customers}");
    // What the lock has as an id stays one.
    assert!(file("customers/order.rs").contains("id:implAsId<resources::Customer>"));
}
