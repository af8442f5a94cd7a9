//! Every public type of the crate: shown with secrets inside, or a reason why it can hold none.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use blocking::prelude::*;
use blocking::{UreqOptions, UreqTransport};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use journal::FileJournal;
use oauth::{
    ClientCredentials, ConnectedAccount, InMemoryTokenStore, OAuth, OAuthErrorKind, OAuthTokens,
};
use oauth::{StoredToken, TokenKind, TokenOwner, TokenStore};
use observe::Redactor;
use runtime::Client;
use runtime::auth::{ApiKey, Credential, CredentialError, FileKey, from_fn};
use runtime::codec::{
    Body, DecodePolicy, Encode, EncodedParams, FileUpload, Reader, UploadBody, Writer, decode,
    decode_with, write_record,
};
use runtime::http::{BodyStream, EchoedHeaders, PendingWrite, RawResponse, Request, Response};
use runtime::idempotency::{Journal, JournalError, MemoryJournal};
use runtime::operation::Method;
use runtime::rate_limit::{AcquireError, AcquireRequest, Permit};
use runtime::secret::{Secret, SentCredentials};
use runtime::transport::{HttpOptions, HttpTransport, Progress, ProxyChoice, TransportError};
use runtime::value::{Binary, Expandable, List, Map, PlainText, RawJson};
use testing::{Cassette, FaultInjector, InjectedFault, Mock, MockResponse, errors};

use crate::api::{API, Create, Item, ListItems, Retrieve};
use crate::evidence::Evidence;
use crate::harmless::HARMLESS;
use crate::planted::{
    ACCESS, BANK, CARD, CLIENT_SECRET, CODE, COOKIE, DIGITS, EMAIL, FILE, FIXED_KEY, MARKERS,
    MESSAGE, OWN_HEADER, PATH, PROXY, REFRESH, SET_COOKIE, STATE,
};
use crate::proxy::proxied;
use crate::scenes::{body, in_error, loaded, params};

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
    for (package, folder) in PACKAGES {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        scan(package, &workspace.join(folder).join("src"), &mut declared);
    }
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

/// The packages whose public types are checked, with their folders.
const PACKAGES: [(&str, &str); 15] = [
    ("blocking", "runtime/blocking"),
    ("circuit-breaker", "runtime/circuit-breaker"),
    ("fleet", "runtime/fleet"),
    ("http-client", "runtime/http-client"),
    ("journal", "runtime/journal"),
    ("oauth", "runtime/oauth"),
    ("observe", "runtime/observe"),
    ("rate-limit", "runtime/rate-limit"),
    ("runtime", "runtime"),
    ("testing", "runtime/testing"),
    ("transport", "runtime/transport"),
    ("webhooks", "runtime/webhooks"),
    ("webhooks-postgres", "runtime/webhooks/postgres"),
    ("webhooks-sqlite", "runtime/webhooks/sqlite"),
    ("wire", "runtime/wire"),
];

/// The public types in the source files of a folder, each after the name of its package.
fn scan(package: &str, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem.ends_with("tests") || stem == "test_events" {
            continue;
        }
        if path.is_dir() {
            scan(package, &path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(declared);
            found.extend(names.map(|name| format!("{package}::{name}")));
        }
    }
}

/// The name of the public type that a line of source declares.
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
    evidence.debug("wire::Secret", &Secret::from(FIXED_KEY));
    let mut sent = SentCredentials::default();
    sent.add_text(FIXED_KEY.as_bytes());
    evidence.debug("wire::SentCredentials", &sent);
    evidence.debug("runtime::ApiKey", &key);
    let credential = Credential::new(key).expires_in(Duration::from_secs(1));
    evidence.debug("runtime::Credential", &credential);
    let error = ApiKey::new(&Secret::from(format!("{FIXED_KEY}\n{FIXED_KEY}"))).unwrap_err();
    let error = CredentialError::from(error);
    evidence.debug("runtime::CredentialError", &error);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), FIXED_KEY).unwrap();
    let file = FileKey::new(folder.path().join("key"));
    runtime::auth::CredentialProvider::fetch(&file)
        .await
        .unwrap();
    evidence.debug("runtime::FileKey", &file);
    let captured = credential.clone();
    let source = from_fn(move || std::future::ready(Ok(captured.clone())));
    evidence.debug("runtime::FromFn", &source);
    let builder = Client::builder(&API).credentials(source).account(PATH);
    evidence.debug("runtime::ClientBuilder", &builder);
}

