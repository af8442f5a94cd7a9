//! Storing, finding, counting, pruning.

use std::time::Duration;

use runtime::value::RawJson;
use webhooks::{InboxStats, MessageOutcome, MessageState, StoreOutcome};

use crate::stage::{Stage, dead_lettered, entry, failed, ids};

pub(crate) async fn ids_are_stored_once(stage: &Stage) {
    let (one, two) = (entry("evt_1"), entry("evt_2"));
    let first = stage
        .inbox
        .store_messages(std::slice::from_ref(&one))
        .await
        .unwrap();
    assert_eq!(first, [StoreOutcome::New]);
    let second = stage.inbox.store_messages(&[two, one]).await.unwrap();
    assert_eq!(second, [StoreOutcome::New, StoreOutcome::Duplicate]);
    assert_eq!(ids(&stage.claim(10).await), ["evt_1", "evt_2"]);
}

pub(crate) async fn ids_are_stored_once_within_a_batch(stage: &Stage) {
    let mut again = entry("evt_1");
    again.type_ = "invoice.voided".to_owned();
    let batch = [entry("evt_1"), entry("evt_2"), again];
    let stored = stage.inbox.store_messages(&batch).await.unwrap();
    assert_eq!(
        stored,
        [
            StoreOutcome::New,
            StoreOutcome::New,
            StoreOutcome::Duplicate
        ]
    );
    let claims = stage.claim(10).await;
    assert_eq!(ids(&claims), ["evt_1", "evt_2"]);
    assert_eq!(
        claims[0].message.type_, "invoice.paid",
        "the first one stays"
    );
}

pub(crate) async fn ids_are_known_after_completion(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let claim = stage.claim_one().await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    let stored = stage.inbox.store_messages(&[entry("evt_1")]).await.unwrap();
    assert_eq!(stored, [StoreOutcome::Duplicate]);
    assert!(stage.claim(10).await.is_empty());
}

pub(crate) async fn ids_may_be_long_and_odd(stage: &Stage) {
    let long = "evt_".to_owned() + &"x".repeat(1_500);
    let odd = ["", "'; DROP TABLE webhook_inbox; --", "ü🦀\u{202e}", &long];
    let entries: Vec<_> = odd.iter().map(|id| entry(id)).collect();
    stage.store(&entries).await;
    let claims = stage.claim(10).await;
    assert_eq!(ids(&claims), odd);
    for claim in claims {
        stage
            .inbox
            .finish_message(&claim.lease, MessageOutcome::Completed)
            .await
            .unwrap();
        assert_eq!(
            stage.state(&claim.message.id).await,
            MessageState::Completed
        );
    }
}

pub(crate) async fn nothing_is_stored_of_an_empty_batch(stage: &Stage) {
    assert_eq!(stage.inbox.store_messages(&[]).await.unwrap(), []);
    assert_eq!(
        stage.inbox.collect_stats().await.unwrap(),
        InboxStats::default()
    );
}

