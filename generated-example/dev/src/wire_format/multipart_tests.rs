//! Multipart bodies: a valid one, and invalid ones.

use super::bracket::Tree;
use super::multipart::{boundary, decode};

const GOOD: &str = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n\
     dispute_evidence\r\n--b\r\nContent-Disposition: form-data; name=\"link[create]\"\r\n\r\n\
     true\r\n--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
     Content-Type: image/png\r\n\r\n\r\n--not the boundary\r\n\r\n--b--\r\n";

#[test]
fn parts_become_parameters() {
    let link = Tree::Branch([("create".to_owned(), Tree::Text("true".into()))].into());
    let expected = Tree::Branch(
        [
            ("purpose".to_owned(), Tree::Text("dispute_evidence".into())),
            ("link".to_owned(), link),
            ("file".to_owned(), Tree::File(22)),
        ]
        .into(),
    );
    assert_eq!(decode(GOOD.as_bytes(), "b"), Ok(expected));
}

#[test]
fn malformed_bodies_are_refused() {
    let part = "Content-Disposition: form-data; name=\"a\"\r\n\r\n1";
    let bad = [
        String::new(),
        GOOD.replace("--b--\r\n", ""),
        GOOD.replace("\r\n", "\n"),
        format!("--c\r\n{part}\r\n--c--"),
        format!("--b\r\n{part}\r\n--b\r\n{part}\r\n--b--"),
        format!("--b\r\n{part}\r\n--b--trailing"),
        format!("--b\r\n{part}--b--"),
        "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--".to_owned(),
        "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: form-data; name=\"a[]\"\r\n\r\n1\r\n--b--".to_owned(),
        "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\"\r\n\r\n1\r\n--b--"
            .to_owned(),
    ];
    for body in bad {
        assert!(decode(body.as_bytes(), "b").is_err(), "{body}");
    }
}

#[test]
fn the_boundary_comes_from_the_header() {
    assert_eq!(boundary("multipart/form-data; boundary=x1"), Some("x1"));
    assert_eq!(
        boundary("multipart/form-data; charset=utf-8; boundary=\"x 1\""),
        Some("x 1")
    );
    assert_eq!(boundary("multipart/form-data"), None);
    assert_eq!(boundary("multipart/form-data; boundary="), None);
}
