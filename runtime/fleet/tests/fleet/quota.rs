//! Cases of the shared limits: members in one process, whose permits are counted by one clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fleet::QuotaMember;
use runtime::clock::{Clock, SystemClock};
use runtime::rate_limit::{AcquireRequest, Limiter, Preset, QuotaShare, RateLimiter};
use tokio::task::JoinSet;

use crate::{Schema, connect, eventually, in_schema, run};

const LIMIT: usize = 25;

fn limiter() -> Limiter {
    Limiter::new(Preset::new(25, 25, 0)).concurrent(0)
}

impl Schema {
    async fn join(&self, limiter: &Limiter) -> QuotaMember {
        let pool = connect(&self.name).await;
        QuotaMember::join(pool, "stripe", limiter)
            .await
            .expect("joined")
    }
}

/// When permits were given.
type Times = Arc<Mutex<Vec<Instant>>>;

/// Takes all permits that there are, until it is dropped.
fn spend(limiter: &Limiter, times: &Times, tasks: &mut JoinSet<()>) {
    for _ in 0..4 {
        let (limiter, times) = (limiter.clone(), Arc::clone(times));
        tasks.spawn(async move {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            loop {
                let permit = limiter.acquire(AcquireRequest::new("a"), &clock).await;
                if permit.is_ok() {
                    times.lock().unwrap().push(clock.now());
                } else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
    }
}

/// The most permits that were given within one second.
fn most_in_a_second(times: &Times) -> usize {
    let mut times = times.lock().unwrap().clone();
    times.sort();
    let within = |start: usize| {
        let end = times[start] + Duration::from_secs(1);
        times[start..].iter().take_while(|at| **at < end).count()
    };
    (0..times.len()).map(within).max().unwrap_or_default()
}

async fn wait_for_share(members: &[&QuotaMember]) {
    let count = u32::try_from(members.len()).unwrap();
    let is_fair = async || {
        let mut shares = members.iter().map(|member| member.units().len());
        let fair = (QuotaShare::WHOLE / count) as usize;
        shares.all(|share| share.abs_diff(fair) <= 1).then_some(())
    };
    eventually("all members have equal parts", is_fair).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn limit_holds_in_every_second_while_members_join_and_end() {
    in_schema(async |schema| {
        let times = Times::default();
        let mut tasks = JoinSet::new();
        // A limit holds for the times at which permits are used, which are a little later.
        let new = || limiter().jitter(Duration::from_millis(20));
        let (one, two, three) = (new(), new(), new());
        let first = schema.join(&one).await;
        wait_for_share(&[&first]).await;
        spend(&one, &times, &mut tasks);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let second = schema.join(&two).await;
        spend(&two, &times, &mut tasks);
        wait_for_share(&[&first, &second]).await;
        let third = schema.join(&three).await;
        spend(&three, &times, &mut tasks);
        wait_for_share(&[&first, &second, &third]).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        // It ends without leaving: its lease expires.
        drop(second);
        wait_for_share(&[&first, &third]).await;
        first.leave().await.expect("left");
        wait_for_share(&[&third]).await;
        let from = SystemClock.now();
        tokio::time::sleep(Duration::from_secs(4)).await;
        tasks.shutdown().await;
        let most = most_in_a_second(&times);
        assert!(most <= LIMIT, "{most} in a second");
        // The one that is left has all of it.
        let late = times
            .lock()
            .unwrap()
            .iter()
            .filter(|at| **at > from)
            .count();
        assert!(late >= LIMIT * 3, "{late} in four seconds");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn member_without_the_database_may_not_use_its_part() {
    in_schema(async |schema| {
        let limiter = limiter();
        let member = schema.join(&limiter).await;
        wait_for_share(&[&member]).await;
        run(&schema.pool, "ALTER TABLE fleet_quotas RENAME TO away").await;
        let has_none = async || member.units().is_empty().then_some(());
        eventually("the lease has expired", has_none).await;
        let usage = limiter.usage(SystemClock.now());
        assert!(
            usage
                .iter()
                .all(|usage| usage.allowed_per_second == Some(0.0))
        );
        run(&schema.pool, "ALTER TABLE away RENAME TO fleet_quotas").await;
        wait_for_share(&[&member]).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn quotas_of_other_names_are_not_shared() {
    in_schema(async |schema| {
        let (one, other) = (limiter(), limiter());
        let first = schema.join(&one).await;
        let pool = schema.pool.clone();
        let second = QuotaMember::join(pool, "other", &other)
            .await
            .expect("joined");
        wait_for_share(&[&first]).await;
        wait_for_share(&[&second]).await;
    })
    .await;
}

/// A member that is suspended within a renewal holds the lock of all: the server ends its
/// transaction, if the transaction says so.
#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres/install.sh"]
async fn renewals_have_limits_of_the_server() {
    in_schema(async |schema| {
        let limiter = limiter();
        let member = schema.join(&limiter).await;
        run(
            &schema.pool,
            "CREATE FUNCTION check_limits() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF current_setting('idle_in_transaction_session_timeout') = '0'
                        OR current_setting('lock_timeout') = '0' THEN
                        RAISE EXCEPTION 'no limit';
                    END IF;
                    RETURN NEW;
                END $$;
             CREATE TRIGGER check_limits BEFORE UPDATE ON fleet_quotas
                FOR EACH ROW EXECUTE FUNCTION check_limits()",
        )
        .await;
        // Longer than a lease.
        tokio::time::sleep(Duration::from_secs(7)).await;
        assert!(!member.units().is_empty(), "the part was not renewed");
    })
    .await;
}
