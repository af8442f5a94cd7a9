//! Lists, their pages and filters, and search.

use serde_json::Value;

use crate::requests::{TestClient, start_server, text};

async fn create_customers(client: &TestClient, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let name = format!("Customer {number}");
        let form = [
            ("name", name.as_str()),
            ("metadata[even]", &(number % 2).to_string()),
        ];
        let created = client.post("/v1/customers", &form).await.value();
        ids.push(text(&created, "/id").to_owned());
    }
    ids.reverse();
    ids
}

fn ids_of(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().unwrap();
    data.iter()
        .map(|item| text(item, "/id").to_owned())
        .collect()
}

#[tokio::test]
async fn pages_go_forward_and_backward() {
    let (_fake, client) = start_server().await;
    let ids = create_customers(&client, 13).await;
    let first = client.get("/v1/customers").await.value();
    assert_eq!(
        (ids_of(&first), &first["has_more"]),
        (ids[..10].to_vec(), &true.into())
    );
    let path = format!("/v1/customers?limit=5&starting_after={}", ids[9]);
    let last = client.get(&path).await.value();
    assert_eq!(
        (ids_of(&last), &last["has_more"]),
        (ids[10..].to_vec(), &false.into())
    );
    let path = format!("/v1/customers?limit=5&ending_before={}", ids[8]);
    let before = client.get(&path).await.value();
    assert_eq!(
        (ids_of(&before), &before["has_more"]),
        (ids[3..8].to_vec(), &true.into())
    );
    let refused = client.get("/v1/customers?starting_after=cus_none").await;
    assert_eq!(
        refused.problem(),
        (400, "resource_missing", "starting_after")
    );
    let refused = client.get("/v1/customers?limit=0").await;
    assert_eq!(
        refused.problem(),
        (400, "parameter_invalid_integer", "limit")
    );
}

#[tokio::test]
async fn parameters_select_items() {
    let (_fake, client) = start_server().await;
    client
        .post("/v1/customers", &[("email", "a@example.com")])
        .await
        .value();
    let created = client
        .post("/v1/customers", &[("email", "b@example.com")])
        .await;
    let created = created.value();
    let found = client
        .get("/v1/customers?email=b@example.com")
        .await
        .value();
    assert_eq!(ids_of(&found), [text(&created, "/id")]);
    let now = created["created"].as_i64().unwrap();
    let path = format!("/v1/customers?created[gt]={now}");
    assert_eq!(ids_of(&client.get(&path).await.value()).len(), 0);
    let path = format!("/v1/customers?created[lte]={now}");
    assert_eq!(ids_of(&client.get(&path).await.value()).len(), 2);
}

#[tokio::test]
async fn search_compares_fields_and_metadata() {
    let (_fake, client) = start_server().await;
    let ids = create_customers(&client, 4).await;
    let cases = [
        ("name:'Customer 3'", 1),
        ("name~'customer'", 4),
        ("metadata['even']:'1'", 2),
        ("metadata[\"even\"]:'1' AND name:'Customer 1'", 1),
        ("name:'Customer 0' OR name:'Customer 1'", 2),
        ("-name:'Customer 0'", 3),
        ("created>0", 4),
        ("created<1000", 0),
        ("email:null", 4),
    ];
    for (query, count) in cases {
        let escaped = query
            .replace(' ', "%20")
            .replace('"', "%22")
            .replace('>', "%3E");
        let escaped = escaped.replace('<', "%3C").replace('\'', "%27");
        let path = format!("/v1/customers/search?query={escaped}");
        let found = client.get(&path).await.value();
        assert_eq!(found["object"], "search_result");
        assert_eq!(ids_of(&found).len(), count, "{query}");
    }
    let path = "/v1/customers/search?query=created%3E0&limit=3&expand[]=total_count";
    let page = client.get(path).await.value();
    assert_eq!(
        (&page["has_more"], &page["total_count"]),
        (&true.into(), &4.into())
    );
    let path = "/v1/customers/search?query=created%3E0&limit=3&page=";
    let next = client
        .get(&format!("{path}{}", text(&page, "/next_page")))
        .await
        .value();
    assert_eq!(ids_of(&next), ids[3..]);
    let refused = client.get("/v1/customers/search?query=name").await;
    assert_eq!(refused.problem(), (400, "parameter_invalid", "query"));
}

#[tokio::test]
async fn page_that_no_list_has_given_is_refused() {
    let (_fake, client) = start_server().await;
    create_customers(&client, 1).await;
    let search = "/v1/customers/search?query=created%3E0&page=";
    for path in [search, "/v2/core/accounts?page=", "/v2/core/events?page="] {
        for page in ["", "garbage", "page_", "page_x", "page_-1", "page_%2B1"] {
            let refused = client.get(&format!("{path}{page}")).await;
            let expected = (400, "parameter_invalid", "page");
            assert_eq!(refused.problem(), expected, "{path}{page}");
        }
        // The end of a list whose objects were deleted meanwhile.
        let page = client.get(&format!("{path}page_7")).await.value();
        assert_eq!(page["data"].as_array().unwrap().len(), 0);
    }
}
