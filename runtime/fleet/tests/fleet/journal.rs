//! Cases of the journal.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use fleet::PostgresJournal;
use fleet::sqlx::postgres::PgPool;
use fleet::sqlx::{self};
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalErrorKind};

use crate::{Schema, connect, eventually, in_schema, run};

/// A write with everything that one can have. Times have microseconds in the database.
fn write(key: &str) -> PendingWrite {
    let begun = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
    let mut write = PendingWrite::new(key, http::Method::POST, "api", "/v1/a?b=%00", begun);
    write.operation = "PostCharges".to_owned();
    write.live = Some(true);
    write.headers = vec![
        ("stripe-version".to_owned(), "2026-01-01".to_owned()),
        ("x-note".to_owned(), "one: two".to_owned()),
        ("x-empty".to_owned(), String::new()),
    ];
    write.body = bytes::Bytes::from_static(b"amount=2000&\xff\0=1");
    write
}

impl Schema {
    async fn journal(&self) -> PostgresJournal {
        let pool = connect(&self.name).await;
        PostgresJournal::open(pool).await.expect("opened")
    }

    async fn count_writes(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM fleet_writes");
        count.fetch_one(&self.pool).await.expect("counted")
    }
}

async fn keys(journal: &PostgresJournal) -> Vec<String> {
    let writes = journal.pending_writes().await.expect("listed");
    writes.into_iter().map(|write| write.key).collect()
}

