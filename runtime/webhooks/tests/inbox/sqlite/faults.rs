//! Transactions that SQLite rolls back by itself, and a clock that is set back.

use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use testing::ManualClock;
use webhooks::{Inbox as _, InboxAdmin as _, InboxMessage, MessageOutcome, MessageState};
use webhooks_sqlite::SqliteInbox;
use webhooks_sqlite::sqlx::{self, Executor as _};

use super::{file, opened, run};
use crate::stage::{Stage, entry, ids};

fn large(number: usize) -> InboxMessage {
    let mut large = entry(&format!("evt_large_{number}"));
    let text = format!(r#"{{"padding":"{}"}}"#, "x".repeat(100_000));
    large.body = text.parse().unwrap();
    large
}

#[tokio::test]
async fn inbox_goes_on_when_the_disk_was_full_for_a_while() {
    let folder = TempDir::new().unwrap();
    let (stage, inbox) = opened(&folder).await;
    stage.store(&[entry("evt_1")]).await;
    inbox
        .pool()
        .execute("PRAGMA max_page_count = 60")
        .await
        .unwrap();
    let mut refused = 0;
    for number in 0..8 {
        refused += usize::from(inbox.store_messages(&[large(number)]).await.is_err());
    }
    assert!(refused > 0, "the disk was never full");
    inbox
        .pool()
        .execute("PRAGMA max_page_count = 100000")
        .await
        .unwrap();
    inbox.store_messages(&[large(99)]).await.unwrap();
    let claims = stage.claim(100).await;
    assert_eq!(claims.len(), 2 + 8 - refused, "{:?}", ids(&claims));
    inbox
        .finish_message(&claims[0].lease, MessageOutcome::Completed)
        .await
        .unwrap();
}

#[tokio::test]
async fn message_is_not_done_when_the_work_was_rolled_back_unnoticed() {
    let folder = TempDir::new().unwrap();
    let (stage, inbox) = opened(&folder).await;
    run(&file(&folder), "CREATE TABLE effects (id TEXT PRIMARY KEY)").await;
    run(&file(&folder), "INSERT INTO effects VALUES ('there')").await;
    stage.store(&[entry("evt_1")]).await;
    let lease = stage.claim(1).await.remove(0).lease;
    let mut work = inbox.begin_transaction(&lease).await.unwrap();
    let written = sqlx::query("INSERT INTO effects VALUES ('new')");
    written.execute(work.connection()).await.unwrap();
    // SQLite rolls the whole transaction back, and the handler ignores the error.
    let odd = sqlx::query("INSERT OR ROLLBACK INTO effects VALUES ('there')");
    assert!(odd.execute(work.connection()).await.is_err());
    assert!(work.commit().await.is_err());
    let record = inbox.find_message("evt_1").await.unwrap().unwrap();
    assert_eq!(record.state, MessageState::Leased);
    // The inbox is still usable.
    let work = inbox.begin_transaction(&lease).await.unwrap();
    work.commit().await.unwrap();
    stage.store(&[entry("evt_2")]).await;
}

#[tokio::test]
async fn messages_are_leased_when_the_clock_was_set_back() {
    let folder = TempDir::new().unwrap();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let clock = ManualClock::new().at(noon);
    let options = SqliteInbox::options().clock(clock.clone());
    let inbox = options.open(file(&folder)).await.unwrap();
    let stage = Stage::by_clock(inbox.clone(), clock.clone());
    stage.store(&[entry("evt_1")]).await;
    let _ = clock.at(noon - Duration::from_secs(86_400));
    assert_eq!(ids(&stage.claim(1).await), ["evt_1"]);
}

/// What happens to the files of an inbox that is open.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
enum Change {
    DeleteDatabase,
    DeleteLog,
    ReplaceDatabase,
    Restore,
}

#[cfg(unix)]
impl Change {
    fn apply(self, database: &std::path::Path) {
        let log = database.with_file_name("inbox.db-wal");
        let copy = database.with_file_name("copy");
        match self {
            Self::DeleteDatabase => std::fs::remove_file(database).unwrap(),
            Self::DeleteLog => std::fs::remove_file(log).unwrap(),
            Self::ReplaceDatabase | Self::Restore => {
                std::fs::copy(database, &copy).unwrap();
                std::fs::rename(copy, database).unwrap();
                if matches!(self, Self::Restore) {
                    std::fs::remove_file(log).unwrap();
                }
            }
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_when_files_were_deleted_or_replaced() {
    use Change::{DeleteDatabase, DeleteLog, ReplaceDatabase, Restore};
    use webhooks::InboxErrorKind;
    for change in [DeleteDatabase, DeleteLog, ReplaceDatabase, Restore] {
        let folder = TempDir::new().unwrap();
        let (stage, inbox) = opened(&folder).await;
        stage.store(&[entry("evt_1")]).await;
        let claims = stage.claim(1).await;
        let transaction = inbox.begin_transaction(&claims[0].lease).await.unwrap();
        change.apply(&file(&folder));
        let error = transaction.commit().await.unwrap_err();
        assert_eq!(error.kind(), InboxErrorKind::Unavailable, "{change:?}");
        for attempt in 0..2 {
            let error = inbox.store_messages(&[entry("evt_2")]).await.unwrap_err();
            assert_eq!(error.kind(), InboxErrorKind::Unavailable, "{change:?}");
            let text = format!("{error:?}");
            assert!(text.contains("deleted or replaced"), "{attempt}: {text}");
        }
    }
}
