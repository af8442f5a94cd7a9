//! Killed processes, and files that cannot be used. A test starts this program again, with one of
//! the ignored tests below as the child process.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use journal::{Durability, FileJournal};
use runtime::Client;
use runtime::circuit_breaker::CircuitBreaker;
use runtime::idempotency::JournalErrorKind;

use crate::api::{API, Create, KEY, Params};
use crate::store::{Mood, Store};

const FILE: &str = "JOURNAL_TEST_FILE";
const URL: &str = "JOURNAL_TEST_URL";
const ROUND: &str = "JOURNAL_TEST_ROUND";

fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}

fn child(name: &str, file: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::null());
    command
}

fn client(url: &str, journal: FileJournal) -> Client {
    Client::builder(&API)
        .api_key(KEY)
        .base_url(url)
        // The server fails on purpose, and a circuit breaker would stop the calls.
        .circuit_breaker(CircuitBreaker::disabled())
        .timeout(Duration::from_millis(200))
        .retries(1)
        .journal(journal)
        .build()
        .unwrap()
}

/// Every second round flushes, every third compacts continuously.
fn journal(round: usize, file: &Path) -> FileJournal {
    let durability = match round % 2 {
        0 => Durability::PowerLoss,
        _ => Durability::Process,
    };
    let compact_above = if round % 3 == 0 { 1_000 } else { u64::MAX };
    FileJournal::options()
        .durability(durability)
        .compact_above(compact_above)
        .open(file)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the child process of another test, and does not end"]
async fn child_that_writes_until_it_is_killed() {
    let round = variable(ROUND);
    let journal = journal(round.parse().unwrap(), Path::new(&variable(FILE)));
    let client = client(&variable(URL), journal);
    let tasks: Vec<_> = (0..6)
        .map(|task| {
            let (client, round) = (client.clone(), round.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let name = format!("{round}-{task}-{number}");
                    let email = Some(name.clone());
                    let params = Params {
                        email,
                        ..Params::default()
                    };
                    let call = client.request::<Create>(&[], &params);
                    // Half of the writes have keys that the program chose.
                    let call = match number % 2 {
                        0 => call.idempotency_key(name),
                        _ => call,
                    };
                    let _ = call.await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_write_is_done_once_when_processes_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let store = Store::start(Mood::Moody).await;
    let mut resumed = 0;
    for round in 0..8_usize {
        let seen_before = store.server.seen().len();
        store.set(Mood::Moody);
        let mut command = child("crash::child_that_writes_until_it_is_killed", &file);
        command
            .env(URL, &store.server.url)
            .env(ROUND, round.to_string());
        let killed = Killed(command.spawn().unwrap());
        // After some number of requests, and some microseconds later.
        while store.server.seen().len() < seen_before + 1 + round * 17 % 60 {
            tokio::time::sleep(Duration::from_micros(100 + 37 * round as u64)).await;
        }
        drop(killed);
        store.set(Mood::Calm);
        let bodies: BTreeSet<String> = store.server.seen().into_iter().map(|s| s.body).collect();
        let client = client(&store.server.url, journal(round, &file));
        let pending = client.pending_writes().await.unwrap();
        resumed += pending.len();
        let journaled: BTreeSet<String> = pending
            .iter()
            .map(|write| String::from_utf8(write.body.to_vec()).unwrap())
            .collect();
        let done = store.done();
        for body in &bodies {
            let known = done.contains_key(body) || journaled.contains(body);
            assert!(known, "round {round}: {body} was sent and is lost");
        }
        for write in &pending {
            let call = client
                .resume_as::<Create>(write)
                .timeout(Duration::from_secs(9));
            call.await.unwrap();
        }
        assert_eq!(client.pending_writes().await.unwrap(), []);
        let done = store.done();
        for body in bodies.union(&journaled) {
            assert_eq!(done.get(body), Some(&1), "round {round}: {body}");
        }
        assert!(done.into_values().all(|count| count == 1));
    }
    // A child that is killed while it works has writes in flight.
    assert!(resumed >= 8, "{resumed}");
}

#[test]
#[ignore = "it is the child of another test"]
fn child_that_finds_the_file_locked() {
    let error = FileJournal::open(variable(FILE)).unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::Locked, "{error}");
}

#[test]
fn file_is_refused_when_another_process_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let journal = FileJournal::open(&file).unwrap();
    let mut command = child("crash::child_that_finds_the_file_locked", &file);
    assert!(command.status().unwrap().success());
    drop(journal);
    assert!(!command.status().unwrap().success(), "it is free now");
}

#[tokio::test]
#[ignore = "it is the child of another test"]
async fn child_that_meets_a_full_disk() {
    let store = Store::start(Mood::Calm).await;
    let journal = FileJournal::open(variable(FILE)).unwrap();
    let client = client(&store.server.url, journal);
    let write = async |number: usize| {
        let email = Some(format!("{number}-{}", "x".repeat(1_000)));
        let params = Params {
            email,
            ..Params::default()
        };
        let call = client.request::<Create>(&[], &params);
        call.timeout(Duration::from_secs(9)).await
    };
    for number in 0..100 {
        let sent = store.server.seen().len();
        let Err(error) = write(number).await else {
            continue;
        };
        assert!(number > 2, "{error}");
        assert!(error.is_journal() && error.outcome().is_not_sent());
        assert_eq!(store.server.seen().len(), sent);
        assert_eq!(client.pending_writes().await.unwrap(), []);
        // The file is rewritten without finished writes, and there is space again.
        write(number).await.unwrap();
        return;
    }
    panic!("the disk was not full");
}

#[cfg(unix)]
#[test]
fn write_is_not_sent_when_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    // The shell's limit of 16 blocks holds for every file that the child writes.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let status = Command::new("sh")
        .args(["-c", script])
        .arg(this)
        .args(["--exact", "crash::child_that_meets_a_full_disk"])
        .args(["--ignored", "--nocapture"])
        .env(FILE, folder.path().join("journal"))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}
