//! Lists beyond their first page.

use runtime::Client;
use runtime::value::List;

use crate::api::{API, Item, KEY, ListItems, ListV2, Params, Search, builder, client};
use crate::server::{Reply, Seen, Server};

/// Items of numbers, as JSON.
fn items(numbers: impl Iterator<Item = usize>) -> String {
    let items: Vec<String> = numbers
        .map(|n| format!("{{\"id\": \"item_{n}\"}}"))
        .collect();
    format!("[{}]", items.join(","))
}

fn number(id: &str) -> usize {
    id.strip_prefix("item_").unwrap().parse().unwrap()
}

/// A v1 list of items 0 to 24, ten to a page, as the API pages them.
fn v1(seen: &Seen) -> Reply {
    let (start, end) = match (seen.param("starting_after"), seen.param("ending_before")) {
        (Some(after), _) => (number(&after) + 1, number(&after) + 11),
        (None, Some(before)) => (number(&before).saturating_sub(10), number(&before)),
        (None, None) => (0, 10),
    };
    let backward = seen.param("ending_before").is_some();
    let more = if backward { start > 0 } else { end < 25 };
    let data = items(start..end.min(25));
    Reply::json(&format!(
        r#"{{"object": "list", "url": "/v1/items", "has_more": {more}, "data": {data}}}"#
    ))
}

fn ids(items: &[Item]) -> Vec<usize> {
    items.iter().map(|item| number(&item.id)).collect()
}

#[tokio::test]
async fn items_of_all_pages_come_in_order_when_going_forward() {
    let server = Server::start(v1).await;
    let params = Params {
        limit: Some(10),
        email: Some("e".to_owned()),
        ..Params::default()
    };
    let call = client(&server).request::<ListItems>(&[], &params);
    let all = call.items().collect_up_to(usize::MAX).await.unwrap();
    assert_eq!(ids(&all), (0..25).collect::<Vec<_>>());
    let queries: Vec<_> = server.seen().iter().map(Seen::query).collect();
    assert_eq!(
        queries,
        [
            "email=e&limit=10",
            "email=e&limit=10&starting_after=item_9",
            "email=e&limit=10&starting_after=item_19",
        ]
    );
}

#[tokio::test]
async fn items_come_in_reverse_when_going_backward() {
    let server = Server::start(v1).await;
    let params = Params {
        ending_before: Some("item_25".to_owned()),
        ..Params::default()
    };
    let call = client(&server).request::<ListItems>(&[], &params);
    let all = call
        .clone()
        .items()
        .collect_up_to(usize::MAX)
        .await
        .unwrap();
    assert_eq!(ids(&all), (0..25).rev().collect::<Vec<_>>());
    let queries: Vec<_> = server.seen().iter().map(Seen::query).collect();
    assert_eq!(
        queries,
        [
            "ending_before=item_25",
            "ending_before=item_15",
            "ending_before=item_5"
        ]
    );
    let mut pages = call.pages();
    let first = pages.try_next().await.unwrap().unwrap();
    assert_eq!(ids(&first.data), (15..25).collect::<Vec<_>>());
    let rest = pages.into_items().collect_up_to(5).await.unwrap();
    assert_eq!(ids(&rest), [14, 13, 12, 11, 10]);
}

