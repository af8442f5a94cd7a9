use super::Secret;

#[test]
fn debug_hides_text_when_nested() {
    let shown = format!("{:?}", Some([Secret::from("sk_live_abc".to_owned())]));
    assert!(!shown.contains("sk_live"), "{shown}");
}

#[test]
fn texts_match_when_they_are_the_same() {
    let secret = Secret::from("abc");
    assert!(secret.matches("abc"));
    for other in ["", "ab", "abd", "abcd", "ABC"] {
        assert!(!secret.matches(other), "{other}");
    }
}
