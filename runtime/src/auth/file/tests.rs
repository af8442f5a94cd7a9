use std::path::Path;
use std::sync::Arc;

use futures_util::future::FutureExt;

use super::{CredentialProvider, FileKey, MAX_LEN};

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// The key in the file, or the error.
fn read(provider: &FileKey) -> Result<String, String> {
    match provider.fetch().now_or_never().unwrap() {
        Ok(credential) => {
            let header = credential.key.authorization;
            Ok(header.to_str().unwrap().replace("Bearer ", ""))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn key_is_read_and_trimmed_when_the_file_holds_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write(&path, " sk_test_1\n");
    let provider = FileKey::new(&path);
    assert!(provider.has_changed(), "not read yet");
    assert_eq!(read(&provider), Ok("sk_test_1".to_owned()));
    assert!(!provider.has_changed());
}

#[test]
fn change_is_noticed_when_the_file_is_written_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write(&path, "sk_test_1");
    let provider = FileKey::new(&path);
    read(&provider).unwrap();
    write(&path, "sk_test_22");
    assert!(provider.has_changed());
    assert_eq!(read(&provider), Ok("sk_test_22".to_owned()));
    assert!(!provider.has_changed());
}

#[cfg(unix)]
#[test]
fn change_is_noticed_when_a_link_is_swapped_and_length_and_time_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (version, text) in [("..v1", "sk_test_1"), ("..v2", "sk_test_2")] {
        std::fs::create_dir(at(version)).unwrap();
        let path = at(version).join("key");
        write(&path, text);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
    }
    std::os::unix::fs::symlink(at("..v1"), at("..data")).unwrap();
    let provider = FileKey::new(at("..data").join("key"));
    assert_eq!(read(&provider), Ok("sk_test_1".to_owned()));
    std::os::unix::fs::symlink(at("..v2"), at("..new")).unwrap();
    std::fs::rename(at("..new"), at("..data")).unwrap();
    assert!(provider.has_changed());
    assert_eq!(read(&provider), Ok("sk_test_2".to_owned()));
}

#[test]
fn file_is_unchanged_when_it_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FileKey::new(folder.path().join("key"));
    assert!(!provider.has_changed());
    let error = read(&provider).unwrap_err();
    assert!(error.contains("cannot be opened"), "{error}");
}

#[test]
fn error_does_not_show_the_file_when_it_contains_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let provider = FileKey::new(&path);
    for bad in [
        String::new(),
        "PLANTED x".to_owned(),
        "PLANTED".repeat(MAX_LEN),
    ] {
        write(&path, &bad);
        let error = provider.fetch().now_or_never().unwrap().unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("PLANTED"), "{shown}");
    }
    std::fs::write(&path, b"PLANTED\xff").unwrap();
    assert!(read(&provider).unwrap_err().contains("UTF-8"));
}

#[test]
fn clones_share_the_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write(&path, "sk_test_1");
    let provider = FileKey::new(&path);
    let other: Arc<dyn CredentialProvider> = Arc::new(provider.clone());
    read(&provider).unwrap();
    assert!(!other.has_changed());
}
