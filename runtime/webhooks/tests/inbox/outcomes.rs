//! The outcomes of a claimed message.

use std::time::Duration;

use webhooks::{MessageOutcome, MessageState};

use crate::stage::{LEASE, Stage, dead_lettered, entry, failed};

pub(crate) async fn completing_twice_changes_nothing(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let claim = stage.claim_one().await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    stage.pass_secs(100).await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert_eq!(stage.state("evt_1").await, MessageState::Completed);
    let pruned = stage
        .inbox
        .prune_completed(Duration::from_secs(50))
        .await
        .unwrap();
    assert_eq!(pruned, 1, "it is done since the first time");
}

pub(crate) async fn completed_messages_are_never_claimed_again(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let claim = stage.claim_one().await;
    // The lease expired, but the message was not claimed again.
    stage.pass_secs(100).await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    stage.pass_secs(1_000).await;
    assert!(stage.claim(10).await.is_empty());
}

pub(crate) async fn renewing_what_is_completed_changes_nothing(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let claim = stage.claim_one().await;
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    stage.inbox.renew_lease(&claim.lease, LEASE).await.unwrap();
    stage.pass_secs(1_000).await;
    assert!(stage.claim(10).await.is_empty());
    assert_eq!(stage.state("evt_1").await, MessageState::Completed);
}

pub(crate) async fn failed_messages_are_due_after_the_pause(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let claim = stage.claim_one().await;
    let pause = Duration::from_secs(30);
    let fail = stage
        .inbox
        .finish_message(&claim.lease, failed("no answer", pause));
    fail.await.unwrap();
    stage.pass_secs(20).await;
    assert!(stage.claim(10).await.is_empty());
    stage.pass_secs(10).await;
    let again = stage.claim_one().await;
    assert_eq!(again.attempt, 2);
    assert_eq!(again.message, claim.message);
}

pub(crate) async fn failures_without_pause_are_due_at_once(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    for attempt in 1..=3 {
        let claim = stage.claim_one().await;
        assert_eq!(claim.attempt, attempt);
        let fail = stage
            .inbox
            .finish_message(&claim.lease, failed("nul \0", Duration::ZERO));
        fail.await.unwrap();
    }
}

pub(crate) async fn released_messages_are_due_at_once_and_not_counted(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    for _ in 0..3 {
        let claim = stage.claim_one().await;
        assert_eq!(claim.attempt, 1);
        stage
            .inbox
            .finish_message(&claim.lease, MessageOutcome::Released)
            .await
            .unwrap();
    }
    assert_eq!(stage.find("evt_1").await.attempts, 0);
    assert_eq!(stage.find("evt_1").await.reason, None);
}

pub(crate) async fn ended_leases_are_lost(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let inbox = &stage.inbox;
    let released = stage.claim_one().await.lease;
    inbox
        .finish_message(&released, MessageOutcome::Released)
        .await
        .unwrap();
    assert!(
        inbox
            .finish_message(&released, MessageOutcome::Completed)
            .await
            .unwrap_err()
            .is_lease_lost()
    );
    let ended = stage.claim_one().await.lease;
    inbox
        .finish_message(&ended, failed("no", Duration::ZERO))
        .await
        .unwrap();
    assert!(
        inbox
            .finish_message(&ended, MessageOutcome::Completed)
            .await
            .unwrap_err()
            .is_lease_lost()
    );
    let renewed = inbox.renew_lease(&ended, LEASE).await;
    assert!(renewed.unwrap_err().is_lease_lost());
    let dead = stage.claim_one().await.lease;
    inbox
        .finish_message(&dead, dead_lettered("no"))
        .await
        .unwrap();
    assert!(
        inbox
            .finish_message(&dead, MessageOutcome::Completed)
            .await
            .unwrap_err()
            .is_lease_lost()
    );
    assert_eq!(stage.state("evt_1").await, MessageState::DeadLettered);
}

pub(crate) async fn dead_lettered_messages_are_not_claimed(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.dead_letter_one("unreadable").await;
    stage.pass_secs(1_000).await;
    assert!(stage.claim(10).await.is_empty());
}
