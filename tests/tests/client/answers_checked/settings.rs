//! Accounts, paths and API keys that are not what they seem: nothing is sent.

use runtime::operation::Method;
use stripe::Client;
use stripe::customers::CreateCustomer;

use super::clients;
use super::server::{After, response, serve};

#[tokio::test]
async fn nothing_is_sent_when_account_or_path_are_not_what_they_seem() {
    let (url, received) = serve(|_, _| (response(200, "", "{}"), After::Keep));
    let (client, _) = clients(&url);
    let create = || client.customers().create(CreateCustomer::new());
    let calls = [
        create().account(""),
        create().account(" "),
        create().account("acct_\u{fc}"),
        create().context(""),
        create().context("\t"),
        create().header("Stripe-Account", ""),
        create().header("stripe-context", " "),
    ];
    for call in calls {
        let error = call.await.unwrap_err();
        assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    }
    for path in [
        "/v1/../v2/core",
        "/v1/%2e%2e/x",
        "/v1/.%2E/x",
        "/v1/./x",
        "/v1/%2e",
        "/\\evil",
        "/v1/x#y",
        "/v1/x?a=b#y",
        "//evil/../x",
    ] {
        let error = client.raw(Method::Get, path).await.unwrap_err();
        assert!(error.is_build(), "{path}: {error}");
    }
    for list in ["/v1/%2e%2e/%2e%2e/x", "/v1/%2E./x", "/v1/.%2e"] {
        let error = client
            .list_at::<runtime::value::RawJson>(list)
            .await
            .unwrap_err();
        assert!(error.is_build(), "{list}: {error}");
    }
    assert!(received.lock().unwrap().is_empty());
    let blank = |text: &str| Client::builder().api_key("sk_test_1").account(text).build();
    assert!(blank("").unwrap_err().is_build() && blank(" ").unwrap_err().is_build());
    let blank = Client::builder().api_key("sk_test_1").context("").build();
    assert!(blank.unwrap_err().is_build());
}

#[test]
fn client_is_not_built_when_its_key_is_none_or_would_be_sent_in_the_open() {
    let with = |key: &str| Client::builder().api_key(key);
    for (key, reason) in [
        ("pk_test_1", "publishable"),
        ("pk_live_1", "publishable"),
        ("whsec_1", "webhook"),
        ("\"sk_test_1\"", "quotes"),
        ("'sk_test_1'", "quotes"),
        ("\u{feff}sk_test_1", "at byte 0"),
        ("sk_test_1\u{200b}", "at byte 9"),
    ] {
        let error = with(key).build().unwrap_err();
        assert!(
            error.is_build() && error.to_string().contains(reason),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("test_1"), "{error}");
    }
    let remote = "http://gateway.example";
    for key in ["sk_live_1", "rk_live_1"] {
        let error = with(key).base_url(remote).build().unwrap_err();
        assert!(error.to_string().contains("without TLS"), "{error}");
        assert!(with(key).host("files", remote).build().is_err());
        assert!(
            with(key)
                .base_url(remote)
                .allow_plain_http(true)
                .build()
                .is_ok()
        );
        for local in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            assert!(with(key).base_url(local).build().is_ok(), "{local}");
        }
        for near in [
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
        ] {
            assert!(with(key).base_url(near).build().is_err(), "{near}");
        }
    }
    assert!(with("sk_test_1").base_url(remote).build().is_ok());
}

#[tokio::test]
async fn nothing_is_sent_when_a_provider_returns_no_api_key() {
    let (url, received) = serve(|_, _| (response(200, "", "{}"), After::Keep));
    let provider = runtime::auth::from_fn(|| async {
        let key = runtime::auth::ApiKey::new(&"whsec_1".into())?;
        Ok(runtime::auth::Credential::new(key))
    });
    let client = Client::builder().credentials(provider).base_url(&url);
    let error = client
        .build()
        .unwrap()
        .customers()
        .retrieve("cus_1")
        .await
        .unwrap_err();
    assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    assert!(received.lock().unwrap().is_empty());
}
