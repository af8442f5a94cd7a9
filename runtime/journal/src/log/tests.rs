use std::io;

use proptest::prelude::*;

use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, JournalErrorKind};

use super::{JournalLog, LogCommand, LogStorage};
use crate::replay::{ReplayedLog, replay_log};
use crate::tests::write;

/// A log in memory that fails on request.
#[derive(Debug, Default)]
struct MemoryStorage {
    bytes: Vec<u8>,
    prepared: Vec<u8>,
    /// How many bytes the next append writes before it fails; whether truncating and preparing
    /// fail; and whether committing fails, after (`true`) or before the replacement.
    torn_after: Option<usize>,
    truncate_fails: bool,
    prepare_fails: bool,
    commit_fails: Option<bool>,
    appends: usize,
    flushes: usize,
    rewrites: usize,
}

fn disk_full<T>() -> io::Result<T> {
    Err(io::Error::other("disk full"))
}

impl LogStorage for MemoryStorage {
    fn append_bytes(&mut self, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.appends += 1;
        self.flushes += usize::from(durable);
        let written = self.torn_after.unwrap_or(bytes.len()).min(bytes.len());
        self.bytes.extend_from_slice(&bytes[..written]);
        if self.torn_after.is_some() {
            disk_full()
        } else {
            Ok(())
        }
    }

    fn truncate_to(&mut self, length: u64) -> io::Result<()> {
        if self.truncate_fails {
            return disk_full();
        }
        self.bytes.truncate(usize::try_from(length).unwrap());
        Ok(())
    }

    fn prepare_replacement(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.prepare_fails {
            return disk_full();
        }
        self.prepared = bytes.to_vec();
        Ok(())
    }

    fn commit_replacement(&mut self) -> io::Result<()> {
        self.rewrites += 1;
        if self.commit_fails != Some(false) {
            self.bytes = self.prepared.clone();
        }
        if self.commit_fails.is_some() {
            disk_full()
        } else {
            Ok(())
        }
    }
}

fn new_log(compact_above: u64) -> JournalLog<MemoryStorage> {
    let mut log = JournalLog::new(
        MemoryStorage::default(),
        ReplayedLog::default(),
        compact_above,
    );
    log.repair().unwrap();
    log
}

fn begin(key: &str) -> LogCommand {
    LogCommand::Begin(write(key, "x=1"))
}

fn finish(key: &str) -> LogCommand {
    LogCommand::Finish(write(key, "x=1"))
}

fn stored_writes(log: &JournalLog<MemoryStorage>) -> Vec<PendingWrite> {
    let replayed = replay_log(&log.storage.bytes, false).unwrap();
    replayed.index.pending_writes().cloned().collect()
}

#[test]
fn batch_is_one_append_and_one_flush() {
    let mut log = new_log(u64::MAX);
    let batch = (0..50).map(|number| begin(&number.to_string())).collect();
    let results = log.apply_batch(batch);
    assert!(
        results
            .into_iter()
            .all(|result| result.unwrap() == BeginOutcome::Inserted)
    );
    assert_eq!((log.storage.appends, log.storage.flushes), (1, 1));
    assert_eq!(stored_writes(&log).len(), 50);
}

#[test]
fn finish_is_flushed() {
    let mut log = new_log(u64::MAX);
    log.apply_batch(vec![begin("a")]);
    log.apply_batch(vec![finish("a")]);
    assert_eq!((log.storage.appends, log.storage.flushes), (2, 2));
    assert!(stored_writes(&log).is_empty());
}

#[test]
fn write_keeps_its_first_record_when_begun_twice() {
    let mut log = new_log(u64::MAX);
    let mut later = write("a", "x=1");
    let begun = later.begun;
    later.begun += std::time::Duration::from_secs(60);
    let results = log.apply_batch(vec![begin("a"), LogCommand::Begin(later)]);
    let results: Vec<BeginOutcome> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        results,
        [
            BeginOutcome::Inserted,
            BeginOutcome::AlreadyPresent { begun }
        ]
    );
    assert_eq!(stored_writes(&log), [write("a", "x=1")]);
    let appends = log.storage.appends;
    log.apply_batch(vec![begin("a"), finish("unknown")]);
    assert_eq!(log.storage.appends, appends, "nothing new to write");
}

#[test]
fn record_is_rolled_back_unless_another_call_has_begun_the_write_too() {
    let mut log = new_log(2_000);
    let rollback = || LogCommand::Rollback(write("a", "x=1"));
    log.apply_batch(vec![begin("a"), rollback()]);
    assert!(stored_writes(&log).is_empty());
    log.apply_batch(vec![begin("a"), begin("a"), rollback()]);
    assert_eq!(stored_writes(&log), [write("a", "x=1")]);
    while log.storage.rewrites < 3 {
        log.apply_batch(vec![begin("b"), finish("b")]);
    }
    log.apply_batch(vec![rollback()]);
    assert_eq!(stored_writes(&log), [write("a", "x=1")], "after compacting");
    log.apply_batch(vec![finish("a")]);
    assert!(stored_writes(&log).is_empty());
}

