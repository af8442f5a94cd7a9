//! What is said about a path or a name that is not there, and what was probably meant.

use std::fs;

use super::{pets_folder, run, stderr};

#[test]
fn url_is_said_to_be_one_with_the_command_that_downloads_it() {
    let folder = pets_folder();
    let url = "https://pets.example/openapi.json";
    for args in [
        &[url][..],
        &["list", url],
        &["import", url, "--out", "api.yaml"],
        &["diff", "pets.yaml", url],
        &["pets.yaml", "--config", url],
    ] {
        let refused = run(folder.path(), args);
        assert_eq!(refused.status.code(), Some(2));
        insta::allow_duplicates! {
            insta::assert_snapshot!(stderr(&refused), @r"
            error[F011]: this is a URL, and only files are read
              --> https://pets.example/openapi.json
               = `curl -LO https://pets.example/openapi.json` downloads it
               = help: download it first, and give the file

            1 error; nothing was written
            ");
        }
    }
    let refused = run(folder.path(), &["http://pets.example/a?b=c&d"]);
    let said = stderr(&refused);
    assert!(
        said.contains("`curl -LO 'http://pets.example/a?b=c&d'`"),
        "{said}"
    );
}

#[test]
fn missing_file_is_answered_with_a_similar_one() {
    let folder = pets_folder();
    fs::create_dir(folder.path().join("specs")).unwrap();
    for name in ["stripe.yaml", "stripe.toml", "stripe.names.toml"] {
        fs::write(folder.path().join("specs").join(name), "").unwrap();
    }
    for (wanted, meant) in [
        ("specs/stripe.yml", "specs/stripe.yaml"),
        ("specs/stripe.json", "specs/stripe.yaml"),
        ("specs/stipre.yaml", "specs/stripe.yaml"),
        ("specs/strip.toml", "specs/stripe.toml"),
        ("pet.yaml", "pets.yaml"),
    ] {
        let said = stderr(&run(folder.path(), &[wanted]));
        let question = format!("; did you mean {meant}?\n");
        assert!(said.contains(&question), "{said}");
    }
    let config = stderr(&run(
        folder.path(),
        &["pets.yaml", "--config", "specs/stripes.toml"],
    ));
    assert!(
        config.contains("; did you mean specs/stripe.toml?\n"),
        "{config}"
    );
    let other = stderr(&run(folder.path(), &["banana.yaml"]));
    assert!(!other.contains("did you mean"), "{other}");
}

#[test]
fn misspelt_service_is_answered_with_a_similar_one() {
    let folder = pets_folder();
    for (wanted, meant) in [("custmers", "customers"), ("custoners", "customers")] {
        let args = ["pets.yaml", "--include", wanted, "--out", "out"];
        let refused = run(folder.path(), &args);
        assert_eq!(refused.status.code(), Some(2));
        let said = stderr(&refused);
        let question = format!("  = did you mean {meant}?\n");
        assert!(said.contains(&question), "{said}");
    }
}

#[test]
fn empty_file_is_said_to_be_empty() {
    let folder = pets_folder();
    fs::write(folder.path().join("empty.yaml"), "\n").unwrap();
    let refused = run(folder.path(), &["empty.yaml"]);
    assert_eq!(refused.status.code(), Some(2));
    insta::assert_snapshot!(stderr(&refused), @r"
    error[F012]: the file is empty
      --> empty.yaml
       = help: a failed or interrupted download is a common cause

    1 error; nothing was written
    ");
}

#[test]
fn dialect_or_lock_in_place_of_the_document_is_said_to_be_one() {
    let folder = pets_folder();
    for name in ["pets.toml", "pets.names.toml", "alone.toml"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    for (given, detail) in [
        ("pets.toml", "this is a dialect; the document is pets.yaml"),
        (
            "pets.names.toml",
            "this is a name lock; the document is pets.yaml",
        ),
        ("alone.toml", "this is a dialect"),
    ] {
        let refused = run(folder.path(), &[given]);
        assert_eq!(refused.status.code(), Some(2));
        let said = stderr(&refused);
        assert!(said.contains("error[F013]"), "{said}");
        assert!(said.contains(&format!("   = {detail}\n")), "{said}");
    }
}
