//! `generator init`: where it writes, and what it refuses.

use std::fs;

use super::{PETS, pets_folder, run, run_with_input, stderr, stdout};

#[test]
fn init_writes_beside_the_document_and_replaces_nothing() {
    let folder = pets_folder();
    let written = run(folder.path(), &["init", "pets.yaml"]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    insta::assert_snapshot!(
        stdout(&written),
        @"pets.toml: a dialect for 1 operation, with 3 guesses to check"
    );
    let path = folder.path().join("pets.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\ncrate_name = \"pets\"\n"), "{text}");
    fs::write(&path, "# Mine.\n").unwrap();
    let refused = run(folder.path(), &["init", "pets.yaml"]);
    assert_eq!(refused.status.code(), Some(3));
    insta::assert_snapshot!(stderr(&refused), @r"
    error[O007]: the file exists already
      --> pets.toml
       = help: `--force` replaces a dialect, and `--out -` prints the new one; nothing has been changed

    1 error; nothing was written
    ");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# Mine.\n");
    let forced = run(folder.path(), &["init", "pets.yaml", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", stderr(&forced));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    // The dialect is found, and is not marked as generated.
    let generated = run(folder.path(), &["pets.yaml"]);
    assert!(generated.status.success(), "{}", stderr(&generated));
    assert!(folder.path().join("pets/src/lib.rs").exists());
    assert!(!text.contains("@generated"));
}

#[test]
fn init_reads_and_writes_standard_streams() {
    let folder = pets_folder();
    let printed = run(folder.path(), &["init", "pets.yaml", "--out", "-"]);
    assert!(printed.status.success());
    assert!(!folder.path().join("pets.toml").exists());
    let text = stdout(&printed);
    assert!(text.starts_with("# The dialect of pets.yaml: "), "{text}");
    assert!(stderr(&printed).starts_with("standard output: a dialect for 1 operation"));
    let piped = run_with_input(folder.path(), &["init", "-", "--out", "-"], PETS);
    let expected = text.replace("of pets.yaml:", "of standard input:");
    assert_eq!(stdout(&piped), expected);
    let filed = run_with_input(folder.path(), &["init", "-", "--out", "a.toml"], PETS);
    assert!(filed.status.success(), "{}", stderr(&filed));
    assert_eq!(
        fs::read_to_string(folder.path().join("a.toml")).unwrap(),
        expected
    );
    let nowhere = run_with_input(folder.path(), &["init", "-"], PETS);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).starts_with("error[O008]: the file to write is not known\n"));
}

#[test]
fn init_replaces_no_document_and_no_folder() {
    let folder = pets_folder();
    for out in ["pets.yaml", "./pets.yaml"] {
        let refused = run(
            folder.path(),
            &["init", "pets.yaml", "--out", out, "--force"],
        );
        assert_eq!(refused.status.code(), Some(3));
        assert!(
            stderr(&refused).contains(" = this is the document\n"),
            "{}",
            stderr(&refused)
        );
    }
    assert_eq!(
        fs::read_to_string(folder.path().join("pets.yaml")).unwrap(),
        PETS
    );
    fs::create_dir(folder.path().join("there")).unwrap();
    for out in ["there", "missing/pets.toml/x"] {
        let args = ["init", "pets.yaml", "--force", "--out", out];
        let refused = run(folder.path(), &args);
        let is_refused = refused.status.code() == Some(3) || folder.path().join(out).is_file();
        assert!(is_refused, "{out}: {}", stderr(&refused));
    }
    assert!(folder.path().join("there").is_dir());
}

#[test]
fn init_says_what_is_wrong_with_a_document() {
    let folder = pets_folder();
    fs::write(folder.path().join("two.yaml"), "swagger: '2.0'\n").unwrap();
    let refused = run(folder.path(), &["init", "two.yaml"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).starts_with("error[S002]"),
        "{}",
        stderr(&refused)
    );
    assert!(!folder.path().join("two.toml").exists());
    let missing = run(folder.path(), &["init", "pet.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("did you mean pets.yaml?"));
    let misspelt = run(folder.path(), &["initt", "pets.yaml"]);
    assert_eq!(misspelt.status.code(), Some(2));
    assert!(
        stderr(&misspelt).contains("'init'"),
        "{}",
        stderr(&misspelt)
    );
    let page = stdout(&run(folder.path(), &["man", "init"]));
    assert!(page.contains("Replace the file if it exists"), "{page}");
    assert!(stdout(&run(folder.path(), &["completions", "bash"])).contains("init"));
}