async fn oauth(evidence: &Evidence) {
    let client = Client::builder(&crate::platform::API).api_key(FIXED_KEY);
    let client = client.build().unwrap();
    let oauth = OAuth::new(&client, "ca_1");
    evidence.debug("oauth::OAuth", &oauth);
    let tokens = ClientCredentials::builder("id", CLIENT_SECRET)
        .token_url("https://id.example.test/token")
        .extra_param("assertion", CLIENT_SECRET);
    evidence.debug("oauth::ClientCredentialsBuilder", &tokens);
    let tokens = tokens.build().unwrap();
    evidence.debug("oauth::ClientCredentials", &tokens);
    let authorize = oauth
        .authorize()
        .email(EMAIL)
        .extra_param("x", CLIENT_SECRET);
    evidence.debug("oauth::AuthorizationBuilder", &authorize);
    evidence.debug("oauth::Authorization", &authorize.build().unwrap());
    let query = format!("state=x&code={CODE}&error_description={MESSAGE}");
    let error = oauth
        .parse_callback(&query, &Secret::from(STATE))
        .unwrap_err();
    evidence.debug("oauth::CallbackError", &error);
    let text = format!(r#"{{"error": "invalid_grant", "error_description": "{MESSAGE}"}}"#);
    let kind = OAuthErrorKind::find_in(&errors::error(400, &text)).unwrap();
    evidence.debug("oauth::OAuthErrorKind", &kind);
    let text = format!(
        r#"{{"stripe_user_id": "acct_1", "access_token": "{ACCESS}", "refresh_token": "{REFRESH}"}}"#
    );
    let tokens: OAuthTokens = decode(text.as_bytes()).unwrap();
    evidence.debug("oauth::OAuthTokens", &tokens);
    let (store, owner) = (InMemoryTokenStore::new(), TokenOwner::new("acct_1", true));
    let token = StoredToken::new(REFRESH);
    evidence.debug("oauth::StoredToken", &token);
    store.put(&owner, TokenKind::Refresh, token).await.unwrap();
    evidence.debug("oauth::InMemoryTokenStore", &store);
    let account = ConnectedAccount::new(oauth, Arc::new(store), owner);
    evidence.debug("oauth::ConnectedAccount", &account);
}

async fn messages(evidence: &Evidence) {
    let address = format!("https://user:{PROXY}@api.example.test/v1/{PATH}?q={PATH}");
    let mut request = Request::new(Method::Post.as_http(), address.parse::<Uri>().unwrap());
    request.headers = headers();
    request.body = body().into();
    evidence.debug("transport::Request", &request);
    evidence.debug("transport::RawResponse", &response());
    evidence.debug("runtime::Response", &Response::new(EMAIL, response()));
    let mut write = PendingWrite::new(
        "key",
        Method::Post.as_http(),
        "api",
        format!("/v1/{PATH}?q={PATH}"),
        std::time::SystemTime::UNIX_EPOCH,
    );
    write.headers = vec![("x-own".to_owned(), OWN_HEADER.to_owned())];
    write.body = body().into();
    evidence.debug("transport::PendingWrite", &write);
    let memory = MemoryJournal::new();
    memory.begin(&write).await.unwrap();
    evidence.debug("runtime::MemoryJournal", &memory);
    let folder = tempfile::tempdir().unwrap();
    let file = FileJournal::open(folder.path().join("writes")).unwrap();
    file.begin(&write).await.unwrap();
    evidence.debug("journal::FileJournal", &file);
    let error = FileJournal::open(folder.path().join("writes")).unwrap_err();
    evidence.debug("runtime::JournalError", &error);
    let error = JournalError::new("no").with_source(errors::error(400, &body()));
    evidence.debug("runtime::JournalError", &error);
    let text = format!(
        r#"{{"error": {{{}"code": "x", "param": "y"}}}}"#,
        in_error()
    );
    let error =
        errors::from_response(MockResponse::status(402, text).header("set-cookie", SET_COOKIE));
    evidence.debug("runtime::Error", &error);
    evidence.debug("runtime::ErrorBody", error.body().unwrap());
    let error = TransportError::new(Progress::Sent).caused_by(error);
    evidence.debug("transport::TransportError", &error);
    let mut echoed = EchoedHeaders::default();
    echoed.insert(header::COOKIE, HeaderValue::from_static(SET_COOKIE));
    evidence.debug("transport::EchoedHeaders", &echoed);
    let another = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(CLIENT_SECRET))]);
    let mismatch = echoed.check(&another).unwrap_err();
    evidence.debug("wire::ResponseMismatch", &mismatch);
    evidence.debug("wire::ResponseMismatch", &mismatch.to_string());
}

