//! Unions of parameter objects: a variant keeps its name, and a name its variant.

use std::fs;

use generator::pipeline::{GenerateRequest, generate_crate};
use tempfile::TempDir;

/// A document whose only operation takes one of these components in JSON.
fn document(members: &[&str]) -> String {
    let reference = |name: &&str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let references: Vec<String> = members.iter().map(reference).collect();
    let component = |(index, name): (usize, &&str)| {
        format!("    {name}: {{type: object, properties: {{f{index}{name}: {{type: string}}}}}}\n")
    };
    let components: String = members.iter().enumerate().map(component).collect();
    format!(
        "openapi: 3.0.3\ninfo: {{title: Fruit, version: '1'}}\nservers: [{{url: 'https://api.test/'}}]\n\
         paths:\n  /it:\n    post:\n      operationId: it\n      requestBody: {{required: true, content: \
         {{application/json: {{schema: {{$ref: '#/components/schemas/P'}}}}}}}}\n      responses: \
         {{'204': {{description: Done.}}}}\ncomponents:\n  schemas:\n    P: {{oneOf: [{}]}}\n{components}",
        references.join(", ")
    )
}

/// Generates with the lock of earlier runs. Returns the variants of the union and the lock.
fn generate(folder: &TempDir, members: &[&str]) -> (Vec<String>, String) {
    let folder = folder.path();
    fs::write(
        folder.join("fruit.toml"),
        "[service]\nkey_variable = 'KEY'\n",
    )
    .unwrap();
    fs::write(folder.join("fruit.yaml"), document(members)).unwrap();
    let lock = folder.join("fruit.names.toml");
    if !lock.exists() {
        fs::write(&lock, "").unwrap();
    }
    let request = GenerateRequest::new(folder.join("fruit.yaml"), folder.join("out"));
    let run = generate_crate(&request);
    assert!(run.report.is_some(), "{:?}", run.findings.all());
    let text = fs::read_to_string(folder.join("out/src/params/p.rs")).unwrap();
    let (_, union) = text.split_once("pub enum PParams {").unwrap();
    let (variants, _) = union.split_once("\n}").unwrap();
    let lines = variants.lines().map(str::trim);
    let lines = lines.filter(|line| line.ends_with("),"));
    let variants = lines.map(|line| line.replace("Box<super::", "").replace(">),", ")"));
    (variants.collect(), fs::read_to_string(&lock).unwrap())
}

#[test]
fn variant_keeps_its_name_when_a_similar_one_is_added_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let (variants, lock) = generate(&folder, &["Q", "W"]);
    assert_eq!(variants, ["Q(QParams)", "W(WParams)"]);
    // Their names say what they are.
    assert!(!lock.contains("PParams.Q\" = \"Q\""), "{lock}");

    let (variants, lock) = generate(&folder, &["q", "Q", "W"]);
    assert_eq!(variants, ["Q2(QParams2)", "Q(QParams)", "W(WParams)"]);
    assert!(lock.contains("\"params::PParams.Q2\" = \"q\""), "{lock}");

    let (variants, _) = generate(&folder, &["W", "Q", "q"]);
    assert_eq!(variants, ["W(WParams)", "Q(QParams)", "Q2(QParams2)"]);
    // A name whose variant is gone keeps its meaning.
    let (_, lock) = generate(&folder, &["W", "Q", "X"]);
    assert!(lock.contains("\"params::PParams.Q2\" = \"q\""), "{lock}");
    let (variants, _) = generate(&folder, &["Q-", "q", "W", "Q"]);
    assert!(variants[0].starts_with("Q3("), "{variants:?}");
    assert_eq!(variants[1], "Q2(QParams2)");
    assert_eq!(variants[3], "Q(QParams)");
}
