//! One message of an object after the other.

use std::time::Duration;

use webhooks::MessageOutcome;

use crate::stage::{LEASE, Stage, dead_lettered, entry, failed, ids, of};

pub(crate) async fn objects_are_handled_one_message_at_a_time(stage: &Stage) {
    let entries = [
        of("evt_1", "cus_1", 1),
        of("evt_2", "cus_1", 2),
        of("evt_3", "cus_2", 3),
    ];
    stage.store(&entries).await;
    let claims = stage.claim_in_order().await;
    assert_eq!(ids(&claims), ["evt_1", "evt_3"]);
    assert!(stage.claim_in_order().await.is_empty());
    stage
        .inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_2"]);
}

pub(crate) async fn earlier_messages_come_first(stage: &Stage) {
    let entries = [
        of("evt_3", "cus_1", 3),
        of("evt_1", "cus_1", 1),
        of("evt_2", "cus_1", 2),
    ];
    // In one batch, so that all are due at the same time.
    stage.inbox.store_messages(&entries).await.unwrap();
    for id in ["evt_1", "evt_2", "evt_3"] {
        let claims = stage.claim_in_order().await;
        assert_eq!(ids(&claims), [id]);
        stage
            .inbox
            .finish_message(&claims[0].lease, MessageOutcome::Completed)
            .await
            .unwrap();
    }
}

pub(crate) async fn messages_of_one_second_come_as_they_arrived(stage: &Stage) {
    let entries = ["evt_c", "evt_a", "evt_b"].map(|id| of(id, "cus_1", 7));
    stage.inbox.store_messages(&entries).await.unwrap();
    stage.store(&[of("evt_0", "cus_1", 7)]).await;
    for id in ["evt_c", "evt_a", "evt_b", "evt_0"] {
        let claims = stage.claim_in_order().await;
        assert_eq!(ids(&claims), [id]);
        stage
            .inbox
            .finish_message(&claims[0].lease, MessageOutcome::Completed)
            .await
            .unwrap();
    }
}

pub(crate) async fn a_failed_message_holds_up_those_after_it(stage: &Stage) {
    stage
        .store(&[of("evt_1", "cus_1", 1), of("evt_2", "cus_1", 2)])
        .await;
    let claims = stage.claim_in_order().await;
    let pause = Duration::from_secs(300);
    let fail = stage
        .inbox
        .finish_message(&claims[0].lease, failed("no", pause));
    fail.await.unwrap();
    stage.pass_secs(200).await;
    assert!(stage.claim_in_order().await.is_empty());
    stage.pass_secs(100).await;
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_1"]);
}

pub(crate) async fn a_dead_letter_holds_nothing_up(stage: &Stage) {
    stage
        .store(&[of("evt_1", "cus_1", 1), of("evt_2", "cus_1", 2)])
        .await;
    let claims = stage.claim_in_order().await;
    stage
        .inbox
        .finish_message(&claims[0].lease, dead_lettered("no"))
        .await
        .unwrap();
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_2"]);
}

pub(crate) async fn a_late_message_comes_before_those_that_wait(stage: &Stage) {
    stage
        .store(&[of("evt_2", "cus_1", 2), of("evt_3", "cus_1", 3)])
        .await;
    stage.store(&[of("evt_1", "cus_1", 1)]).await;
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_1"]);
}

pub(crate) async fn a_late_message_waits_while_the_object_is_handled(stage: &Stage) {
    stage.store(&[of("evt_2", "cus_1", 2)]).await;
    let claims = stage.claim_in_order().await;
    assert_eq!(ids(&claims), ["evt_2"]);
    stage.store(&[of("evt_1", "cus_1", 1)]).await;
    assert!(stage.claim_in_order().await.is_empty());
    stage
        .inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_1"]);
}

pub(crate) async fn an_expired_lease_is_lost_to_an_earlier_message(stage: &Stage) {
    stage.store(&[of("evt_2", "cus_1", 2)]).await;
    let late = stage.claim_in_order().await.remove(0).lease;
    stage.store(&[of("evt_1", "cus_1", 1)]).await;
    stage.pass_secs(61).await;
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_1"]);
    // Otherwise both would be handled at the same time.
    let renewed = stage.inbox.renew_lease(&late, LEASE).await;
    assert!(renewed.unwrap_err().is_lease_lost());
}

pub(crate) async fn an_expired_lease_is_taken_again_in_order(stage: &Stage) {
    stage
        .store(&[of("evt_1", "cus_1", 1), of("evt_2", "cus_1", 2)])
        .await;
    stage.claim_in_order().await;
    stage.pass_secs(61).await;
    let claims = stage.claim_in_order().await;
    assert_eq!(ids(&claims), ["evt_1"]);
    assert_eq!(claims[0].attempt, 2);
}

pub(crate) async fn messages_without_an_object_are_in_no_order(stage: &Stage) {
    stage.store(&[entry("evt_1"), entry("evt_2")]).await;
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_1", "evt_2"]);
}

pub(crate) async fn any_order_ignores_objects(stage: &Stage) {
    stage
        .store(&[of("evt_2", "cus_1", 2), of("evt_1", "cus_1", 1)])
        .await;
    let claims = stage.claim(10).await;
    assert_eq!(ids(&claims), ["evt_2", "evt_1"]);
    stage
        .inbox
        .finish_message(&claims[1].lease, MessageOutcome::Released)
        .await
        .unwrap();
    assert!(
        stage.claim_in_order().await.is_empty(),
        "the other is being handled"
    );
}
