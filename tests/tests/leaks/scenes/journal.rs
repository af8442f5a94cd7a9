//! Journaled writes.

use std::time::Duration;

use journal::FileJournal;
use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalError, MemoryJournal};
use runtime::operation::Method;

use super::{answer, body, builder, loaded, params, server, with_bearer};
use crate::api::Create;
use crate::evidence::Evidence;
use crate::planted::{CREDENTIALS, EMAIL, MARKERS, PATH, forms};
use crate::server::Reply;

/// Enough to send a request on a busy machine.
const SHORT: Duration = Duration::from_millis(700);

pub(crate) async fn play(evidence: &Evidence) {
    evidence.scene("writes with an unknown outcome in a journal");
    let stuck = server(|_| Reply::Stall).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("writes");
    let journal = FileJournal::open(&path).unwrap();
    evidence.debug("journal::FileJournal", &journal);
    let client = builder(evidence, &stuck.url)
        .journal(journal)
        .timeout(SHORT);
    let client = client.build().unwrap();
    evidence.failure(loaded(client.request::<Create>(&[], &params())).await);
    let raw = client.raw(Method::Post, &format!("/v1/{PATH}"));
    evidence.failure(loaded(with_bearer(raw)).await);
    drop(client);
    check_file(evidence, &std::fs::read(&path).unwrap());
    resume(evidence, &path).await;
    broken(evidence).await;
}

/// A journal holds what is needed to send a write again, and so bodies, paths and headers. It
/// holds no credentials.
fn check_file(evidence: &Evidence, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let holds = |name: &str| {
        let marker = MARKERS.iter().find(|marker| marker.name == name).unwrap();
        let forms = forms(marker.text);
        forms.into_iter().find(|(_, form)| text.contains(form))
    };
    for name in CREDENTIALS.iter().chain(&["COOKIE"]) {
        assert_eq!(holds(name), None, "{name} in the journal");
    }
    let email = forms(&EMAIL.replace('+', "%2B").replace('@', "%40"));
    let has_body = email.iter().any(|(_, form)| text.contains(form));
    assert!(has_body, "the search finds nothing in {text}");
    evidence.add("journal", "was searched");
}

async fn resume(evidence: &Evidence, path: &std::path::Path) {
    evidence.scene("writes are resumed");
    let refusing = server(|_| answer(500, body())).await;
    let journal = FileJournal::open(path).unwrap();
    let writes = journal.pending_writes().await.unwrap();
    // The write with credentials of its own is not journaled.
    assert_eq!(writes.len(), 1);
    let client = builder(evidence, &refusing.url)
        .journal(journal)
        .build()
        .unwrap();
    for write in &writes {
        evidence.debug("runtime::PendingWrite", write);
        evidence.failure(client.resume(write).await);
    }
    let fine = server(|_| answer(200, body())).await;
    let memory = MemoryJournal::new();
    let client = builder(evidence, &fine.url)
        .journal(memory.clone())
        .build()
        .unwrap();
    for write in &writes {
        memory.begin(write).await.unwrap();
        evidence.debug("runtime::MemoryJournal", &memory);
        client.resume(write).await.unwrap();
    }
    evidence.scene("a journal that is none");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    std::fs::write(&path, format!("{EMAIL}\n")).unwrap();
    let error = evidence.failure(FileJournal::open(&path));
    evidence.debug("runtime::JournalError", &error);
    evidence.failure(FileJournal::open(folder.path()));
}

/// A journal that cannot write, whose error is reported.
#[derive(Debug)]
struct Broken(bool);

impl Journal for Broken {
    fn begin<'a>(
        &'a self,
        _: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        let error = JournalError::new("the disk is full");
        let result = if self.0 {
            Err(error)
        } else {
            Ok(BeginOutcome::Inserted)
        };
        Box::pin(std::future::ready(result))
    }

    fn finish<'a>(&'a self, _: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(std::future::ready(Err(JournalError::new(
            "the disk is full",
        ))))
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

async fn broken(evidence: &Evidence) {
    evidence.scene("a journal that fails");
    let fine = server(|_| answer(200, body())).await;
    for at_once in [true, false] {
        let client = builder(evidence, &fine.url).journal(Broken(at_once));
        let call = client.build().unwrap().request::<Create>(&[], &params());
        let result = loaded(call).await;
        assert_eq!(result.is_err(), at_once);
        if let Err(error) = result {
            evidence.error(&error);
        }
    }
}
