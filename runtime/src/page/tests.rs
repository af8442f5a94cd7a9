use super::PageCursor;
use super::cursor::{CursorFields, Position, Style};
use super::outline::Outline;

fn ids(outline: &Outline) -> Vec<Option<&str>> {
    outline.ids.iter().map(Option::as_deref).collect()
}

#[test]
fn outline_has_ids_when_items_are_objects() {
    let page = br#"{"data": [{"id": "a", "x": {"id": "no"}}, {"x": [1], "id": "b"}],
        "has_more": true, "next_page": "t", "next_page_url": null, "other": {"data": []}}"#;
    let outline = Outline::read_page(page).unwrap();
    assert_eq!(ids(&outline), [Some("a"), Some("b")]);
    assert_eq!(outline.has_more, Some(true));
    assert_eq!(
        (outline.next_page.as_deref(), outline.next_page_url),
        (Some("t"), None)
    );
}

#[test]
fn outline_has_no_ids_when_items_have_none() {
    let outline = Outline::read_page(br#"{"data": [1, "x", {"id": 7}]}"#).unwrap();
    assert_eq!(ids(&outline), [None, None, None]);
    let empty = Outline::read_page(br#"{"data": []}"#).unwrap();
    assert_eq!(empty, Outline::default());
}

#[test]
fn outline_reads_null_and_empty_text_as_absent() {
    let page = br#"{"data": null, "has_more": null, "next_page": "", "next_page_url": ""}"#;
    assert_eq!(Outline::read_page(page).unwrap(), Outline::default());
}

#[test]
fn outline_is_refused_when_text_is_no_page() {
    for bad in [
        &b""[..],
        b"[]",
        b"{\"data\": {}}",
        b"{\"data\": [}",
        b"{} x",
    ] {
        assert!(Outline::read_page(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn cursor_is_the_same_after_a_round_trip() {
    let positions = [
        Position::End,
        Position::at_page(None),
        Position::at_page(Some("/v2/items?page=a.b%2F&x=\u{e9}".to_owned())),
        Position::Within {
            mark: Some("token==".to_owned()),
            skip: 7,
            after: Some("item_7".to_owned()),
        },
    ];
    let styles = [
        (Style::Cursor, false),
        (Style::Cursor, true),
        (Style::Token, false),
        (Style::Url, false),
    ];
    for position in positions {
        for (style, backward) in styles {
            let fields = CursorFields {
                style,
                backward,
                operation: "GET {list.url}".to_owned(),
                list: u64::MAX,
                position: position.clone(),
            };
            let cursor = PageCursor::new(&fields);
            let text = cursor.to_string();
            assert!(
                text.bytes().all(|byte| byte.is_ascii_graphic()),
                "{text} needs no quoting"
            );
            assert_eq!(text.parse::<PageCursor>().unwrap(), cursor);
            assert_eq!(cursor.fields(), Some(fields));
        }
    }
}

#[test]
fn text_is_refused_when_it_is_no_cursor() {
    for bad in [
        "",
        "cus_123",
        "1.forward.List",
        "1.sideways.List.0",
        "1.url.L.x",
        "1.url.L.0.a.b.c",
    ] {
        let error = bad.parse::<PageCursor>().unwrap_err();
        assert!(error.is_build(), "{bad}: {error}");
    }
    let error = "2.forward.List.0".parse::<PageCursor>().unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
}
