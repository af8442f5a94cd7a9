use std::io;

use proptest::prelude::*;

use super::{Clerk, Medium, Order};
use runtime::http::PendingWrite;
use crate::replay::{Replay, replay};
use crate::tests::write;
use runtime::idempotency::{Begun, JournalFault};

/// A file in memory that fails as it is told to.
#[derive(Debug, Default)]
struct Paper {
    text: Vec<u8>,
    prepared: Vec<u8>,
    /// How many bytes the next append writes before it fails; whether cutting, preparing and
    /// swapping fail, and whether a failed swap has swapped.
    tear: Option<usize>,
    cut_fails: bool,
    prepare_fails: bool,
    swap_fails: Option<bool>,
    appends: usize,
    flushes: usize,
    rewrites: usize,
}

fn failure<T>() -> io::Result<T> {
    Err(io::Error::other("disk full"))
}

impl Medium for Paper {
    fn append(&mut self, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.appends += 1;
        self.flushes += usize::from(durable);
        let written = self.tear.unwrap_or(bytes.len()).min(bytes.len());
        self.text.extend_from_slice(&bytes[..written]);
        if self.tear.is_some() {
            failure()
        } else {
            Ok(())
        }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.cut_fails {
            return failure();
        }
        self.text.truncate(usize::try_from(length).unwrap());
        Ok(())
    }

    fn prepare(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.prepare_fails {
            return failure();
        }
        self.prepared = bytes.to_vec();
        Ok(())
    }

    fn swap(&mut self) -> io::Result<()> {
        self.rewrites += 1;
        if self.swap_fails != Some(false) {
            self.text = self.prepared.clone();
        }
        if self.swap_fails.is_some() {
            failure()
        } else {
            Ok(())
        }
    }
}

fn clerk(compact_above: u64) -> Clerk<Paper> {
    let mut clerk = Clerk::new(Paper::default(), Replay::default(), compact_above);
    clerk.mend().unwrap();
    clerk
}

fn begin(key: &str) -> Order {
    Order::Begin(write(key, "x=1"))
}

fn finish(key: &str) -> Order {
    Order::Finish(write(key, "x=1"))
}

fn on_paper(clerk: &Clerk<Paper>) -> Vec<PendingWrite> {
    let replay = replay(&clerk.medium.text, false).unwrap();
    replay.ledger.writes().cloned().collect()
}

#[test]
fn batch_is_one_append_and_one_flush() {
    let mut clerk = clerk(u64::MAX);
    let batch = (0..50).map(|number| begin(&number.to_string())).collect();
    let answers = clerk.process(batch);
    assert!(
        answers
            .into_iter()
            .all(|answer| answer.unwrap() == Begun::New)
    );
    assert_eq!((clerk.medium.appends, clerk.medium.flushes), (1, 1));
    assert_eq!(on_paper(&clerk).len(), 50);
}

#[test]
fn end_of_a_write_is_flushed_too() {
    let mut clerk = clerk(u64::MAX);
    clerk.process(vec![begin("a")]);
    clerk.process(vec![finish("a")]);
    assert_eq!((clerk.medium.appends, clerk.medium.flushes), (2, 2));
    assert!(on_paper(&clerk).is_empty());
}

#[test]
fn write_keeps_its_first_record_when_begun_twice() {
    let mut clerk = clerk(u64::MAX);
    let mut later = write("a", "x=1");
    later.begun += std::time::Duration::from_secs(60);
    let answers = clerk.process(vec![begin("a"), Order::Begin(later)]);
    let answers: Vec<Begun> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [Begun::New, Begun::Before]);
    assert_eq!(on_paper(&clerk), [write("a", "x=1")]);
    let appends = clerk.medium.appends;
    clerk.process(vec![begin("a"), finish("unknown")]);
    assert_eq!(clerk.medium.appends, appends, "nothing new to write");
}

#[test]
fn record_is_taken_back_unless_another_call_has_begun_the_write_too() {
    let mut clerk = clerk(2_000);
    let take_back = || Order::TakeBack(write("a", "x=1"));
    clerk.process(vec![begin("a"), take_back()]);
    assert!(on_paper(&clerk).is_empty());
    clerk.process(vec![begin("a"), begin("a"), take_back()]);
    assert_eq!(on_paper(&clerk), [write("a", "x=1")]);
    while clerk.medium.rewrites < 3 {
        clerk.process(vec![begin("b"), finish("b")]);
    }
    clerk.process(vec![take_back()]);
    assert_eq!(on_paper(&clerk), [write("a", "x=1")], "after compacting");
    clerk.process(vec![finish("a")]);
    assert!(on_paper(&clerk).is_empty());
}

