//! Concurrent stores and claims.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, InboxAdmin, InboxMessage, MessageOutcome,
    StoreOutcome,
};

use crate::stage::{LEASE, Stage, entry, failed, of};

const WORKERS: usize = 6;

pub(crate) async fn concurrent_stores_of_the_same_ids_agree_on_the_first(stage: &Stage) {
    let mut storers = JoinSet::new();
    for storer in 0..8 {
        let inbox = Arc::clone(&stage.inbox);
        storers.spawn(async move {
            let mut new = Vec::new();
            for batch in 0..10 {
                let mut batch: Vec<InboxMessage> = (0..5)
                    .map(|number| entry(&format!("evt_{batch}_{number}")))
                    .collect();
                if storer % 2 == 1 {
                    batch.reverse();
                }
                let stored = inbox.store_messages(&batch).await.expect("stored");
                let marked = batch.into_iter().zip(stored);
                new.extend(marked.filter(|(_, stored)| *stored == StoreOutcome::New));
            }
            new
        });
    }
    let all: Vec<_> = storers.join_all().await.into_iter().flatten().collect();
    let ids: HashSet<&str> = all.iter().map(|(entry, _)| entry.id.as_str()).collect();
    assert_eq!(ids.len(), 50);
    assert_eq!(all.len(), 50, "each id is new for one of them");
    assert_eq!(stage.claim(100).await.len(), 50);
}

pub(crate) async fn many_workers_handle_every_message_once(stage: &Stage) {
    let book = Arc::new(Book::default());
    let mut tasks = JoinSet::new();
    for storer in 0..4 {
        let entries = (0..25).map(move |n| entry(&format!("evt_{storer}_{n}")));
        tasks.spawn(stored(
            Arc::clone(&stage.inbox),
            Arc::clone(&book),
            entries.collect(),
        ));
    }
    for worker in 0..WORKERS {
        let request = ClaimRequest::new(1 + worker, LEASE);
        tasks.spawn(process_messages(
            Arc::clone(&stage.inbox),
            Arc::clone(&book),
            request,
            100,
        ));
    }
    tasks.join_all().await;
    let stats = stage.inbox.collect_stats().await.unwrap();
    assert_eq!((stats.completed, stats.pending, stats.leased), (100, 0, 0));
}

pub(crate) async fn many_workers_keep_the_order_of_objects(stage: &Stage) {
    let book = Arc::new(Book::default());
    let mut tasks = JoinSet::new();
    for storer in 0..4_i64 {
        // Each storer has messages about all objects, from the latest to the earliest.
        let message = move |n: i64| {
            let (id, object) = (format!("evt_{storer}_{n}"), format!("cus_{}", n % 3));
            of(&id, &object, 1_000 - n * 4 + storer)
        };
        tasks.spawn(stored(
            Arc::clone(&stage.inbox),
            Arc::clone(&book),
            (0..15).map(message).collect(),
        ));
    }
    for _ in 0..WORKERS {
        let request = ClaimRequest::new(5, LEASE).order(ClaimOrder::PerObject);
        tasks.spawn(process_messages(
            Arc::clone(&stage.inbox),
            Arc::clone(&book),
            request,
            60,
        ));
    }
    tasks.join_all().await;
    assert_eq!(stage.inbox.collect_stats().await.unwrap().completed, 60);
}

/// What is known from completed operations.
#[derive(Default)]
struct Book(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    /// By object, the seconds of messages that are stored and that no task has begun to complete.
    open: HashMap<String, BTreeMap<String, i64>>,
    /// Ids and, in order, objects that a task has leased.
    held: HashSet<String>,
    /// Ids of messages that a task has begun to complete.
    closed: HashSet<String>,
    done: usize,
}

impl Book {
    fn stored(&self, entry: &InboxMessage) {
        let mut pages = self.0.lock().unwrap();
        // A worker may have completed it already.
        if !pages.closed.contains(&entry.id) {
            let object = entry.object.clone().unwrap_or_default();
            let open = pages.open.entry(object).or_default();
            open.insert(entry.id.clone(), entry.created.0);
        }
    }

    /// The messages that were certainly open before a claim began.
    fn open(&self) -> HashMap<String, BTreeMap<String, i64>> {
        self.0.lock().unwrap().open.clone()
    }

    fn claimed(
        &self,
        claim: &ClaimedMessage,
        order: ClaimOrder,
        before: &HashMap<String, BTreeMap<String, i64>>,
    ) {
        let mut pages = self.0.lock().unwrap();
        let id = &claim.message.id;
        assert!(pages.held.insert(id.clone()), "{id} is claimed twice");
        let Some(object) = claim.message.object.clone() else {
            return;
        };
        if order != ClaimOrder::PerObject {
            return;
        }
        assert!(
            pages.held.insert(object.clone()),
            "{object} is handled twice"
        );
        for (earlier, created) in before.get(&object).into_iter().flatten() {
            let still = pages
                .open
                .get(&object)
                .is_some_and(|open| open.contains_key(earlier));
            assert!(
                !still || *created >= claim.message.created.0,
                "{id} came before {earlier}"
            );
        }
    }

    /// Before the lease is ended.
    fn ends(&self, claim: &ClaimedMessage, is_done: bool) {
        let mut pages = self.0.lock().unwrap();
        pages.held.remove(&claim.message.id);
        let object = claim.message.object.clone().unwrap_or_default();
        pages.held.remove(&object);
        if is_done {
            pages.closed.insert(claim.message.id.clone());
            let open = pages.open.entry(object).or_default();
            open.remove(&claim.message.id);
        }
    }

    fn done(&self) -> usize {
        self.0.lock().unwrap().done
    }
}

async fn stored(inbox: Arc<dyn InboxAdmin>, book: Arc<Book>, entries: Vec<InboxMessage>) {
    for entry in entries {
        let stored = inbox.store_messages(std::slice::from_ref(&entry)).await;
        assert_eq!(stored.expect("stored"), [StoreOutcome::New]);
        book.stored(&entry);
    }
}

async fn process_messages(
    inbox: Arc<dyn InboxAdmin>,
    book: Arc<Book>,
    request: ClaimRequest,
    messages: usize,
) {
    let mut turn = 0_u32;
    while book.done() < messages {
        let before = book.open();
        let claims = inbox.claim_messages(&request).await.expect("claims");
        if claims.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for claim in &claims {
            book.claimed(claim, request.order, &before);
        }
        tokio::task::yield_now().await;
        for claim in &claims {
            turn += 1;
            let lease = &claim.lease;
            book.ends(claim, turn % 4 > 1);
            match turn % 4 {
                0 => {
                    inbox
                        .finish_message(lease, failed("no", Duration::ZERO))
                        .await
                }
                1 => inbox.finish_message(lease, MessageOutcome::Released).await,
                _ => inbox.finish_message(lease, MessageOutcome::Completed).await,
            }
            .expect("the lease is held");
            if turn % 4 > 1 {
                book.0.lock().unwrap().done += 1;
            }
        }
    }
}
