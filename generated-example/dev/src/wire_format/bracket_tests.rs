//! The bracket decoder: what it accepts and what it must reject.

use super::bracket::{Tree, decode, path_segment};

fn text(value: &str) -> Tree {
    Tree::Text(value.to_owned())
}

fn branch<const N: usize>(children: [(&str, Tree); N]) -> Tree {
    Tree::Branch(children.map(|(k, v)| (k.to_owned(), v)).into())
}

#[test]
fn nothing_is_an_empty_branch() {
    assert_eq!(decode(""), Ok(Tree::empty()));
}

#[test]
fn names_and_indices_nest() {
    let tree = decode("a[b][0][c]=1&a[b][1][c]=2&d=3&a[e]=").unwrap();
    let items = branch([
        ("0", branch([("c", text("1"))])),
        ("1", branch([("c", text("2"))])),
    ]);
    let expected = branch([
        ("a", branch([("b", items), ("e", text(""))])),
        ("d", text("3")),
    ]);
    assert_eq!(tree, expected);
}

#[test]
fn brackets_may_be_escaped() {
    assert_eq!(decode("a%5B0%5D=x"), decode("a[0]=x"));
}

#[test]
fn escapes_are_undone_in_names_and_values() {
    let tree = decode("metadata[%C3%A9+%26]=%3D%5B%5D%2B%25+%F0%9F%A6%80").unwrap();
    let expected = branch([("metadata", branch([("é &", text("=[]+% 🦀"))]))]);
    assert_eq!(tree, expected);
}

#[test]
fn what_a_correct_encoder_never_writes_is_refused() {
    let refused = [
        "a[]=1",
        "a[=1",
        "a[b=1",
        "a]=1",
        "a[b]]=1",
        "a[[b]]=1",
        "a[b]c=1",
        "[a]=1",
        "=1",
        "a",
        "a=1&",
        "&a=1",
        "a=1&&b=2",
        "a=1&a=2",
        "a[0]=1&a[0]=2",
        "a=1&a[b]=2",
        "a[b]=2&a=1",
        "a=%",
        "a=%4",
        "a=%zz",
        "a=%ff",
        "a=b=c",
        "a=b c",
        "a=é",
        "a=\"",
        "a=1#b",
        "a=\n",
    ];
    for raw in refused {
        assert!(decode(raw).is_err(), "{raw} must be refused");
    }
}

#[test]
fn depth_is_bounded() {
    let at = |depth: usize| decode(&format!("a{}=1", "[b]".repeat(depth)));
    assert!(at(23).is_ok());
    assert!(at(24).is_err());
    assert!(at(100_000).is_err());
}

#[test]
fn errors_name_the_pair() {
    let message = decode("ok=1&bad[]=2").unwrap_err().to_string();
    assert!(message.contains("bad[]"), "{message}");
}

#[test]
fn a_plus_in_a_path_is_a_plus() {
    assert_eq!(path_segment("a+b%20c%2Fd").unwrap(), "a+b c/d");
    assert!(path_segment("a%2").is_err());
}
