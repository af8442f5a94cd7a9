//! Tests of the pipeline.

use std::fs;
use std::path::Path;

use super::{GenerateRequest, GenerateRun, generate_crate, list_operations, paths};
use crate::diag::Code;
use crate::files::Drift;

const DOCUMENT: &str = r##"openapi: 3.0.0
info: {title: Pets, version: "2020-01-01"}
servers: [{url: "https://pets.example"}]
paths:
  /v1/pets/{id}:
    get:
      operationId: GetPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/pet"}}}}
        default: {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/error"}}}}
  /v1/toys/{id}:
    get:
      operationId: GetToy
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/toy"}}}}
        default: {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/error"}}}}
components:
  schemas:
    pet: {type: object, title: Pet, required: [name], properties: {name: {type: string}, home: {$ref: "#/components/schemas/home"}}}
    home: {type: object, title: Home, properties: {street: {type: string}}}
    toy: {type: object, title: Toy, properties: {colour: {type: string, enum: [red, blue]}}}
    error: {type: object, title: Error, properties: {message: {type: string}}}
"##;

fn request(folder: &Path) -> GenerateRequest {
    let document = folder.join("pets.yaml");
    fs::write(&document, DOCUMENT).unwrap();
    let mut request = GenerateRequest::new(document, folder.join("out"));
    request.options.crate_name = "pets".to_owned();
    request
}

fn output(run: &GenerateRun, folder: &Path) -> String {
    assert!(run.findings.is_clean(), "{:?}", run.findings.all());
    // The lock records more than a part of an API has.
    let files = run
        .drift
        .iter()
        .filter(|(path, _)| !path.ends_with("names.toml"))
        .map(|(path, _)| folder.join("out").join(path));
    files
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect()
}

#[test]
fn included_services_bring_what_they_reach_and_no_more() {
    let temp = tempfile::tempdir().unwrap();
    let all = request(temp.path());
    let part = GenerateRequest {
        include: vec!["pets".to_owned()],
        ..all
    };
    let run = generate_crate(&part);
    let text = output(&run, temp.path());
    assert!(text.contains("struct Home"));
    assert!(!text.contains("colour"));
    assert_eq!(run.report.map(|report| report.operations.len()), Some(1));
}

#[test]
fn part_of_an_api_reads_and_writes_the_whole_lock() {
    let temp = tempfile::tempdir().unwrap();
    let part = |folder: &str| GenerateRequest {
        include: vec!["pets".to_owned()],
        out: temp.path().join(folder),
        ..request(temp.path())
    };
    generate_crate(&part("part"));
    generate_crate(&request(temp.path()));
    let lock = |folder: &str| fs::read_to_string(temp.path().join(folder).join("names.toml"));
    assert!(lock("part").unwrap().contains("Toy"));
    assert_eq!(lock("part").unwrap(), lock("out").unwrap());
    // Into the folder of the whole crate.
    let run = generate_crate(&part("out"));
    assert_eq!(run.findings.all(), []);
    assert_eq!(run.report.map(|report| report.names_gone), Some(Vec::new()));
    assert_eq!(lock("part").unwrap(), lock("out").unwrap());
}

#[test]
fn lock_is_written_into_the_output_and_stays() {
    let temp = tempfile::tempdir().unwrap();
    let all = request(temp.path());
    let lock = all.out.join("names.toml");
    let first = generate_crate(&all);
    assert!(
        first
            .drift
            .contains(&(lock.display().to_string(), Drift::Missing))
    );
    assert_eq!(first.report.unwrap().lock, lock.display().to_string());

    let check = GenerateRequest {
        check: true,
        ..all.clone()
    };
    assert_eq!(generate_crate(&check).drift, []);
    // A name that the lock has is kept.
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, text.replace("::Home", "::House")).unwrap();
    let again = generate_crate(&all);
    assert!(again.findings.is_clean(), "{:?}", again.findings.all());
    assert!(fs::read_to_string(&lock).unwrap().contains("::House"));
    assert_eq!(generate_crate(&check).drift, []);

    fs::remove_file(&lock).unwrap();
    let drift = generate_crate(&check).drift;
    assert!(
        drift.contains(&(lock.display().to_string(), Drift::Missing)),
        "{drift:?}"
    );
}

#[test]
fn lock_that_is_named_comes_before_the_one_beside_the_document() {
    let temp = tempfile::tempdir().unwrap();
    let [named, beside] = ["my.toml", "pets.names.toml"].map(|name| temp.path().join(name));
    fs::write(&beside, "").unwrap();
    let all = GenerateRequest {
        names: Some(named.clone()),
        ..request(temp.path())
    };
    generate_crate(&all);
    assert!(fs::read_to_string(&named).unwrap().contains("Toy"));
    assert_eq!(fs::read_to_string(&beside).unwrap(), "");

    generate_crate(&GenerateRequest { names: None, ..all });
    assert!(fs::read_to_string(&beside).unwrap().contains("Toy"));
    assert!(!temp.path().join("out/names.toml").exists());
}

#[test]
fn failing_run_leaves_the_lock_in_the_output() {
    let temp = tempfile::tempdir().unwrap();
    let all = request(temp.path());
    generate_crate(&all);
    let lock = fs::read_to_string(all.out.join("names.toml")).unwrap();
    fs::write(
        &all.document,
        DOCUMENT.replace("toy", "game").replace("Toy", "Game"),
    )
    .unwrap();
    // A hand-written file is in the way of the new output.
    fs::write(all.out.join("src/lib.rs"), "//! Mine.\n").unwrap();
    assert!(generate_crate(&all).report.is_none());
    assert_eq!(
        fs::read_to_string(all.out.join("names.toml")).unwrap(),
        lock
    );
}

#[test]
fn checking_and_listing_write_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let all = request(temp.path());
    let listed = list_operations(&all);
    assert_eq!(listed.report.map(|report| report.operations.len()), Some(2));
    let checked = generate_crate(&GenerateRequest { check: true, ..all });
    assert!(!checked.drift.is_empty());
    assert!(!temp.path().join("out").exists());
}

