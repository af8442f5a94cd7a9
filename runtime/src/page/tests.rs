use super::outline::Outline;

#[test]
fn outline_has_ends_of_page_when_items_are_objects() {
    let page = br#"{"data": [{"id": "a", "x": {"id": "no"}}, {"x": [1], "id": "b"}],
        "has_more": true, "next_page": "t", "next_page_url": null, "other": {"data": []}}"#;
    let outline = Outline::read_page(page).unwrap();
    assert_eq!(
        (outline.first_id.as_deref(), outline.last_id.as_deref()),
        (Some("a"), Some("b"))
    );
    assert_eq!((outline.count, outline.has_more), (2, true));
    assert_eq!(
        (outline.next_page.as_deref(), outline.next_page_url),
        (Some("t"), None)
    );
}

#[test]
fn outline_has_no_ids_when_items_have_none() {
    let outline = Outline::read_page(br#"{"data": [1, "x", {"id": 7}]}"#).unwrap();
    assert_eq!(
        (outline.count, outline.first_id, outline.last_id),
        (3, None, None)
    );
    let empty = Outline::read_page(br#"{"data": []}"#).unwrap();
    assert_eq!(empty, Outline::default());
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
