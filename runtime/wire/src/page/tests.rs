use http::{HeaderMap, HeaderValue, header};

use super::next_link;

fn links(values: &[&str]) -> Result<Option<String>, &'static str> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::LINK, HeaderValue::from_str(value).unwrap());
    }
    next_link(&headers)
}

#[test]
fn next_link_is_found_among_others() {
    for (values, expected) in [
        (&[][..], None),
        (&[""], None),
        (&["</a>; rel=prev"], None),
        (&["</a>; rel=\"next\""], Some("/a")),
        (&["</a>;rel=next"], Some("/a")),
        (&["</a> ; title=x; REL = NEXT ,"], Some("/a")),
        (&["</a>; rel=\"last next\""], Some("/a")),
        (&["</a>; rel=\"nextt\", </b>; rel=\"x-next\""], None),
        // Commas, semicolons and quotes within URLs and texts separate nothing.
        (
            &[r#"</a?x=1,2;3>; title="a, \"b\"; rel=next"; rel="next""#],
            Some("/a?x=1,2;3"),
        ),
        (
            &["</a>; rel=prev, </b>; rel=next, </c>; rel=last"],
            Some("/b"),
        ),
        (&["</a>; rel=prev", "</b>; rel=next"], Some("/b")),
        // The first relation counts, and a link of another document is not one of this list.
        (&["</a>; rel=prev; rel=next"], None),
        (&["</a>; rel=next; anchor=\"/other\""], None),
        (&["</a>; rel=next, </b>; rel=next"], Some("/a")),
        (&["</a>"], None),
    ] {
        assert_eq!(links(values), Ok(expected.map(str::to_owned)), "{values:?}");
    }
}

#[test]
fn malformed_link_is_an_error_and_no_end() {
    for bad in [
        "/a; rel=next",
        "</a; rel=next",
        "</a>; rel=\"next",
        "</a>; rel=ne\"xt\"",
        "</a> rel=next",
        "</a>; rel=prev </b>; rel=next\"",
        "</a>; rel=next, b",
    ] {
        let error = links(&[bad]).unwrap_err();
        assert!(error.contains("header Link"), "{bad}: {error}");
    }
    let mut headers = HeaderMap::new();
    headers.insert(
        header::LINK,
        HeaderValue::from_bytes(b"<\xff>; rel=next").unwrap(),
    );
    assert!(next_link(&headers).is_err());
}
