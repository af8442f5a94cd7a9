//! The state of the shop.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use serde_json::{Map, Value};

use crate::recorder::Recorder;
use crate::tokens::IssuedTokens;

/// A JSON object.
pub(crate) type JsonObject = Map<String, Value>;

/// What all handlers share.
pub(crate) type SharedShop = Arc<Shop>;

/// The shop.
#[derive(Debug, Default)]
pub(crate) struct Shop {
    pub(crate) recorder: Recorder,
    state: Mutex<ShopState>,
}

impl Shop {
    pub(crate) fn lock(&self) -> MutexGuard<'_, ShopState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What changes.
#[derive(Debug, Default)]
pub(crate) struct ShopState {
    pub(crate) pets: BTreeMap<i64, JsonObject>,
    pub(crate) photos: HashMap<i64, Bytes>,
    pub(crate) notes: HashMap<i64, Bytes>,
    pub(crate) visits: Vec<Value>,
    /// The names of those who stay for some days.
    pub(crate) guests: Vec<String>,
    /// Idempotency keys, with the body of their first request and the pet that it has made.
    pub(crate) keys: HashMap<String, (Bytes, Value)>,
    pub(crate) shifts: Vec<Value>,
    pub(crate) tokens: IssuedTokens,
    /// Why the shop is closed.
    pub(crate) closed: Option<String>,
    last_id: i64,
}

impl ShopState {
    /// A number that nothing has yet.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The pet with a name, other than the one with this number.
    pub(crate) fn find_name(&self, name: &Value, except: Option<i64>) -> Option<i64> {
        let mut pets = self.pets.iter();
        let found = pets.find(|(id, pet)| Some(**id) != except && pet.get("name") == Some(name));
        found.map(|(id, _)| *id)
    }
}

/// Parses the number of a pet in a path.
pub(crate) fn parse_id(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id| *id > 0)
}
