//! Fields that only responses or only requests have.

use super::super::normalize_document;
use super::{document, record_text, shape};
use crate::api::{Absence, Api, ValueKind};
use crate::diag::DiagnosticSink;
use crate::dialect::Dialect;
use crate::source::{FileFormat, SourceFile};
use crate::spec::Document;

const PET: &str = "{type: object, required: [id, name, code, key], properties: {\
     id: {type: integer, readOnly: true}, name: {type: string}, \
     code: {type: string, writeOnly: true}, key: {$ref: '#/components/schemas/Key'}}}";

fn translate(content: &str, tolerant: bool) -> Api {
    let paths = format!(
        "{{/it: {{post: {{operationId: It, requestBody: {{content: {{{content}: \
         {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}}}, responses: {{'204': {{description: ''}}}}}}}}}}"
    );
    let schemas = format!("{{Pet: {PET}, Key: {{type: string, readOnly: true}}}}");
    let text = document(&paths, &schemas);
    let mut sink = DiagnosticSink::new();
    sink.set_tolerant(tolerant);
    let source = SourceFile::parse("test", FileFormat::Yaml, text, &mut sink).unwrap();
    let document = Document::load(&source, &mut sink).unwrap();
    let api = normalize_document(&document, &Dialect::default(), None, &mut sink);
    assert!(!tolerant || sink.is_clean(), "{:?}", sink.all());
    api.unwrap_or_else(|| panic!("{:?}", sink.all()))
}

#[test]
fn field_that_is_read_only_is_no_part_of_requests() {
    let json = translate("application/json", true);
    let (_, record) = json.endpoints[0].body.as_ref().unwrap();
    assert_eq!(record_text(record), "{name: String, code: String}");
    let form = translate("application/x-www-form-urlencoded", true);
    let (_, record) = form.endpoints[0].body.as_ref().unwrap();
    assert_eq!(record_text(record), "{name: String, code: String}");
}

#[test]
fn field_that_is_written_only_is_optional_in_responses() {
    let api = translate("application/json", true);
    let pet = &api.components[0].schema;
    assert_eq!(
        shape(pet),
        "{id: Integer, name: String, code?: String, key: String}"
    );
    let ValueKind::Record(record) = &pet.kind else {
        panic!("{pet:?}");
    };
    let left_out = Absence {
        null: false,
        left_out: true,
    };
    assert_eq!(record.fields[2].absence, left_out);
}
