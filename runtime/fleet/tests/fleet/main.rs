//! The journal and the shared limits against a real server, each case in a schema of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may fail loudly"
)]

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use fleet::sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use fleet::sqlx::{self, AssertSqlSafe};
use futures_util::FutureExt;

mod journal;
mod quota;

/// A schema that exists for one test.
struct Schema {
    name: String,
    pool: PgPool,
}

/// Calls the function with a new schema, and drops the schema in any case.
async fn in_schema(case: impl AsyncFnOnce(&Schema)) {
    let name = format!("fleet_{:016x}", runtime::clock::system_random());
    let admin = PgPool::connect_with(server()).await.expect("connected");
    run(&admin, &format!("CREATE SCHEMA {name}")).await;
    let schema = Schema {
        pool: connect(&name).await,
        name,
    };
    let outcome = AssertUnwindSafe(case(&schema)).catch_unwind().await;
    schema.pool.close().await;
    run(&admin, &format!("DROP SCHEMA {} CASCADE", schema.name)).await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

async fn connect(schema: &str) -> PgPool {
    let options = server().options([("search_path", schema)]);
    let pool = PgPoolOptions::new().max_connections(8);
    pool.connect_with(options).await.expect("connected")
}

fn server() -> PgConnectOptions {
    let url = std::env::var("TEST_POSTGRES_URL").expect(
        "TEST_POSTGRES_URL names no server: tests/postgres/install.sh starts one and prints its URL",
    );
    url.parse().expect("a URL")
}

async fn run(pool: &PgPool, sql: &str) {
    let ran = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool);
    ran.await.expect("ran");
}

/// Waits until the function returns something, for at most 20 seconds.
async fn eventually<T>(what: &str, mut find: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = find().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 20 seconds: {what}");
}
