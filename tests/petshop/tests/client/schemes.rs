//! A client with a credential for each security scheme.

use std::error::Error as StdError;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use petshop::oauth::{
    ClientAuthentication, ClientCredentials, ClientCredentialsBuilder, OAuthErrorKind,
};
use petshop::shifts::AddShiftParams;
use petshop::system::CloseShopParams;
use petshop::telemetry::{CallEvent, Observer};
use petshop::testing::ManualClock;
use petshop::{Client, Error};
use petshop_server::{
    ADMINISTRATOR, ADMINISTRATOR_PASSWORD, API_KEY, CLIENT_ID, CLIENT_SECRET, PetShopServer,
};

use crate::support::{builder, literal, only_request};

/// What no error, log or `Debug` text may show, also in other notations.
const SECRETS: [&str; 10] = [
    API_KEY,
    "shop%2Dkey",
    ADMINISTRATOR_PASSWORD,
    "open%2Dsesame",
    "YWRtaW46b3Blbi1zZXNhbWU",
    CLIENT_SECRET,
    "night%20%26",
    "cm90YSUyRnBsYW5uZXI6",
    "staff-token-",
    "staff%2Dtoken",
];

fn shop() -> PetShopServer {
    PetShopServer::start().expect("a port of this machine")
}

fn tokens(shop: &PetShopServer) -> ClientCredentialsBuilder {
    ClientCredentials::for_scheme(Client::STAFF, CLIENT_ID, CLIENT_SECRET)
        .token_url(shop.token_url())
}

/// A client with all three credentials.
fn full_client(shop: &PetShopServer) -> Client {
    let tokens = tokens(shop).build().expect("a provider");
    builder(shop)
        .api_key(API_KEY)
        .password_for(Client::ADMINISTRATOR, ADMINISTRATOR, ADMINISTRATOR_PASSWORD)
        .credentials_for(Client::STAFF, tokens)
        .build()
        .expect("a client")
}

/// The methods and paths of the requests since the last call.
fn targets(shop: &PetShopServer) -> Vec<String> {
    let requests = shop.take_requests().into_iter();
    let lines = requests.map(|request| format!("{} {}", request.method, request.target));
    lines.collect()
}

/// An error with all its sources and their `Debug` texts.
fn shown_chain(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {:?}", error.message());
    let mut next: Option<&dyn StdError> = error.source();
    while let Some(source) = next {
        write!(text, " {source} {source:?}").expect("a text");
        next = source.source();
    }
    let body = error.raw_body().map(|body| String::from_utf8_lossy(body));
    text + &body.unwrap_or_default()
}

fn assert_no_secret(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn each_operation_has_its_credentials() {
    let shop = shop();
    let client = full_client(&shop);
    client.catalog().get_stock().await.expect("the stock");
    assert_eq!(
        literal(&only_request(&shop)),
        format!("GET /api/stock\naccept: application/json\nx-api-key: {API_KEY}\n")
    );

    let closing = client.system().close_shop(CloseShopParams::new("snow"));
    closing.await.expect("closed");
    let request = only_request(&shop);
    let basic = "Basic YWRtaW46b3Blbi1zZXNhbWU=";
    assert_eq!(request.header("authorization"), Some(basic));
    assert_eq!(request.header("x-api-key"), None);

    // Both together.
    client.shifts().cancel_shift(7).await.expect("cancelled");
    assert_eq!(
        literal(&only_request(&shop)),
        format!(
            "DELETE /api/shifts/7\naccept: */*\nauthorization: {basic}\nx-api-key: {API_KEY}\n"
        )
    );

    // The first alternative of two.
    client.shifts().list_shifts().await.expect("the shifts");
    let requests = shop.take_requests();
    assert_eq!(requests.len(), 2, "{requests:#?}");
    assert_eq!(
        literal(&requests[0]),
        "POST /token\naccept: application/json\n\
         authorization: Basic cm90YSUyRnBsYW5uZXI6bmlnaHQlMjAlMjYlMjBkYXklMkI=\n\
         content-type: application/x-www-form-urlencoded\n\n\
         grant_type=client_credentials&scope=shifts%3Aread%20shifts%3Awrite"
    );
    assert_eq!(
        literal(&requests[1]),
        "GET /api/shifts\naccept: application/json\nauthorization: Bearer staff-token-1\n"
    );
}

#[tokio::test]
async fn alternative_is_the_one_that_the_client_has() {
    let shop = shop();
    let client = builder(&shop).api_key(API_KEY).build().expect("a client");
    client.shifts().list_shifts().await.expect("the shifts");
    let request = only_request(&shop);
    assert_eq!(request.header("x-api-key"), Some(API_KEY));
    assert_eq!(request.header("authorization"), None);

    // A header of the call is a credential too.
    let staff = builder(&shop).without_api_key().build().expect("a client");
    let tokens = tokens(&shop).build().expect("a provider");
    let own = builder(&shop).credentials_for(Client::STAFF, tokens);
    let own = own.build().expect("a client");
    own.shifts().list_shifts().await.expect("the shifts");
    drop(shop.take_requests());
    let call = staff.shifts().list_shifts();
    let call = call.header("Authorization", "Bearer staff-token-1");
    call.await.expect("the shifts");
    let request = only_request(&shop);
    assert_eq!(
        request.header("authorization"),
        Some("Bearer staff-token-1")
    );
    assert_eq!(request.header("x-api-key"), None);
}

#[tokio::test]
async fn missing_credentials_are_named_before_anything_is_sent() {
    let shop = shop();
    let client = builder(&shop)
        .password_for(Client::ADMINISTRATOR, "admin", "open-sesame")
        .build()
        .expect("a client");
    let error = client.shifts().list_shifts().await.expect_err("no key");
    assert!(error.is_build() && error.outcome().is_not_sent(), "{error}");
    let text = error.to_string();
    assert!(text.contains("`staff`, or of `applicationKey`"), "{text}");
    let missing = error.missing_credentials().expect("what is missing");
    let names: Vec<Vec<&str>> = missing
        .alternatives()
        .iter()
        .map(|needed| needed.iter().map(|it| it.scheme.name).collect())
        .collect();
    assert_eq!(names, [["staff"], ["applicationKey"]]);
    assert_eq!(missing.alternatives()[0][0].scopes, ["shifts:read"]);

    // One of two is not enough.
    let error = client.shifts().cancel_shift(1).await.expect_err("no key");
    let text = error.to_string();
    assert!(
        text.contains("`applicationKey` and `administrator` together"),
        "{text}"
    );
    assert!(shop.take_requests().is_empty());
}

#[tokio::test]
async fn schemes_of_another_api_are_refused() {
    static OTHER: petshop::operation::CredentialScheme =
        petshop::operation::CredentialScheme::new("other", petshop::operation::AuthSpec::Bearer);
    let error = Client::builder().api_key_for(&OTHER, "a-key").build();
    let error = error.expect_err("another scheme");
    assert!(
        error.is_build() && error.to_string().contains("\"other\""),
        "{error}"
    );
}

#[tokio::test]
async fn token_is_fetched_once_and_kept() {
    let shop = shop();
    let client = full_client(&shop);
    let calls = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.shifts().list_shifts().await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("a task").expect("the shifts");
    }
    let requests = targets(&shop);
    let count = |line: &str| requests.iter().filter(|it| *it == line).count();
    assert_eq!((count("POST /token"), count("GET /api/shifts")), (1, 8));
}