pub(crate) async fn bodies_come_back_as_they_were(stage: &Stage) {
    let bodies = [
        r#"{"z": 1,  "a": 1.0, "a": 1e400, "big": 123456789012345678901234567890}"#.to_owned(),
        r#"{"nul": "\u0000", "text": "ü🦀", "slash": "\/"}"#.to_owned(),
        format!(r#"{{"long": "{}"}}"#, "0123456789".repeat(200_000)),
    ];
    for (number, body) in bodies.iter().enumerate() {
        let mut message = entry(&format!("evt_{number}"));
        message.body = body.parse::<RawJson>().unwrap();
        stage.store(&[message.clone()]).await;
        let claim = stage.claim_one().await;
        assert!(claim.message.body.as_str() == body, "body {number}");
        assert_eq!(claim.message, message);
    }
}

pub(crate) async fn bodies_are_deleted_once_completed(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    assert!(stage.find("evt_1").await.body.is_some());
    let claim = stage.claim_one().await;
    stage
        .inbox
        .finish_message(&claim.lease, failed("no answer", Duration::ZERO))
        .await
        .unwrap();
    let claim = stage.claim_one().await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    let record = stage.find("evt_1").await;
    assert_eq!(record.state, MessageState::Completed);
    assert_eq!(record.body, None);
    assert_eq!(record.reason, None, "a reason may quote the body");
}

pub(crate) async fn records_have_the_state_of_a_message(stage: &Stage) {
    assert!(stage.inbox.find_message("evt_1").await.unwrap().is_none());
    stage.store(&[entry("evt_1")]).await;
    let record = stage.find("evt_1").await;
    assert_eq!((record.state, record.attempts), (MessageState::Pending, 0));
    assert_eq!(record.type_, "invoice.paid");
    let claim = stage.claim_one().await;
    let record = stage.find("evt_1").await;
    assert_eq!(record.state, MessageState::Leased);
    assert_eq!(record.stored_at, claim.stored_at);
    stage.pass_secs(61).await;
    assert_eq!(
        stage.state("evt_1").await,
        MessageState::Pending,
        "the lease expired"
    );
    let fail = stage
        .inbox
        .finish_message(&claim.lease, failed("odd", Duration::ZERO));
    fail.await.unwrap();
    let record = stage.find("evt_1").await;
    assert_eq!((record.state, record.attempts), (MessageState::Pending, 1));
    assert_eq!(record.reason.as_deref(), Some("odd"));
    stage.dead_letter_one("odder").await;
    let record = stage.find("evt_1").await;
    assert_eq!(
        (record.state, record.attempts),
        (MessageState::DeadLettered, 2)
    );
    assert_eq!(record.reason.as_deref(), Some("odder"));
    assert!(record.body.is_some());
}

pub(crate) async fn stats_count_what_is_in_which_state(stage: &Stage) {
    let names = ["evt_1", "evt_2", "evt_3", "evt_4", "evt_5", "evt_6"];
    stage.store(&names.map(entry)).await;
    let claims = stage.claim(4).await;
    stage
        .inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    stage
        .inbox
        .finish_message(&claims[1].lease, dead_lettered("no"))
        .await
        .unwrap();
    let fail = stage
        .inbox
        .finish_message(&claims[2].lease, failed("no", Duration::from_secs(100)));
    fail.await.unwrap();
    stage.pass_secs(10).await;
    let stats = stage.inbox.collect_stats().await.unwrap();
    assert_eq!((stats.pending, stats.leased), (3, 1));
    assert_eq!((stats.dead_letters, stats.completed), (1, 1));
    let oldest = stats.oldest_age.expect("an age");
    assert!(oldest >= Duration::from_secs(10), "{oldest:?}");
    assert!(oldest < Duration::from_secs(40), "{oldest:?}");
    stage.pass_secs(60).await;
    let stats = stage.inbox.collect_stats().await.unwrap();
    assert_eq!((stats.pending, stats.leased), (4, 0), "the lease expired");
}

pub(crate) async fn pruning_deletes_old_ids_only(stage: &Stage) {
    stage.store(&[entry("evt_old")]).await;
    let old = stage.claim_one().await.lease;
    stage.pass_secs(1_000).await;
    stage
        .inbox
        .finish_message(&old, MessageOutcome::Completed)
        .await
        .unwrap();
    stage.pass_secs(50).await;
    stage.store(&[entry("evt_new")]).await;
    let claim = stage.claim_one().await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    stage.pass_secs(50).await;
    let pruned = stage
        .inbox
        .prune_completed(Duration::from_secs(200))
        .await
        .unwrap();
    assert_eq!(pruned, 0, "it counts from when they were done");
    let pruned = stage
        .inbox
        .prune_completed(Duration::from_secs(75))
        .await
        .unwrap();
    assert_eq!(pruned, 1);
    assert!(stage.inbox.find_message("evt_old").await.unwrap().is_none());
    assert_eq!(stage.state("evt_new").await, MessageState::Completed);
    let stored = stage
        .inbox
        .store_messages(&[entry("evt_old")])
        .await
        .unwrap();
    assert_eq!(stored, [StoreOutcome::New]);
    stage.claim_one().await;
    let late = stage
        .inbox
        .finish_message(&old, MessageOutcome::Completed)
        .await
        .unwrap_err();
    assert!(late.is_lease_lost(), "it is another message of that id now");
}

pub(crate) async fn pruning_leaves_unfinished_messages(stage: &Stage) {
    stage.store(&[entry("evt_dead")]).await;
    stage.dead_letter_one("no").await;
    stage.store(&[entry("evt_leased")]).await;
    stage.claim_one().await;
    stage.store(&[entry("evt_waits")]).await;
    stage.pass_secs(1_000_000).await;
    assert_eq!(
        stage.inbox.prune_completed(Duration::ZERO).await.unwrap(),
        0
    );
    assert_eq!(stage.inbox.prune_completed(Duration::MAX).await.unwrap(), 0);
    assert_eq!(stage.inbox.collect_stats().await.unwrap().dead_letters, 1);
    assert_eq!(ids(&stage.claim(10).await), ["evt_leased"]);
    assert_eq!(ids(&stage.claim(10).await), ["evt_waits"]);
}

pub(crate) async fn watermarks_are_stored_by_name(stage: &Stage) {
    assert_eq!(stage.inbox.read_watermark("events").await.unwrap(), None);
    stage
        .inbox
        .write_watermark("events", "evt_1")
        .await
        .unwrap();
    stage.inbox.write_watermark("other", "").await.unwrap();
    stage
        .inbox
        .write_watermark("events", "evt_2 ü")
        .await
        .unwrap();
    let events = stage.inbox.read_watermark("events").await.unwrap();
    assert_eq!(events.as_deref(), Some("evt_2 ü"));
    let other = stage.inbox.read_watermark("other").await.unwrap();
    assert_eq!(other.as_deref(), Some(""));
}

pub(crate) async fn the_wake_signal_is_notified_of_new_messages(stage: &Stage) {
    let signal = stage.inbox.wake_signal();
    let before = signal.notification_count();
    stage.store(&[entry("evt_1")]).await;
    assert_eq!(signal.notification_count(), before + 1);
    stage.store(&[entry("evt_1")]).await;
    assert_eq!(signal.notification_count(), before + 1, "nothing is new");
    stage.dead_letter_one("no").await;
    stage.inbox.replay_dead_letter("evt_1").await.unwrap();
    assert_eq!(signal.notification_count(), before + 2);
    signal.notified_since(before).await;
}
