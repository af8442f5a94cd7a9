use wire::page::PageOutline;

use super::cursor::{CursorFields, CursorKind, Position};
use super::{PageCursor, Paging};
use crate::operation::{PageSpec, PageStyle};
use crate::value::{List, RawJson, SearchList, UrlList};

const BY_OFFSET: PageStyle = PageStyle::Offset {
    parameter: "offset",
    limit: None,
};

/// The outline of a page, with everything that any kind of Stripe's lists has.
fn outline_of<P>(page: &[u8]) -> PageOutline
where
    (): Paging<P>,
{
    PageOutline::read_page(page, <() as Paging<P>>::PAGES).unwrap()
}

fn ids(outline: &PageOutline) -> Vec<Option<&str>> {
    outline.ids.iter().map(Option::as_deref).collect()
}

#[test]
fn outline_has_ids_when_items_are_objects() {
    let page = br#"{"data": [{"id": "a", "x": {"id": "no"}}, {"x": [1], "id": "b"}],
        "has_more": true, "next_page": "t", "next_page_url": null, "other": {"data": []}}"#;
    let outline = outline_of::<SearchList<RawJson>>(page);
    assert_eq!(ids(&outline), [Some("a"), Some("b")]);
    assert_eq!(outline.has_more, Some(true));
    assert_eq!(outline.next.as_deref(), Some("t"));
    assert_eq!(outline_of::<UrlList<RawJson>>(page).next, None);
    assert_eq!(outline_of::<List<RawJson>>(page).next, None);
}

#[test]
fn outline_has_no_ids_when_items_have_none() {
    let outline = outline_of::<List<RawJson>>(br#"{"data": [1, "x", {"id": 7}]}"#);
    assert_eq!(ids(&outline), [None, None, None]);
    let empty = outline_of::<List<RawJson>>(br#"{"data": []}"#);
    assert!(empty.ids.is_empty() && empty.has_items);
}

#[test]
fn outline_reads_null_and_empty_text_as_absent() {
    let page = br#"{"data": null, "has_more": null, "next_page": "", "next_page_url": ""}"#;
    assert_eq!(
        outline_of::<SearchList<RawJson>>(page),
        PageOutline::default()
    );
    assert_eq!(outline_of::<UrlList<RawJson>>(page), PageOutline::default());
}

#[test]
fn outline_follows_the_keys_of_nested_fields() {
    let spec = PageSpec::new(BY_OFFSET, &["result", "items"])
        .has_more(&["meta", "more"])
        .total(&["meta", "count", "all"]);
    let page = br#"{"items": [1], "result": {"items": [{"id": "a"}], "more": 1},
        "meta": {"more": false, "count": {"all": 61, "more": "x"}}}"#;
    let outline = PageOutline::read_page(page, &spec).unwrap();
    assert_eq!(ids(&outline), [Some("a")]);
    assert_eq!((outline.has_more, outline.total), (Some(false), Some(61)));
    let absent = PageOutline::read_page(br#"{"result": null, "meta": {"count": null}}"#, &spec);
    let absent = absent.unwrap();
    assert_eq!((absent.has_items, absent.total), (false, None));
    for bad in [
        &br#"{"result": []}"#[..],
        br#"{"result": {"items": {}}}"#,
        br#"{"meta": {"count": {"all": "61"}}}"#,
        br#"{"meta": {"more": "yes"}}"#,
    ] {
        assert!(PageOutline::read_page(bad, &spec).is_err(), "{bad:?}");
    }
}

#[test]
fn outline_of_an_array_has_its_items() {
    let spec = PageSpec::new(BY_OFFSET, &[]);
    let read = |page: &[u8]| PageOutline::read_page(page, &spec).unwrap();
    let outline = read(br#"[{"id": "a"}, {"id": "b"}]"#);
    assert_eq!(ids(&outline), [Some("a"), Some("b")]);
    assert_eq!(outline.digest, read(br#"[{"id": "a"},{"id": "b"}]"#).digest);
    assert_ne!(
        outline.digest,
        read(br#"[{"id": "a"}, {"id": "c"}]"#).digest
    );
    // Numbers may be the same on several pages.
    assert!(!outline.has_values && read(br#"[{"id": "a"}, 0]"#).has_values);
    assert_ne!(read(b"[0, 0]").digest, read(b"[0, 1]").digest);
}

#[test]
fn token_may_be_a_number() {
    let style = PageStyle::Cursor {
        parameter: "after",
        field: &["next"],
    };
    let spec = PageSpec::new(style, &["data"]);
    let next = |page: &[u8]| PageOutline::read_page(page, &spec).map(|it| it.next);
    assert_eq!(next(br#"{"next": 17}"#).unwrap().as_deref(), Some("17"));
    assert!(next(br#"{"next": true}"#).is_err());
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
        let spec = <() as Paging<List<RawJson>>>::PAGES;
        assert!(PageOutline::read_page(bad, spec).is_err(), "{bad:?}");
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
    let kinds = [
        CursorKind::Forward,
        CursorKind::Backward,
        CursorKind::Token,
        CursorKind::Url,
        CursorKind::Offset,
        CursorKind::Number,
    ];
    for position in positions {
        for kind in kinds {
            let fields = CursorFields {
                kind,
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