#[tokio::test]
async fn nothing_is_fetched_when_not_needed() {
    let server = Server::start(v1).await;
    let call = || client(&server).request::<ListItems>(&[], &Params::default());
    let unused = call().items();
    assert!(server.seen().is_empty());
    drop(unused);
    assert_eq!(call().items().collect_up_to(10).await.unwrap().len(), 10);
    assert_eq!(server.seen().len(), 1);
    assert!(call().items().collect_up_to(0).await.unwrap().is_empty());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn options_reach_every_page() {
    let server = Server::start(v1).await;
    let call = client(&server)
        .request::<ListItems>(&[], &Params::default())
        .account("acct_1")
        .api_version("2020-01-01")
        .header("x-trace", "t")
        .expand(["data.customer"])
        .extra_param("new[flag]", &true);
    assert_eq!(call.items().collect_up_to(100).await.unwrap().len(), 25);
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for page in seen {
        assert_eq!(page.header("stripe-account"), Some("acct_1"));
        assert_eq!(page.header("stripe-version"), Some("2020-01-01"));
        assert_eq!(page.header("x-trace"), Some("t"));
        assert_eq!(page.param("expand[0]").as_deref(), Some("data.customer"));
        assert_eq!(page.param("new[flag]").as_deref(), Some("true"));
    }
}

#[tokio::test]
async fn search_follows_its_tokens() {
    let server = Server::start(|seen| {
        let page: usize = seen.param("page").map_or(0, |page| page.parse().unwrap());
        let next = if page < 2 {
            format!("\"{}\"", page + 1)
        } else {
            "null".to_owned()
        };
        let (more, data) = (page < 2, items(page * 2..page * 2 + 2));
        Reply::json(&format!(
            r#"{{"object": "search_result", "url": "/v1/items/search", "data": {data},
                "has_more": {more}, "next_page": {next}}}"#
        ))
    })
    .await;
    let params = Params {
        query: Some("a:'b'".to_owned()),
        ..Params::default()
    };
    let call = client(&server)
        .request::<Search>(&[], &params)
        .account("acct_1");
    assert_eq!(
        ids(&call.items().collect_up_to(100).await.unwrap()),
        [0, 1, 2, 3, 4, 5]
    );
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2].query(), "query=a:'b'&page=2");
    assert_eq!(seen[2].header("stripe-account"), Some("acct_1"));
}

#[tokio::test]
async fn v2_follows_its_urls_verbatim_even_over_empty_pages() {
    let server = Server::start(|seen| {
        let (data, next) = match seen.target.as_str() {
            "/v2/items?limit=2&include[0]=x" => (items(0..2), "\"/v2/items?page=b%3D%3D&limit=2\""),
            "/v2/items?page=b%3D%3D&limit=2" => {
                (items(0..0), "\"https://api.example.test/v2/items?page=c\"")
            }
            "/v2/items?page=c" => (items(2..3), "null"),
            other => panic!("{other}"),
        };
        Reply::json(&format!(
            r#"{{"data": {data}, "next_page_url": {next}, "previous_page_url": null}}"#
        ))
    })
    .await;
    let params = Params {
        limit: Some(2),
        ..Params::default()
    };
    let call = client(&server)
        .request::<ListV2>(&[], &params)
        .include(["x"])
        .context("ctx");
    assert_eq!(
        ids(&call.items().collect_up_to(100).await.unwrap()),
        [0, 1, 2]
    );
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.header("stripe-context") == Some("ctx"))
    );
}

