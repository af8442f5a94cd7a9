use super::Secret;

#[test]
fn debug_hides_text_when_nested() {
    let shown = format!("{:?}", Some([Secret::from("sk_live_abc".to_owned())]));
    assert!(!shown.contains("sk_live"), "{shown}");
}
