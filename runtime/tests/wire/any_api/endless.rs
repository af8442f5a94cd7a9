//! Lists whose server ignores the parameter of the page, and positions at the end of numbers.

use runtime::operation::{OperationSpec, PageSpec, PageStyle};
use runtime::page::Paging;
use runtime::value::RawJson;

use super::builder;
use crate::server::{Reply, Server};

const LIST: OperationSpec = OperationSpec::get("list", "/pets");

struct Offset;

impl<P> Paging<P> for Offset {
    const PAGES: &'static PageSpec = &PageSpec::new(
        PageStyle::Offset {
            parameter: "offset",
            limit: None,
        },
        &[],
    );
}

struct Number;

impl<P> Paging<P> for Number {
    const PAGES: &'static PageSpec = &PageSpec::new(
        PageStyle::Number {
            parameter: "page",
            first: 1,
        },
        &[],
    );
}

type Items = Vec<RawJson>;

#[tokio::test]
async fn list_of_values_that_never_ends_is_an_error() {
    for (by_offset, body) in [(true, "[1,2]"), (false, r#"["a",{"id":"b"}]"#)] {
        let server = Server::always(body).await;
        let client = builder(&server).build().unwrap();
        let call = client.request_spec::<Items>(&LIST, &[], &());
        let items = match by_offset {
            true => call.paged::<Offset>().items(),
            false => call.paged::<Number>().items(),
        };
        let error = items.collect_up_to(1_000).await.unwrap_err().error;
        assert!(error.is_pagination(), "{error}");
        assert!(error.to_string().contains("repeats a page"), "{error}");
        // The first one, and 100 that are equal to it are allowed.
        assert_eq!(server.seen().len(), 102);
    }
}

#[tokio::test]
async fn values_may_be_equal_on_some_pages() {
    let server = Server::start(|seen| match seen.param("page").as_deref() {
        Some("90") => Reply::json("[2]"),
        Some("150") => Reply::json("[]"),
        _ => Reply::json("[1]"),
    })
    .await;
    let client = builder(&server).build().unwrap();
    let call = client.request_spec::<Items>(&LIST, &[], &());
    let call = call.paged::<Number>();
    let items = call.items().collect_up_to(1_000).await.unwrap();
    assert_eq!(items.len(), 149);
}

#[tokio::test]
async fn cursor_of_the_largest_offset_stays_there() {
    let server = Server::always("[1,2]").await;
    let client = builder(&server).build().unwrap();
    let call = || {
        let call = client.request_spec::<Items>(&LIST, &[], &());
        call.paged::<Offset>()
    };
    let largest = u64::MAX.to_string();
    let mut items = call().extra_param("offset", &largest).items();
    items.try_next().await.unwrap();
    let mut rest = call().items().resume_from(&items.cursor());
    rest.try_next().await.unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.param("offset"), Some(largest));
}
