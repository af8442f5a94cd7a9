//! The text for small documents, section by section.

use crate::diag::DiagnosticSink;
use crate::dialect::Dialect;
use crate::pipeline::{InitRequest, init_dialect};
use crate::source::{FileFormat, SourceFile};

/// The dialect of a document with these lines after `openapi` and `info`.
fn dialect_of(lines: &str) -> String {
    let head = "openapi: 3.0.3\ninfo: {title: Note Service, version: '7'}\n";
    dialect_of_document(&format!("{head}{lines}"))
}

fn dialect_of_document(document: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.yaml");
    std::fs::write(&path, document).unwrap();
    let run = init_dialect(&InitRequest {
        document: path,
        out: Some("-".into()),
        replaces: false,
    });
    assert!(run.findings.is_clean(), "{:?}", run.findings);
    let text = run.written.unwrap().text;
    read(&text);
    text
}

/// Reads a dialect.
fn read(text: &str) -> Dialect {
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::parse("x.toml", FileFormat::Toml, text.to_owned(), &mut sink);
    let dialect = source.and_then(|source| Dialect::load(&source, &mut sink));
    dialect.unwrap_or_else(|| panic!("{sink:?}\n{text}"))
}

/// The paragraph that begins with a text.
fn paragraph<'t>(text: &'t str, begin: &str) -> &'t str {
    let mut all = text.split("\n\n");
    let found = all.find(|it| it.starts_with(begin));
    found.unwrap_or_else(|| panic!("{begin}: {text}"))
}

const OK: &str = "responses: {'200': {description: ''}}";

fn notes(operation: &str) -> String {
    format!("servers: [{{url: 'https://notes.test'}}]\npaths: {{/notes: {{{operation}}}}}\n")
}

#[test]
fn title_names_crate_folder_and_variable() {
    let text = dialect_of(&notes(&format!("get: {{{OK}}}")));
    let output = paragraph(&text, "# Where the crate");
    assert!(output.ends_with("[output]\nfolder = \"note-service\"\ncrate_name = \"note-service\""));
    assert!(text.contains("\ntitle = \"Note Service\"\n"), "{text}");
    assert!(
        text.contains("\n#key_variable = \"NOTE_SERVICE_API_KEY\"\n"),
        "{text}"
    );
    let api = notes(&format!("get: {{{OK}}}"));
    let api = format!("openapi: 3.0.3\ninfo: {{title: Notes API, version: '1'}}\n{api}");
    assert!(dialect_of_document(&api).contains("\n#key_variable = \"NOTES_API_KEY\"\n"));
}

#[test]
fn titles_of_any_characters_are_strings_of_toml() {
    for title in [
        r#"a \"b\" \\ c"#,
        r"line\nline",
        r"sound\u0007",
        r"\u202Eright",
        "ä 中",
        "*",
        " ",
    ] {
        let operations = notes(&format!("get: {{{OK}}}"));
        let head = format!("openapi: 3.0.3\ninfo: {{title: \"{title}\", version: '1'}}\n");
        let text = dialect_of_document(&format!("{head}{operations}"));
        let is_bare = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(is_bare), "{text:?}");
        assert!(text.lines().all(|line| line.is_empty()
            || line.starts_with('#')
            || line.starts_with('[')
            || line.contains(" = ")));
    }
    let none = format!(
        "openapi: 3.0.3\ninfo: {{title: '', version: '1'}}\npaths: {{/a: {{get: {{{OK}}}}}}}\n"
    );
    let text = dialect_of_document(&none);
    assert!(
        !text.contains("\ntitle = ") && !text.contains("#key_variable"),
        "{text}"
    );
    assert!(text.contains("crate_name = \"api-client\""));
}

const SCHEMES: &str = "components: {securitySchemes: {k: {type: apiKey, in: header, name: X-Key}, b: {type: http, scheme: basic}, m: {type: mutualTLS}}}\n";

#[test]
fn security_that_all_operations_require_is_a_setting() {
    let all = notes(&format!("get: {{{OK}}}, post: {{{OK}}}"));
    let text = dialect_of(&format!("security: [{{k: []}}]\n{all}{SCHEMES}"));
    let service = paragraph(&text, "# How requests are made");
    assert!(service.contains("\nauth = \"header X-Key\"\n"), "{service}");
    assert!(service.contains("\n#auth = \"basic\"\n"), "{service}");
    assert!(service.contains("Not supported, so that requests cannot carry it: `m`."));
}

