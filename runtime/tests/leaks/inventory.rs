//! Every public type of the crate: shown with secrets inside, or a reason why it can hold none.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use http::{HeaderMap, StatusCode, Uri};
use runtime::Client;
use runtime::auth::{ApiKey, Credential, CredentialError, FileKey, from_fn};
use runtime::codec::{FileUpload, Reader, decode};
use runtime::http::{PendingWrite, RawResponse, Request, Response};
use runtime::idempotency::{FileJournal, Journal, JournalError, MemoryJournal};
use runtime::oauth::{ConnectedAccount, InMemoryTokens, OAuth, OAuthErrorKind, OAuthTokens};
use runtime::oauth::{Token, TokenKind, TokenOwner, TokenStore};
use runtime::operation::Method;
use runtime::rate_limit::{AcquireError, AcquireRequest, Permit};
use runtime::redact::Redactor;
use runtime::retry::Failure;
use runtime::secret::Secret;
use runtime::testing::{Cassette, Fault, Faulty, Mock, Reply, errors};
use runtime::transport::{Progress, TransportError, UreqOptions, UreqTransport};
use runtime::value::{Binary, Expandable, List, Map, RawJson};

use crate::api::{API, Create, Item, ListItems, Retrieve};
use crate::evidence::Evidence;
use crate::planted::{
    ACCESS, BANK, CARD, CLIENT_SECRET, CODE, COOKIE, DIGITS, EMAIL, FILE, FIXED_KEY, MARKERS,
    MESSAGE, OWN_HEADER, PATH, PROXY, REFRESH, SET_COOKIE, STATE,
};
use crate::proxy::proxied;
use crate::scenes::{body, in_error, loaded, params};

/// Types that are not shown here, by their module, and why they can hold no secret.
const HARMLESS: &[(&str, &[&str])] = &[
    (
        "a list of names without contents",
        &[
            "circuit_breaker::Health",
            "circuit_breaker::State",
            "codec::decode::error::Kind",
            "codec::multipart::MultipartError",
            "error::TimeLimit",
            "error::kind::Outcome",
            "error::limits::RateLimitReason",
            "idempotency::file::Durability",
            "idempotency::journal::Begun",
            "oauth::authorize::Landing",
            "oauth::authorize::Scope",
            "oauth::store::TokenKind",
            "operation::Body",
            "operation::Method",
            "operation::Safety",
            "page::walk::Style",
            "rate_limit::AcquireError",
            "rate_limit::Priority",
            "retry::Why",
            "telemetry::window::alert::Change",
            "transport::Progress",
            "inbox::error::InboxFault",
            "inbox::store::Order",
            "inbox::store::State",
            "inbox::store::Stored",
            "inbox::worker::SetupError",
        ],
    ),
    (
        "nothing but numbers, times and switches",
        &[
            "circuit_breaker::Pass",
            "circuit_breaker::Refusal",
            "circuit_breaker::standard::StandardBreaker",
            "clock::SystemClock",
            "clock::thread::ThreadClock",
            "circuit_breaker::AlwaysClosed",
            "idempotency::file::Discarded",
            "idempotency::file::FileJournalOptions",
            "idempotency::journal::JournalFault",
            "rate_limit::Permit",
            "rate_limit::Unlimited",
            "rate_limit::limiter::Limiter",
            "retry::Decision",
            "retry::standard::StandardRetry",
            "telemetry::metrics_observer::MetricsObserver",
            "telemetry::window::HealthWindow",
            "telemetry::window::alert::Threshold",
            "telemetry::window::health::Health",
            "telemetry::window::health::Latency",
            "testing::clock::ManualClock",
            "transport::reqwest_adapter::ReqwestOptions",
            "transport::ureq_adapter::UreqOptions",
            "value::timestamp::Timestamp",
            "inbox::bell::Bell",
            "inbox::sqlite::options::SqliteOptions",
            "inbox::store::ClaimRequest",
            "inbox::store::Stats",
            "inbox::worker::WorkReport",
            "inbox::worker::backoff::Backoff",
            "sweep::report::Gap",
            "webhook::verifier::Signed",
        ],
    ),
    (
        "what an API's description says, written down at compile time",
        &[
            "client::ApiSpec",
            "client::SessionSpec",
            "codec::decode::error::DecodeErrorKind",
            "codec::decode::record::Shape",
            "operation::OperationSpec",
            "rate_limit::preset::ClassLimit",
            "rate_limit::preset::Preset",
            "client::EventsSpec",
            "inbox::router::Router",
            "webhook::kind::EventKind",
            "webhook::version::VersionPolicy",
        ],
    ),
    (
        "hosts, operations, accounts and idempotency keys, which are no secrets",
        &[
            "circuit_breaker::Circuit",
            "circuit_breaker::Snapshot",
            "idempotency::IdempotencyKey",
            "oauth::store::TokenOwner",
            "oauth::token::Deauthorized",
            "rate_limit::Usage",
            "inbox::store::Lease",
            "sweep::report::SweepReport",
            "webhook::event::Cause",
            "webhook::notification::RelatedObject",
        ],
    ),
    (
        "a database, of which it shows nothing",
        &[
            "inbox::postgres::PostgresInbox",
            "inbox::postgres::work::PostgresWork",
            "inbox::sqlite::SqliteInbox",
            "inbox::sqlite::work::SqliteWork",
        ],
    ),
    (
        "a value of the API, as its type shows it; generated types hide what they do not know to \
         be harmless, and their fields only show through them",
        &[
            "codec::decode::tags::Tags",
            "value::clearable::Clearable",
            "value::date_time::DateTime",
            "value::date_time::ParseDateTimeError",
            "value::decimal::Decimal",
            "value::decimal::ParseDecimalError",
            "value::id::Id",
            "value::keyword_or::KeywordOr",
            "value::list::List",
            "value::list::SearchList",
            "value::list::UrlList",
            "value::map::IntoIter",
            "value::map::Iter",
            "value::map::Map",
            "value::maybe_deleted::MaybeDeleted",
            "value::range::Range",
            "value::token_or::TokenOr",
        ],
    ),
];

