//! Reports to the server about earlier calls, which are off by default.

use std::time::Duration;

use crate::stage::{Act, OK, Stage, create};

const HEADER: &str = "x-stripe-client-telemetry";

fn report(id: &str, millis: u64) -> Option<String> {
    Some(format!(
        r#"{{"last_request_metrics":{{"request_id":"{id}","request_duration_ms":{millis}}}}}"#
    ))
}

#[tokio::test]
async fn no_header_is_sent_by_default() {
    let stage = Stage::new([OK, OK, OK]);
    let client = stage.client();
    for _ in 0..3 {
        create(&client).await.unwrap();
    }
    assert_eq!(stage.sent(HEADER), [None, None, None]);
    let seen = stage.script.seen.lock().unwrap();
    for request in seen.iter() {
        for name in request.headers.keys() {
            assert!(!name.as_str().contains("telemetry"), "{name}");
            assert!(!name.as_str().contains("client-user-agent"), "{name}");
        }
    }
}

#[tokio::test]
async fn header_tells_of_the_last_attempt_when_allowed() {
    let failed = Act::Respond(500, &[("request-id", "req_bad")], "{}");
    let stage = Stage::new([failed, OK, OK]);
    let client = stage.builder().send_telemetry(true).build().unwrap();
    create(&client).retries(1).await.unwrap();
    create(&client).await.unwrap();
    assert_eq!(stage.sent(HEADER), [None, None, report("req_ok", 20)]);
}

#[tokio::test]
async fn header_is_the_same_when_an_attempt_is_repeated() {
    let failed = Act::Respond(500, &[("request-id", "req_bad")], "{}");
    let declined = Act::Respond(402, &[("request-id", "req_no")], "{}");
    let stage = Stage::new([OK, declined, failed, OK, OK]);
    let client = stage.builder().send_telemetry(true).build().unwrap();
    create(&client).await.unwrap();
    create(&client).await.unwrap_err();
    create(&client).retries(1).await.unwrap();
    create(&client).await.unwrap();
    assert_eq!(
        stage.sent(HEADER),
        [
            None,
            report("req_ok", 20),
            report("req_no", 20),
            report("req_no", 20),
            report("req_ok", 20),
        ]
    );
}

#[tokio::test]
async fn nothing_is_reported_when_the_server_does_not_respond_or_names_nothing() {
    let strange = Act::Respond(200, &[("request-id", "\"}, evil")], "{}");
    let stage = Stage::new([Act::Unreachable, Act::Respond(200, &[], "{}"), strange, OK]);
    let client = stage.builder().send_telemetry(true).build().unwrap();
    create(&client).retries(0).await.unwrap_err();
    for _ in 0..3 {
        create(&client).await.unwrap();
    }
    assert_eq!(stage.sent(HEADER), [None, None, None, None]);
}

#[tokio::test]
async fn own_header_wins_when_the_caller_sets_it() {
    let stage = Stage::new([OK, OK]);
    let client = stage.builder().send_telemetry(true).build().unwrap();
    create(&client).await.unwrap();
    create(&client).header(HEADER, "own").await.unwrap();
    assert_eq!(stage.sent(HEADER), [None, Some("own".to_owned())]);
}

#[tokio::test]
async fn clones_share_reports_and_clients_do_not() {
    let stage = Stage::new([OK, OK, OK]);
    let client = stage.builder().send_telemetry(true).build().unwrap();
    let other = stage.builder().send_telemetry(true).build().unwrap();
    create(&client).await.unwrap();
    stage.clock().pass(Duration::from_secs(5));
    create(&other).await.unwrap();
    create(&client.clone()).await.unwrap();
    assert_eq!(stage.sent(HEADER), [None, None, report("req_ok", 20)]);
}
