use super::ApiKey;
use crate::secret::Secret;

fn key(text: &str) -> Result<ApiKey, crate::error::Error> {
    ApiKey::new(&Secret::from(text))
}

#[test]
fn key_is_trimmed() {
    let header = key(" \tsk_test_1\r\n").unwrap().authorization;
    assert_eq!(header.to_str().unwrap(), "Bearer sk_test_1");
    assert!(header.is_sensitive());
}

#[test]
fn key_is_rejected_without_being_shown_when_it_has_invalid_characters() {
    for bad in [
        "sk_SECRET\nX",
        "sk_SECRET\0",
        "sk_SECRET x",
        "sk_SECRETé",
        "\u{1}sk_SECRET",
    ] {
        let error = key(bad).unwrap_err();
        assert!(error.is_build());
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}

#[test]
fn key_is_rejected_when_empty() {
    for bad in ["", " \n"] {
        assert!(key(bad).unwrap_err().to_string().contains("empty"));
    }
}

#[test]
fn error_names_variable_when_missing() {
    let error = ApiKey::from_env("RUNTIME_TEST_NO_SUCH_VARIABLE").unwrap_err();
    assert!(
        error.to_string().contains("RUNTIME_TEST_NO_SUCH_VARIABLE"),
        "{error}"
    );
}

#[test]
fn debug_hides_key() {
    let shown = format!("{:?}", key("sk_live_abc").unwrap());
    assert!(!shown.contains("sk_live"), "{shown}");
}