/// Polls a future so often, with a pause before each poll but the first, and drops it.
async fn poll_times<T>(future: impl Future<Output = T>, times: u32) -> Option<T> {
    let mut future = pin!(future);
    for poll in 0..times {
        if poll > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(result) = polled {
            return Some(result);
        }
    }
    None
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn write_is_found_as_it_was_begun_until_it_is_finished() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        let (one, mut other) = (write("one"), write("other"));
        other.live = None;
        other.headers.clear();
        for write in [&one, &other] {
            let begun = journal.begin(write).await;
            assert_eq!(begun.expect("begun"), BeginOutcome::Inserted);
        }
        let found = journal.pending_writes().await.expect("listed");
        assert_eq!(found, [one.clone(), other.clone()]);
        journal.finish(&one).await.expect("finished");
        let error = journal.finish(&one).await.expect_err("finished already");
        assert_eq!(error.kind(), JournalErrorKind::PassedOn);
        assert_eq!(keys(&journal).await, ["other"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn repeated_write_is_present_with_its_first_time() {
    in_schema(async |schema| {
        let (journal, other) = (schema.journal().await, schema.journal().await);
        let first = write("k");
        journal.begin(&first).await.expect("begun");
        let mut again = first.clone();
        again.begun += Duration::from_secs(3_600);
        again.headers.reverse();
        for journal in [&journal, &other] {
            let begun = journal.begin(&again).await.expect("begun");
            let expected = BeginOutcome::AlreadyPresent { begun: first.begun };
            assert_eq!(begun, expected);
        }
        // The same key with another body is another write.
        let mut changed = first.clone();
        changed.body = bytes::Bytes::from_static(b"amount=1");
        let begun = journal.begin(&changed).await.expect("begun");
        assert_eq!(begun, BeginOutcome::Inserted);
        journal.finish(&changed).await.expect("finished");
        assert_eq!(schema.count_writes().await, 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn calls_at_the_same_time_share_statements() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        let writes: Vec<PendingWrite> = (0..500).map(|it| write(&it.to_string())).collect();
        // Each write is begun by two calls.
        let begins = writes
            .iter()
            .chain(&writes)
            .map(|write| journal.begin(write));
        let begun = futures_util::future::join_all(begins).await;
        let inserted = begun
            .iter()
            .filter(|begun| matches!(begun, Ok(BeginOutcome::Inserted)));
        assert_eq!(inserted.count(), 500);
        assert!(begun.iter().all(Result::is_ok));
        let finishes = writes.iter().map(|write| journal.finish(write));
        let finished = futures_util::future::join_all(finishes).await;
        assert!(finished.iter().all(Result::is_ok));
        assert_eq!(schema.count_writes().await, 0);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn begin_that_is_dropped_at_any_poll_leaves_nothing() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        for polls in 1..12 {
            let write = write(&polls.to_string());
            if poll_times(journal.begin(&write), polls).await.is_some() {
                journal.finish(&write).await.expect("finished");
            }
        }
        let is_empty = async || (schema.count_writes().await == 0).then_some(());
        eventually("no write is left", is_empty).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn begin_that_is_dropped_keeps_what_another_call_depends_on() {
    in_schema(async |schema| {
        let (journal, other) = (schema.journal().await, schema.journal().await);
        let write = write("k");
        for polls in 1..8 {
            let first = journal.begin(&write);
            let mut first = Box::pin(first);
            let _ = futures_util::poll!(first.as_mut());
            let second = other.begin(&write).await.expect("begun");
            tokio::time::sleep(Duration::from_millis(polls)).await;
            drop(first);
            // An answer to a list shows that the rollback has been processed.
            let listed = keys(&journal).await.len() + keys(&other).await.len();
            assert!(listed >= 1, "{second:?}");
            assert_eq!(schema.count_writes().await, 1, "{second:?}");
            // It belongs to the one whose begin was committed last.
            let finished = [journal.finish(&write).await, other.finish(&write).await];
            assert_eq!(finished.iter().filter(|it| it.is_ok()).count(), 1);
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn finish_is_handed_over_by_its_first_poll() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        let write = write("k");
        for _ in 0..20 {
            journal.begin(&write).await.expect("begun");
            assert!(poll_times(journal.finish(&write), 1).await.is_none());
            let again = journal.begin(&write).await.expect("begun");
            assert_eq!(again, BeginOutcome::Inserted);
            journal.finish(&write).await.expect("finished");
        }
        assert_eq!(schema.count_writes().await, 0);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn writes_are_passed_on_when_their_process_has_ended() {
    in_schema(async |schema| {
        let (journal, other, third) = (
            schema.journal().await,
            schema.journal().await,
            schema.journal().await,
        );
        journal.begin(&write("k")).await.expect("begun");
        assert!(keys(&other).await.is_empty());
        // Its last clone.
        drop(journal.clone());
        assert!(keys(&other).await.is_empty());
        drop(journal);
        let found = async || keys(&other).await.pop();
        assert_eq!(eventually("the write is passed on", found).await, "k");
        // To one process only.
        assert!(keys(&third).await.is_empty());
        assert_eq!(keys(&other).await, ["k"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn each_write_is_passed_on_to_one_process() {
    in_schema(async |schema| {
        let gone = schema.journal().await;
        let writes: Vec<PendingWrite> = (0..200).map(|it| write(&it.to_string())).collect();
        let begins = writes.iter().map(|write| gone.begin(write));
        futures_util::future::join_all(begins).await;
        expire_leases(&schema.pool).await;
        let heirs = [schema.journal().await, schema.journal().await];
        let lists = heirs.iter().map(keys);
        let lists = futures_util::future::join_all(lists).await;
        let mut all: Vec<String> = lists.concat();
        all.sort();
        all.dedup();
        assert_eq!((lists.concat().len(), all.len()), (200, 200));
    })
    .await;
}

async fn expire_leases(pool: &PgPool) {
    run(
        pool,
        "UPDATE fleet_processes SET expires_at = clock_timestamp()",
    )
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn removal_that_failed_is_tried_again_before_the_write_begins_anew() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        let (one, other) = (write("k"), write("other"));
        journal.begin(&one).await.expect("begun");
        run(
            &schema.pool,
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
             CREATE TRIGGER refuse BEFORE DELETE ON fleet_writes
                FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .await;
        let error = journal.finish(&one).await.expect_err("refused");
        assert_eq!(error.kind(), JournalErrorKind::Io);
        // It would be removed with the removal of the first.
        let error = journal.begin(&one).await.expect_err("refused");
        assert!(error.to_string().contains("was not removed"), "{error}");
        let begun = journal.begin(&other).await.expect("begun");
        assert_eq!(begun, BeginOutcome::Inserted);
        run(&schema.pool, "DROP TRIGGER refuse ON fleet_writes").await;
        let is_removed = async || (schema.count_writes().await == 1).then_some(());
        eventually("the write is removed", is_removed).await;
        assert_eq!(keys(&journal).await, ["other"]);
        let begun = journal.begin(&one).await.expect("begun");
        assert_eq!(begun, BeginOutcome::Inserted);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn begin_that_is_refused_is_not_in_the_journal() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        run(
            &schema.pool,
            "ALTER TABLE fleet_writes ADD CONSTRAINT small CHECK (key <> 'big')",
        )
        .await;
        journal.begin(&write("big")).await.expect_err("refused");
        journal.begin(&write("k\0")).await.expect_err("refused");
        let mut large = write("large");
        large.body = vec![0; (16 << 20) + 1].into();
        let error = journal.begin(&large).await.expect_err("refused");
        assert_eq!(error.kind(), JournalErrorKind::TooLarge);
        assert!(keys(&journal).await.is_empty());
        journal.begin(&write("k")).await.expect("begun");
    })
    .await;
}

/// The database takes longer than the journal waits, and then stores the write all the same.
#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn begin_without_an_answer_may_be_found_later() {
    in_schema(async |schema| {
        let journal = schema.journal().await;
        run(
            &schema.pool,
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(12); RETURN NEW; END $$;
             CREATE TRIGGER wait BEFORE INSERT ON fleet_writes
                FOR EACH ROW WHEN (NEW.key = 'slow') EXECUTE FUNCTION wait()",
        )
        .await;
        let error = journal.begin(&write("slow")).await.expect_err("too slow");
        assert_eq!(error.kind(), JournalErrorKind::Unanswered);
        let found = async || keys(&journal).await.pop();
        assert_eq!(eventually("the write is found", found).await, "slow");
    })
    .await;
}

/// The first process was suspended, say, while another one got its write.
#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn finish_says_that_the_write_was_passed_on() {
    in_schema(async |schema| {
        let (journal, heir) = (schema.journal().await, schema.journal().await);
        for is_finished in [false, true] {
            let write = write("k");
            journal.begin(&write).await.expect("begun");
            expire_leases(&schema.pool).await;
            assert_eq!(keys(&heir).await, ["k"]);
            if is_finished {
                heir.finish(&write).await.expect("finished");
            }
            let error = journal.finish(&write).await.expect_err("passed on");
            assert_eq!(error.kind(), JournalErrorKind::PassedOn);
            let left = schema.count_writes().await;
            assert_eq!(left, i64::from(!is_finished));
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn record_of_a_write_that_another_process_has_begun_stays() {
    in_schema(async |schema| {
        let (journal, other) = (schema.journal().await, schema.journal().await);
        journal.begin(&write("k")).await.expect("begun");
        other.begin(&write("k")).await.expect("begun");
        let error = journal.finish(&write("k")).await.expect_err("kept");
        assert_eq!(error.kind(), JournalErrorKind::PassedOn);
        assert_eq!(keys(&other).await, ["k"]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn tables_of_a_later_version_are_refused() {
    in_schema(async |schema| {
        drop(schema.journal().await);
        run(&schema.pool, "INSERT INTO fleet_schema VALUES (99)").await;
        let error = PostgresJournal::open(schema.pool.clone()).await;
        let error = error.expect_err("refused");
        assert_eq!(error.kind(), JournalErrorKind::Foreign);
        assert!(error.to_string().contains("later version"), "{error}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn tables_are_made_once_when_processes_start_together() {
    in_schema(async |schema| {
        let opens = (0..8).map(|_| PostgresJournal::open(schema.pool.clone()));
        let opened = futures_util::future::join_all(opens).await;
        assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn journal_is_closed_when_its_runtime_has_ended() {
    in_schema(async |schema| {
        let name = schema.name.clone();
        let opened = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("built");
            runtime.block_on(async {
                PostgresJournal::open(connect(&name).await)
                    .await
                    .expect("opened")
            })
        });
        let journal = opened.join().expect("joined");
        let error = journal.begin(&write("k")).await.expect_err("closed");
        assert_eq!(error.kind(), JournalErrorKind::Closed);
    })
    .await;
}
