//! Who may do what, and that credentials are shown nowhere.

use petshop::Client;
use petshop::pets::GetPetError;
use petshop::system::CloseShopParams;
use petshop_server::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, API_KEY};

use crate::support::{builder, literal, only_request, open_shop};

#[tokio::test]
async fn health_needs_no_credential() {
    let (shop, client) = open_shop();
    let answer = client.system().check_health().await.expect("an answer");
    assert_eq!(answer.0, "open");
    // The key is not sent where it is not needed.
    assert_eq!(
        literal(&only_request(&shop)),
        "GET /api/health\naccept: */*\n"
    );

    let client = builder(&shop).without_api_key().build().expect("a client");
    client.system().check_health().await.expect("an answer");
    assert_eq!(
        literal(&only_request(&shop)),
        "GET /api/health\naccept: */*\n"
    );
}

#[tokio::test]
async fn administrator_has_a_password() {
    let (shop, _) = open_shop();
    let client = builder(&shop)
        .password_for(Client::ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR_PASSWORD)
        .build()
        .expect("a client");
    let params = CloseShopParams::new("snow");
    client.system().close_shop(params).await.expect("closed");
    let expected = "POST /api/admin/closing\naccept: */*\n\
                    authorization: Basic YWRtaW46b3Blbi1zZXNhbWU=\n\
                    content-type: application/json\n\n{\"reason\":\"snow\"}";
    assert_eq!(literal(&only_request(&shop)), expected);
    assert_eq!(shop.closing_reason().as_deref(), Some("snow"));
}

#[tokio::test]
async fn key_of_an_application_is_no_password() {
    let (shop, client) = open_shop();
    let call = client.system().close_shop(CloseShopParams::new("snow"));
    let error = call.await.expect_err("no password");
    assert!(error.is_build(), "{error:?}");
    assert!(error.to_string().contains("`administrator`"), "{error}");
    assert!(shop.take_requests().is_empty());
}

#[tokio::test]
async fn client_without_a_key_says_what_is_missing() {
    let error = Client::builder().build().expect_err("no key");
    assert!(error.is_build(), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("no API key") && text.contains("PETSHOP_API_KEY"),
        "{text}"
    );

    let (shop, _) = open_shop();
    let client = builder(&shop).without_api_key().build().expect("a client");
    let error = client.pets().get_pet(1).await.expect_err("no key");
    assert!(error.is_build(), "{error:?}");
    assert!(error.to_string().contains("`applicationKey`"), "{error}");
    assert!(shop.take_requests().is_empty());
}

#[tokio::test]
async fn wrong_key_is_refused_and_shown_nowhere() {
    let (shop, _) = open_shop();
    let wrong = "a-key-that-is-wrong";
    let builder_with_key = builder(&shop).api_key(wrong);
    let mut shown = format!("{builder_with_key:?}");
    let client = builder_with_key.build().expect("a client");
    let call = client.pets().get_pet(1);
    shown.push_str(&format!("{client:?} {call:?}"));
    let error = call.await.expect_err("a wrong key");
    shown.push_str(&format!("{error} {error:?}"));
    assert!(error.is_authentication(), "{error:?}");
    let header = error
        .headers()
        .and_then(|headers| headers.get("www-authenticate"));
    assert_eq!(header.map(|value| value.as_bytes()), Some(&b"ApiKey"[..]));
    let Some(GetPetError::Status401(problem)) = error.typed() else {
        unreachable!("{error:?}");
    };
    assert_eq!(
        (problem.title.as_str(), problem.status),
        ("unauthorized", 401)
    );
    assert!(!shown.contains(wrong), "{shown}");
    assert_eq!(only_request(&shop).header("x-api-key"), Some(wrong));
}

#[tokio::test]
async fn credentials_are_in_no_error_and_no_debug_text() {
    let (shop, client) = open_shop();
    shop.fail_next(10);
    let admin = builder(&shop)
        .password_for(Client::ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR_PASSWORD)
        .build()
        .expect("a client");
    let closing = admin.system().close_shop(CloseShopParams::new("snow"));
    let calls = [
        format!("{client:?} {:?}", client.pets()),
        format!("{admin:?} {closing:?}"),
        format!(
            "{0} {0:?}",
            client.pets().delete_pet(1).await.expect_err("503")
        ),
        format!("{0} {0:?}", closing.await.expect_err("503")),
    ];
    for secret in [API_KEY, ADMINISTRATOR_PASSWORD, "YWRtaW4"] {
        for text in &calls {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