#[test]
fn security_that_differs_is_left_to_the_document() {
    let open = notes(&format!("get: {{security: [], {OK}}}, post: {{{OK}}}"));
    let text = dialect_of(&format!("security: [{{k: []}}]\n{open}{SCHEMES}"));
    assert!(text.contains("The operations differ in it"), "{text}");
    assert!(text.contains("\n#auth = \"header X-Key\"\n") && !text.contains("\nauth = "));
    // A setting would drop the scopes of each operation.
    let scoped = notes(&format!("get: {{security: [{{o: [read]}}], {OK}}}"));
    let flow = "{clientCredentials: {tokenUrl: 'https://id.test/token', scopes: {}}}";
    let scheme =
        format!("components: {{securitySchemes: {{o: {{type: oauth2, flows: {flow}}}}}}}\n");
    let text = dialect_of(&format!("{scoped}{scheme}"));
    let listed = "o: bearer; tokens from https://id.test/token; scopes read";
    assert!(text.replace("\n#   ", " ").contains(listed), "{text}");
    assert!(
        text.contains("\n#auth = \"bearer\"\n") && !text.contains("\nauth = "),
        "{text}"
    );
}

#[test]
fn security_that_nothing_requires_is_a_guess() {
    let all = notes(&format!("get: {{{OK}}}"));
    let text = dialect_of(&format!("{all}{SCHEMES}"));
    assert!(
        text.contains("# guess: a scheme that is described is required"),
        "{text}"
    );
    assert!(!text.contains("\nauth = "));
    let text = dialect_of(&all);
    assert!(
        text.contains("# guess: a token in the header `Authorization`"),
        "{text}"
    );
}

#[test]
fn header_with_the_name_of_a_version_is_a_guess() {
    let of = |name: &str| {
        let parameter = format!("{{in: header, name: {name}, schema: {{type: string}}}}");
        dialect_of(&notes(&format!("get: {{parameters: [{parameter}], {OK}}}")))
    };
    for name in ["Notes-Version", "X-Api-Version", "api_version"] {
        let text = of(name);
        assert!(
            text.contains(&format!("\n#version_header = \"{name}\"\n")),
            "{text}"
        );
        assert!(text.contains("`7`, with every request"), "{text}");
    }
    for name in ["X-Request-Id", "Conversion"] {
        assert!(!of(name).contains("version_header"), "{name}");
    }
}

#[test]
fn servers_are_listed() {
    let of = |servers: &str| {
        let text = dialect_of(&format!(
            "{servers}\npaths: {{/notes: {{get: {{{OK}}}}}}}\n"
        ));
        paragraph(&text, "# Base URLs").to_owned()
    };
    let one = of("servers: [{url: 'https://a.test/v1/'}]");
    assert!(
        one.ends_with("used without a setting.\n#[hosts]\n#api = \"https://a.test/v1\""),
        "{one}"
    );
    let two = of("servers: [{url: 'https://a.test'}, {url: 'https://b.test'}]");
    assert!(two.contains("\n# * https://b.test\n"), "{two}");
    let variable = of("servers: [{url: 'https://{r}.test', variables: {r: {default: eu}}}]");
    assert!(
        variable.ends_with("\n#api = \"https://{r=eu}.test\""),
        "{variable}"
    );
    let none = of("");
    assert!(
        none.contains("states no server") && none.contains("# guess:"),
        "{none}"
    );
    let relative = of("servers: [{url: /v3}]");
    assert!(
        relative.ends_with("\n#api = \"https://api.example.com/v3\""),
        "{relative}"
    );
}

#[test]
fn keys_of_writes_are_certain_or_a_guess() {
    let key = "parameters: [{in: header, name: Idempotency-Key, schema: {type: string}}]";
    let of = |operations: &str| {
        let text = dialect_of(&notes(operations));
        paragraph(&text, "# Idempotency keys").to_owned()
    };
    assert!(of(&format!("get: {{{OK}}}")).contains("there are no operations with POST or PATCH"));
    let all = of(&format!("post: {{{key}, {OK}}}"));
    assert!(
        all.contains("every operation with POST or PATCH (1) declares") && !all.contains("\n#idem"),
        "{all}"
    );
    let some = of(&format!(
        "post: {{{key}, {OK}}}, patch: {{{OK}}}, put: {{{OK}}}"
    ));
    assert!(
        some.contains("of 2 operations with POST or PATCH, 1 declare"),
        "{some}"
    );
    let end = "\n#idempotent = [\"POST /**\", \"PATCH /**\"]\n#repeatable = [\"PUT /**\"]";
    assert!(some.ends_with(end), "{some}");
    let none = of(&format!("post: {{{OK}}}"));
    assert!(none.ends_with("\n#idempotent = [\"POST /**\"]"), "{none}");
}

