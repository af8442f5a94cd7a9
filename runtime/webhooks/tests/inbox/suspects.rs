//! Messages whose lease expired without an outcome.

use std::collections::BTreeSet;
use std::time::Duration;

use webhooks::{ClaimOrder, ClaimRequest, ClaimedMessage, MessageOutcome, MessageState};

use crate::stage::{LEASE, Stage, dead_lettered, entry, failed, ids, of};

/// The default limit of crashes alone.
const LIMIT: u32 = 3;

/// Claims messages that are no suspects.
async fn claim_others(stage: &Stage) -> Vec<ClaimedMessage> {
    let request = ClaimRequest::new(10, LEASE);
    stage.inbox.claim_messages(&request).await.unwrap()
}

async fn dead_letter_suspects(stage: &Stage) -> Vec<String> {
    stage.inbox.dead_letter_suspects(LIMIT).await.unwrap()
}

pub(crate) async fn a_message_whose_lease_expired_is_claimed_alone(stage: &Stage) {
    stage.store(&["evt_1", "evt_2"].map(entry)).await;
    stage.claim(10).await;
    assert!(
        !stage.has_suspects(ClaimOrder::Any).await,
        "none is expired"
    );
    stage.pass_secs(61).await;
    stage.store(&["evt_3", "evt_4"].map(entry)).await;
    assert!(stage.has_suspects(ClaimOrder::Any).await);
    let suspect = stage.claim_suspect(ClaimOrder::Any).await.unwrap();
    assert_eq!((suspect.attempt, suspect.crashes), (2, 1));
    let others = claim_others(stage).await;
    assert_eq!(ids(&others), ["evt_3", "evt_4"]);
    let other = stage.claim_suspect(ClaimOrder::Any).await.unwrap();
    let suspects = BTreeSet::from([suspect.lease.id(), other.lease.id()]);
    assert_eq!(suspects, BTreeSet::from(["evt_1", "evt_2"]));
    assert!(stage.claim_suspect(ClaimOrder::Any).await.is_none());
    assert!(!stage.has_suspects(ClaimOrder::Any).await);
}

/// Processes that handle one claim after the other and end with a message whose id begins with
/// `bad`. Returns how often a process ended.
async fn run_processes(stage: &Stage) -> u32 {
    let mut ends = 0;
    loop {
        dead_letter_suspects(stage).await;
        let claims = stage.claim(10).await;
        if claims.is_empty() {
            return ends;
        }
        if claims
            .iter()
            .any(|claim| claim.lease.id().starts_with("bad"))
        {
            ends += 1;
            assert!(ends < 100, "processes end again and again");
            stage.pass_secs(61).await;
            continue;
        }
        for claim in &claims {
            stage.finish(claim, MessageOutcome::Completed).await;
        }
    }
}

pub(crate) async fn one_poison_message_costs_one_message(stage: &Stage) {
    let entries = ["evt_1", "bad_1", "evt_2", "evt_3"].map(entry);
    stage.store(&entries).await;
    assert_eq!(run_processes(stage).await, 1 + LIMIT);
    for id in ["evt_1", "evt_2", "evt_3"] {
        assert_eq!(stage.state(id).await, MessageState::Completed);
    }
    let letters = stage.inbox.list_dead_letters(None, 10).await.unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].message, entries[1]);
    assert_eq!((letters[0].attempts, letters[0].crashes), (4, 4));
    assert_eq!(
        letters[0].reason,
        "the process ended, or its worker was dropped, in 4 attempts in a row without an outcome, \
         the last 3 of them with this message alone"
    );
}

pub(crate) async fn several_poison_messages_cost_no_others(stage: &Stage) {
    let entries: Vec<_> = (0..24)
        .map(|number| match number % 4 {
            1 => entry(&format!("bad_{number}")),
            _ => entry(&format!("evt_{number}")),
        })
        .collect();
    stage.inbox.store_messages(&entries).await.unwrap();
    run_processes(stage).await;
    let stats = stage.inbox.collect_stats().await.unwrap();
    assert_eq!((stats.dead_letters, stats.completed), (6, 18), "{stats:?}");
}

pub(crate) async fn an_outcome_ends_the_suspicion(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.claim_one().await;
    for crashes in 1..=LIMIT + 2 {
        stage.pass_secs(61).await;
        let suspect = stage.claim_suspect(ClaimOrder::Any).await.unwrap();
        assert_eq!(suspect.crashes, crashes);
        stage.finish(&suspect, failed("no", Duration::ZERO)).await;
        assert!(!stage.has_suspects(ClaimOrder::Any).await);
        assert!(dead_letter_suspects(stage).await.is_empty());
        assert_eq!(ids(&claim_others(stage).await), ["evt_1"]);
    }
    let record = stage.find("evt_1").await;
    assert_eq!((record.attempts, record.crashes), (11, 5));
}