#[tokio::test]
async fn token_is_fetched_again_when_it_expires_and_when_it_is_rejected() {
    let shop = shop();
    let clock = ManualClock::new();
    let provider = tokens(&shop).build().expect("a provider");
    let client = builder(&shop)
        .clock(clock.clone())
        .credentials_for(Client::STAFF, provider);
    let client = client.build().expect("a client");
    client.shifts().list_shifts().await.expect("the shifts");
    clock.advance(Duration::from_secs(3000));
    client.shifts().list_shifts().await.expect("the shifts");
    assert_eq!(
        targets(&shop),
        ["POST /token", "GET /api/shifts", "GET /api/shifts"]
    );
    // Shortly before its end.
    clock.advance(Duration::from_secs(595));
    client.shifts().list_shifts().await.expect("the shifts");
    assert_eq!(targets(&shop), ["POST /token", "GET /api/shifts"]);

    shop.revoke_tokens();
    let params = AddShiftParams::new("Ann");
    let shift = client.shifts().add_shift(params).await.expect("a shift");
    assert_eq!(shift.keeper, "Ann");
    let expected = ["POST /api/shifts", "POST /token", "POST /api/shifts"];
    assert_eq!(targets(&shop), expected);
}

#[tokio::test]
async fn new_token_that_is_rejected_too_is_the_error() {
    let shop = shop();
    // The token lacks the scope for writing.
    let provider = tokens(&shop).scopes(["shifts:read"]).build();
    let client = builder(&shop)
        .credentials_for(Client::STAFF, provider.expect("a provider"))
        .build()
        .expect("a client");
    let call = client.shifts().add_shift(AddShiftParams::new("Ann"));
    let error = call.await.expect_err("no scope");
    assert!(error.is_authentication(), "{error}");
    let expected = [
        "POST /token",
        "POST /api/shifts",
        "POST /token",
        "POST /api/shifts",
    ];
    assert_eq!(targets(&shop), expected);
    let text = shown_chain(&error);
    assert!(
        text.contains("not accepted: Bearer [redacted], Bearer [redacted]"),
        "{text}"
    );
    assert_no_secret(&text);
}

#[tokio::test]
async fn id_and_secret_may_be_in_the_body() {
    let shop = shop();
    let provider = tokens(&shop)
        .authentication(ClientAuthentication::Body)
        .extra_param("audience", "shop")
        .build()
        .expect("a provider");
    let client = builder(&shop).credentials_for(Client::STAFF, provider);
    let client = client.build().expect("a client");
    client.shifts().list_shifts().await.expect("the shifts");
    let request = &shop.take_requests()[0];
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.text(),
        "grant_type=client_credentials&client_id=rota%2Fplanner\
         &client_secret=night%20%26%20day%2B&scope=shifts%3Aread%20shifts%3Awrite&audience=shop"
    );
}