#[tokio::test]
async fn every_public_type_was_shown_with_secrets_or_can_hold_none() {
    let evidence = Evidence::new();
    show(&evidence).await;
    let mut reasons = BTreeMap::new();
    for (reason, types) in HARMLESS {
        reasons.extend(types.iter().map(|kind| (*kind, *reason)));
    }
    let shown = evidence.types();
    let both: Vec<_> = shown
        .iter()
        .filter(|kind| reasons.contains_key(**kind))
        .collect();
    assert!(
        both.is_empty(),
        "shown, and said to hold no secret: {both:?}"
    );
    let mut declared = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    scan(&root, &root, &mut declared);
    assert!(declared.len() > 100, "the scan finds types: {declared:?}");
    let is_known = |kind: &&String| shown.contains(&***kind) || reasons.contains_key(&***kind);
    let unknown: Vec<_> = declared.iter().filter(|kind| !is_known(kind)).collect();
    assert!(
        unknown.is_empty(),
        "show these with secrets inside, or say why they can hold none: {unknown:#?}"
    );
    let known = shown.iter().chain(reasons.keys());
    let gone: Vec<_> = known
        .filter(|kind| !declared.iter().any(|one| one == **kind))
        .collect();
    assert!(gone.is_empty(), "no such types: {gone:#?}");
    if let Err(list) = evidence.verdict(MARKERS) {
        panic!("{list}");
    }
}

/// The public types in the source files of a folder, with their modules.
fn scan(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            scan(root, &path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let module = path.with_extension("");
            let module = module.strip_prefix(root).unwrap().to_str().unwrap();
            let module = module.replace(['/', '\\'], "::");
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(declared);
            found.extend(names.map(|name| format!("{module}::{name}")));
        }
    }
}

/// The name of the type that a line of source declares for everybody.
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = ["struct ", "enum ", "union "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))?;
    let name = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    name.into_iter().next().filter(|name| !name.is_empty())
}