#[test]
fn headers_of_rate_limits_are_listed() {
    let header = "{schema: {type: integer}}";
    let names = ["X-RateLimit-Limit", "RateLimit-Reset", "X-Total"];
    let headers: Vec<String> = names
        .iter()
        .map(|name| format!("{name}: {header}"))
        .collect();
    let headers = headers.join(", ");
    let responses = format!(
        "responses: {{'200': {{description: '', headers: {{{headers}}}}}, '429': {{description: '', headers: {{Retry-After: {header}}}}}}}"
    );
    let text = dialect_of(&notes(&format!("get: {{{responses}}}")));
    let limits = paragraph(&text, "# Requests per second");
    for name in ["X-RateLimit-Limit", "RateLimit-Reset", "Retry-After"] {
        assert!(
            limits.contains(&format!("\n# * {name}: 1 operation, such as GET /notes\n")),
            "{limits}"
        );
    }
    assert!(!limits.contains("X-Total"), "{limits}");
}

/// A list with these parameters of the query, these headers and this schema of the answer.
fn pages(query: &[&str], headers: &str, schema: &str) -> String {
    let parameter = |name: &&str| format!("{{in: query, name: {name}, schema: {{type: string}}}}");
    let parameters: Vec<String> = query.iter().map(parameter).collect();
    let parameters = parameters.join(", ");
    let content = format!("content: {{application/json: {{schema: {schema}}}}}");
    let response = format!("{{description: '', headers: {{{headers}}}, {content}}}");
    let text = dialect_of(&notes(&format!(
        "get: {{parameters: [{parameters}], responses: {{'200': {response}}}}}"
    )));
    paragraph(&text, "# Lists in pages").to_owned()
}

const ITEMS: &str = "{type: array, items: {type: object, properties: {id: {type: string}}}}";

#[test]
fn styles_of_paging_are_found_by_names() {
    let found = |query: &[&str], headers: &str, schema: &str, what: &str| {
        let text = pages(query, headers, schema);
        let line = format!("\n# * {what}: 1 operation, such as GET /notes");
        assert!(text.contains(&line), "{what}: {text}");
    };
    found(&["cursor"], "", ITEMS, "a cursor (`cursor`, `after`)");
    found(
        &["pageToken"],
        "",
        ITEMS,
        "a token (`page_token`, `next_token`)",
    );
    found(
        &["offset", "limit"],
        "",
        ITEMS,
        "a number of items to skip (`offset` and `limit`)",
    );
    found(
        &["page", "per_page"],
        "",
        ITEMS,
        "the number of a page (`page` and `per_page`)",
    );
    found(
        &[],
        "Link: {schema: {type: string}}",
        ITEMS,
        "the header `Link` of the answer",
    );
    let next = format!("{{type: object, properties: {{notes: {ITEMS}, next: {{type: string}}}}}}");
    found(&[], "", &next, "a URL in the answer (`next`, `next_url`)");
    assert!(pages(&["offset"], "", ITEMS).contains("none has a parameter, header or field"));
    // `after` of what is no list may be a date.
    let one = "{type: object, properties: {id: {type: string}}}";
    assert!(pages(&["after"], "", one).ends_with("No operation with GET answers a list."));
}

#[test]
fn envelopes_that_fit_exactly_are_entries() {
    let envelope = |more: &str| {
        format!("{{type: object, required: [data], properties: {{data: {ITEMS}, {more}}}}}")
    };
    let has_more = envelope("has_more: {type: boolean}");
    let text = pages(&["starting_after"], "", &has_more);
    let entry = "\n#[[envelopes]]\n#style = \"cursor\"\n#items = \"data\"\n#required = [\"data\"]\n#optional = [\"has_more\"]";
    assert!(text.ends_with(entry), "{text}");
    let url = envelope("next_page_url: {type: string}");
    assert!(pages(&[], "", &url).contains("\n#style = \"url\"\n"));
    let search = envelope("has_more: {type: boolean}, next_page: {type: string}");
    assert!(pages(&["page"], "", &search).contains("\n#style = \"search\"\n"));
    // No parameter, a field more, a field of another type, items without an id.
    let ids = has_more.replace("id: {type: string}", "name: {type: string}");
    for (query, schema) in [
        ("cursor", has_more.as_str()),
        (
            "starting_after",
            &envelope("has_more: {type: boolean}, size: {type: integer}"),
        ),
        ("starting_after", &envelope("has_more: {type: string}")),
        ("starting_after", &ids),
    ] {
        let text = pages(&[query], "", schema);
        assert!(!text.contains("\n#[[envelopes]]"), "{schema}: {text}");
    }
}

