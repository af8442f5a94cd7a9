//! A process of the fleet: it creates customers as fast as its part of the limit allows, and
//! resumes what other processes have left.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stripe::customers::CreateCustomer;
use stripe::fleet::{PostgresJournal, QuotaMember, sqlx};
use stripe::rate_limit::Limiter;
use tokio::task::JoinSet;

use super::Anyhow;

/// How many calls are in progress at the same time.
const CALLERS: usize = 8;

/// Creates customers until the standard input ends.
///
/// # Errors
/// If the database cannot be reached, or the client cannot be built.
pub async fn run_member(name: &str, base_url: &str, postgres: &str) -> Anyhow<()> {
    let pool = sqlx::PgPool::connect(postgres).await?;
    let limits = stripe::API.limits.ok_or("the document states no limits")?;
    let limiter = Limiter::new(limits).jitter(Duration::from_millis(50));
    let quota = QuotaMember::join(pool.clone(), "stripe", &limiter).await?;
    let client = stripe::Client::builder()
        .api_key("sk_test_fleet")
        .base_url(base_url)
        .rate_limiter(limiter)
        .journal(PostgresJournal::open(pool).await?)
        .build()?;
    let is_stopping = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        let prefix = format!("{name}-{caller}");
        tasks.spawn(create_customers(
            client.clone(),
            prefix,
            Arc::clone(&is_stopping),
        ));
    }
    tasks.spawn(resume_writes(client, Arc::clone(&is_stopping)));
    // Blocks a thread until the input ends.
    tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    is_stopping.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(quota.leave().await?)
}

async fn create_customers(
    client: stripe::Client,
    prefix: String,
    is_stopping: Arc<AtomicBool>,
) -> Anyhow<()> {
    for order in 0_u32.. {
        if is_stopping.load(Ordering::Relaxed) {
            break;
        }
        let order = format!("{prefix}-{order}");
        let customer = CreateCustomer::new().description(order.as_str());
        let create = client.customers().create(customer);
        let created = create.idempotency_key(order.as_str()).await;
        match created {
            Ok(_) => {}
            // A process that has just joined may have no part of the limit for some seconds.
            Err(error) if error.outcome().is_not_sent() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn resume_writes(client: stripe::Client, is_stopping: Arc<AtomicBool>) -> Anyhow<()> {
    while !is_stopping.load(Ordering::Relaxed) {
        for write in client.pending_writes().await? {
            client.resume(&write).await?;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}