#[test]
fn other_request_under_the_same_key_has_its_own_record() {
    let mut clerk = clerk(u64::MAX);
    let other = write("a", "x=2");
    clerk.process(vec![begin("a"), Order::Begin(other.clone())]);
    clerk.process(vec![Order::Finish(other)]);
    assert_eq!(on_paper(&clerk), [write("a", "x=1")]);
}

#[test]
fn batch_has_not_happened_when_the_file_cannot_be_written() {
    let mut clerk = clerk(u64::MAX);
    clerk.process(vec![begin("a")]);
    for tear in [0, 10, 150] {
        clerk.medium.tear = Some(tear);
        let answers = clerk.process(vec![begin("b"), finish("a"), begin("a")]);
        for answer in answers {
            let error = answer.unwrap_err();
            assert_eq!(error.fault(), JournalFault::Io);
            let cause = std::error::Error::source(&error).unwrap();
            assert_eq!(cause.to_string(), "disk full");
        }
        assert_eq!(clerk.unfinished(), [write("a", "x=1")]);
        clerk.medium.tear = None;
    }
    let answers = clerk.process(vec![begin("b")]);
    assert!(matches!(answers[..], [Ok(Begun::New)]));
    assert_eq!(on_paper(&clerk), [write("a", "x=1"), write("b", "x=1")]);
}

#[test]
fn file_is_written_anew_when_most_of_it_has_ended() {
    let mut clerk = clerk(2_000);
    clerk.process(vec![begin("stays")]);
    for number in 0..500 {
        let key = number.to_string();
        clerk.process(vec![begin(&key)]);
        clerk.process(vec![finish(&key)]);
        assert!(clerk.medium.text.len() < 2_500);
    }
    assert!(clerk.medium.rewrites > 10);
    assert_eq!(on_paper(&clerk), [write("stays", "x=1")]);
}

#[test]
fn file_keeps_growing_when_it_cannot_be_compacted() {
    let mut clerk = clerk(1_000);
    clerk.medium.prepare_fails = true;
    for number in 0..100 {
        let key = number.to_string();
        clerk.process(vec![begin(&key)]).remove(0).unwrap();
        clerk.process(vec![finish(&key)]).remove(0).unwrap();
    }
    assert!(clerk.medium.text.len() > 10_000);
    clerk.medium.prepare_fails = false;
    for number in 0..200 {
        clerk.process(vec![
            begin(&number.to_string()),
            finish(&number.to_string()),
        ]);
    }
    assert!(clerk.medium.text.len() < 1_500);
}

proptest! {
    /// However the disk fails, a begin that was answered is in the file until its finish is
    /// answered, and the file stays readable.
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
        let mut clerk = clerk(600);
        let mut model: Vec<PendingWrite> = Vec::new();
        let mut disputed = std::collections::BTreeSet::new();
        for (orders, tear, cut_fails, prepare_fails, swap_fails) in steps {
            let medium = &mut clerk.medium;
            (medium.tear, medium.cut_fails, medium.prepare_fails, medium.swap_fails) =
                (tear, cut_fails, prepare_fails, swap_fails);
            let batch = orders.iter().map(|(key, begins)| match begins {
                true => begin(&key.to_string()),
                false => finish(&key.to_string()),
            });
            let answers = clerk.process(batch.collect());
            let kept = answers.iter().all(Result::is_ok);
            prop_assert!(kept || answers.iter().all(Result::is_err));
            for (key, begins) in orders.iter().filter(|_| kept) {
                let write = write(&key.to_string(), "x=1");
                match begins {
                    true if model.contains(&write) => {}
                    true => model.push(write),
                    false => model.retain(|known| *known != write),
                }
            }
            prop_assert_eq!(&clerk.unfinished(), &model);
            let found = on_paper(&clerk);
            if !clerk.astray {
                disputed.clear();
            }
            if !kept {
                disputed.extend(orders.iter().map(|(key, _)| key.to_string()));
            }
            // What was refused may be on paper all the same, until the file is written anew.
            let settled = |writes: &[PendingWrite]| -> Vec<PendingWrite> {
                let mut writes = writes.to_vec();
                writes.retain(|write| !disputed.contains(&write.key));
                writes
            };
            prop_assert_eq!(settled(&found), settled(&model));
        }
        let medium = &mut clerk.medium;
        (medium.tear, medium.prepare_fails, medium.swap_fails) = (None, false, None);
        clerk.process(vec![begin("last")]).remove(0).unwrap();
        prop_assert_eq!(on_paper(&clerk).len(), model.len() + 1);
    }
}