#[tokio::test]
async fn failure_of_the_token_endpoint_is_typed_and_shows_no_secret() {
    for authentication in [ClientAuthentication::Basic, ClientAuthentication::Body] {
        let shop = shop();
        let secret = "a wrong & secret";
        let provider = ClientCredentials::for_scheme(Client::STAFF, CLIENT_ID, secret)
            .token_url(shop.token_url())
            .authentication(authentication);
        let mut shown = format!("{provider:?}");
        let provider = provider.build().expect("a provider");
        shown.push_str(&format!("{provider:?}"));
        let client = builder(&shop).credentials_for(Client::STAFF, provider);
        let client = client.build().expect("a client");
        let error = client
            .shifts()
            .list_shifts()
            .await
            .expect_err("a wrong secret");
        assert!(error.is_credentials() && error.outcome().is_not_sent());
        let kind = OAuthErrorKind::find_in(&error);
        assert_eq!(kind, Some(OAuthErrorKind::InvalidClient));
        assert_eq!(targets(&shop), ["POST /token"]);
        shown.push_str(&format!("{error} {error:?}"));
        let mut next = error.source();
        while let Some(source) = next {
            shown.push_str(&format!("{source} {source:?}"));
            next = source.source();
        }
        for part in [secret, "a%20wrong", "YSUyMHdyb25n", "JTIwJTI2JTIwc2VjcmV0"] {
            assert!(!shown.contains(part), "{part} in {shown}");
        }
    }
}

#[tokio::test]
async fn temporary_failure_of_the_token_endpoint_is_repeated() {
    let shop = shop();
    let provider = tokens(&shop).build().expect("a provider");
    let client = builder(&shop).credentials_for(Client::STAFF, provider);
    let client = client.build().expect("a client");
    shop.lose_next_answers(1);
    client.shifts().list_shifts().await.expect("the shifts");
    let expected = ["POST /token", "POST /token", "GET /api/shifts"];
    assert_eq!(targets(&shop), expected);
}

#[test]
fn token_url_must_be_protected() {
    let build = |url: &str| {
        let builder = ClientCredentials::builder("id", "the-secret");
        builder.token_url(url).build()
    };
    for url in [
        "https://id.petshop.test/token",
        "https://id.petshop.test",
        "https://id.petshop.test/v2/token?tenant=1",
        "http://127.0.0.1:1/token",
        "http://localhost/token",
    ] {
        build(url).expect(url);
    }
    for url in [
        "http://id.petshop.test/token",
        "ftp://id.petshop.test/token",
        "/token",
        "https://id.petshop.test/token#here",
        "https://user@id.petshop.test/token",
        "",
    ] {
        let error = build(url).expect_err(url);
        assert!(error.is_build(), "{error}");
        assert!(!shown_chain(&error).contains("the-secret"), "{error}");
    }
    let plain = ClientCredentials::builder("id", "the-secret")
        .token_url("http://id.petshop.test/token")
        .configure_client(|client| client.allow_plain_http(true));
    plain.build().expect("it is allowed");
    let error = ClientCredentials::builder("id", "secret").build();
    let error = error.expect_err("no URL").to_string();
    assert!(error.contains("token URL"), "{error}");
}

/// Writes down everything that observers see.
#[derive(Debug)]
struct Log(Arc<Mutex<String>>);

impl Observer for Log {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        self.0
            .lock()
            .expect("no panic")
            .push_str(&format!("{event:?}"));
    }

    fn background_error(&self, what: &str, error: &(dyn StdError + 'static)) {
        let line = format!("{what} {error} {error:?}");
        self.0.lock().expect("no panic").push_str(&line);
    }
}

#[tokio::test]
async fn repeated_credentials_are_replaced_whatever_they_look_like() {
    let shop = shop();
    let log = Arc::new(Mutex::new(String::new()));
    let client = builder(&shop)
        .observer(Log(Arc::clone(&log)))
        .api_key(API_KEY)
        .password_for(Client::ADMINISTRATOR, "admin", "open-sesame-2")
        .build()
        .expect("a client");
    let error = client.shifts().cancel_shift(1).await.expect_err("wrong");
    assert!(error.is_authentication(), "{error}");
    let message = "not accepted: [redacted], Basic [redacted], [redacted] Basic [redacted]";
    // The padding of Base64 shows the length alone.
    let shown = error.message().map(|text| text.replace('=', ""));
    assert_eq!(shown.as_deref(), Some(message));
    let mut text = shown_chain(&error);
    text.push_str(&log.lock().expect("no panic"));
    text.push_str(&format!("{client:?}"));
    assert_no_secret(&text);
    assert!(!text.contains("YWRtaW46b3Blbi1zZXNhbWUtMg"), "{text}");
    assert!(error.typed::<petshop::shifts::CancelShiftError>().is_some());

    // Also that of the caller's own header.
    let call = client.shifts().list_shifts();
    let call = call.header("X-Api-Key", "a-key-of-the-caller");
    let error = call.await.expect_err("a wrong key");
    assert_eq!(
        error.message(),
        Some("not accepted: [redacted], [redacted]")
    );
}
