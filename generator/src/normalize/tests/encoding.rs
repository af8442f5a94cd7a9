//! Bodies whose fields have an encoding, and parameters that several places have.

use super::tolerant::{endpoint, places, translate};
use crate::api::{Endpoint, ParamPlace, PathStyle, QueryStyle};

fn with_body(media_type: &str, properties: &str, encoding: &str) -> Endpoint {
    endpoint(&operation(media_type, properties, encoding))
}

fn operation(media_type: &str, properties: &str, encoding: &str) -> String {
    let schema = format!("{{type: object, properties: {{{properties}}}}}");
    format!(
        "    post: {{operationId: it, requestBody: {{content: {{{media_type}: \
         {{schema: {schema}, encoding: {{{encoding}}}}}}}}}, responses: {{'204': {{description: ''}}}}}}"
    )
}

const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data";
const LIST: &str = "{type: array, items: {type: string}}";
const PAIR: &str = "{type: object, properties: {a: {type: string}}}";
const DEEP: &str = "{type: object, properties: {a: {type: array, items: {type: string}}}}";

#[test]
fn field_of_a_form_has_the_style_of_its_encoding() {
    let form = |schema: &str, encoding: &str| {
        let it = with_body(FORM, &format!("x: {schema}"), encoding);
        let [(_, ParamPlace::Form(style))] = places(&it)[..] else {
            panic!("{schema} {encoding}: {:?}", it.placed);
        };
        *style
    };
    for (schema, encoding, style) in [
        (LIST, "", QueryStyle::Repeated),
        (LIST, "x: {explode: true}", QueryStyle::Repeated),
        (LIST, "x: {style: form}", QueryStyle::Comma),
        (LIST, "x: {style: spaceDelimited}", QueryStyle::Space),
        (LIST, "x: {style: pipeDelimited}", QueryStyle::Pipe),
        (
            LIST,
            "x: {style: pipeDelimited, explode: true}",
            QueryStyle::Repeated,
        ),
        (PAIR, "", QueryStyle::Properties),
        (
            PAIR,
            "x: {style: form, explode: true}",
            QueryStyle::Properties,
        ),
        (PAIR, "x: {style: form}", QueryStyle::Comma),
        (PAIR, "x: {style: pipeDelimited}", QueryStyle::Pipe),
        (PAIR, "x: {contentType: application/json}", QueryStyle::Json),
        (
            DEEP,
            "x: {contentType: 'application/x+json; a=b'}",
            QueryStyle::Json,
        ),
        (
            "{type: string}",
            "x: {contentType: application/json}",
            QueryStyle::Json,
        ),
        // A style takes precedence.
        (
            LIST,
            "x: {style: form, contentType: application/json}",
            QueryStyle::Comma,
        ),
    ] {
        assert_eq!(form(schema, encoding), style, "{schema} {encoding}");
    }
}

#[test]
fn field_of_a_form_without_a_style_is_written_in_brackets() {
    for (schema, encoding) in [
        ("{type: string}", ""),
        (PAIR, "x: {style: deepObject, explode: true}"),
        (DEEP, "x: {style: deepObject}"),
    ] {
        let (api, findings) = translate(&operation(FORM, &format!("x: {schema}"), encoding), "");
        assert!(api.endpoints[0].placed.is_empty(), "{schema}");
        assert!(findings.is_empty(), "{schema}: {findings:?}");
    }
}

#[test]
fn encoding_that_cannot_be_followed_is_reported_with_its_place() {
    let findings = |media_type: &str, properties: &str, encoding: &str| {
        let (api, findings) = translate(&operation(media_type, properties, encoding), "");
        assert_eq!(api.endpoints.len(), 1);
        let at = "#/paths/~1notes/post/requestBody/content/";
        findings
            .join(" ")
            .replace(at, "")
            .replace(&media_type.replace('/', "~1"), "")
    };
    let deep = format!("x: {DEEP}");
    assert_eq!(
        findings(FORM, &deep, ""),
        "N006 warning /schema/properties/x"
    );
    assert_eq!(
        findings(FORM, &deep, "x: {style: form}"),
        "N006 warning /encoding/x"
    );
    assert_eq!(
        findings(
            FORM,
            "x: {type: string}",
            "x: {contentType: application/xml}"
        ),
        "G001 warning /encoding/x/contentType"
    );
    assert_eq!(
        findings(FORM, "x: {type: string}", "y: {explode: true}"),
        "G001 warning /encoding/y"
    );
    for (schema, encoding, place) in [
        (PAIR, "contentType: text/plain", "contentType"),
        (
            PAIR,
            "contentType: 'text/plain, application/json'",
            "contentType",
        ),
        (LIST, "style: form", "style"),
    ] {
        assert_eq!(
            findings(
                PARTS,
                &format!("x: {schema}"),
                &format!("x: {{{encoding}}}")
            ),
            format!("G001 warning /encoding/x/{place}")
        );
    }
}

