//! Cases specific to the inbox in SQLite.

use std::path::Path;
use std::task::Poll;
use std::time::Duration;

use tempfile::TempDir;
use testing::ManualClock;
use webhooks::{
    ClaimRequest, Inbox, InboxAdmin as _, InboxErrorKind, MessageOutcome, MessageState,
    StoreOutcome,
};
use webhooks_sqlite::SqliteInbox;
use webhooks_sqlite::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use webhooks_sqlite::sqlx::{self, ConnectOptions};

use crate::stage::{LEASE, Stage, entry, ids, polled};

mod death;
mod faults;
mod work;

/// Runs a case in a new file.
pub(crate) async fn stage(case: impl AsyncFnOnce(&Stage)) {
    let folder = TempDir::new().unwrap();
    let (stage, _) = opened(&folder).await;
    case(&stage).await;
}

/// The inbox in the folder.
async fn opened(folder: &TempDir) -> (Stage, SqliteInbox) {
    let clock = ManualClock::new();
    let options = SqliteInbox::options().clock(clock.clone());
    let inbox = options.open(file(folder)).await.expect("opened");
    (Stage::by_clock(inbox.clone(), clock), inbox)
}

fn file(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("inbox.db")
}

/// Another connection to the file.
async fn connection(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    let connected = options.create_if_missing(true).connect().await;
    connected.expect("connected")
}

async fn run(file: &Path, sql: &'static str) {
    let mut connection = connection(file).await;
    let ran = sqlx::raw_sql(sql).execute(&mut connection).await;
    ran.expect("ran");
}

#[tokio::test]
async fn messages_survive_reopening() {
    let folder = TempDir::new().unwrap();
    let (stage, inbox) = opened(&folder).await;
    stage
        .store(&[entry("evt_1"), entry("evt_2"), entry("evt_3")])
        .await;
    let claims = stage.claim(2).await;
    stage
        .inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    stage
        .inbox
        .write_watermark("events", "evt_3")
        .await
        .unwrap();
    drop((stage, inbox));

    let (stage, _) = opened(&folder).await;
    stage.pass_secs(1).await;
    let stored = stage.inbox.store_messages(&[entry("evt_1")]).await.unwrap();
    assert_eq!(stored, [StoreOutcome::Duplicate]);
    assert_eq!(ids(&stage.claim(10).await), ["evt_3"], "the lease lives on");
    stage
        .inbox
        .finish_message(&claims[1].lease, MessageOutcome::Completed)
        .await
        .unwrap();
    let watermark = stage.inbox.read_watermark("events").await.unwrap();
    assert_eq!(watermark.as_deref(), Some("evt_3"));
}