pub(crate) async fn a_released_suspect_remains_one(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.claim_one().await;
    stage.pass_secs(61).await;
    for _ in 0..LIMIT + 2 {
        let suspect = stage.claim_suspect(ClaimOrder::Any).await.unwrap();
        assert_eq!((suspect.attempt, suspect.crashes), (2, 1));
        stage.finish(&suspect, MessageOutcome::Released).await;
        assert!(claim_others(stage).await.is_empty());
    }
    assert!(dead_letter_suspects(stage).await.is_empty());
}

pub(crate) async fn suspects_become_dead_letters_once(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.claim_one().await;
    for _ in 0..LIMIT {
        stage.pass_secs(61).await;
        assert!(dead_letter_suspects(stage).await.is_empty());
        stage.claim_suspect(ClaimOrder::Any).await.unwrap();
        assert!(dead_letter_suspects(stage).await.is_empty(), "it is leased");
    }
    stage.pass_secs(61).await;
    assert!(stage.claim_suspect(ClaimOrder::Any).await.is_none());
    assert!(stage.has_suspects(ClaimOrder::Any).await);
    assert_eq!(dead_letter_suspects(stage).await, ["evt_1"]);
    assert_eq!(dead_letter_suspects(stage).await, [""; 0]);
    assert!(!stage.has_suspects(ClaimOrder::Any).await);
    assert_eq!(stage.state("evt_1").await, MessageState::DeadLettered);
}

pub(crate) async fn a_replayed_suspect_begins_anew(stage: &Stage) {
    stage.store(&[entry("evt_1")]).await;
    stage.claim_one().await;
    stage.pass_secs(61).await;
    let suspect = stage.claim_suspect(ClaimOrder::Any).await.unwrap();
    stage.finish(&suspect, dead_lettered("no")).await;
    stage.inbox.replay_dead_letter("evt_1").await.unwrap();
    let claims = claim_others(stage).await;
    assert_eq!((claims[0].attempt, claims[0].crashes), (1, 0));
}

pub(crate) async fn suspects_are_claimed_in_order(stage: &Stage) {
    let order = ClaimOrder::PerObject;
    stage
        .store(&[of("evt_1", "cus_1", 1), of("evt_2", "cus_1", 2)])
        .await;
    stage.claim_in_order().await;
    stage.pass_secs(61).await;
    assert!(stage.has_suspects(order).await);
    let request = ClaimRequest::new(10, LEASE).order(order);
    let others = stage.inbox.claim_messages(&request).await.unwrap();
    assert!(others.is_empty(), "the suspect holds them up");
    let suspect = stage.claim_suspect(order).await.unwrap();
    assert_eq!(suspect.lease.id(), "evt_1");
    assert!(stage.claim_in_order().await.is_empty());
    stage.finish(&suspect, MessageOutcome::Completed).await;
    assert_eq!(ids(&stage.claim_in_order().await), ["evt_2"]);
}

pub(crate) async fn a_suspect_waits_for_earlier_messages_of_its_object(stage: &Stage) {
    let order = ClaimOrder::PerObject;
    stage.store(&[of("evt_2", "cus_1", 2)]).await;
    stage.claim_in_order().await;
    stage.store(&[of("evt_1", "cus_1", 1)]).await;
    stage.pass_secs(61).await;
    assert!(!stage.has_suspects(order).await, "no worker waits for it");
    let claims = stage.claim_in_order().await;
    assert_eq!(ids(&claims), ["evt_1"]);
    assert!(stage.claim_suspect(order).await.is_none());
    stage.finish(&claims[0], MessageOutcome::Completed).await;
    assert!(stage.has_suspects(order).await);
    let suspect = stage.claim_suspect(order).await.unwrap();
    assert_eq!((suspect.attempt, suspect.crashes), (2, 1));
}

pub(crate) async fn leases_of_one_claim_end_at_different_times(stage: &Stage) {
    let entries: Vec<_> = (0..100).map(|n| entry(&format!("evt_{n}"))).collect();
    stage.inbox.store_messages(&entries).await.unwrap();
    let claims = stage.claim(100).await;
    let expired = async || stage.inbox.collect_stats().await.unwrap().pending;
    stage.pass_secs(52).await;
    assert_eq!(expired().await, 0, "at least nine tenths of the duration");
    stage.pass_secs(5).await;
    let some = expired().await;
    assert!(
        (10..90).contains(&some),
        "{some} leases expired in the middle"
    );
    stage.pass_secs(4).await;
    assert_eq!(expired().await, 100);
    for claim in &claims {
        stage.inbox.renew_lease(&claim.lease, LEASE).await.unwrap();
    }
    stage.pass_secs(57).await;
    let some = expired().await;
    assert!((10..90).contains(&some), "{some} renewed leases expired");
}
