//! A planted break is found, and what upstream broke is not blamed on the generator.

use std::fs;

use crate::compare::{Change, compare_surfaces};
use crate::surface::Surface;
use crate::verdict::BothFacts;
use crate::wire::Facts;

const DOCUMENT: &str = "
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /v1/apples:
    post:
      operationId: PostApples
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, required: [kind], properties: {
        kind: {type: string}, mode: {type: string, enum: [x, y]}}}}}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/apple'}}}}}
components:
  schemas:
    apple: {type: object, required: [object], properties: {object: {type: string, enum: [apple]}, part: {$ref: '#/components/schemas/part'}}}
    part: {type: object, properties: {a: {type: string}}}
";

const SERVICE: &str = r#"
pub struct Apples(pub(crate) runtime::client::Client);
impl Apples {
    pub fn create(&self, params: CreateApple) -> Call<resources::Apple> {
        self.0.request::<Create>(&[], &params)
    }
}
pub struct Create;
impl Operation for Create {
    type Params = CreateApple;
    type Output = resources::Apple;
    const SPEC: &'static OperationSpec = &OperationSpec::post("PostApples", "/v1/apples");
}
pub struct CreateApple { kind: String, mode: Option<shared::Mode> }
impl CreateApple {
    pub fn new(kind: impl Into<String>) -> Self { Self { kind } }
    pub fn mode(mut self, mode: impl Into<shared::Mode>) -> Self { self }
}
"#;

const SHARED: &str =
    "pub enum Mode { X, Y, Unknown(String) } pub enum Other { X, Y, Unknown(String) }";

const RESOURCE: &str = r#"
pub struct Apple { pub part: Option<Box<Part>> }
runtime::record!(Apple[0x0] { "object" = "apple" } ; part);
pub struct Part { pub a: Option<String> }
runtime::record!(Part[0x0] {} ; a);
"#;

fn surface(service: &str, resource: &str) -> Surface {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("writable");
    };
    write("apples.rs", service);
    write("shared.rs", SHARED);
    write("resources.rs", "pub use self::apple::Apple;");
    write("resources/apple.rs", resource);
    Surface::read_folder(folder.path()).expect("Rust")
}

/// The changes between the crate above and another one, whose document is `document`.
fn changes(service: &str, resource: &str, document: &str) -> Vec<Change> {
    let (old, new) = (surface(SERVICE, RESOURCE), surface(service, resource));
    let facts = |text: &str| Facts::read_document(text).expect("a document");
    let facts = (facts(DOCUMENT), facts(document));
    let facts = BothFacts {
        old: &facts.0,
        new: &facts.1,
    };
    compare_surfaces(&old, &new, facts)
}

fn by_generator(changes: &[Change]) -> Vec<&str> {
    let found = changes.iter().filter(|change| change.cause.is_generator());
    found.map(|change| change.item.as_str()).collect()
}

#[test]
fn same_crate_has_no_changes() {
    assert_eq!(changes(SERVICE, RESOURCE, DOCUMENT).len(), 0);
}

#[test]
fn planted_breaks_are_found() {
    let swapped = SERVICE.replace("shared::Mode", "shared::Other");
    let found = changes(&swapped, RESOURCE, DOCUMENT);
    assert_eq!(by_generator(&found), ["fn apples::CreateApple::mode"]);

    let unboxed = RESOURCE.replace("Option<Box<Part>>", "Option<Part>");
    let found = changes(SERVICE, &unboxed, DOCUMENT);
    assert_eq!(
        by_generator(&found),
        ["field resources::apple::Apple::part"]
    );

    let renamed = RESOURCE.replace("Part", "Piece");
    let found = changes(SERVICE, &renamed, DOCUMENT);
    let items = [
        "field resources::apple::Apple::part",
        "type resources::apple::Part",
    ];
    assert_eq!(by_generator(&found), items);

    let shorter = SERVICE.replace("kind: impl Into<String>", "");
    let optional = DOCUMENT.replace("required: [kind], ", "");
    let found = changes(&shorter, RESOURCE, &optional);
    assert_eq!(by_generator(&found), ["fn apples::CreateApple::new"]);

    let other_method = SERVICE.replace("params: CreateApple", "");
    let found = changes(&other_method, RESOURCE, DOCUMENT);
    assert_eq!(by_generator(&found), ["fn apples::Apples::create"]);
}

#[test]
fn breaks_of_upstream_are_not_blamed_on_the_generator() {
    // A field that becomes required in the response.
    let required = RESOURCE.replace("pub a: Option<String>", "pub a: String");
    let document = DOCUMENT.replace(
        "part: {type: object, ",
        "part: {type: object, required: [a], ",
    );
    let found = changes(SERVICE, &required, &document);
    assert_eq!((found.len(), by_generator(&found)), (1, Vec::new()));

    // A parameter that becomes required.
    let longer = SERVICE
        .replace(
            "kind: impl Into<String>",
            "kind: impl Into<String>, mode: impl Into<shared::Mode>",
        )
        .replace("pub fn mode", "fn mode");
    let document = DOCUMENT.replace("required: [kind]", "required: [kind, mode]");
    let found = changes(&longer, RESOURCE, &document);
    assert_eq!((found.len(), by_generator(&found)), (2, Vec::new()));

    // A parameter that is gone.
    let without = SERVICE.replace("pub fn mode", "fn mode");
    let document = DOCUMENT.replace(", mode: {type: string, enum: [x, y]}", "");
    let found = changes(&without, RESOURCE, &document);
    assert_eq!((found.len(), by_generator(&found)), (1, Vec::new()));
}
