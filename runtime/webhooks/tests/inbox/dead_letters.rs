//! Dead letters.

use webhooks::{MessageOutcome, MessageState, StoreOutcome};

use crate::stage::{Stage, dead_lettered, entry, ids, of};

async fn listed(stage: &Stage, after: Option<&str>, limit: usize) -> Vec<String> {
    let letters = stage.inbox.list_dead_letters(after, limit).await.unwrap();
    letters
        .into_iter()
        .map(|letter| letter.message.id)
        .collect()
}

pub(crate) async fn dead_letters_are_listed_oldest_first(stage: &Stage) {
    let entries = [entry("evt_1"), entry("evt_2"), entry("evt_3")];
    stage.store(&entries).await;
    let claims = stage.claim(10).await;
    for place in [2, 0] {
        let reason = format!("reason {place}");
        let finish = stage
            .inbox
            .finish_message(&claims[place].lease, dead_lettered(&reason));
        finish.await.unwrap();
        stage.pass_secs(5).await;
    }
    let letters = stage.inbox.list_dead_letters(None, 10).await.unwrap();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].message, entries[2]);
    assert_eq!((letters[0].attempts, &*letters[0].reason), (1, "reason 2"));
    assert_eq!(letters[1].message, entries[0]);
    let apart = letters[1].dead_lettered_at.0 - letters[0].dead_lettered_at.0;
    assert!((4..=6).contains(&apart), "{apart} s between them");
}

pub(crate) async fn dead_letters_can_be_paged_while_they_are_resolved(stage: &Stage) {
    for id in ["evt_3", "evt_1", "evt_4", "evt_2"] {
        stage.store(&[entry(id)]).await;
        stage.dead_letter_one("no").await;
    }
    assert_eq!(listed(stage, None, 2).await, ["evt_3", "evt_1"]);
    assert_eq!(listed(stage, Some("evt_1"), 10).await, ["evt_4", "evt_2"]);
    assert_eq!(listed(stage, Some("evt_2"), 10).await, [""; 0]);
    stage.inbox.discard_dead_letter("evt_1").await.unwrap();
    assert_eq!(listed(stage, Some("evt_1"), 1).await, ["evt_4"]);
    stage.inbox.replay_dead_letter("evt_4").await.unwrap();
    assert_eq!(listed(stage, Some("evt_4"), 10).await, ["evt_2"]);
    assert_eq!(listed(stage, Some("evt_9"), 10).await, ["evt_3", "evt_2"]);
}

pub(crate) async fn replayed_letters_are_tried_anew(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.claim_one().await;
    stage.pass_secs(61).await;
    stage.dead_letter_one("no").await;
    assert!(stage.inbox.replay_dead_letter("evt_1").await.unwrap());
    assert_eq!(stage.state("evt_1").await, MessageState::Pending);
    assert_eq!(listed(stage, None, 10).await, [""; 0]);
    let claim = stage.claim_one().await;
    assert_eq!(claim.attempt, 1);
    assert_eq!(claim.message, entry("evt_1"));
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
}

pub(crate) async fn discarded_letters_are_done(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.dead_letter_one("no").await;
    assert!(stage.inbox.discard_dead_letter("evt_1").await.unwrap());
    let record = stage.find("evt_1").await;
    assert_eq!((record.state, record.body), (MessageState::Completed, None));
    assert!(!stage.inbox.replay_dead_letter("evt_1").await.unwrap());
    let stored = stage.inbox.store_messages(&[entry("evt_1")]).await.unwrap();
    assert_eq!(stored, [StoreOutcome::Duplicate]);
    assert!(stage.claim(10).await.is_empty());
}

pub(crate) async fn only_dead_letters_are_replayed_or_discarded(stage: &Stage) {
    assert!(!stage.inbox.replay_dead_letter("evt_1").await.unwrap());
    assert!(!stage.inbox.discard_dead_letter("evt_1").await.unwrap());
    stage.store(&[entry("evt_1")]).await;
    assert!(!stage.inbox.discard_dead_letter("evt_1").await.unwrap());
    let claim = stage.claim_one().await;
    assert!(!stage.inbox.replay_dead_letter("evt_1").await.unwrap());
    assert!(!stage.inbox.discard_dead_letter("evt_1").await.unwrap());
    stage
        .inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert!(!stage.inbox.replay_dead_letter("evt_1").await.unwrap());
}

pub(crate) async fn replayed_letters_keep_their_place_in_the_order(stage: &Stage) {
    stage.store(&[of("evt_1", "cus_1", 1)]).await;
    stage.dead_letter_one("no").await;
    stage.store(&[of("evt_2", "cus_1", 2)]).await;
    stage.inbox.replay_dead_letter("evt_1").await.unwrap();
    let claims = stage.claim_in_order().await;
    assert_eq!(ids(&claims), ["evt_1"]);
    stage
        .inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_2"]);
}