#[test]
fn declarations_are_found_in_lines() {
    assert_eq!(declared("pub struct Token {"), Some("Token"));
    assert_eq!(declared("    pub enum Scope<'a> {"), Some("Scope"));
    assert_eq!(declared("pub struct Id<T>("), Some("Id"));
    assert_eq!(declared("pub(crate) struct Facts {"), None);
    assert_eq!(declared("/// pub struct Card;"), None);
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let key = format!("Bearer {FIXED_KEY}");
    for (name, value) in [
        ("authorization", &*key),
        ("cookie", COOKIE),
        ("set-cookie", SET_COOKIE),
        ("x-own", OWN_HEADER),
        ("location", EMAIL),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    headers
}

fn response() -> RawResponse {
    RawResponse::new(StatusCode::OK, headers(), body())
}

/// Shows all of them.
pub(crate) async fn show(evidence: &Evidence) {
    credentials(evidence).await;
    oauth(evidence).await;
    messages(evidence).await;
    calls(evidence).await;
    values(evidence);
    policies(evidence).await;
    doubles(evidence);
    transports(evidence).await;
    crate::webhooks::show(evidence).await;
}

async fn credentials(evidence: &Evidence) {
    let key = ApiKey::new(&Secret::from(FIXED_KEY)).unwrap();
    evidence.debug("secret::Secret", &Secret::from(FIXED_KEY));
    evidence.debug("auth::key::ApiKey", &key);
    let credential = Credential::new(key).expires_in(Duration::from_secs(1));
    evidence.debug("auth::Credential", &credential);
    let fault = ApiKey::new(&Secret::from(format!("{FIXED_KEY}\n{FIXED_KEY}"))).unwrap_err();
    let fault = CredentialError::from(fault);
    evidence.debug("auth::CredentialError", &fault);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), FIXED_KEY).unwrap();
    let file = FileKey::new(folder.path().join("key"));
    runtime::auth::CredentialProvider::fetch(&file)
        .await
        .unwrap();
    evidence.debug("auth::file::FileKey", &file);
    let captured = credential.clone();
    let source = from_fn(move || std::future::ready(Ok(captured.clone())));
    evidence.debug("auth::from_fn::FromFn", &source);
    let builder = Client::builder(&API).credentials(source).account(PATH);
    evidence.debug("client::builder::ClientBuilder", &builder);
}

