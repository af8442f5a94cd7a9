//! Objects in an SQLite file.

use std::collections::HashMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

use crate::dispatch::{AccountState, ChangedObject};
use crate::storage::StorageError;
use crate::store::StoredObject;

/// The order of rows is that of the creation of objects, which updates keep.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS objects (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    tag TEXT NOT NULL,
    id TEXT NOT NULL,
    owners TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (account, tag, id)
)";

const SAVE: &str = "INSERT INTO objects (account, tag, id, owners, deleted, value)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, tag, id)
    DO UPDATE SET owners = excluded.owners, deleted = excluded.deleted, value = excluded.value";

const LOAD: &str = "SELECT account, tag, id, owners, deleted, value FROM objects ORDER BY position";

type ObjectRow = (String, String, String, String, bool, String);

/// A file with the objects of all accounts.
#[derive(Debug, Clone)]
pub(crate) struct SqliteObjects {
    pool: SqlitePool,
}

impl SqliteObjects {
    /// Opens a file, or creates it.
    pub(crate) async fn open(path: &Path) -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await?;
        sqlx::query(CREATE).execute(&pool).await?;
        Ok(Self { pool })
    }

    pub(crate) async fn load_objects(
        &self,
        accounts: &mut HashMap<String, AccountState>,
    ) -> Result<(), StorageError> {
        let rows: Vec<ObjectRow> = sqlx::query_as(LOAD).fetch_all(&self.pool).await?;
        for (account, tag, id, owners, is_deleted, value) in rows {
            let owners = owners.split('\n').filter(|owner| !owner.is_empty());
            let object = StoredObject {
                value: serde_json::from_str(&value)?,
                owners: owners.map(str::to_owned).collect(),
                is_deleted,
            };
            let state = accounts.entry(account).or_default();
            state.store.restore(&tag, &id, object);
        }
        Ok(())
    }

    pub(crate) async fn save_changes(&self, changes: &[ChangedObject]) -> Result<(), StorageError> {
        let mut transaction = self.pool.begin().await?;
        for (account, (tag, id), object) in changes {
            sqlx::query(SAVE)
                .bind(account)
                .bind(tag)
                .bind(id)
                .bind(object.owners.join("\n"))
                .bind(object.is_deleted)
                .bind(object.value.to_string())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
