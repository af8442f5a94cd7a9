use std::fs;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Method;
use tempfile::tempdir;

use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalErrorKind};

use super::{Durability, FileJournal};

/// A write with all parts of a record.
pub(crate) fn write(key: &str, body: &str) -> PendingWrite {
    let begun = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
    let mut write = PendingWrite::new(key, Method::POST, "api", "/v1/charges?a=b", begun);
    write.operation = "PostCharges".to_owned();
    write.live = Some(true);
    write.headers = vec![("stripe-account".to_owned(), "acct_1".to_owned())];
    write.body = Bytes::from(body.to_owned());
    write
}

#[tokio::test]
async fn pending_writes_are_found_when_file_is_opened_again() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("deep/er/writes.journal");
    for durability in [Durability::PowerLoss, Durability::Process] {
        let journal = FileJournal::options()
            .durability(durability)
            .open(&path)
            .unwrap();
        for key in ["a", "b", "c"] {
            journal.begin(&write(key, "x")).await.unwrap();
        }
        journal.finish(&write("b", "x")).await.unwrap();
        drop(journal);
        let journal = FileJournal::open(&path).unwrap();
        assert_eq!(journal.discarded(), None);
        assert_eq!(
            journal.pending_writes().await.unwrap(),
            [write("a", "x"), write("c", "x")]
        );
    }
}

#[tokio::test]
async fn file_is_locked_until_its_journal_is_dropped() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = FileJournal::open(&path).unwrap();
    let kind = FileJournal::open(&path).unwrap_err().kind();
    assert_eq!(kind, JournalErrorKind::Locked);
    // Compaction replaces the file, and must not lose the lock.
    let small = FileJournal::options().compact_above(100);
    drop(journal);
    let journal = small.open(&path).unwrap();
    for number in 0..20 {
        let write = write(&number.to_string(), "x");
        journal.begin(&write).await.unwrap();
        journal.finish(&write).await.unwrap();
    }
    assert!(fs::metadata(&path).unwrap().len() < 1_500);
    let kind = FileJournal::open(&path).unwrap_err().kind();
    assert_eq!(kind, JournalErrorKind::Locked);
    drop(journal);
    FileJournal::open(&path).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn content_is_locked_under_other_names_and_when_the_lock_file_was_removed() {
    let folder = tempdir().unwrap();
    let (path, link) = (folder.path().join("journal"), folder.path().join("link"));
    let small = FileJournal::options().compact_above(100);
    let journal = small.open(&path).unwrap();
    let assert_locked = || {
        fs::hard_link(&path, &link).unwrap();
        fs::remove_file(folder.path().join("journal.lock")).unwrap();
        for name in [&link, &path] {
            let kind = FileJournal::open(name).unwrap_err().kind();
            assert_eq!(kind, JournalErrorKind::Locked, "{name:?}");
        }
        fs::remove_file(&link).unwrap();
    };
    assert_locked();
    // Also after compaction, which replaces the file.
    for number in 0..20 {
        let write = write(&number.to_string(), "x");
        journal.begin(&write).await.unwrap();
        journal.finish(&write).await.unwrap();
    }
    assert_locked();
}

#[tokio::test]
async fn lost_lines_are_reported_when_salvaging() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = FileJournal::open(&path).unwrap();
    for key in ["a", "b"] {
        journal.begin(&write(key, "x")).await.unwrap();
    }
    drop(journal);
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text
        .split_inclusive('\n')
        .enumerate()
        .filter(|(at, _)| *at != 1)
        .map(|(_, line)| line)
        .collect();
    fs::write(&path, kept.concat()).unwrap();
    let (sender, reported) = std::sync::mpsc::channel();
    let options = FileJournal::options().salvage(move |lost| sender.send(*lost).unwrap());
    let journal = options.open(&path).unwrap();
    let lost = reported.try_recv().expect("the loss is reported");
    assert_eq!((lost.damaged, lost.missing_lines), (0, 1));
    assert!(folder.path().join("journal.damaged").exists());
    assert_eq!(journal.pending_writes().await.unwrap(), [write("b", "x")]);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let path = folder.path().join("new/journal");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    drop(FileJournal::open(&path).unwrap());
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(FileJournal::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn torn_end_is_truncated_and_reported() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = FileJournal::open(&path).unwrap();
    for key in ["a", "b"] {
        journal.begin(&write(key, "x")).await.unwrap();
    }
    drop(journal);
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() - 5]).unwrap();
    let journal = FileJournal::open(&path).unwrap();
    assert!(journal.discarded().unwrap().torn > 100);
    journal.begin(&write("c", "x")).await.unwrap();
    drop(journal);
    let journal = FileJournal::open(&path).unwrap();
    assert_eq!(journal.discarded(), None);
    assert_eq!(
        journal.pending_writes().await.unwrap(),
        [write("a", "x"), write("c", "x")]
    );
}