async fn oauth(evidence: &Evidence) {
    let client = Client::builder(&crate::platform::API).api_key(FIXED_KEY);
    let client = client.build().unwrap();
    let oauth = OAuth::new(&client, "ca_1");
    evidence.debug("oauth::OAuth", &oauth);
    let authorize = oauth.authorize().email(EMAIL).extra("x", CLIENT_SECRET);
    evidence.debug("oauth::authorize::Authorize", &authorize);
    evidence.debug(
        "oauth::authorize::Authorization",
        &authorize.build().unwrap(),
    );
    let query = format!("state=x&code={CODE}&error_description={MESSAGE}");
    let fault = oauth.callback(&query, &Secret::from(STATE)).unwrap_err();
    evidence.debug("oauth::callback::CallbackError", &fault);
    let text = format!(r#"{{"error": "invalid_grant", "error_description": "{MESSAGE}"}}"#);
    let kind = OAuthErrorKind::of(&errors::error(400, &text)).unwrap();
    evidence.debug("oauth::error::OAuthErrorKind", &kind);
    let text = format!(
        r#"{{"stripe_user_id": "acct_1", "access_token": "{ACCESS}", "refresh_token": "{REFRESH}"}}"#
    );
    let tokens: OAuthTokens = decode(text.as_bytes()).unwrap();
    evidence.debug("oauth::token::OAuthTokens", &tokens);
    let (store, owner) = (InMemoryTokens::new(), TokenOwner::new("acct_1", true));
    let token = Token::new(REFRESH);
    evidence.debug("oauth::store::Token", &token);
    store.put(&owner, TokenKind::Refresh, token).await.unwrap();
    evidence.debug("oauth::store::InMemoryTokens", &store);
    let account = ConnectedAccount::new(oauth, Arc::new(store), owner);
    evidence.debug("oauth::account::ConnectedAccount", &account);
}

async fn messages(evidence: &Evidence) {
    let address = format!("https://user:{PROXY}@api.example.test/v1/{PATH}?q={PATH}");
    let mut request = Request::new(Method::Post.as_http(), address.parse::<Uri>().unwrap());
    request.headers = headers();
    request.body = body().into();
    evidence.debug("http::Request", &request);
    evidence.debug("http::RawResponse", &response());
    evidence.debug("http::Response", &Response::new(EMAIL, response()));
    let mut write = PendingWrite::new(
        "key",
        Method::Post.as_http(),
        "api",
        format!("/v1/{PATH}?q={PATH}"),
        std::time::SystemTime::UNIX_EPOCH,
    );
    write.headers = vec![("x-own".to_owned(), OWN_HEADER.to_owned())];
    write.body = body().into();
    evidence.debug("http::pending::PendingWrite", &write);
    let memory = MemoryJournal::new();
    memory.begin(&write).await.unwrap();
    evidence.debug("idempotency::memory::MemoryJournal", &memory);
    let folder = tempfile::tempdir().unwrap();
    let file = FileJournal::open(folder.path().join("writes")).unwrap();
    file.begin(&write).await.unwrap();
    evidence.debug("idempotency::file::FileJournal", &file);
    let fault = FileJournal::open(folder.path().join("writes")).unwrap_err();
    evidence.debug("idempotency::journal::JournalError", &fault);
    let fault = JournalError::new("no").caused_by(errors::error(400, &body()));
    evidence.debug("idempotency::journal::JournalError", &fault);
    let text = format!(
        r#"{{"error": {{{}"code": "x", "param": "y"}}}}"#,
        in_error()
    );
    let error = errors::of(Reply::status(402, text).header("set-cookie", SET_COOKIE));
    evidence.debug("error::Error", &error);
    evidence.debug("error::body::ErrorBody", error.body().unwrap());
    let fault = TransportError::new(Progress::Sent).caused_by(error);
    evidence.debug("transport::TransportError", &fault);
}

async fn calls(evidence: &Evidence) {
    let mock = Mock::new();
    let list = format!(r#"{{"data": [{0}, {0}], "has_more": true}}"#, body());
    mock.on::<ListItems>().reply(Reply::json(list)).repeatedly();
    let observer = crate::listeners::Witness(evidence.clone());
    let client = Client::builder(&API).api_key(FIXED_KEY).transport(mock);
    let client = client.observer(observer).build().unwrap();
    evidence.debug("client::Client", &client);
    let call = loaded(client.request::<Create>(&[], &params()));
    evidence.debug("call::Call", &call);
    evidence.debug("call::CallFuture", &call.clone().into_future());
    evidence.debug("call::ResponseFuture", &call.with_response());
    let list = || loaded(client.request::<ListItems>(&[], &params()));
    let mut pages = list().pages();
    pages.next().await.unwrap().unwrap();
    evidence.debug("page::Pages", &pages);
    let mut items = list().items();
    items.next().await.unwrap().unwrap();
    evidence.debug("page::Items", &items);
    evidence.debug("blocking::Pages", &list().pages_blocking());
    evidence.debug("blocking::Items", &list().items_blocking());
}

fn values(evidence: &Evidence) {
    let text = body();
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    evidence.debug("codec::decode::reader::Reader", &reader);
    reader.raw().unwrap();
    evidence.debug("codec::decode::reader::Reader", &reader);
    for text in [
        format!(r#"{{"id": ["{CARD}"]}}"#),
        format!(r#"{{"id": {DIGITS}}}"#),
        format!(r#"{{"x": "{BANK}"}}"#),
        format!(r#"{{"id": "{CARD}"#),
    ] {
        let fault = decode::<Item>(text.as_bytes()).unwrap_err();
        evidence.debug("codec::decode::error::DecodeError", &fault);
        evidence.error(&fault);
        let list = format!(r#"{{"data": [{text}], "has_more": false}}"#);
        let fault = decode::<List<Item>>(list.as_bytes()).unwrap_err();
        evidence.debug("codec::decode::error::DecodeError", &fault);
    }
    let file = FileUpload::new("a name", FILE.as_bytes().to_vec());
    evidence.debug("codec::file_upload::FileUpload", &file);
    let raw: RawJson = body().parse().unwrap();
    evidence.debug("value::raw_json::RawJson", &raw);
    let object: Expandable<Map<RawJson>> = decode(body().as_bytes()).unwrap();
    object.get().unwrap();
    evidence.debug("value::expandable::Expandable", &object);
    let binary = <Binary as runtime::Output>::from_response(&response()).unwrap();
    evidence.debug("value::binary::Binary", &binary);
    let redactor = Redactor::new([OWN_HEADER]);
    evidence.debug("redact::Redactor", &redactor);
}

async fn policies(evidence: &Evidence) {
    let (headers, clock) = (headers(), crate::scenes::Even);
    let now = runtime::clock::Clock::now(&clock);
    let mut failure = Failure::new(1, 2, now);
    failure.answer = Some((StatusCode::CONFLICT, &headers));
    evidence.debug("retry::Failure", &failure);
    let end = Asked::default();
    let client = Client::builder(&API)
        .api_key(FIXED_KEY)
        .rate_limiter(end.clone());
    let mock = Mock::new();
    let mut reply = Reply::json(body());
    for (name, value) in &headers {
        reply = reply.header(name.as_str(), value.to_str().unwrap());
    }
    mock.on::<Retrieve>().reply(reply);
    let client = client.transport(mock).build().unwrap();
    client.request::<Retrieve>(&[PATH], &()).await.unwrap();
    let shown = end.0.lock().unwrap().clone();
    assert!(shown.contains("x-own"), "{shown}");
    evidence.debug("rate_limit::AcquireRequest", &format_args!("{shown}"));
    evidence.debug("rate_limit::AttemptOutcome", &format_args!("{shown}"));
}

/// A limiter that keeps what it was told.
#[derive(Clone, Debug, Default)]
struct Asked(Arc<std::sync::Mutex<String>>);

impl runtime::rate_limit::RateLimiter for Asked {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        _: &'a Arc<dyn runtime::clock::Clock>,
    ) -> runtime::clock::BoxFuture<'a, Result<Permit, AcquireError>> {
        let (shown, request) = (Arc::clone(&self.0), format!("{request:?} {request:#?}"));
        let permit = Permit::new(move |outcome| {
            *shown.lock().unwrap() = format!("{request} {outcome:?} {outcome:#?}");
        });
        Box::pin(std::future::ready(Ok(permit)))
    }
}

fn doubles(evidence: &Evidence) {
    let reply = || Reply::json(body()).header("set-cookie", SET_COOKIE);
    evidence.debug("testing::reply::Reply", &reply());
    evidence.debug("testing::faulty::Fault", &Fault::AnswerInstead(reply()));
    let mock = Mock::new();
    let rule = mock.on::<Create>().reply(reply());
    evidence.debug("testing::mock::rule::Rule", &rule);
    evidence.debug("testing::mock::Mock", &mock);
    let fault = mock.verify().unwrap_err();
    evidence.debug("testing::unexpected::Unexpected", &fault);
    let faulty = Faulty::new(mock.clone()).script([Fault::AnswerAfter(reply())]);
    evidence.debug("testing::faulty::Faulty", &faulty);
    let folder = tempfile::tempdir().unwrap();
    let cassette = Cassette::overwrite(folder.path().join("tape"), mock.clone());
    let client = Client::builder(&API)
        .api_key(FIXED_KEY)
        .transport(cassette.clone());
    let client = client.blocking().build().unwrap();
    let call = loaded(client.request::<Create>(&[], &params()));
    call.send_blocking().unwrap();
    evidence.debug("testing::cassette::Cassette", &cassette);
    evidence.debug("testing::sent::SentRequest", &mock.requests()[0]);
}

async fn transports(evidence: &Evidence) {
    let transport = proxied("http://127.0.0.1:1");
    evidence.debug("transport::reqwest_adapter::ReqwestTransport", &transport);
    let blocking = UreqTransport::new(UreqOptions::default());
    evidence.debug("transport::ureq_adapter::UreqTransport", &blocking);
}
