//! Handlers that abort their process, again and again, with other messages next to them.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use webhooks::{Inbox, InboxAdmin, InboxMessage, MemoryInbox, MessageState, Router, Worker};
use webhooks_postgres::PostgresInbox;
use webhooks_sqlite::SqliteInbox;

use crate::stage::of;

/// Where the process that aborts has its inbox; it is this test's program again.
const SQLITE: &str = "ABORT_TEST_SQLITE";
const POSTGRES: &str = "ABORT_TEST_POSTGRES";

const POISON: [&str; 2] = ["bad_1", "bad_2"];
const OTHERS: [&str; 5] = ["evt_1", "evt_2", "evt_3", "evt_4", "evt_5"];

/// Each message alone may abort three times; the first time, both may abort one process.
const MOST_ABORTS: usize = 8;

fn entries() -> Vec<InboxMessage> {
    let ids = [
        "evt_1", "bad_1", "evt_2", "evt_3", "bad_2", "evt_4", "evt_5",
    ];
    let entries = ids.iter().map(|id| {
        let mut entry = of(id, "cus_1", 1);
        let body = format!(
            r#"{{"id":"{id}","object":"event","type":"customer.updated","created":1,
            "data":{{"object":{{"id":"cus_1","object":"customer"}}}}}}"#
        );
        entry.body = body.parse().unwrap();
        entry
    });
    entries.collect()
}

/// Handles all messages, and aborts with some of them.
async fn handle_until_abort<I: InboxAdmin + Clone + Into<Arc<dyn Inbox>>>(inbox: I) {
    let router = Router::new().fallback(|delivery| async move {
        let is_poison = delivery.id().starts_with("bad");
        tokio::time::sleep(Duration::from_millis(if is_poison { 1 } else { 20 })).await;
        if is_poison {
            std::process::abort();
        }
        Ok(())
    });
    let worker = Worker::new(inbox.clone(), router)
        .unwrap()
        .lease_duration(Duration::from_millis(400))
        .poll_interval(Duration::from_millis(20));
    let until_empty = async {
        loop {
            let stats = inbox.collect_stats().await.unwrap();
            if stats.pending + stats.leased == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    worker.run(until_empty).await;
}

/// Starts processes until one does not abort, and returns how many did.
fn count_aborts(test: &str, variable: &str, place: &str) -> usize {
    for aborts in 0..=MOST_ABORTS {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--include-ignored"])
            .env(variable, place)
            .output()
            .expect("started")
            .status;
        if status.success() {
            return aborts;
        }
    }
    panic!("it still aborts after {MOST_ABORTS} processes");
}

async fn check_outcomes(inbox: &impl InboxAdmin) {
    for id in OTHERS {
        let record = inbox.find_message(id).await.unwrap().unwrap();
        assert_eq!(record.state, MessageState::Completed, "{record:?}");
    }
    let letters = inbox.list_dead_letters(None, 100).await.unwrap();
    let mut ids: Vec<_> = letters.iter().map(|letter| &*letter.message.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, POISON);
    for letter in letters {
        assert_eq!((letter.attempts, letter.crashes), (4, 4), "{letter:?}");
    }
}

#[tokio::test]
async fn poison_messages_that_abort_cost_no_others_on_sqlite() {
    if let Ok(path) = std::env::var(SQLITE) {
        return handle_until_abort(SqliteInbox::open(path).await.unwrap()).await;
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("inbox.db");
    let inbox = SqliteInbox::open(&path).await.unwrap();
    inbox.store_messages(&entries()).await.unwrap();
    let test = "aborts::poison_messages_that_abort_cost_no_others_on_sqlite";
    let aborts = count_aborts(test, SQLITE, path.to_str().unwrap());
    assert!((7..=MOST_ABORTS).contains(&aborts), "{aborts}");
    check_outcomes(&inbox).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn poison_messages_that_abort_cost_no_others_on_postgres() {
    if let Ok(url) = std::env::var(POSTGRES) {
        return handle_until_abort(PostgresInbox::connect(&url).await.unwrap()).await;
    }
    crate::postgres::in_named_schema(async |inbox: &PostgresInbox, url: &str| {
        inbox.store_messages(&entries()).await.unwrap();
        let test = "aborts::poison_messages_that_abort_cost_no_others_on_postgres";
        let aborts = count_aborts(test, POSTGRES, url);
        assert!((7..=MOST_ABORTS).contains(&aborts), "{aborts}");
        check_outcomes(inbox).await;
    })
    .await;
}

/// In memory there is no process to abort: the worker is dropped.
#[tokio::test]
async fn poison_messages_that_drop_their_worker_cost_no_others() {
    let inbox = MemoryInbox::new();
    inbox.store_messages(&entries()).await.unwrap();
    let mut drops = 0;
    while drops <= MOST_ABORTS {
        let (kill, killed) = tokio::sync::mpsc::unbounded_channel::<()>();
        let mut killed = killed;
        let router = Router::new().fallback(move |delivery| {
            let kill = kill.clone();
            async move {
                if delivery.id().starts_with("bad") {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    kill.send(()).map_err(|_| "no worker")?;
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok(())
            }
        });
        let worker = Worker::new(inbox.clone(), router)
            .unwrap()
            .lease_duration(Duration::from_millis(100))
            .poll_interval(Duration::from_millis(5));
        let until_empty = async {
            while inbox.collect_stats().await.unwrap().oldest_age.is_some() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            biased;
            _ = killed.recv() => drops += 1,
            _ = worker.run(until_empty) => break,
        }
    }
    assert!(drops >= 7, "{drops}");
    check_outcomes(&inbox).await;
}
