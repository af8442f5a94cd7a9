use std::time::Duration;

use testing::{Fault, Faulty, ManualClock, Mock, Reply};

use crate::api::{Create, Params, Retrieve, client, client_at, told};

const ITEM: &str = r#"{"id": "item_1"}"#;

fn server() -> Mock {
    let mock = Mock::new();
    mock.on::<Create>().reply(Reply::json(ITEM)).repeatedly();
    mock.on::<Retrieve>()
        .reply(Reply::json(ITEM))
        .repeatedly()
        .optional();
    mock
}

/// What a single attempt meets, what the client says about it, and whether the server knew.
async fn one(fault: Fault) -> (String, usize) {
    let server = server();
    let clock = ManualClock::new().auto_advance();
    let transport = Faulty::new(server.clone())
        .script([fault])
        .clock(clock.clone());
    let client = client_at(transport, clock);
    let call = client
        .request::<Create>(&[], &Params::email("a@b.c"))
        .retries(0);
    let said = match call.await {
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
    (said, server.calls::<Create>())
}

#[tokio::test]
async fn each_fault_does_what_it_says_on_both_sides() {
    let seconds = Duration::from_secs;
    for (fault, said, arrived) in [
        (Fault::None, "item_1", 1),
        (Fault::RefuseConnection, "connect NotSent", 0),
        (Fault::ResetBeforeSend, "interrupted Unknown", 0),
        (Fault::ResetAfterSend, "interrupted Unknown", 1),
        (Fault::NeverArrive, "timeout Unknown", 0),
        (Fault::NeverAnswer, "timeout Unknown", 1),
        (Fault::Slow(seconds(9)), "item_1", 1),
        (Fault::Slow(seconds(11)), "timeout Unknown", 1),
        (Fault::Truncate(5), "decode Unknown", 1),
        (Fault::Truncate(999), "item_1", 1),
        (Fault::Garbage, "decode Unknown", 1),
        (
            Fault::AnswerInstead(Reply::bad_gateway()),
            "server Unknown",
            0,
        ),
        (
            Fault::AnswerAfter(Reply::bad_gateway()),
            "server Unknown",
            1,
        ),
        (
            Fault::AnswerAfter(Reply::reset().after(seconds(1))),
            "interrupted Unknown",
            1,
        ),
    ] {
        let name = format!("{fault:?}");
        assert_eq!(one(fault).await, (said.to_owned(), arrived), "{name}");
    }
}

#[tokio::test]
async fn lost_answer_is_asked_for_again_under_the_same_key() {
    let server = server();
    let faulty = Faulty::new(server.clone()).script([Fault::ResetAfterSend]);
    let client = client(faulty.clone());
    client
        .request::<Create>(&[], &Params::email("a@b.c"))
        .await
        .unwrap();
    assert_eq!(server.calls::<Create>(), 2);
    server.verify_one_write::<Create>().unwrap();
    let injected = faulty.injected();
    assert!(matches!(&injected[..], [(operation, Fault::ResetAfterSend)] if operation == "Create"));
    assert_eq!(faulty.inner().calls::<Create>(), 2);
}

#[tokio::test]
async fn only_the_chosen_requests_meet_faults() {
    let server = server();
    let faulty = Faulty::new(server.clone())
        .only::<Create>()
        .script([Fault::RefuseConnection]);
    let client = client(faulty.clone());
    client
        .request::<Retrieve>(&["x"], &())
        .retries(0)
        .await
        .unwrap();
    let call = client.request::<Create>(&[], &Params::default()).retries(0);
    assert!(call.await.unwrap_err().is_connect());
}

#[tokio::test]
async fn random_faults_repeat_for_one_seed_and_come_about_as_often_as_asked() {
    async fn faults(seed: u64) -> Vec<bool> {
        let plan = [(100, Fault::RefuseConnection), (200, Fault::ResetAfterSend)];
        let faulty = Faulty::new(server()).random(seed, plan);
        let client = client(faulty.clone());
        let mut failed = Vec::new();
        for _ in 0..1_000 {
            let call = client.request::<Retrieve>(&["x"], &()).retries(0);
            failed.push(call.await.is_err());
        }
        let injected = faulty.injected();
        let refused = injected
            .iter()
            .filter(|(_, fault)| matches!(fault, Fault::RefuseConnection));
        assert!((60..140).contains(&refused.count()));
        assert!((240..360).contains(&injected.len()), "{}", injected.len());
        failed
    }
    let first = faults(1).await;
    assert_eq!(first, faults(1).await);
    assert_ne!(first, faults(2).await);
}

#[tokio::test]
async fn slow_fault_without_clock_says_what_is_missing() {
    let faulty = Faulty::new(server()).script([Fault::Slow(Duration::from_secs(1))]);
    let call = client(faulty);
    let error = call.request::<Retrieve>(&["x"], &()).await.unwrap_err();
    assert!(told(&error).contains("Faulty::clock"), "{error:?}");
}