#[test]
fn other_request_under_the_same_key_has_its_own_record() {
    let mut log = new_log(u64::MAX);
    let other = write("a", "x=2");
    log.apply_batch(vec![begin("a"), LogCommand::Begin(other.clone())]);
    log.apply_batch(vec![LogCommand::Finish(other)]);
    assert_eq!(stored_writes(&log), [write("a", "x=1")]);
}

#[test]
fn batch_has_no_effect_when_the_file_cannot_be_written() {
    let mut log = new_log(u64::MAX);
    log.apply_batch(vec![begin("a")]);
    for torn_after in [0, 10, 150] {
        log.storage.torn_after = Some(torn_after);
        let results = log.apply_batch(vec![begin("b"), finish("a"), begin("a")]);
        for result in results {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), JournalErrorKind::Io);
            let cause = std::error::Error::source(&error).unwrap();
            assert_eq!(cause.to_string(), "disk full");
        }
        assert_eq!(log.pending_writes(), [write("a", "x=1")]);
        log.storage.torn_after = None;
    }
    let results = log.apply_batch(vec![begin("b")]);
    assert!(matches!(results[..], [Ok(BeginOutcome::Inserted)]));
    assert_eq!(stored_writes(&log), [write("a", "x=1"), write("b", "x=1")]);
}

#[test]
fn file_is_compacted_when_most_of_it_is_finished() {
    let mut log = new_log(2_000);
    log.apply_batch(vec![begin("stays")]);
    for number in 0..500 {
        let key = number.to_string();
        log.apply_batch(vec![begin(&key)]);
        log.apply_batch(vec![finish(&key)]);
        assert!(log.storage.bytes.len() < 2_500);
    }
    assert!(log.storage.rewrites > 10);
    assert_eq!(stored_writes(&log), [write("stays", "x=1")]);
}

#[test]
fn file_keeps_growing_when_it_cannot_be_compacted() {
    let mut log = new_log(1_000);
    log.storage.prepare_fails = true;
    for number in 0..100 {
        let key = number.to_string();
        log.apply_batch(vec![begin(&key)]).remove(0).unwrap();
        log.apply_batch(vec![finish(&key)]).remove(0).unwrap();
    }
    assert!(log.storage.bytes.len() > 10_000);
    log.storage.prepare_fails = false;
    for number in 0..200 {
        log.apply_batch(vec![
            begin(&number.to_string()),
            finish(&number.to_string()),
        ]);
    }
    assert!(log.storage.bytes.len() < 1_500);
}

proptest! {
    /// After any failure of the disk, a begin that was acknowledged is in the file until its finish
    /// is acknowledged, and the file stays readable.
    #[test]
    fn answered_writes_are_on_paper_whatever_fails(
        steps in prop::collection::vec((
            prop::collection::vec((0u8..6, any::<bool>()), 1..4),
            prop::option::weighted(0.2, 0usize..300),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.2),
            prop::option::weighted(0.3, any::<bool>()),
        ), 1..40),
    ) {
        let mut log = new_log(600);
        let mut model: Vec<PendingWrite> = Vec::new();
        let mut uncertain = std::collections::BTreeSet::new();
        for (commands, torn_after, truncate_fails, prepare_fails, commit_fails) in steps {
            let storage = &mut log.storage;
            (storage.torn_after, storage.truncate_fails, storage.prepare_fails, storage.commit_fails) =
                (torn_after, truncate_fails, prepare_fails, commit_fails);
            let batch = commands.iter().map(|(key, begins)| match begins {
                true => begin(&key.to_string()),
                false => finish(&key.to_string()),
            });
            let results = log.apply_batch(batch.collect());
            let kept = results.iter().all(Result::is_ok);
            prop_assert!(kept || results.iter().all(Result::is_err));
            for (key, begins) in commands.iter().filter(|_| kept) {
                let write = write(&key.to_string(), "x=1");
                match begins {
                    true if model.contains(&write) => {}
                    true => model.push(write),
                    false => model.retain(|known| *known != write),
                }
            }
            prop_assert_eq!(&log.pending_writes(), &model);
            let found = stored_writes(&log);
            if !log.is_dirty {
                uncertain.clear();
            }
            if !kept {
                uncertain.extend(commands.iter().map(|(key, _)| key.to_string()));
            }
            // Rejected commands may be in the file regardless, until it is rewritten.
            let certain = |writes: &[PendingWrite]| -> Vec<PendingWrite> {
                let mut writes = writes.to_vec();
                writes.retain(|write| !uncertain.contains(&write.key));
                writes
            };
            prop_assert_eq!(certain(&found), certain(&model));
        }
        let storage = &mut log.storage;
        (storage.torn_after, storage.prepare_fails, storage.commit_fails) = (None, false, None);
        log.apply_batch(vec![begin("last")]).remove(0).unwrap();
        prop_assert_eq!(stored_writes(&log).len(), model.len() + 1);
    }
}
