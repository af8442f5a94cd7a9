//! Lists of the generated crate that are read beyond their first page.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

use stripe::customers::{self, ListCustomers, SearchCustomers};
use testing::{Mock, MockResponse};

const EMPTY: &str = r#"{"object":"search_result","url":"/v1/customers/search","has_more":true,
    "next_page":"p2","data":[]}"#;
const LAST: &str = r#"{"object":"search_result","url":"/v1/customers/search","has_more":false,
    "next_page":null,"data":[{"id":"cus_1","object":"customer","created":1,"livemode":false}]}"#;

fn client(mock: &Mock) -> stripe::Client {
    let builder = stripe::Client::builder().api_key("sk_test_123");
    builder.transport(mock.clone()).build().unwrap()
}

#[tokio::test]
async fn search_goes_on_when_a_page_is_empty_and_has_a_token() {
    let mock = Mock::new();
    mock.on::<customers::Search>()
        .respond_with(MockResponse::json(EMPTY))
        .then(MockResponse::json(LAST));
    let search = client(&mock)
        .customers()
        .search(SearchCustomers::new("name:'a'"));
    let mut items = search.items();
    let mut count = 0;
    while items.try_next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!((count, mock.requests().len()), (1, 2));
}

#[tokio::test]
async fn cursor_of_one_list_is_refused_by_another() {
    let mock = Mock::new();
    mock.on::<customers::Search>()
        .respond_with(MockResponse::json(LAST));
    let client = client(&mock);
    let mut found = client
        .customers()
        .search(SearchCustomers::new("name:'a'"))
        .items();
    assert_eq!(found.try_next().await.unwrap().unwrap().id, "cus_1");
    let stored = found.cursor().to_string();
    let mut list = client.customers().list(ListCustomers::new()).items();
    list = list.resume_from(&stored.parse().unwrap());
    let error = list.try_next().await.unwrap_err();
    assert!(error.is_build(), "{error}");
    assert_eq!(mock.requests().len(), 1);
}