async fn calls(evidence: &Evidence) {
    let mock = Mock::new();
    let list = format!(r#"{{"data": [{0}, {0}], "has_more": true}}"#, body());
    mock.on::<ListItems>()
        .respond_with(MockResponse::json(list))
        .repeatedly();
    let observer = crate::listeners::Witness(evidence.clone());
    let client = Client::builder(&API).api_key(FIXED_KEY).transport(mock);
    let client = client.observer(observer).build().unwrap();
    evidence.debug("runtime::Client", &client);
    evidence.debug("runtime::ClientStats", &client.stats());
    let encoded = EncodedParams::encode(Body::Form, &params(), || 7).unwrap();
    evidence.debug("wire::EncodedParams", &encoded);
    let call = loaded(client.request::<Create>(&[], &params()));
    evidence.debug("runtime::Call", &call);
    evidence.debug("runtime::CallFuture", &call.clone().into_future());
    evidence.debug("runtime::ResponseFuture", &call.with_response());
    let list = || loaded(client.request::<ListItems>(&[], &params()));
    let mut pages = list().pages();
    pages.next().await.unwrap().unwrap();
    evidence.debug("runtime::Pages", &pages);
    let mut items = list().items();
    items.next().await.unwrap().unwrap();
    evidence.debug("runtime::Items", &items);
    evidence.debug("runtime::PageCursor", &items.cursor());
    // The mock repeats its page, which ends the list.
    let incomplete = list().items().collect_up_to(100).await.unwrap_err();
    evidence.debug("runtime::CollectError", &incomplete);
    let mock = Mock::new();
    mock.on_raw(Method::Get, "/v1/files/f/contents")
        .respond_with(MockResponse::bytes(BANK, FILE.as_bytes().to_vec()).unchecked())
        .repeatedly();
    let client = Client::builder(&API).api_key(FIXED_KEY).transport(mock);
    let client = client.build().unwrap();
    let url = format!("{}/v1/files/f/contents", API.hosts[0].1);
    let mut download = client.file_at(&url).stream().await.unwrap();
    evidence.debug("runtime::Download", &download);
    let mut file = Vec::new();
    download.write_to(&mut file).await.unwrap();
    evidence.debug("runtime::Download", &download);
    let stream = BodyStream::from_bytes(FILE.as_bytes().to_vec());
    evidence.debug("transport::BodyStream", &stream);
    let response = RawResponse::streamed(StatusCode::OK, headers(), stream);
    evidence.debug("transport::RawResponse", &response);
    evidence.debug("blocking::BlockingPages", &list().pages_blocking());
    evidence.debug("blocking::BlockingItems", &list().items_blocking());
}

fn values(evidence: &Evidence) {
    let text = body();
    let mut reader = Reader::new(text.as_bytes()).unwrap();
    evidence.debug("wire::Reader", &reader);
    reader.raw().unwrap();
    evidence.debug("wire::Reader", &reader);
    for text in [
        format!(r#"{{"id": ["{CARD}"]}}"#),
        format!(r#"{{"id": {DIGITS}}}"#),
        format!(r#"{{"x": "{BANK}"}}"#),
        format!(r#"{{"id": "{CARD}"#),
    ] {
        let error = decode::<Item>(text.as_bytes()).unwrap_err();
        evidence.debug("wire::DecodeError", &error);
        evidence.error(&error);
        let list = format!(r#"{{"data": [{text}], "has_more": false}}"#);
        let error = decode_with::<List<Item>>(list.as_bytes(), DecodePolicy::Refuse).unwrap_err();
        evidence.debug("wire::DecodeError", &error);
        if let Ok(list) = decode::<List<Item>>(list.as_bytes()) {
            evidence.debug("wire::Extra", &list.extra);
            evidence.debug("wire::Correction", &list.extra.corrections());
        }
    }
    let file = FileUpload::new("a name", FILE.as_bytes().to_vec());
    evidence.debug("wire::FileUpload", &file);
    let file = file.on_progress(|_, _| ());
    evidence.debug("wire::FileUpload", &file);
    let upload = Upload { file }.encode_body();
    evidence.debug("wire::UploadBody", &upload);
    let mut opened = upload.open();
    opened.read_exact(&mut [0; 100]).unwrap();
    evidence.debug("wire::UploadReader", &opened);
    let raw: RawJson = body().parse().unwrap();
    evidence.debug("wire::RawJson", &raw);
    let object: Expandable<Map<RawJson>> = decode(body().as_bytes()).unwrap();
    object.get().unwrap();
    evidence.debug("wire::Expandable", &object);
    let binary =
        <Binary as runtime::Output>::from_response(&response(), DecodePolicy::Correct, None);
    evidence.debug("runtime::Binary", &binary.unwrap().0);
    let text =
        <PlainText as runtime::Output>::from_response(&response(), DecodePolicy::Correct, None);
    evidence.debug("runtime::PlainText", &text.unwrap().0);
    let redactor = Redactor::new([OWN_HEADER]);
    evidence.debug("observe::Redactor", &redactor);
}

/// Parameters with a file.
struct Upload {
    file: FileUpload,
}

impl Upload {
    fn encode_body(&self) -> UploadBody {
        let mut params = EncodedParams::encode(Body::Multipart, self, || 7).unwrap();
        params.take_upload().unwrap()
    }
}

impl Encode for Upload {
    fn encode(&self, out: &mut dyn Writer) {
        let note = MESSAGE.to_owned();
        write_record(out, &[("note", &note), ("file", &self.file)]);
    }
}

async fn policies(evidence: &Evidence) {
    let headers = headers();
    let end = Asked::default();
    let client = Client::builder(&API)
        .api_key(FIXED_KEY)
        .rate_limiter(end.clone());
    let mock = Mock::new();
    let mut response = MockResponse::json(body());
    for (name, value) in &headers {
        response = response.header(name.as_str(), value.to_str().unwrap());
    }
    mock.on::<Retrieve>().respond_with(response);
    let client = client.transport(mock).build().unwrap();
    client.request::<Retrieve>(&[PATH], &()).await.unwrap();
    let shown = end.0.lock().unwrap().clone();
    assert!(shown.contains("x-own"), "{shown}");
    evidence.debug("rate-limit::AcquireRequest", &format_args!("{shown}"));
    evidence.debug("rate-limit::AttemptOutcome", &format_args!("{shown}"));
}

/// A limiter that records its arguments.
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
    let response = || MockResponse::json(body()).header("set-cookie", SET_COOKIE);
    evidence.debug("testing::MockResponse", &response());
    let injected = InjectedFault::ResponseInstead(response());
    evidence.debug("testing::InjectedFault", &injected);
    let mock = Mock::new();
    let rule = mock.on::<Create>().respond_with(response());
    evidence.debug("testing::MockRule", &rule);
    evidence.debug("testing::Mock", &mock);
    let error = mock.verify().unwrap_err();
    evidence.debug("testing::TestDoubleError", &error);
    let faults = [InjectedFault::ResponseAfter(response())];
    let injector = FaultInjector::new(mock.clone()).inject(faults);
    evidence.debug("testing::FaultInjector", &injector);
    let folder = tempfile::tempdir().unwrap();
    let cassette = Cassette::overwrite(folder.path().join("tape"), mock.clone());
    let client = Client::builder(&API)
        .api_key(FIXED_KEY)
        .blocking()
        .transport(cassette.clone());
    let client = client.build().unwrap();
    let call = loaded(client.request::<Create>(&[], &params()));
    call.send_blocking().unwrap();
    evidence.debug("testing::Cassette", &cassette);
    evidence.debug("testing::SentRequest", &mock.requests()[0]);
}

async fn transports(evidence: &Evidence) {
    let options = HttpOptions {
        proxy: ProxyChoice::Url(format!("http://user:{PROXY}@127.0.0.1:1")),
        ..HttpOptions::default()
    };
    evidence.debug("http-client::HttpOptions", &options);
    evidence.debug("http-client::ProxyChoice", &options.proxy);
    let refused = HttpOptions {
        proxy: ProxyChoice::Url(format!("{PROXY}:{PROXY}")),
        ..HttpOptions::default()
    };
    let refused = HttpTransport::new(refused).unwrap_err();
    evidence.debug("http-client::SetupError", &refused);
    let transport = proxied("http://127.0.0.1:1");
    evidence.debug("runtime::HttpTransport", &transport);
    let blocking = UreqTransport::new(UreqOptions::default());
    evidence.debug("blocking::UreqTransport", &blocking);
}
