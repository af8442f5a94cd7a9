//! Where objects are stored besides memory.

use std::collections::HashMap;

use crate::dispatch::{AccountState, ChangedObject};

/// Why objects cannot be stored or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database failed.
    #[cfg(feature = "sqlite")]
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored object is not valid.
    #[error("a stored object is not valid: {0}")]
    Object(#[from] serde_json::Error),
}

/// The storage of a server.
#[derive(Debug, Clone, Default)]
pub(crate) enum ObjectDatabase {
    /// Objects end with the server.
    #[default]
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(crate::sqlite_storage::SqliteObjects),
}

impl ObjectDatabase {
    /// Adds the stored objects to the accounts.
    pub(crate) async fn load_objects(
        &self,
        accounts: &mut HashMap<String, AccountState>,
    ) -> Result<(), StorageError> {
        match self {
            Self::Memory => {
                let _ = accounts;
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(objects) => objects.load_objects(accounts).await,
        }
    }

    /// Stores objects that have changed.
    pub(crate) async fn save_changes(&self, changes: &[ChangedObject]) -> Result<(), StorageError> {
        match self {
            Self::Memory => {
                let _ = changes;
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(objects) => objects.save_changes(changes).await,
        }
    }
}
