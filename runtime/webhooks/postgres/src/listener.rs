//! Wakes the workers of this process when another process has stored messages.
//!
//! In: notifications of the database on the inbox's channel. Out: notifications of the wake signal.
//! It has one connection, outside of the program's pool. If that is lost, it connects again and
//! wakes the workers, as it may have missed notifications. Workers also poll, so nothing is lost
//! while there is no connection.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::task::JoinHandle;
use webhooks::WakeSignal;

use super::sql;

/// The delay before the first attempt to connect again; it doubles.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(500);

/// The longest delay between two attempts to connect.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// How long a connection may be silent before it is tested. A network that drops packets reports no
/// error.
const TEST_INTERVAL: Duration = Duration::from_secs(30);

/// How long connecting and a test may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends the task when the last inbox that shares it is dropped.
pub(super) struct ListenTask(JoinHandle<()>);

impl Drop for ListenTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts listening for messages of other origins than this inbox's.
pub(super) fn start_listening(pool: &PgPool, origin: Arc<str>, signal: WakeSignal) -> ListenTask {
    let connections = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(RESPONSE_TIMEOUT)
        .connect_lazy_with((*pool.connect_options()).clone());
    ListenTask(tokio::spawn(async move {
        let mut delay = MIN_RETRY_DELAY;
        let mut was_connected = false;
        loop {
            if let Ok(listener) = connect_listener(&connections).await {
                if was_connected {
                    signal.notify_waiters();
                }
                was_connected = true;
                delay = MIN_RETRY_DELAY;
                pass_notifications(listener, &origin, &signal).await;
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(MAX_RETRY_DELAY);
        }
    }))
}

async fn connect_listener(connections: &PgPool) -> Result<PgListener, sqlx::Error> {
    let connecting = async {
        let mut listener = PgListener::connect_with(connections).await?;
        listener.eager_reconnect(false);
        let channel: String = sqlx::query_scalar(sql::CHANNEL)
            .fetch_one(&mut listener)
            .await?;
        listener.listen(&channel).await?;
        Ok(listener)
    };
    let connected = tokio::time::timeout(RESPONSE_TIMEOUT, connecting).await;
    connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Returns when the connection is lost.
async fn pass_notifications(mut listener: PgListener, origin: &str, signal: &WakeSignal) {
    loop {
        match tokio::time::timeout(TEST_INTERVAL, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                // The workers of the process that stored it are woken without the database.
                if notification.payload() != origin {
                    signal.notify_waiters();
                }
            }
            Ok(Ok(None) | Err(_)) => return,
            Err(_) => {
                let test = sqlx::query("SELECT 1").execute(&mut listener);
                let tested = tokio::time::timeout(RESPONSE_TIMEOUT, test).await;
                if !matches!(tested, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}
