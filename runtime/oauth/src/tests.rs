use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::{Authorization, CallbackError, LandingPage, OAuth, OAuthErrorKind, OAuthScope};
use runtime::client::{ApiSpec, Client};
use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::transport::{Transport, TransportError};
use wire::secret::Secret;

static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "1",
    hosts: &[
        ("api", "https://api.example.test"),
        ("connect", "https://connect.example.test"),
    ],
    ..ApiSpec::DEFAULT
};

#[derive(Debug)]
struct PendingTransport;

impl Transport for PendingTransport {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        Box::pin(std::future::pending())
    }
}

#[derive(Debug)]
struct CountingClock(Instant, AtomicU64);

impl Clock for CountingClock {
    fn now(&self) -> Instant {
        self.0
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn random(&self) -> u64 {
        self.1.fetch_add(1, Ordering::SeqCst)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock starts at an arbitrary time"
)]
fn oauth() -> OAuth {
    let client = Client::builder(&API)
        .transport(PendingTransport)
        .clock(CountingClock(Instant::now(), AtomicU64::new(1)))
        .api_key("sk_test_1")
        .build();
    OAuth::new(client.unwrap(), "ca_1")
}

#[test]
fn url_has_the_parameters_that_were_set() {
    let oauth = oauth();
    let Authorization { url, state } = oauth
        .authorize()
        .scope(OAuthScope::ReadWrite)
        .landing_page(LandingPage::Register)
        .redirect_uri("https://a.example/?b=c&d")
        .email("jenny@example.com")
        .date_of_birth(1990, 1, 31)
        .extra_param("stripe_user[gender]", "ü")
        .build()
        .unwrap();
    assert_eq!(state.expose(), "00000000000000010000000000000002");
    assert_eq!(
        url,
        "https://connect.example.test/oauth/authorize?response_type=code&client_id=ca_1\
         &state=00000000000000010000000000000002&scope=read_write&stripe_landing=register\
         &redirect_uri=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d\
         &stripe_user%5Bemail%5D=jenny%40example.com&stripe_user%5Bdob_year%5D=1990\
         &stripe_user%5Bdob_month%5D=1&stripe_user%5Bdob_day%5D=31&stripe_user%5Bgender%5D=%C3%BC"
    );
}

#[test]
fn url_is_that_of_express_when_it_was_requested() {
    let oauth = oauth();
    let authorize = oauth.authorize().express();
    let builder = authorize
        .suggested_capability("transfers")
        .suggested_capability("card_payments");
    let url = builder.build().unwrap().url;
    assert!(url.starts_with("https://connect.example.test/express/oauth/authorize?"));
    let wanted =
        "&suggested_capabilities%5B%5D=transfers&suggested_capabilities%5B%5D=card_payments";
    assert!(url.ends_with(wanted), "{url}");
}

#[test]
fn build_fails_when_a_reserved_parameter_is_set() {
    let oauth = oauth();
    let error = oauth.authorize().extra_param("state", "mine").build();
    assert!(error.unwrap_err().is_build());
}

#[test]
fn debug_shows_no_personal_data() {
    let oauth = oauth();
    let authorize = oauth.authorize().email("jenny@example.com");
    let shown = format!("{authorize:?} {:?}", authorize.clone().build().unwrap());
    assert!(
        !shown.contains("jenny") && !shown.contains("0001"),
        "{shown}"
    );
}

fn callback(query: &str) -> Result<String, CallbackError> {
    let state = Secret::from("abc");
    let code = oauth().parse_callback(query, &state)?;
    Ok(code.expose().to_owned())
}

#[test]
fn code_is_found_when_the_state_matches() {
    for query in [
        "code=ac_1&state=abc",
        "scope=x&state=abc&code=ac%5F1",
        "https://a.example/back?state=abc&code=ac_1#top",
    ] {
        assert_eq!(callback(query), Ok("ac_1".to_owned()), "{query}");
    }
}

#[test]
fn callback_fails_when_the_state_does_not_match() {
    for query in [
        "code=ac_1",
        "",
        "code=ac_1&state=",
        "code=ac_1&state=ab",
        "code=ac_1&state=abd",
        "code=ac_1&state=abc&state=abc",
        "error=access_denied&state=x",
    ] {
        assert_eq!(
            callback(query),
            Err(CallbackError::StateMismatch),
            "{query}"
        );
    }
    let empty = oauth().parse_callback("code=ac_1&state=", &Secret::default());
    assert_eq!(empty.err(), Some(CallbackError::StateMismatch));
}

#[test]
fn callback_error_has_the_reason() {
    assert_eq!(
        callback("error=access_denied&error_description=x&state=abc"),
        Err(CallbackError::AccessDenied)
    );
    assert_eq!(
        callback("error=invalid_scope&state=abc"),
        Err(CallbackError::Rejected(OAuthErrorKind::InvalidScope))
    );
    assert_eq!(callback("state=abc"), Err(CallbackError::MissingCode));
    assert_eq!(callback("state=abc&code="), Err(CallbackError::MissingCode));
    let hostile = callback("error=x%0Ay&state=abc").unwrap_err().to_string();
    assert!(hostile.ends_with("x?y"), "{hostile}");
}

#[test]
fn kinds_keep_their_codes() {
    for code in [
        "invalid_grant",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unsupported_grant_type",
        "unsupported_response_type",
        "access_denied",
        "something_new",
    ] {
        assert_eq!(OAuthErrorKind::from_code(code).code(), code);
    }
}
