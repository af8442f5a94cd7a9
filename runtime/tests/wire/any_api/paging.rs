//! Lists in pages by cursor, offset, number, header and URL.

use std::sync::atomic::{AtomicUsize, Ordering};

use runtime::codec::{DecodeError, Place, Reader, Record, RecordShape};
use runtime::operation::OperationSpec;
use runtime::page::{Page, PageCursor, Paging};
use runtime::value::RawJson;
use runtime::{ApiSpec, Call, Client, Error};

use super::builder;
use super::listings::{Cursor, Link, Listing, Number, Offset, OffsetTotal, Url};
use crate::server::{Reply, Seen, Server};

/// A page as an object.
#[derive(Debug, Default)]
struct PetPage {
    data: Vec<RawJson>,
}

impl Record for PetPage {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new("PetPage", &["data"], &[0]);
        &SHAPE
    }

    fn at(&mut self, _: usize) -> &mut dyn Place {
        &mut self.data
    }
}

impl Place for PetPage {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

impl Page for PetPage {
    type Item = RawJson;

    fn into_items(self) -> Vec<RawJson> {
        self.data
    }
}

/// A call with `limit=3`.
fn call<P: Page, L: Listing + Paging<P>>(server: &Server) -> Call<P, L> {
    let client = builder(server).build().unwrap();
    client
        .request_spec::<P>(super::leak(L::SPEC), &[], &())
        .extra_param("limit", &3_i64)
        .paged()
}

async fn read<P, L>(call: Call<P, L>) -> Result<Vec<String>, Error>
where
    P: Page<Item = RawJson>,
    L: Paging<P>,
{
    let items = call.items().collect_up_to(100).await?;
    Ok(items.iter().map(|item| item.as_str().to_owned()).collect())
}

/// The numbers of a part of a list of 7, at most `limit` (3) from `start`.
fn part(start: usize) -> String {
    let items: Vec<String> = (start..(start + 3).min(7))
        .map(|n| format!("{{\"id\":{n}}}"))
        .collect();
    format!("[{}]", items.join(","))
}

fn all() -> Vec<String> {
    (0..7).map(|n| format!("{{\"id\":{n}}}")).collect()
}

fn queries(server: &Server) -> Vec<String> {
    server.seen().iter().map(Seen::query).collect()
}

fn given(seen: &Seen, key: &str, otherwise: usize) -> usize {
    seen.param(key)
        .map_or(otherwise, |text| text.parse().unwrap())
}

fn linked(body: &str, link: String) -> Reply {
    Reply::Respond(200, vec![("link", link)], body.as_bytes().to_vec())
}

#[tokio::test]
async fn cursor_of_the_page_requests_the_next_one() {
    let server = Server::start(|seen| {
        let start = given(seen, "after", 0);
        let next = match start {
            6 => "null".to_owned(),
            _ => format!("\"{}\"", start + 3),
        };
        let data = part(start);
        Reply::json(&format!(r#"{{"data":{data},"meta":{{"next":{next}}}}}"#))
    })
    .await;
    assert_eq!(read(call::<PetPage, Cursor>(&server)).await.unwrap(), all());
    assert_eq!(
        queries(&server),
        ["limit=3", "limit=3&after=3", "limit=3&after=6"]
    );
}

#[tokio::test]
async fn repeated_cursor_is_an_error() {
    let server = Server::always(r#"{"data":[1],"meta":{"next":"a"}}"#).await;
    let error = read(call::<PetPage, Cursor>(&server)).await.unwrap_err();
    assert!(error.is_pagination(), "{error}");
    assert!(error.to_string().contains("repeats a page"), "{error}");
    assert_eq!(queries(&server), ["limit=3", "limit=3&after=a"]);
}

#[tokio::test]
async fn offset_ends_after_a_shorter_page() {
    let server = Server::start(|seen| Reply::json(&part(given(seen, "offset", 0)))).await;
    let call = call::<Vec<RawJson>, Offset>(&server);
    assert_eq!(read(call.clone()).await.unwrap(), all());
    let expected = ["limit=3", "limit=3&offset=3", "limit=3&offset=6"];
    assert_eq!(queries(&server), expected);
    // It begins where the caller says.
    let rest = read(call.extra_param("offset", &5_i64)).await.unwrap();
    assert_eq!(rest, all()[5..]);
}

#[tokio::test]
async fn offset_ends_when_the_total_is_reached_and_not_before() {
    // The second page is shorter than the first, because the server hides items.
    let server = Server::start(|seen| {
        let data = match given(seen, "offset", 0) {
            0 => "[0,1,2]",
            3 => "[3]",
            _ => "[4,5]",
        };
        Reply::json(&format!(r#"{{"data":{data},"meta":{{"total":6}}}}"#))
    })
    .await;
    let all = read(call::<PetPage, OffsetTotal>(&server)).await.unwrap();
    assert_eq!(all, ["0", "1", "2", "3", "4", "5"]);
    let expected = ["limit=3", "limit=3&offset=3", "limit=3&offset=4"];
    assert_eq!(queries(&server), expected);
}

#[tokio::test]
async fn offset_ends_with_an_empty_page_although_the_total_is_larger() {
    let server = Server::start(|seen| {
        let data = if given(seen, "offset", 0) == 0 {
            "[0]"
        } else {
            "[]"
        };
        Reply::json(&format!(r#"{{"data":{data},"meta":{{"total":6}}}}"#))
    })
    .await;
    let all = read(call::<PetPage, OffsetTotal>(&server)).await.unwrap();
    assert_eq!(all, ["0"]);
    assert_eq!(queries(&server).len(), 2);
}

#[tokio::test]
async fn server_that_ignores_offset_or_number_is_found_out() {
    for by_offset in [true, false] {
        let server = Server::always(r#"{"data":[{"id":1}]}"#).await;
        let mut items = match by_offset {
            true => call::<PetPage, OffsetTotal>(&server).items(),
            false => call::<PetPage, Number>(&server).items(),
        };
        assert!(items.try_next().await.unwrap().is_some());
        let error = items.try_next().await.unwrap_err();
        assert!(error.is_pagination(), "{error}");
        assert!(error.to_string().contains("repeats a page"), "{error}");
        assert!(items.try_next().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn page_without_its_list_is_an_error_and_no_end() {
    for by_offset in [true, false] {
        let server = Server::always(r#"{"items":[1]}"#).await;
        let read = match by_offset {
            true => read(call::<PetPage, OffsetTotal>(&server)).await,
            false => read(call::<PetPage, Number>(&server)).await,
        };
        let error = read.unwrap_err();
        assert!(error.is_pagination(), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("does not have the field of its items"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn field_of_another_type_is_an_error() {
    let server = Server::always(r#"{"data":[1],"meta":{"total":"many"}}"#).await;
    let error = read(call::<PetPage, Number>(&server)).await.unwrap_err();
    assert!(error.is_pagination(), "{error}");
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[tokio::test]
async fn number_ends_after_the_last_page_or_an_empty_one() {
    for (total, count) in [("3", 3), ("null", 4)] {
        let server = Server::start(move |seen| {
            let data = part((given(seen, "page", 1) - 1) * 3);
            Reply::json(&format!(r#"{{"data":{data},"meta":{{"total":{total}}}}}"#))
        })
        .await;
        assert_eq!(read(call::<PetPage, Number>(&server)).await.unwrap(), all());
        let expected = [
            "limit=3",
            "limit=3&page=2",
            "limit=3&page=3",
            "limit=3&page=4",
        ];
        assert_eq!(queries(&server), expected[..count]);
    }
}

#[tokio::test]
async fn link_is_followed_without_the_credential_that_it_repeats() {
    let server = Server::start(|seen| {
        let start = given(seen, "from", 0);
        let next = format!("</pets?key=other&from={}&limit=3>; rel=\"next\"", start + 3);
        match start {
            6 => linked(&part(start), "</pets?from=0>; rel=\"first\"".to_owned()),
            _ => linked(&part(start), format!("</pets>; rel=\"first prev\", {next}")),
        }
    })
    .await;
    let items = call::<Vec<RawJson>, Link>(&server).items();
    let cursor = items.cursor().to_string();
    assert_eq!(items.collect_up_to(100).await.unwrap().len(), 7);
    let sent = "key=user:PLANTED+/=";
    let expected = [
        format!("limit=3&{sent}"),
        format!("from=3&limit=3&{sent}"),
        format!("from=6&limit=3&{sent}"),
    ];
    assert_eq!(queries(&server), expected);
    assert!(!cursor.contains("PLANTED"));
}

#[tokio::test]
async fn malformed_link_is_an_error_after_its_page() {
    let server = Server::start(|_| linked("[1]", "/pets?from=3; rel=next".to_owned())).await;
    let mut items = call::<Vec<RawJson>, Link>(&server).items();
    assert!(items.try_next().await.unwrap().is_some());
    let error = items.try_next().await.unwrap_err();
    assert!(error.is_pagination(), "{error}");
    assert!(error.to_string().contains("header Link"), "{error}");
}

/// The error of a list whose first page names this URL, in the header or in the body.
async fn error_of_url(url: &'static str) -> [Error; 2] {
    let server = Server::start(move |_| {
        let body = format!(r#"{{"data":[1],"meta":{{"next":"{url}"}}}}"#);
        linked(&body, format!("<{url}>; rel=next"))
    })
    .await;
    let by_url = read(call::<PetPage, Url>(&server)).await.unwrap_err();
    assert_eq!(server.seen().len(), 1, "{url} is not requested");
    let server = Server::start(move |_| linked("[1]", format!("<{url}>; rel=next"))).await;
    let call = call::<Vec<RawJson>, Link>(&server);
    let by_link = read(call).await.unwrap_err();
    assert_eq!(server.seen().len(), 1, "{url} is not requested");
    [by_url, by_link]
}

#[tokio::test]
async fn url_of_another_host_is_refused() {
    for url in [
        "https://evil.example/pets?page=2",
        "http://127.0.0.1/pets?page=2",
        "//evil.example/pets",
        "http:/pets",
        "pets?page=2",
        "/../admin",
        "/pets#x",
    ] {
        for error in error_of_url(url).await {
            assert!(error.is_pagination(), "{url}: {error}");
            assert!(error.to_string().contains("another host"), "{url}: {error}");
        }
    }
}

#[tokio::test]
async fn url_that_repeats_is_an_error() {
    let server = Server::start(|seen| {
        let other = if seen.query() == "x=1" {
            "/pets?x=2"
        } else {
            "/pets?x=1"
        };
        Reply::json(&format!(r#"{{"data":[1],"meta":{{"next":"{other}"}}}}"#))
    })
    .await;
    let error = read(call::<PetPage, Url>(&server)).await.unwrap_err();
    assert!(error.to_string().contains("repeats a page"), "{error}");
    assert_eq!(queries(&server), ["limit=3", "x=1", "x=2"]);
}

#[tokio::test]
async fn url_is_resolved_below_the_path_of_the_host() {
    for next in ["/shop/pets?x=2", "?x=2", "/pets?x=2"] {
        let server = Server::start(move |seen| match seen.query().as_str() {
            "x=2" => Reply::json(r#"{"data":[2]}"#),
            _ => Reply::json(&format!(r#"{{"data":[1],"meta":{{"next":"{next}"}}}}"#)),
        })
        .await;
        let client = builder(&server).base_url(format!("{}/shop", server.url));
        let client = client.build().unwrap();
        let call = client
            .request_spec::<PetPage>(super::leak(Url::SPEC), &[], &())
            .paged::<Url>();
        assert_eq!(read(call).await.unwrap(), ["1", "2"]);
        let targets: Vec<_> = server.seen().into_iter().map(|it| it.target).collect();
        assert_eq!(targets, ["/shop/pets", "/shop/pets?x=2"], "{next}");
    }
}

#[tokio::test]
async fn url_is_resolved_below_the_path_that_the_api_states() {
    static STATED: ApiSpec = ApiSpec {
        hosts: &[("api", "https://pets.example/shop")],
        ..ApiSpec::DEFAULT
    };
    static ROOT: ApiSpec = ApiSpec {
        hosts: &[("api", "https://pets.example")],
        ..ApiSpec::DEFAULT
    };
    const NESTED: OperationSpec = OperationSpec::get("nested", "/shop/pets");
    const URL: OperationSpec = Url::SPEC;
    for (api, spec, next, second) in [
        (&STATED, URL, "/shop/pets?x=2", "/v1/pets?x=2"),
        (
            &STATED,
            URL,
            "https://pets.example/shop/pets?x=2",
            "/v1/pets?x=2",
        ),
        (&STATED, NESTED, "?x=2", "/v1/shop/pets?x=2"),
        // The API states no path, so this one is that of an operation.
        (&ROOT, URL, "/v1/pets?x=2", "/v1/v1/pets?x=2"),
    ] {
        let server = Server::start(move |seen| match seen.query().as_str() {
            "x=2" => Reply::json(r#"{"data":[2]}"#),
            _ => Reply::json(&format!(r#"{{"data":[1],"meta":{{"next":"{next}"}}}}"#)),
        })
        .await;
        let client = Client::builder(api).api_key("key");
        let client = client.base_url(format!("{}/v1", server.url));
        let client = client.build().unwrap();
        let call = client.request_spec::<PetPage>(super::leak(spec), &[], &());
        let call = call.paged::<Url>();
        assert_eq!(read(call).await.unwrap(), ["1", "2"], "{next}");
        assert_eq!(server.seen().pop().unwrap().target, second, "{next}");
    }
}

#[tokio::test]
async fn walk_is_resumed_at_the_next_item() {
    let server = Server::start(|seen| {
        let start = given(seen, "offset", (given(seen, "page", 1) - 1) * 3);
        let data = part(start);
        match seen.param("array") {
            Some(_) => Reply::json(&data),
            None => Reply::json(&format!(r#"{{"data":{data},"meta":{{"total":null}}}}"#)),
        }
    })
    .await;
    let by_offset = || call::<Vec<RawJson>, Offset>(&server).extra_param("array", &true);
    let by_number = || call::<PetPage, Number>(&server);
    for count in 0..=7 {
        let parts = [
            in_two_parts(by_offset, count).await,
            in_two_parts(by_number, count).await,
        ];
        assert_eq!(parts, [all(), all()], "{count}");
    }
    // Another page size does not move an offset.
    let mut items = by_offset().items();
    for _ in 0..4 {
        items.try_next().await.unwrap();
    }
    let other = by_offset().extra_param("limit", &2_i64).items();
    let rest = other.resume_from(&items.cursor()).collect_up_to(9).await;
    assert_eq!(rest.unwrap().len(), 3);
    // It does move the number of a page.
    let other = by_number().extra_param("limit", &2_i64).items();
    let cursor = by_number().items().cursor();
    let error = other.resume_from(&cursor).try_next().await.unwrap_err();
    assert!(error.is_build(), "{error}");
}

/// Reads `count` items, and the others with another stream.
async fn in_two_parts<P, L>(call: impl Fn() -> Call<P, L>, count: usize) -> Vec<String>
where
    P: Page<Item = RawJson>,
    L: Paging<P>,
{
    let mut first = call().items();
    let mut all = Vec::new();
    for _ in 0..count {
        all.extend(first.try_next().await.unwrap());
    }
    let cursor: PageCursor = first.cursor().to_string().parse().unwrap();
    all.extend(
        call()
            .items()
            .resume_from(&cursor)
            .collect_up_to(100)
            .await
            .unwrap(),
    );
    all.iter().map(|item| item.as_str().to_owned()).collect()
}

#[tokio::test]
async fn pages_are_retried_as_other_reads() {
    let failures = AtomicUsize::new(0);
    let server = Server::start(move |seen| match given(seen, "offset", 0) {
        3 if failures.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(503, "{}"),
        start => Reply::json(&part(start)),
    })
    .await;
    let call = call::<Vec<RawJson>, Offset>(&server);
    assert_eq!(read(call).await.unwrap(), all());
    let again = "limit=3&offset=3";
    assert_eq!(
        queries(&server),
        ["limit=3", again, again, "limit=3&offset=6"]
    );
    let keys = server.seen();
    assert!(
        keys.iter()
            .all(|seen| seen.header("idempotency-key").is_none())
    );
}
