//! Cassettes, mocks and injected faults.

use runtime::Client;
use runtime::transport::{HttpOptions, HttpTransport};
use testing::{Cassette, FaultInjector, InjectedFault, ManualClock, Mock, MockResponse, errors};

use super::{answer, body, builder, in_error, loaded, params, server, with_bearer};
use crate::api::{Create, CreateV2, Retrieve, Upload};
use crate::evidence::Evidence;
use crate::listeners::panicking;
use crate::planted::{CLIENT_SECRET, EMAIL, PATH};

pub(crate) async fn play(evidence: &Evidence) {
    cassettes(evidence).await;
    mocks(evidence).await;
}

async fn calls(evidence: &Evidence, client: &Client) {
    for result in [
        loaded(client.request::<Create>(&[], &params())).await,
        with_bearer(loaded(client.request::<CreateV2>(&[], &params()))).await,
        loaded(client.request::<Upload>(&[], &params())).await,
        loaded(client.request::<Retrieve>(&["item_1"], &())).await,
    ] {
        if let Err(error) = result {
            evidence.error(&error);
        }
    }
}

async fn cassettes(evidence: &Evidence) {
    evidence.scene("a cassette is recorded");
    let server = server(|seen| match seen.method.as_str() {
        "GET" => answer(
            402,
            format!(r#"{{"error": {{{}"code": "x"}}}}"#, in_error()),
        ),
        _ => answer(200, body()),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.json");
    let network = HttpTransport::new(HttpOptions::default()).unwrap();
    let cassette = Cassette::record(&path, network).unwrap();
    let client = builder(evidence, &server.url).transport(cassette.clone());
    calls(evidence, &client.build().unwrap()).await;
    evidence.debug("testing::Cassette", &cassette);
    cassette.finish().unwrap();
    evidence.add("cassette", std::fs::read_to_string(&path).unwrap());
    evidence.failure(Cassette::record(&path, Mock::new()));
    evidence.scene("a cassette is replayed");
    let cassette = Cassette::replay(&path).unwrap();
    let client = builder(evidence, &server.url).transport(cassette.clone());
    let client = client.build().unwrap();
    calls(evidence, &client).await;
    // What was not recorded.
    calls(evidence, &client).await;
    // The error contains the path that is not in the recording: the test is fixed with it.
    let other = client.request::<Retrieve>(&["item_2"], &());
    evidence.failure(loaded(other).await);
    if let Err(unexpected) = cassette.finish() {
        evidence.error(&unexpected);
    }
    evidence.debug("testing::Cassette", &cassette);
}

async fn mocks(evidence: &Evidence) {
    evidence.scene("a mock without a matching rule");
    let mock = Mock::new();
    let rule = mock.on::<Create>().with_param("email", "somebody else");
    let rule = rule.respond_with(MockResponse::json(body()));
    evidence.debug("testing::MockRule", &rule);
    let client = builder(evidence, "http://127.0.0.1:1").transport(mock.clone());
    let client = client.build().unwrap();
    calls(evidence, &client).await;
    evidence.failure(client.request::<Retrieve>(&[PATH], &()).await);
    let error = evidence.failure(mock.verify());
    evidence.debug("testing::TestDoubleError", &error);
    panicking(|| mock.verify().unwrap());
    for request in mock.requests() {
        evidence.debug("testing::SentRequest", &request);
        evidence.debug("transport::Request", request.request());
    }
    evidence.debug("testing::Mock", &mock);
    evidence.scene("injected faults");
    let mock = Mock::new();
    mock.on::<Create>()
        .respond_with(MockResponse::json(body()))
        .repeatedly();
    let response = MockResponse::error(402, "card_error", "x").error_field("message", EMAIL);
    evidence.debug("testing::MockResponse", &response);
    evidence.error(&errors::from_response(response));
    evidence.error(&errors::error(400, CLIENT_SECRET));
    let faults = [
        InjectedFault::ResetAfterSend,
        InjectedFault::TruncateBody(20),
        InjectedFault::ResponseAfter(MockResponse::status(502, body())),
    ];
    let clock = ManualClock::new().auto_advance();
    let injector = FaultInjector::new(mock.clone()).inject(faults).clock(clock);
    let client = builder(evidence, "http://127.0.0.1:1").transport(injector.clone());
    let client = client.retries(0).build().unwrap();
    for _ in 0..3 {
        evidence.failure(loaded(client.request::<Create>(&[], &params())).await);
    }
    evidence.debug("testing::FaultInjector", &injector);
}
