//! Tokens of cards: each can be used once.

use crate::requests::{TestClient, start_server, text};

type TestForm = &'static [(&'static str, &'static str)];

/// The ways to use a token: path, parameter, and further parameters.
const USES: [(&str, &str, TestForm); 6] = [
    ("/v1/payment_methods", "card[token]", &[("type", "card")]),
    (
        "/v1/charges",
        "source",
        &[("amount", "700"), ("currency", "usd")],
    ),
    ("/v1/customers", "source", &[]),
    ("/v1/customers/CUSTOMER", "source", &[]),
    ("/v1/customers/CUSTOMER/sources", "source", &[]),
    (
        "/v1/accounts/ACCOUNT/external_accounts",
        "external_account",
        &[],
    ),
];

async fn create_token(client: &TestClient, number: &str) -> String {
    let form = [
        ("card[number]", number),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2034"),
    ];
    let token = client.post("/v1/tokens", &form).await.value();
    assert_eq!(token["used"], false);
    text(&token, "/id").to_owned()
}

#[tokio::test]
async fn token_can_be_used_once() {
    let (_fake, client) = start_server().await;
    let customer = client.post("/v1/customers", &[]).await.value();
    let form = [("type", "custom")];
    let account = client.post("/v1/accounts", &form).await.value();
    for (path, param, further) in USES {
        let path = path.replace("CUSTOMER", text(&customer, "/id"));
        let path = path.replace("ACCOUNT", text(&account, "/id"));
        let token = create_token(&client, "5555555555554444").await;
        let mut form = further.to_vec();
        form.push((param, token.as_str()));
        client.post(&path, &form).await.value();
        let found = client.get(&format!("/v1/tokens/{token}")).await.value();
        assert_eq!(found["used"], true, "{path}");
        let again = client.post(&path, &form).await;
        assert_eq!(again.problem(), (400, "token_already_used", param));
        form.pop();
        form.push((param, "tok_none"));
        let unknown = client.post(&path, &form).await;
        assert_eq!(unknown.problem(), (400, "resource_missing", param));
        // The names of test cards are not used up.
        form.pop();
        form.push((param, "tok_visa"));
        client.post(&path, &form).await.value();
        client.post(&path, &form).await.value();
    }
}

#[tokio::test]
async fn card_of_a_token_is_the_one_that_is_charged() {
    let (_fake, client) = start_server().await;
    for (number, status) in [("5555555555554444", 200), ("4000000000000002", 402)] {
        let token = create_token(&client, number).await;
        let form = [
            ("amount", "700"),
            ("currency", "usd"),
            ("source", token.as_str()),
        ];
        let charge = client.post("/v1/charges", &form).await;
        assert_eq!(charge.status, status, "{number}");
        if status == 200 {
            let card = &charge.body["payment_method_details"]["card"];
            assert_eq!(card["last4"], "4444");
        }
    }
}

#[tokio::test]
async fn source_of_a_charge_has_to_exist() {
    let (_fake, client) = start_server().await;
    let form = [
        ("amount", "700"),
        ("currency", "usd"),
        ("source", "card_none"),
    ];
    let refused = client.post("/v1/charges", &form).await;
    assert_eq!(refused.problem(), (400, "resource_missing", "source"));
}