#[tokio::test]
async fn damaged_file_is_left_alone_unless_it_is_to_be_salvaged() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = FileJournal::open(&path).unwrap();
    for key in ["a", "b"] {
        journal.begin(&write(key, "x")).await.unwrap();
    }
    drop(journal);
    let mut text = fs::read(&path).unwrap();
    text[60] ^= 1;
    fs::write(&path, &text).unwrap();
    let error = FileJournal::open(&path).unwrap_err();
    assert!(matches!(
        error.kind(),
        JournalErrorKind::Damaged { line: 2, .. }
    ));
    assert!(error.to_string().contains("line 2"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), text);
    let (sender, reported) = std::sync::mpsc::channel();
    let options = FileJournal::options().salvage(move |lost| sender.send(*lost).unwrap());
    let journal = options.open(&path).unwrap();
    let lost = reported.try_recv().expect("the damage is reported");
    assert!(lost.damaged > 100 && lost.missing_lines == 1);
    assert_eq!(journal.discarded(), Some(lost));
    assert_eq!(journal.pending_writes().await.unwrap(), [write("b", "x")]);
    assert_eq!(
        fs::read(folder.path().join("journal.damaged")).unwrap(),
        text
    );
    drop(journal);
    assert_eq!(FileJournal::open(&path).unwrap().discarded(), None);
}

#[test]
fn file_that_is_not_a_journal_is_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "dear diary").unwrap();
    let kind = FileJournal::open(&path).unwrap_err().kind();
    assert_eq!(kind, JournalErrorKind::Foreign);
    assert_eq!(fs::read(&path).unwrap(), b"dear diary");
}

#[test]
fn journal_is_not_opened_when_its_directory_cannot_be_used() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for place in ["file/journal", "."] {
        let error = FileJournal::open(folder.path().join(place)).unwrap_err();
        assert_eq!(error.kind(), JournalErrorKind::Io, "{place}");
    }
}

#[tokio::test]
async fn body_is_refused_when_it_is_longer_than_the_bound() {
    let folder = tempdir().unwrap();
    let options = FileJournal::options().max_body_bytes(4);
    let journal = options.open(folder.path().join("journal")).unwrap();
    journal.begin(&write("a", "four")).await.unwrap();
    let error = journal.begin(&write("b", "five5")).await.unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::TooLarge);
    assert_eq!(journal.pending_writes().await.unwrap().len(), 1);
}

#[tokio::test]
async fn begin_is_rolled_back_when_its_future_is_dropped() {
    let folder = tempdir().unwrap();
    let journal = FileJournal::open(folder.path().join("journal")).unwrap();
    let known = write("known", "x");
    journal.begin(&known).await.unwrap();
    let mut expected = vec![known.clone()];
    for number in 0..100 {
        let fresh = write(&number.to_string(), "x");
        for (write, expected_outcome) in [
            (&fresh, BeginOutcome::Inserted),
            (&known, BeginOutcome::AlreadyPresent { begun: known.begun }),
        ] {
            // Polled once, so that it is sent, and dropped while the thread processes it.
            let mut beginning = pin!(journal.begin(write));
            let poll = poll_fn(|context| Poll::Ready(beginning.as_mut().poll(context))).await;
            if let Poll::Ready(outcome) = poll {
                // The thread was fast enough: the write is journaled and stays so.
                assert_eq!(outcome.unwrap(), expected_outcome);
                if expected_outcome == BeginOutcome::Inserted {
                    expected.push(fresh.clone());
                }
            } else if number % 3 == 0 {
                tokio::time::sleep(Duration::from_micros(number * 20)).await;
            }
        }
    }
    // One query suffices: a rollback is in the channel before it, or the thread itself makes it.
    assert_eq!(journal.pending_writes().await.unwrap(), expected);
    assert_eq!(
        journal.begin(&known).await.unwrap(),
        BeginOutcome::AlreadyPresent { begun: known.begun }
    );
}

#[tokio::test]
async fn begin_that_is_dropped_leaves_the_record_to_another_call_with_the_same_write() {
    let folder = tempdir().unwrap();
    let journal = FileJournal::open(folder.path().join("journal")).unwrap();
    let write = write("a", "x");
    let mut dropped = Box::pin(journal.begin(&write));
    // Polled once, so that it is sent. Its result is ready before that of the next begin.
    poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context).is_ready())).await;
    assert_eq!(
        journal.begin(&write).await.unwrap(),
        BeginOutcome::AlreadyPresent { begun: write.begun }
    );
    drop(dropped);
    assert_eq!(
        journal.pending_writes().await.unwrap(),
        std::slice::from_ref(&write)
    );
    journal.finish(&write).await.unwrap();
    assert!(journal.pending_writes().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_are_all_journaled() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = std::sync::Arc::new(FileJournal::open(&path).unwrap());
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let journal = std::sync::Arc::clone(&journal);
            tokio::spawn(async move {
                let write = write(&number.to_string(), "x");
                journal.begin(&write).await.unwrap();
                if number % 2 == 0 {
                    journal.finish(&write).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    drop(journal);
    let journal = FileJournal::open(&path).unwrap();
    assert_eq!(journal.pending_writes().await.unwrap().len(), 100);
}
