use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use futures_channel::oneshot;

use super::{WriterMessage, run_writer};
use crate::log::{JournalLog, LogStorage};
use crate::replay::ReplayedLog;
use crate::tests::write;

/// A disk that takes nothing while it is full.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<AtomicBool>);

impl Disk {
    fn fill(&self, is_full: bool) {
        self.0.store(is_full, Ordering::SeqCst);
    }

    fn result(&self) -> io::Result<()> {
        match self.0.load(Ordering::SeqCst) {
            true => Err(io::Error::other("disk full")),
            false => Ok(()),
        }
    }
}

impl LogStorage for Disk {
    fn append_bytes(&mut self, _: &[u8], _: bool) -> io::Result<()> {
        self.result()
    }

    fn truncate_to(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn prepare_replacement(&mut self, _: &[u8]) -> io::Result<()> {
        self.result()
    }

    fn commit_replacement(&mut self) -> io::Result<()> {
        self.result()
    }
}

#[tokio::test]
async fn removals_are_tried_again_when_the_disk_was_full() {
    let disk = Disk::default();
    let mut log = JournalLog::new(disk.clone(), ReplayedLog::default(), u64::MAX);
    log.repair().unwrap();
    let (sender, messages) = channel();
    let thread = std::thread::spawn(move || run_writer(log, &messages));
    let finished = write("finished", "x=1");
    let dropped = write("dropped", "x=1");
    let kept = write("kept", "x=1");
    for write in [&finished, &dropped, &kept] {
        let (result, outcome) = oneshot::channel();
        sender
            .send(WriterMessage::Begin(write.clone(), result))
            .unwrap();
        outcome.await.unwrap().unwrap();
    }
    let pending = || async {
        let (result, list) = oneshot::channel();
        sender.send(WriterMessage::ListPending(result)).unwrap();
        list.await.unwrap().unwrap()
    };

    disk.fill(true);
    let (result, outcome) = oneshot::channel();
    sender
        .send(WriterMessage::Finish(finished.clone(), result))
        .unwrap();
    assert!(outcome.await.unwrap().is_err());
    sender
        .send(WriterMessage::Rollback(dropped.clone()))
        .unwrap();
    assert_eq!(pending().await, [finished, dropped, kept.clone()]);

    disk.fill(false);
    assert_eq!(pending().await, [kept]);
    drop(sender);
    thread.join().unwrap();
}
