//! Processes that are killed, and files that are copied while they are in use.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use webhooks::{Inbox, InboxAdmin as _};
use webhooks_sqlite::SqliteInbox;

use super::file;
use crate::stage::entry;

/// Where the process that is killed keeps its inbox; it is this test's program again.
const FILE: &str = "INBOX_TEST_FILE";

/// The number of responses before the process is killed.
const ANSWERS: usize = 60;

#[test]
#[allow(clippy::print_stdout, reason = "this is what the other process reads")]
fn what_was_answered_survives_a_kill() {
    if let Ok(file) = std::env::var(FILE) {
        return store_until_killed(file.as_ref());
    }
    let folder = TempDir::new().unwrap();
    let answered = responses_of_a_killed_process(&file(&folder));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let inbox = SqliteInbox::open(file(&folder)).await.expect("opened");
        for id in &answered {
            let found = inbox.find_message(id).await.expect("an answer");
            assert!(found.is_some(), "{id} was answered and is lost");
        }
        let stats = inbox.collect_stats().await.unwrap();
        assert!(stats.pending >= answered.len() as u64);
        inbox
            .store_messages(&[entry("evt_after")])
            .await
            .expect("stored");
    });
}

fn responses_of_a_killed_process(file: &Path) -> Vec<String> {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["what_was_answered_survives_a_kill", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let ids = lines
        .map_while(Result::ok)
        .filter_map(|line| line.split("answered ").nth(1).map(str::to_owned));
    let answered: Vec<String> = ids.take(ANSWERS).collect();
    process.kill().expect("killed");
    process.wait().expect("dead");
    assert_eq!(answered.len(), ANSWERS, "it ended by itself");
    answered
}

#[allow(clippy::print_stdout, reason = "this is what the other process reads")]
fn store_until_killed(file: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let inbox = SqliteInbox::open(file).await.expect("opened");
        let storers = (0..8).map(|storer| {
            let inbox = inbox.clone();
            tokio::spawn(async move {
                for turn in 0..100_000 {
                    let id = format!("evt_{storer}_{turn}");
                    inbox.store_messages(&[entry(&id)]).await.expect("stored");
                    println!("answered {id}");
                }
            })
        });
        for storer in storers.collect::<Vec<_>>() {
            storer.await.unwrap();
        }
    });
}

#[tokio::test]
async fn a_copy_of_the_open_files_has_all_that_was_answered() {
    let (folder, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let inbox = SqliteInbox::open(file(&folder)).await.unwrap();
    for number in 0..20 {
        let entry = entry(&format!("evt_{number}"));
        inbox.store_messages(&[entry]).await.unwrap();
    }
    // As after a power failure: the content of the shared memory is lost.
    for name in ["inbox.db", "inbox.db-wal"] {
        let from = folder.path().join(name);
        std::fs::copy(from, copy.path().join(name)).expect("copied");
    }
    let copied = SqliteInbox::open(file(&copy)).await.expect("opened");
    assert_eq!(copied.collect_stats().await.unwrap().pending, 20);
}