#[tokio::test]
async fn inboxes_of_one_file_see_the_same_messages() {
    let folder = TempDir::new().unwrap();
    let (one, _) = opened(&folder).await;
    let (other, _) = opened(&folder).await;
    one.store(&[entry("evt_1")]).await;
    let stored = other.inbox.store_messages(&[entry("evt_1")]).await.unwrap();
    assert_eq!(stored, [StoreOutcome::Duplicate]);
    other.pass_secs(1).await;
    let claim = other.claim_one().await;
    assert!(one.claim(10).await.is_empty());
    one.inbox
        .finish_message(&claim.lease, MessageOutcome::Completed)
        .await
        .unwrap();
    assert_eq!(other.state("evt_1").await, MessageState::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_can_be_opened_by_many_at_once() {
    let folder = TempDir::new().unwrap();
    let opening = (0..8).map(|_| {
        let file = file(&folder);
        tokio::spawn(async move { SqliteInbox::open(file).await })
    });
    for opened in opening.collect::<Vec<_>>() {
        let inbox = opened.await.unwrap().expect("opened");
        inbox.store_messages(&[entry("evt_1")]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inboxes_of_one_file_can_write_at_once() {
    let folder = TempDir::new().unwrap();
    let mut writing = tokio::task::JoinSet::new();
    for number in 0..4 {
        let inbox = SqliteInbox::open(file(&folder)).await.unwrap();
        writing.spawn(async move {
            for turn in 0..25 {
                let entry = entry(&format!("evt_{number}_{turn}"));
                inbox.store_messages(&[entry]).await.expect("stored");
            }
        });
    }
    writing.join_all().await;
    let inbox = SqliteInbox::open(file(&folder)).await.unwrap();
    assert_eq!(inbox.collect_stats().await.unwrap().pending, 100);
}

#[tokio::test]
async fn a_batch_fails_without_the_others_that_were_sent_with_it() {
    let folder = TempDir::new().unwrap();
    let (stage, _) = opened(&folder).await;
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON webhook_inbox WHEN NEW.id = 'evt_bad'
        BEGIN SELECT RAISE(ABORT, 'no'); END";
    run(&file(&folder), poison).await;
    let storing = |ids: &'static [&str]| {
        let inbox = std::sync::Arc::clone(&stage.inbox);
        let entries: Vec<_> = ids.iter().map(|id| entry(id)).collect();
        tokio::spawn(async move { inbox.store_messages(&entries).await })
    };
    // On one thread nothing runs before the first wait, so they are written together.
    let one = storing(&["evt_1"]);
    let bad = storing(&["evt_2", "evt_bad"]);
    let three = storing(&["evt_3"]);
    assert_eq!(one.await.unwrap().unwrap(), [StoreOutcome::New]);
    assert_eq!(three.await.unwrap().unwrap(), [StoreOutcome::New]);
    let error = bad.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::Unavailable);
    assert_eq!(ids(&stage.claim(10).await), ["evt_1", "evt_3"]);
}

#[tokio::test]
async fn claims_whose_future_was_dropped_are_released() {
    let folder = TempDir::new().unwrap();
    let (stage, inbox) = opened(&folder).await;
    stage.store(&[entry("evt_1")]).await;
    let request = ClaimRequest::new(10, LEASE);
    for polls in 1..20 {
        let mut claiming = inbox.claim_messages(&request);
        for _ in 0..polls {
            if let Poll::Ready(claims) = polled(&mut claiming) {
                // It was not dropped in time.
                for claim in claims.unwrap() {
                    let release = inbox.finish_message(&claim.lease, MessageOutcome::Released);
                    release.await.unwrap();
                }
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(claiming);
        // Writes are in order, so this one is after all pending changes.
        inbox.write_watermark("any", "").await.unwrap();
        inbox.write_watermark("any", "").await.unwrap();
        if stage.find("evt_1").await.state == MessageState::Pending {
            assert_eq!(stage.find("evt_1").await.attempts, 0);
        } else {
            panic!("it is still leased after {polls} polls");
        }
    }
}

#[tokio::test]
async fn stores_whose_future_was_dropped_block_no_others() {
    let folder = TempDir::new().unwrap();
    let (stage, inbox) = opened(&folder).await;
    for number in 0..20 {
        let entries = [entry(&format!("evt_{number}"))];
        let mut storing = inbox.store_messages(&entries);
        assert!(polled(&mut storing).is_pending());
        drop(storing);
    }
    stage.store(&[entry("evt_last")]).await;
    assert_eq!(stage.inbox.collect_stats().await.unwrap().pending, 21);
}

#[tokio::test]
async fn other_tables_in_the_file_are_left_alone() {
    let folder = TempDir::new().unwrap();
    run(
        &file(&folder),
        "CREATE TABLE _sqlx_migrations (x); CREATE TABLE orders (x)",
    )
    .await;
    let (stage, _) = opened(&folder).await;
    stage.store(&[entry("evt_1")]).await;
}

#[tokio::test]
async fn files_that_are_something_else_are_refused() {
    let tables: [&'static str; 4] = [
        "CREATE TABLE webhook_inbox (id TEXT)",
        "CREATE TABLE webhook_schema (number INTEGER)",
        "CREATE TABLE webhook_schema (version INTEGER, applied_at INTEGER);
            INSERT INTO webhook_schema VALUES (1, 0);
            CREATE TABLE webhook_inbox (id TEXT);
            CREATE TABLE webhook_positions (id TEXT)",
        "CREATE TABLE webhook_schema (version INTEGER, applied_at INTEGER);
            INSERT INTO webhook_schema VALUES (1000, 0)",
    ];
    for sql in tables {
        let folder = TempDir::new().unwrap();
        run(&file(&folder), sql).await;
        let error = SqliteInbox::open(file(&folder)).await.unwrap_err();
        assert_eq!(
            error.kind(),
            InboxErrorKind::SchemaMismatch,
            "{sql}: {error:?}"
        );
    }
    let folder = TempDir::new().unwrap();
    std::fs::write(
        file(&folder),
        "no database, but a text of some length\n".repeat(100),
    )
    .unwrap();
    let error = SqliteInbox::open(file(&folder)).await.unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::SchemaMismatch, "{error:?}");
}

#[tokio::test]
async fn files_that_cannot_be_made_are_refused() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("missing/inbox.db");
    let error = SqliteInbox::open(nowhere).await.unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::Unavailable);
    let error = SqliteInbox::open("").await.unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::Unavailable);
}

#[cfg(unix)]
#[tokio::test]
async fn new_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let (stage, _) = opened(&folder).await;
    stage.store(&[entry("evt_1")]).await;
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(files.len() > 1, "the log is next to it");
    for file in files {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn permissions_of_others_are_removed_from_files_that_exist() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    run(&file(&folder), "CREATE TABLE other (id INTEGER)").await;
    let shared = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(file(&folder), shared).unwrap();
    let (stage, _) = opened(&folder).await;
    stage.store(&[entry("evt_1")]).await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

#[tokio::test]
async fn storing_fails_when_others_write_for_too_long() {
    let folder = TempDir::new().unwrap();
    let options = SqliteInbox::options().busy_timeout(Duration::from_millis(50));
    let inbox = options.open(file(&folder)).await.unwrap();
    let mut other = connection(&file(&folder)).await;
    let begin = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await;
    begin.unwrap();
    let error = inbox.store_messages(&[entry("evt_1")]).await.unwrap_err();
    assert_eq!(error.kind(), InboxErrorKind::Unavailable);
    assert!(
        inbox.find_message("evt_1").await.unwrap().is_none(),
        "it can be read"
    );
    let end = sqlx::raw_sql("ROLLBACK").execute(&mut other).await;
    end.unwrap();
    inbox
        .store_messages(&[entry("evt_1")])
        .await
        .expect("it works again");
}
