use std::time::Duration;

use testing::{FaultInjector, InjectedFault, ManualClock, Mock, MockResponse};

use crate::api::{Create, Params, Retrieve, client, client_at, double_error};

const ITEM: &str = r#"{"id": "item_1"}"#;

fn server() -> Mock {
    let mock = Mock::new();
    mock.on::<Create>()
        .respond_with(MockResponse::json(ITEM))
        .repeatedly();
    mock.on::<Retrieve>()
        .respond_with(MockResponse::json(ITEM))
        .repeatedly()
        .optional();
    mock
}

/// The result of a call with one attempt, and how many requests the server received.
async fn send_one(injected: InjectedFault) -> (String, usize) {
    let server = server();
    let clock = ManualClock::new().auto_advance();
    let transport = FaultInjector::new(server.clone())
        .inject([injected])
        .clock(clock.clone());
    let client = client_at(transport, clock);
    let call = client
        .request::<Create>(&[], &Params::email("a@b.c"))
        .retries(0);
    let result = match call.await {
        Ok(item) => item.id,
        Err(error) => {
            let kind = [
                (error.is_connect(), "connect"),
                (error.is_interrupted(), "interrupted"),
                (error.is_timeout(), "timeout"),
                (error.is_decode(), "decode"),
                (error.is_server(), "server"),
            ];
            let kind = kind
                .iter()
                .find(|(is, _)| *is)
                .map_or("other", |(_, name)| name);
            format!("{kind} {:?}", error.outcome())
        }
    };
    (result, server.request_count::<Create>())
}

#[tokio::test]
async fn each_fault_has_its_effect_on_client_and_server() {
    let seconds = Duration::from_secs;
    for (injected, expected, received) in [
        (InjectedFault::None, "item_1", 1),
        (InjectedFault::RefuseConnection, "connect NotSent", 0),
        (InjectedFault::ResetBeforeSend, "interrupted Unknown", 0),
        (InjectedFault::ResetAfterSend, "interrupted Unknown", 1),
        (InjectedFault::DropRequest, "timeout Unknown", 0),
        (InjectedFault::DropResponse, "timeout Unknown", 1),
        (InjectedFault::Delay(seconds(9)), "item_1", 1),
        (InjectedFault::Delay(seconds(11)), "timeout Unknown", 1),
        (InjectedFault::TruncateBody(5), "decode Unknown", 1),
        (InjectedFault::TruncateBody(999), "item_1", 1),
        (InjectedFault::MalformedBody, "decode Unknown", 1),
        (
            InjectedFault::ResponseInstead(MockResponse::bad_gateway()),
            "server Unknown",
            0,
        ),
        (
            InjectedFault::ResponseAfter(MockResponse::bad_gateway()),
            "server Unknown",
            1,
        ),
        (
            InjectedFault::ResponseAfter(MockResponse::connection_reset().with_delay(seconds(1))),
            "interrupted Unknown",
            1,
        ),
    ] {
        let name = format!("{injected:?}");
        let actual = send_one(injected).await;
        assert_eq!(actual, (expected.to_owned(), received), "{name}");
    }
}

#[tokio::test]
async fn request_is_retried_under_the_same_key_when_the_response_is_lost() {
    let server = server();
    let injector = FaultInjector::new(server.clone()).inject([InjectedFault::ResetAfterSend]);
    let client = client(injector.clone());
    client
        .request::<Create>(&[], &Params::email("a@b.c"))
        .await
        .unwrap();
    assert_eq!(server.request_count::<Create>(), 2);
    server.verify_one_write::<Create>().unwrap();
    let injected = injector.injected_faults();
    assert!(
        matches!(&injected[..], [(operation, InjectedFault::ResetAfterSend)] if operation == "Create")
    );
    assert_eq!(injector.inner().request_count::<Create>(), 2);
}

#[tokio::test]
async fn only_the_selected_requests_are_affected() {
    let server = server();
    let injector = FaultInjector::new(server.clone())
        .only::<Create>()
        .inject([InjectedFault::RefuseConnection]);
    let client = client(injector.clone());
    client
        .request::<Retrieve>(&["x"], &())
        .retries(0)
        .await
        .unwrap();
    let call = client.request::<Create>(&[], &Params::default()).retries(0);
    assert!(call.await.unwrap_err().is_connect());
}

#[tokio::test]
async fn random_faults_repeat_for_one_seed_and_have_the_given_probabilities() {
    async fn failed_calls(seed: u64) -> Vec<bool> {
        let probabilities = [
            (100, InjectedFault::RefuseConnection),
            (200, InjectedFault::ResetAfterSend),
        ];
        let injector = FaultInjector::new(server()).inject_random(seed, probabilities);
        let client = client(injector.clone());
        let mut failed = Vec::new();
        for _ in 0..1_000 {
            let call = client.request::<Retrieve>(&["x"], &()).retries(0);
            failed.push(call.await.is_err());
        }
        let injected = injector.injected_faults();
        let refused = injected
            .iter()
            .filter(|(_, injected)| matches!(injected, InjectedFault::RefuseConnection));
        assert!((60..140).contains(&refused.count()));
        assert!((240..360).contains(&injected.len()), "{}", injected.len());
        failed
    }
    let first = failed_calls(1).await;
    assert_eq!(first, failed_calls(1).await);
    assert_ne!(first, failed_calls(2).await);
}

#[tokio::test]
async fn delay_without_clock_reports_what_is_missing() {
    let injector =
        FaultInjector::new(server()).inject([InjectedFault::Delay(Duration::from_secs(1))]);
    let call = client(injector);
    let error = call.request::<Retrieve>(&["x"], &()).await.unwrap_err();
    assert!(
        double_error(&error).contains("FaultInjector::clock"),
        "{error:?}"
    );
}