#[test]
fn formats_of_texts_are_guesses() {
    let schema = "{type: object, properties: {a: {type: string, format: color}, b: {type: string, format: size}, c: {type: number, format: size}, d: {type: string, format: date}}}";
    let content = format!("content: {{application/json: {{schema: {schema}}}}}");
    let operation = format!("get: {{responses: {{'200': {{description: '', {content}}}}}}}");
    let text = dialect_of(&notes(&operation));
    let formats = paragraph(&text, "# Formats of texts");
    assert!(
        formats.ends_with("\n#[formats]\n#color = \"text\" # 1 time"),
        "{formats}"
    );
}

#[test]
fn examples_have_operations_of_the_document() {
    let text = dialect_of(&notes(&format!("get: {{operationId: listNotes, {OK}}}")));
    let naming = paragraph(&text, "# Names of methods");
    assert!(
        naming.contains("\n#[naming.methods]\n#\"GET /notes\" = \"notes."),
        "{naming}"
    );
    let ignore = paragraph(&text, "# Operations to leave out");
    assert!(
        ignore.ends_with("\n#[ignore]\n#operations = [\"GET /notes\"]\n"),
        "{ignore}"
    );
}

/// The entries of `[[pages]]` for a list with these parameters, each with its type.
fn page_rules(query: &[(&str, &str)], headers: &str, schema: &str) -> String {
    let parameter = |(name, kind): &(&str, &str)| {
        format!("{{in: query, name: {name}, schema: {{type: {kind}}}}}")
    };
    let parameters: Vec<String> = query.iter().map(parameter).collect();
    let parameters = parameters.join(", ");
    let content = format!("content: {{application/json: {{schema: {schema}}}}}");
    let response = format!("{{description: '', headers: {{{headers}}}, {content}}}");
    let text = dialect_of(&notes(&format!(
        "get: {{parameters: [{parameters}], responses: {{'200': {response}}}}}"
    )));
    let text = paragraph(&text, "# Lists in pages");
    let entry = text.split_once("#[[pages]]\n");
    entry.map_or(String::new(), |(_, entry)| entry.to_owned())
}

#[test]
fn lists_in_pages_are_entries_with_the_names_of_the_document() {
    let of = |more: &str| format!("{{type: object, properties: {{notes: {ITEMS}, {more}}}}}");
    let cursor = of(
        "meta: {type: object, properties: {nextCursor: {type: string}, has_more: {type: boolean}}}",
    );
    assert_eq!(
        page_rules(&[("cursor", "string"), ("page", "integer")], "", &cursor),
        "#style = \"cursor\"\n#parameter = \"cursor\"\n#next = \"meta/nextCursor\"\n#items = \"notes\"\n#has_more = \"meta/has_more\""
    );
    let link = "Link: {schema: {type: string}}";
    assert_eq!(page_rules(&[], link, ITEMS), "#style = \"link\"");
    assert_eq!(
        page_rules(&[], "", &of("next: {type: string}")),
        "#style = \"next_url\"\n#next = \"next\"\n#items = \"notes\""
    );
    let integers = [("offset", "integer"), ("limit", "integer")];
    assert_eq!(
        page_rules(&integers, "", &of("totalCount: {type: integer}")),
        "#style = \"offset\"\n#parameter = \"offset\"\n#limit = \"limit\"\n#items = \"notes\"\n#total = \"totalCount\""
    );
    assert_eq!(
        page_rules(
            &[("page", "integer")],
            "",
            &of("total_pages: {type: integer}")
        ),
        "#style = \"page\"\n#parameter = \"page\"\n#items = \"notes\"\n#total = \"total_pages\""
    );
    // Another type, no field with the cursor, and two arrays.
    for (query, schema) in [
        (("page", "string"), of("a: {type: string}")),
        (("cursor", "string"), of("a: {type: string}")),
        (("page", "integer"), of(&format!("others: {ITEMS}"))),
    ] {
        assert_eq!(page_rules(&[query], "", &schema), "", "{schema}");
    }
}
