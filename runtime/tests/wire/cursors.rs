//! Lists that are read on from a stored cursor.

use runtime::page::{Page, PageCursor, Paging};
use runtime::{Call, Client};

use crate::api::{Item, ListItems, ListV2, Params, Search, builder, client};
use crate::server::{Reply, Seen, Server};

const ALL: usize = 25;

fn item_list(numbers: impl Iterator<Item = usize>) -> String {
    let items: Vec<String> = numbers
        .map(|n| format!("{{\"id\": \"item_{n}\"}}"))
        .collect();
    format!("[{}]", items.join(","))
}

fn number(id: &str) -> usize {
    id.strip_prefix("item_").unwrap().parse().unwrap()
}

/// All three kinds of lists of the items 0 to 24, with seven to a page and empty pages between
/// those with tokens and URLs.
fn respond(seen: &Seen) -> Reply {
    if seen.path() == "/v1/items" {
        let (start, end) = match (seen.param("starting_after"), seen.param("ending_before")) {
            (Some(after), _) => (number(&after) + 1, number(&after) + 8),
            (None, Some(before)) => (number(&before).saturating_sub(7), number(&before)),
            (None, None) => (0, 7),
        };
        let is_backward = seen.param("ending_before").is_some();
        let more = if is_backward { start > 0 } else { end < ALL };
        let data = item_list(start..end.min(ALL));
        return Reply::json(&format!(r#"{{"data": {data}, "has_more": {more}}}"#));
    }
    let page: usize = seen.param("page").map_or(0, |page| page.parse().unwrap());
    let start = page / 2 * 7;
    let data = if page % 2 == 0 {
        item_list(start..(start + 7).min(ALL))
    } else {
        "[]".to_owned()
    };
    let more = start + 7 < ALL;
    let next = page + 1;
    Reply::json(&if seen.path() == "/v2/items" {
        let next = if more {
            format!("\"/v2/items?page={next}\"")
        } else {
            "null".to_owned()
        };
        format!(r#"{{"data": {data}, "next_page_url": {next}}}"#)
    } else {
        let next = if more {
            format!("\"{next}\"")
        } else {
            "null".to_owned()
        };
        format!(r#"{{"data": {data}, "has_more": {more}, "next_page": {next}}}"#)
    })
}

fn backward() -> Params {
    Params {
        ending_before: Some("item_25".to_owned()),
        ..Params::default()
    }
}

/// Reads `count` items, stores the cursor as text, and reads on from it with another stream.
async fn read_in_two_parts<P>(call: &Call<P>, count: usize) -> Vec<usize>
where
    P: Page<Item = Item>,
    (): Paging<P>,
{
    let mut first = runtime::Pages::new(call.clone()).into_items();
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(number(&first.try_next().await.unwrap().unwrap().id));
    }
    let text = first.cursor().to_string();
    drop(first);
    let cursor: PageCursor = text.parse().unwrap();
    let rest = runtime::Pages::new(call.clone())
        .into_items()
        .resume_from(&cursor);
    let rest = rest.collect_up_to(100).await.unwrap();
    numbers.extend(rest.iter().map(|item| number(&item.id)));
    numbers
}

#[tokio::test]
async fn no_item_is_lost_or_repeated_when_a_list_is_resumed_after_any_item() {
    let server = Server::start(respond).await;
    let client = client(&server);
    let forward: Vec<_> = (0..ALL).collect();
    let reversed: Vec<_> = (0..ALL).rev().collect();
    for count in 0..=ALL {
        let list = client.request::<ListItems>(&[], &Params::default());
        assert_eq!(read_in_two_parts(&list, count).await, forward, "{count}");
        let list = client.request::<ListItems>(&[], &backward());
        assert_eq!(read_in_two_parts(&list, count).await, reversed, "{count}");
        let list = client.request::<Search>(&[], &Params::default());
        assert_eq!(read_in_two_parts(&list, count).await, forward, "{count}");
        let list = client.request::<ListV2>(&[], &Params::default());
        assert_eq!(read_in_two_parts(&list, count).await, forward, "{count}");
    }
}

#[tokio::test]
async fn list_is_read_when_it_is_resumed_after_every_item() {
    let server = Server::start(respond).await;
    let client = client(&server);
    let search = || client.request::<Search>(&[], &Params::default()).items();
    let list = || client.request::<ListItems>(&[], &backward()).items();
    let mut cursors = [search().cursor(), list().cursor()];
    let mut read = [Vec::new(), Vec::new()];
    for _ in 0..ALL {
        let mut items = search().resume_from(&cursors[0]);
        read[0].push(number(&items.try_next().await.unwrap().unwrap().id));
        cursors[0] = items.cursor();
        let mut items = list().resume_from(&cursors[1]);
        read[1].push(number(&items.try_next().await.unwrap().unwrap().id));
        cursors[1] = items.cursor();
    }
    assert_eq!(read[0], (0..ALL).collect::<Vec<_>>());
    assert_eq!(read[1], (0..ALL).rev().collect::<Vec<_>>());
    for mut ended in [search().resume_from(&cursors[0])] {
        assert!(ended.try_next().await.unwrap().is_none());
    }
    assert!(
        list()
            .resume_from(&cursors[1])
            .try_next()
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn direction_is_that_of_the_cursor_when_the_call_has_none() {
    let server = Server::start(respond).await;
    let client = client(&server);
    let mut items = client.request::<ListItems>(&[], &backward()).items();
    items.try_next().await.unwrap();
    let cursor = items.cursor();
    let list = client.request::<ListItems>(&[], &Params::default());
    let mut items = list.items().resume_from(&cursor);
    assert_eq!(items.try_next().await.unwrap().unwrap().id, "item_23");

    let forward = client.request::<ListItems>(&[], &Params::default());
    let mut items = forward.items();
    items.try_next().await.unwrap();
    let list = client.request::<ListItems>(&[], &backward());
    let mut refused = list.items().resume_from(&items.cursor());
    let error = refused.try_next().await.unwrap_err();
    assert!(
        error.is_build() && error.to_string().contains("direction"),
        "{error}"
    );
}

#[tokio::test]
async fn pages_go_on_with_the_page_of_the_next_item() {
    let server = Server::start(respond).await;
    let search = client(&server).request::<Search>(&[], &Params::default());
    let mut pages = search.clone().pages();
    assert_eq!(
        pages.try_next().await.unwrap().unwrap().data[0].id,
        "item_0"
    );
    assert!(pages.try_next().await.unwrap().unwrap().data.is_empty());
    let mut rest = search.pages().resume_from(&pages.cursor());
    assert_eq!(rest.try_next().await.unwrap().unwrap().data[0].id, "item_7");
}

#[tokio::test]
async fn cursor_is_refused_when_it_is_of_another_list() {
    let server = Server::start(respond).await;
    let client = client(&server);
    let mut items = client.request::<ListItems>(&[], &Params::default()).items();
    items.try_next().await.unwrap();
    let cursor = items.cursor();
    let requests = server.seen().len();
    let refusal = |error: runtime::Error| {
        assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
        error.to_string()
    };
    let mut search = client.request::<Search>(&[], &Params::default()).items();
    search = search.resume_from(&cursor);
    let text = refusal(search.try_next().await.unwrap_err());
    assert!(text.contains("is of ListItems, not of Search"), "{text}");
    assert!(search.try_next().await.unwrap().is_none());
    let filtered = Params {
        email: Some("jenny@example.com".to_owned()),
        ..Params::default()
    };
    let list = client.request::<ListItems>(&[], &filtered);
    let text = refusal(
        list.items()
            .resume_from(&cursor)
            .try_next()
            .await
            .unwrap_err(),
    );
    assert!(text.contains("filter") && !text.contains("jenny"), "{text}");
    let list = client.request::<ListItems>(&[], &Params::default());
    let list = list.account("acct_2");
    refusal(
        list.items()
            .resume_from(&cursor)
            .try_next()
            .await
            .unwrap_err(),
    );
    // One that was begun has a place of its own.
    let list = client.request::<ListItems>(&[], &Params::default());
    let mut begun = list.items();
    begun.try_next().await.unwrap();
    let mut begun = begun.resume_from(&cursor);
    while let Ok(Some(_)) = begun.try_next().await {}
    assert!(server.seen().len() <= requests + 1);
}

#[tokio::test]
async fn cursor_fits_when_only_size_and_expansion_of_pages_differ() {
    let server = Server::start(respond).await;
    let client = client(&server);
    let mut items = client.request::<ListItems>(&[], &Params::default()).items();
    items.try_next().await.unwrap();
    let other = Params {
        limit: Some(3),
        ..Params::default()
    };
    let list = client.request::<ListItems>(&[], &other).expand(["data.x"]);
    let mut rest = list.items().resume_from(&items.cursor());
    assert_eq!(rest.try_next().await.unwrap().unwrap().id, "item_1");
}

#[tokio::test]
async fn cursor_stays_when_a_page_cannot_be_had() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = Arc::clone(&broken);
    let server = Server::start(move |seen| match seen.param("page").as_deref() {
        Some("2") if is_broken.load(Ordering::SeqCst) => Reply::status(500, ""),
        _ => respond(seen),
    })
    .await;
    let search = client(&server).request::<Search>(&[], &Params::default());
    let incomplete = search.clone().items().collect_up_to(100).await.unwrap_err();
    assert!(incomplete.error.is_server());
    broken.store(false, Ordering::SeqCst);
    let rest = search.items().resume_from(&incomplete.cursor);
    let rest = rest.collect_up_to(100).await.unwrap();
    let all = incomplete.items.iter().chain(&rest);
    let numbers: Vec<_> = all.map(|item| number(&item.id)).collect();
    assert_eq!(numbers, (0..ALL).collect::<Vec<_>>());
}

#[tokio::test]
async fn place_is_found_by_id_when_its_page_has_changed() {
    for (now, next) in [
        (
            r#"[{"id": "new"}, {"id": "a"}, {"id": "b"}, {"id": "c"}]"#,
            Some("c"),
        ),
        (r#"[{"id": "b"}, {"id": "c"}]"#, Some("c")),
        (r#"[{"id": "a"}, {"id": "c"}]"#, None),
    ] {
        let requests = std::sync::atomic::AtomicUsize::new(0);
        let server = Server::start(move |_| {
            let first = requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            let data = if first {
                r#"[{"id": "a"}, {"id": "b"}, {"id": "c"}]"#
            } else {
                now
            };
            Reply::json(&format!(r#"{{"data": {data}, "has_more": false}}"#))
        })
        .await;
        let search = client(&server).request::<Search>(&[], &Params::default());
        let mut items = search.clone().items();
        items.try_next().await.unwrap();
        items.try_next().await.unwrap();
        let mut rest = search.items().resume_from(&items.cursor());
        match (rest.try_next().await, next) {
            (Ok(Some(item)), Some(next)) => assert_eq!(item.id, next),
            (Err(error), None) => assert!(error.is_pagination(), "{error}"),
            (other, _) => panic!("{now}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn cursor_has_no_credentials_and_no_parameters() {
    let server = Server::start(respond).await;
    let client: Client = builder(&server).account("acct_1").build().unwrap();
    let params = Params {
        email: Some("jenny@example.com".to_owned()),
        ..Params::default()
    };
    let mut items = client.request::<ListItems>(&[], &params).items();
    items.try_next().await.unwrap();
    let shown = format!("{} {:?}", items.cursor(), items.cursor());
    for hidden in ["PLANTED", "jenny", "acct_1", "sk_test"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(
        shown.contains("ListItems") && shown.contains("item%5F0"),
        "{shown}"
    );
}

#[tokio::test]
async fn next_url_of_a_cursor_is_refused_when_it_is_on_another_host() {
    let server = Server::start(respond).await;
    let list = client(&server).request::<ListV2>(&[], &Params::default());
    let mut items = list.clone().items();
    for _ in 0..7 {
        items.try_next().await.unwrap();
    }
    let text = items.cursor().to_string();
    let text = text.replace("%2Fv2", "https%3A%2F%2Fevil%2Eexample%2Fv2");
    let cursor: PageCursor = text.parse().unwrap();
    let mut items = list.items().resume_from(&cursor);
    assert!(items.try_next().await.unwrap_err().is_build());
}

#[cfg(feature = "serde")]
#[test]
fn cursor_is_text_when_it_is_serialized() {
    let text = "\"1.forward.ListItems.0.item%5F9.0.\"";
    let cursor: PageCursor = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&cursor).unwrap(), text);
    assert!(serde_json::from_str::<PageCursor>("\"item_9\"").is_err());
}