#[test]
fn all_inputs_are_tried_before_the_run_stops() {
    let temp = tempfile::tempdir().unwrap();
    let all = request(temp.path());
    fs::write(temp.path().join("pets.toml"), "a = ").unwrap();
    fs::write(temp.path().join("pets.yaml"), b"\xff").unwrap();
    let codes: Vec<_> = generate_crate(&all)
        .findings
        .all()
        .iter()
        .map(|d| d.code)
        .collect();
    assert_eq!(codes, [Code::FileNotUtf8, Code::FileSyntax]);
}

#[test]
fn two_runs_give_the_same_bytes() {
    let temp = tempfile::tempdir().unwrap();
    let all = request(temp.path());
    let first = output(&generate_crate(&all), temp.path());
    fs::remove_dir_all(temp.path().join("out")).unwrap();
    assert_eq!(output(&generate_crate(&all), temp.path()), first);
}

#[test]
fn no_output_tells_on_which_machine_it_was_made() {
    assert_eq!(
        paths::document_label(Path::new("/home/me/specs/pets.yaml")),
        "pets.yaml"
    );
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("generated-example");
    assert_eq!(
        paths::runtime_path(None, &workspace).as_deref(),
        Some("../runtime")
    );
    let temp = tempfile::tempdir().unwrap();
    let text = output(&generate_crate(&request(temp.path())), temp.path());
    assert!(!text.contains(&temp.path().display().to_string()));
}

/// `specs/tricky/events.yaml` with this name lock; the text of a file of the output.
fn events_with(lock: &str, file: &str) -> (String, GenerateRun) {
    let temp = tempfile::tempdir().unwrap();
    let names = temp.path().join("names.toml");
    fs::write(&names, lock).unwrap();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/tricky");
    let out = temp.path().join("out");
    let run = generate_crate(&GenerateRequest {
        names: Some(names),
        ..GenerateRequest::new(specs.join("events.yaml"), &out)
    });
    assert!(run.findings.is_clean(), "{:?}", run.findings.all());
    (fs::read_to_string(out.join(file)).unwrap(), run)
}