#[test]
fn field_of_a_multipart_body_is_a_part_by_its_type() {
    const FILE: &str = "{type: string, format: binary}";
    let part = |schema: &str, encoding: &str| {
        let it = with_body(PARTS, &format!("x: {schema}"), encoding);
        match places(&it)[..] {
            [] => None,
            [(_, ParamPlace::Part(media_type))] => Some(media_type.clone()),
            _ => panic!("{schema} {encoding}: {:?}", it.placed),
        }
    };
    let stated = |text: &str| Some(Some(text.to_owned()));
    assert_eq!(part("{type: string}", ""), None);
    assert_eq!(part(FILE, ""), None);
    assert_eq!(part(FILE, "x: {contentType: 'image/png, image/gif'}"), None);
    assert_eq!(part(FILE, "x: {contentType: 'image/*'}"), None);
    assert_eq!(
        part(FILE, "x: {contentType: image/png}"),
        stated("image/png")
    );
    assert_eq!(
        part("{type: string}", "x: {contentType: text/csv}"),
        stated("text/csv")
    );
    for schema in [LIST, PAIR, DEEP, &format!("{{type: array, items: {FILE}}}")] {
        assert_eq!(part(schema, ""), Some(None), "{schema}");
    }
    let json = "x: {contentType: application/vnd.x+json}";
    assert_eq!(part(PAIR, json), stated("application/vnd.x+json"));
}

#[test]
fn objects_in_parts_are_json_and_take_null() {
    let note = "{type: object, properties: {a: {type: string, nullable: true}}}";
    for schema in [note.to_owned(), format!("{{type: array, items: {note}}}")] {
        let (_, findings) = translate(&operation(PARTS, &format!("x: {schema}"), ""), "");
        assert!(findings.is_empty(), "{schema}: {findings:?}");
    }
    let form = operation(FORM, &format!("x: {note}"), "");
    let (api, findings) = translate(&form, "");
    assert!(findings.join(" ").contains("G008"), "{findings:?}");
    assert!(api.endpoints[0].body.is_some());
}

/// The names of the parameters, and where each is sent under which name.
fn sent_names(operation: &str) -> String {
    let it = endpoint(operation);
    let body = it.body.iter().flat_map(|(_, record)| &record.fields);
    let fields = it.query.fields.iter().chain(body);
    let lines = fields.map(|field| {
        let placed = it.placed.iter().find(|param| param.wire == field.wire);
        match placed {
            Some(param) => format!("{}: {:?} {}", field.wire, param.place, param.sent_name()),
            None => format!("{}: default", field.wire),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn parameter_of_a_name_that_is_taken_is_named_after_its_place() {
    let text = sent_names(
        "    get: {operationId: it, parameters: [\
         {name: id, in: header, schema: {type: string}}, \
         {name: id_query, in: query, schema: {type: string}}, \
         {name: id, in: query, schema: {type: string}}, \
         {name: id, in: cookie, schema: {type: string}}], \
         responses: {'204': {description: ''}}}",
    );
    insta::assert_snapshot!(text, @r"
    id: Header id
    id_query: default
    id_query_2: Query(Brackets) id
    id_cookie: Cookie id
    ");
}

#[test]
fn field_of_the_body_keeps_its_name() {
    let text = sent_names(
        "    post: {operationId: it, parameters: [\
         {name: id, in: header, schema: {type: string}}, \
         {name: id, in: query, schema: {type: array, items: {type: string}}}, \
         {name: page, in: query, schema: {type: integer}}], \
         requestBody: {content: {application/json: {schema: {type: object, properties: \
         {id: {type: string}, id_header: {type: string}}}}}}, \
         responses: {'204': {description: ''}}}",
    );
    insta::assert_snapshot!(text, @r"
    id_header_2: Header id
    id_query: Query(Repeated) id
    page: Query(Brackets) page
    id: default
    id_header: default
    ");
}

#[test]
fn whole_body_keeps_its_name() {
    let text = sent_names(
        "    post: {operationId: it, parameters: [{name: body, in: query, schema: {type: string}}], \
         requestBody: {content: {application/json: {schema: {type: array, items: {type: string}}}}}, \
         responses: {'204': {description: ''}}}",
    );
    insta::assert_snapshot!(text, @r"
    body_query: Query(Brackets) body
    body: JsonBody body
    ");
}

#[test]
fn list_in_a_path_has_a_style() {
    let style = |stated: &str| {
        let it = endpoint(&format!(
            "    parameters: [{{name: x, in: query, schema: {{type: string}}}}]\n  /a/{{ids}}:\n    \
             get: {{operationId: it, parameters: [{{name: ids, in: path, required: true, {stated}}}], \
             responses: {{'204': {{description: ''}}}}}}"
        ));
        it.path_styles.first().map(|(_, style)| *style)
    };
    let list = "schema: {type: array, items: {type: integer}}";
    let text = "schema: {type: string}";
    for (stated, expected) in [
        (text.to_owned(), None),
        (list.to_owned(), Some(PathStyle::Simple)),
        (format!("explode: true, {list}"), Some(PathStyle::Simple)),
        (format!("style: label, {list}"), Some(PathStyle::Label)),
        (
            format!("style: label, explode: true, {list}"),
            Some(PathStyle::LabelExploded),
        ),
        (format!("style: matrix, {list}"), Some(PathStyle::Matrix)),
        (
            format!("style: matrix, explode: true, {list}"),
            Some(PathStyle::MatrixExploded),
        ),
        (format!("style: label, {text}"), Some(PathStyle::Label)),
        (format!("style: matrix, {text}"), Some(PathStyle::Matrix)),
    ] {
        assert_eq!(style(&stated), expected, "{stated}");
    }
}