#[tokio::test]
async fn v2_page_is_refused_when_on_another_host() {
    let other = Server::always("{}").await;
    for url in [
        format!("{}/v2/items", other.url),
        "//evil.example/v2".to_owned(),
    ] {
        let body = format!(r#"{{"data": [{{"id": "item_0"}}], "next_page_url": "{url}"}}"#);
        let server = Server::start(move |_| Reply::json(&body)).await;
        let mut items = client(&server)
            .request::<ListV2>(&[], &Params::default())
            .items();
        assert!(items.try_next().await.unwrap().is_some());
        let error = items.try_next().await.unwrap_err();
        assert!(
            error.is_pagination() && error.request_id() == Some("req_wire"),
            "{error}"
        );
        assert!(items.try_next().await.unwrap().is_none());
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn stream_ends_with_error_when_server_goes_in_circles() {
    const FIRST: &str = r#"{"data": [{"id": "item_0"}, {"id": "item_1"}], "has_more": true}"#;
    let server = Server::always(FIRST).await;
    let mut list = client(&server)
        .request::<ListItems>(&[], &Params::default())
        .items();
    for _ in 0..2 {
        assert!(list.try_next().await.unwrap().is_some());
    }
    assert!(list.try_next().await.unwrap_err().is_pagination());
    assert!(list.try_next().await.unwrap().is_none());
    assert_eq!(server.seen().len(), 2);

    let server = Server::start(|seen| {
        let next = if seen.query() == "page=b" { "a" } else { "b" };
        Reply::json(&format!(
            r#"{{"data": [], "next_page_url": "/v2/items?page={next}"}}"#
        ))
    })
    .await;
    let items = client(&server)
        .request::<ListV2>(&[], &Params::default())
        .items();
    assert!(
        items
            .collect_up_to(9)
            .await
            .unwrap_err()
            .error
            .is_pagination()
    );
    assert_eq!(server.seen().len(), 3);

    let server =
        Server::always(r#"{"data": [{"id": "x"}], "has_more": true, "next_page": "p"}"#).await;
    let items = client(&server)
        .request::<Search>(&[], &Params::default())
        .items();
    assert!(
        items
            .collect_up_to(9)
            .await
            .unwrap_err()
            .error
            .is_pagination()
    );
    assert_eq!(server.seen().len(), 2);
}

/// The pages by the number of the request, and what reading them all results in.
async fn read_search(pages: &'static [&'static str]) -> (Result<usize, runtime::Error>, usize) {
    let requests = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let index = requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::json(pages[index])
    })
    .await;
    let items = client(&server)
        .request::<Search>(&[], &Params::default())
        .items();
    let read = items.collect_up_to(100).await;
    (
        read.map(|items| items.len()).map_err(Into::into),
        server.seen().len(),
    )
}

#[tokio::test]
async fn search_goes_on_when_a_page_is_empty_and_names_the_next_one() {
    let (read, requests) = read_search(&[
        r#"{"data": [], "has_more": true, "next_page": "p2"}"#,
        r#"{"data": [], "has_more": true, "next_page": "p3"}"#,
        r#"{"data": [{"id": "item_0"}], "has_more": false, "next_page": null}"#,
    ])
    .await;
    assert_eq!((read.unwrap(), requests), (1, 3));
}

#[tokio::test]
async fn search_ends_when_no_page_follows() {
    for last in [
        r#"{"data": [{"id": "item_0"}], "has_more": false, "next_page": "p2"}"#,
        r#"{"data": [{"id": "item_0"}], "has_more": false, "next_page": ""}"#,
    ] {
        let (read, requests) = read_search(Vec::leak(vec![last])).await;
        assert_eq!((read.unwrap(), requests), (1, 1), "{last}");
    }
}

#[tokio::test]
async fn search_fails_when_more_is_promised_without_a_token() {
    for next in ["null", "\"\""] {
        let page = format!(r#"{{"data": [], "has_more": true, "next_page": {next}}}"#);
        let (read, requests) = read_search(Vec::leak(vec![&*page.leak()])).await;
        let error = read.unwrap_err();
        assert!(error.is_pagination(), "{error}");
        assert_eq!(requests, 1);
    }
}

#[tokio::test]
async fn search_fails_when_only_empty_pages_come() {
    let pages = (0..200).map(|n| {
        let page = format!(r#"{{"data": [], "has_more": true, "next_page": "p{n}"}}"#);
        &*page.leak()
    });
    let (read, requests) = read_search(Vec::leak(pages.collect())).await;
    assert!(read.unwrap_err().is_pagination());
    assert_eq!(requests, 101);
}

#[tokio::test]
async fn v2_list_ends_when_the_next_url_is_empty() {
    let server = Server::always(r#"{"data": [{"id": "item_0"}], "next_page_url": ""}"#).await;
    let items = client(&server)
        .request::<ListV2>(&[], &Params::default())
        .items();
    assert_eq!(items.collect_up_to(9).await.unwrap().len(), 1);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn list_fails_when_more_is_promised_by_an_empty_page() {
    let server = Server::start(|seen| match seen.param("starting_after") {
        None => v1(seen),
        Some(_) => Reply::json(r#"{"data": [], "has_more": true}"#),
    })
    .await;
    let list = client(&server).request::<ListItems>(&[], &Params::default());
    let mut pages = list.clone().pages();
    assert_eq!(pages.try_next().await.unwrap().unwrap().data.len(), 10);
    assert!(pages.try_next().await.unwrap().unwrap().data.is_empty());
    assert!(pages.try_next().await.unwrap_err().is_pagination());
    assert!(pages.try_next().await.unwrap().is_none());

    let incomplete = list.items().collect_up_to(100).await.unwrap_err();
    assert_eq!(ids(&incomplete.items), (0..10).collect::<Vec<_>>());
    assert_eq!(incomplete.error.request_id(), Some("req_wire"));
    let text = format!("{incomplete} {incomplete:?}");
    assert!(text.contains("after 10 items"), "{text}");
    let error = runtime::Error::from(incomplete);
    assert!(error.is_pagination() && error.outcome().is_not_sent());
}

#[tokio::test]
async fn list_fails_when_its_page_is_readable_and_its_continuation_is_not() {
    // The type of the items tolerates this page, so it must not look like the last one.
    let server = Server::always(r#"{"data": [{"id": "item_0"}], "has_more": 7}"#).await;
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    let mut pages = call.decode_as::<List<Item>>().pages();
    assert_eq!(pages.try_next().await.unwrap().unwrap().data.len(), 1);
    assert!(pages.try_next().await.unwrap_err().is_pagination());
}

#[tokio::test]
async fn page_is_given_before_the_error_when_more_cannot_be_reached() {
    let server = Server::always(r#"{"data": [1, 2], "has_more": true}"#).await;
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    let mut items = call.decode_as::<List<i64>>().items();
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    assert_eq!(items.try_next().await.unwrap(), Some(2));
    assert!(items.try_next().await.unwrap_err().is_pagination());
}

#[tokio::test]
async fn error_ends_the_stream_when_page_fails() {
    let server = Server::start(|seen| match seen.param("starting_after") {
        None => v1(seen),
        Some(_) => Reply::status(500, ""),
    })
    .await;
    let mut items = client(&server)
        .request::<ListItems>(&[], &Params::default())
        .items();
    for _ in 0..10 {
        assert!(items.try_next().await.unwrap().is_some());
    }
    assert!(items.try_next().await.unwrap_err().is_server());
    assert!(items.try_next().await.unwrap().is_none());
    let server = Server::always("[]").await;
    let mut pages = client(&server)
        .request::<ListItems>(&[], &Params::default())
        .pages();
    assert!(pages.try_next().await.unwrap_err().is_decode());
    assert!(pages.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn embedded_list_is_paged_through_its_url() {
    let server = Server::start(v1).await;
    let client = builder(&server).account("acct_client").build().unwrap();
    let embedded: List<Item> = runtime::codec::decode(
        br#"{"object": "list", "url": "/v1/orders/o_1/items?kind=x", "has_more": true,
            "data": [{"id": "item_0"}]}"#,
    )
    .unwrap();
    let call = client
        .list_all(&embedded)
        .account("acct_1")
        .extra_param("limit", &10_i64);
    assert_eq!(call.items().collect_up_to(100).await.unwrap().len(), 25);
    let seen = server.seen();
    assert_eq!(seen[1].path(), "/v1/orders/o_1/items");
    assert_eq!(seen[1].query(), "kind=x&limit=10&starting_after=item_9");
    assert_eq!(seen[2].header("stripe-account"), Some("acct_1"));
}

#[tokio::test]
async fn embedded_list_is_refused_when_its_url_is_elsewhere() {
    let client = Client::builder(&API).api_key(KEY).build().unwrap();
    for url in [
        "https://evil.example/v1/items",
        "",
        "/v1/../x",
        "//evil.example",
    ] {
        let mut list = List::<Item>::default();
        list.url = url.to_owned();
        let error = client.list_all(&list).await.unwrap_err();
        assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    }
}