#[test]
fn locked_event_types_keep_their_names() {
    let lock = "format = 2\n[events]\n'kinds::GATE_PASS_USED' = 'gate_pass.used'\n'kinds::SHIPPED' = 'order.shipped'\n";
    let (kinds, _) = events_with(lock, "src/webhooks/kinds.rs");
    assert!(
        kinds.contains("pub const SHIPPED: EventKind<RawJson> = EventKind::new(\"order.shipped\")"),
        "{kinds}"
    );
    let (events, _) = events_with(lock, "src/webhooks.rs");
    assert!(
        events.contains("\"gate_pass.used\" => EventData::GatePassUsed("),
        "{events}"
    );
    assert!(
        events.contains("\"gate.pass_used\" => EventData::GatePassUsed2("),
        "{events}"
    );
    assert!(
        events.contains("\"order.shipped\" => EventData::Shipped("),
        "{events}"
    );
}

#[test]
fn event_type_that_is_gone_is_a_change_of_the_interface() {
    let lock = "format = 2\n[events]\n'kinds::TICKET_LOST' = 'ticket.lost'\n";
    let (_, run) = events_with(lock, "src/webhooks.rs");
    let gone: Vec<_> = run
        .findings
        .all()
        .iter()
        .filter(|finding| finding.code == Code::LockedNameGone)
        .map(|finding| finding.at.to_string())
        .collect();
    assert_eq!(gone, ["#/events/kinds::TICKET_LOST"]);
}

#[test]
fn part_of_an_api_has_the_events_about_what_it_has() {
    let temp = tempfile::tempdir().unwrap();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/tricky");
    let mut request = GenerateRequest::new(specs.join("events.yaml"), temp.path().join("out"));
    request.include = vec!["venues".to_owned()];
    let run = generate_crate(&request);
    assert!(run.findings.is_clean(), "{:?}", run.findings.all());
    let text = fs::read_to_string(temp.path().join("out/src/webhooks.rs")).unwrap();
    assert!(text.contains("VenueSpotClosed("), "{text}");
    // Not the tickets, nor what creates endpoints and lists events.
    for gone in ["TicketOpened", "pinned_endpoint", "resources::Event"] {
        assert!(!text.contains(gone), "{gone}");
    }
    let client = fs::read_to_string(temp.path().join("out/src/client.rs")).unwrap();
    assert!(!client.contains(".events("), "{client}");
}

#[test]
fn coverage_counts_what_is_left_out_and_what_is_raw() {
    let temp = tempfile::tempdir().unwrap();
    let request = request(temp.path());
    let document = DOCUMENT
        .replace(
            "street: {type: string}",
            "street: {type: string}, any: {}, keys: {type: object}, many: {type: array, items: {}}, \
             mixed: {anyOf: [{type: string}, {type: array, items: {type: string}}]}",
        )
        .replace(
            "  /v1/toys/{id}:\n",
            "  x-planned: {get: {operationId: Planned}}\n  /v1/toys/{id}:\n    trace: {operationId: TraceToy, responses: {\"200\": {description: \"\"}}}\n",
        );
    fs::write(temp.path().join("pets.yaml"), document).unwrap();
    let run = generate_crate(&request);
    let report = run.report.unwrap();
    let coverage = report.coverage.unwrap();
    assert_eq!((coverage.generated, coverage.operations), (2, 3));
    let raw = |cause: &str| coverage.raw.get(cause).copied();
    assert_eq!(raw("document"), Some(2), "{:?}", report.untyped);
    assert_eq!(raw("N005"), Some(1));
    assert_eq!(raw("G005"), Some(1));
    assert_eq!(coverage.fields - coverage.typed, 4);
    // The name, the home, the colour, the street, the message, two results, and what is raw.
    assert_eq!(coverage.fields, 11);
}

