//! Claims and leases.

use std::time::Duration;

use webhooks::{ClaimRequest, ClaimedMessage, Inbox, MessageLease, MessageOutcome};

use crate::stage::{Stage, dead_lettered, entry, failed, ids};

async fn is_lost(inbox: &dyn Inbox, lease: &MessageLease) -> bool {
    let error = inbox
        .renew_lease(lease, Duration::from_secs(60))
        .await
        .err();
    error.is_some_and(|error| error.is_lease_lost())
}

pub(crate) async fn messages_are_claimed_once(stage: &Stage) {
    stage.store(&[entry("evt_1"), entry("evt_2")]).await;
    let claims = stage.claim(10).await;
    assert_eq!(ids(&claims), ["evt_1", "evt_2"]);
    assert!(claims.iter().all(|claim| claim.attempt == 1));
    assert_eq!(claims[0].lease.id(), "evt_1");
    assert!(stage.claim(10).await.is_empty());
}

pub(crate) async fn messages_come_in_the_order_in_which_they_were_due(stage: &Stage) {
    stage
        .store(&[entry("evt_3"), entry("evt_1"), entry("evt_2")])
        .await;
    let claims = stage.claim(1).await;
    assert_eq!(ids(&claims), ["evt_3"]);
    let fail = stage
        .inbox
        .finish_message(&claims[0].lease, failed("no", Duration::ZERO));
    fail.await.unwrap();
    assert_eq!(ids(&stage.claim(10).await), ["evt_1", "evt_2", "evt_3"]);
}

pub(crate) async fn claims_are_limited(stage: &Stage) {
    stage
        .store(&[entry("evt_1"), entry("evt_2"), entry("evt_3")])
        .await;
    assert!(stage.claim(0).await.is_empty());
    assert_eq!(ids(&stage.claim(2).await), ["evt_1", "evt_2"]);
    assert_eq!(ids(&stage.claim(usize::MAX).await), ["evt_3"]);
}

pub(crate) async fn expired_leases_are_claimed_again(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let first = stage.claim_one().await;
    stage.pass_secs(61).await;
    let second = stage.claim_one().await;
    assert_eq!(
        second.attempt, 2,
        "the claim is counted although no handler failed"
    );
    assert_eq!(second.message, first.message);
    assert_ne!(second.lease, first.lease);
}

pub(crate) async fn leases_last_as_long_as_was_asked(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let request = ClaimRequest::new(10, Duration::from_secs(1_000));
    stage.inbox.claim_messages(&request).await.unwrap();
    stage.pass_secs(890).await;
    assert!(stage.claim(10).await.is_empty());
    stage.pass_secs(110).await;
    stage.claim_one().await;
}

pub(crate) async fn renewed_leases_last_longer(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let claim = stage.claim_one().await;
    stage.pass_secs(40).await;
    let renew = stage
        .inbox
        .renew_lease(&claim.lease, Duration::from_secs(60));
    renew.await.unwrap();
    stage.pass_secs(40).await;
    assert!(stage.claim(10).await.is_empty());
    stage.pass_secs(21).await;
    stage.claim_one().await;
}

pub(crate) async fn expired_leases_can_be_renewed_until_the_next_claim(stage: &Stage) {
    stage.store(&[entry("evt_1"), entry("evt_2")]).await;
    let claims = stage.claim(10).await;
    stage.pass_secs(100).await;
    assert!(!is_lost(&*stage.inbox, &claims[0].lease).await);
    assert_eq!(
        ids(&stage.claim(10).await),
        ["evt_2"],
        "the first is leased again"
    );
    stage
        .inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert!(is_lost(&*stage.inbox, &claims[1].lease).await);
}

pub(crate) async fn leases_are_lost_after_another_claim(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    let old = stage.claim_one().await.lease;
    stage.pass_secs(61).await;
    let new = stage.claim_one().await.lease;
    let inbox = &stage.inbox;
    let pause = Duration::ZERO;
    assert!(is_lost(&**inbox, &old).await);
    let ends = [
        inbox.finish_message(&old, MessageOutcome::Completed).await,
        inbox.finish_message(&old, failed("no", pause)).await,
        inbox.finish_message(&old, dead_lettered("no")).await,
        inbox.finish_message(&old, MessageOutcome::Released).await,
    ];
    for end in ends {
        assert!(end.unwrap_err().is_lease_lost());
    }
    inbox
        .finish_message(&new, MessageOutcome::Completed)
        .await
        .expect("it is whole");
    let late = inbox
        .finish_message(&old, MessageOutcome::Completed)
        .await
        .unwrap_err();
    assert!(late.is_lease_lost(), "done, but not by this one");
}

pub(crate) async fn leases_of_unknown_messages_are_lost(stage: &Stage) {
    let lease = MessageLease::new("evt_1", 1);
    assert!(is_lost(&*stage.inbox, &lease).await);
    let error = stage
        .inbox
        .finish_message(&lease, MessageOutcome::Completed)
        .await
        .unwrap_err();
    assert!(error.is_lease_lost());
}

pub(crate) async fn very_long_times_are_no_error(stage: &Stage) {
    stage.store(&[entry("evt_1"), entry("evt_2")]).await;
    let request = ClaimRequest::new(10, Duration::MAX);
    let claims: Vec<ClaimedMessage> = stage.inbox.claim_messages(&request).await.unwrap();
    let renew = stage.inbox.renew_lease(&claims[0].lease, Duration::MAX);
    renew.await.unwrap();
    let fail = stage
        .inbox
        .finish_message(&claims[1].lease, failed("never", Duration::MAX));
    fail.await.unwrap();
    stage.pass_secs(365 * 24 * 60 * 60).await;
    assert!(stage.claim(10).await.is_empty());
}