#[test]
fn credential_of_a_name_that_is_taken_is_not_shown() {
    let temp = tempfile::tempdir().unwrap();
    let request = request(temp.path());
    let parameter =
        |place: &str| format!("{{name: Authorization, in: {place}, schema: {{type: string}}}}");
    let document = DOCUMENT.replacen(
        "parameters: [",
        &format!(
            "parameters: [{}, {}, ",
            parameter("query"),
            parameter("header")
        ),
        1,
    );
    fs::write(temp.path().join("pets.yaml"), document).unwrap();
    let run = generate_crate(&request);
    let text = output(&run, temp.path());
    let debug = text.split("redacted_debug!(GetPetParams {").nth(1);
    let debug = debug.unwrap_or_else(|| panic!("{text}"));
    let (shown, hidden) = debug.split_once('}').unwrap();
    assert!(!shown.contains("authorization"), "{shown}");
    assert!(
        hidden
            .trim_start()
            .starts_with("authorization, authorization_header"),
        "{hidden}"
    );
}

#[test]
fn findings_name_the_places_of_the_document_that_was_read() {
    let temp = tempfile::tempdir().unwrap();
    let document = temp.path().join("pets.yaml");
    let text = r##"{openapi: 3.0.0, info: {title: Pets, version: '1'}, paths: {/a: {get: {operationId: a,
        responses: {'200': {description: d, content: {application/json: {schema:
            {$ref: '#/components/schemas/pet'}}}}}}}}, components: {schemas: {pet: {type: object, properties: {
        place: {oneOf: [{type: object, properties: {a: {type: integer}}}, {type: object, properties: {a: {type: string}}}]},
        kept: {oneOf: [{type: object, required: [b], properties: {a: {type: object}, b: {type: string}}},
            {type: object, required: [c], properties: {c: {type: string}}}]},
        first: {$ref: '#/components/schemas/pet/properties/any/anyOf/0'},
        any: {anyOf: [{type: object, properties: {a: {type: string}}}, {type: integer}]}}}}}}"##;
    fs::write(&document, text).unwrap();
    let mut request = GenerateRequest::new(document, temp.path().join("out"));
    request.options.crate_name = "pets".to_owned();
    let run = generate_crate(&request);
    let findings = run.findings.all().iter();
    let findings: Vec<(Code, String, &str)> = findings
        .map(|finding| {
            (
                finding.code,
                finding.at.to_string(),
                finding.detail.as_str(),
            )
        })
        .collect();
    let pet = "#/components/schemas/pet/properties";
    let first = format!("one of `{pet}/any/anyOf/0`, integer");
    let members = format!("{pet}/place/oneOf/0, {pet}/place/oneOf/1");
    let expected = [
        (Code::AnyValue, format!("{pet}/any"), first.as_str()),
        (
            Code::OpenObject,
            format!("{pet}/kept/oneOf/0/properties/a"),
            "",
        ),
        (
            Code::UnknownUnion,
            format!("{pet}/place/oneOf"),
            members.as_str(),
        ),
    ];
    for finding in &expected {
        assert!(findings.contains(finding), "{finding:?} of {findings:#?}");
    }
}

#[test]
fn bodies_of_too_many_objects_have_no_example() {
    let temp = tempfile::tempdir().unwrap();
    let document = temp.path().join("trees.yaml");
    let level = |i: usize| {
        let next = format!("{{$ref: '#/components/schemas/L{}'}}", i + 1);
        format!("L{i}: {{type: object, required: [a, b], properties: {{a: {next}, b: {next}}}}}")
    };
    for (levels, has_example) in [(3, true), (24, false)] {
        let schemas: Vec<String> = (0..levels).map(level).collect();
        let text = format!(
            "{{openapi: 3.0.0, info: {{title: Trees, version: '1'}}, paths: {{/a: {{post: {{operationId: a,
            requestBody: {{required: true, content: {{application/json: {{schema:
            {{$ref: '#/components/schemas/L0'}}}}}}}}, responses: {{'204': {{description: d}}}}}}}}}},
            components: {{schemas: {{{}, L{levels}: {{type: object, properties: {{z: {{type: string}}}}}}}}}}}}",
            schemas.join(", ")
        );
        fs::write(&document, text).unwrap();
        let out = temp.path().join(levels.to_string());
        let run = generate_crate(&GenerateRequest::new(document.clone(), out.clone()));
        assert!(run.report.is_some(), "{:?}", run.findings.all());
        let service = fs::read_to_string(out.join("src/a.rs")).unwrap();
        assert_eq!(service.contains("```no_run"), has_example);
    }
}
