//! A server that stores the response of each idempotency key, and counts what it executes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::server::{Reply, Seen, Server};

/// How the server handles requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Executes it and responds.
    Calm,
    /// Closes the connection before it executes anything.
    Deaf,
    /// Executes it and closes the connection.
    Mute,
    /// Executes it and never responds.
    Stuck,
    /// Any of these, in turn.
    Moody,
}

#[derive(Debug)]
pub(crate) struct StoreState {
    pub(crate) mood: Mood,
    /// The request body and the response of each key.
    responses: HashMap<String, (String, String)>,
    /// How often each body was executed.
    pub(crate) done: HashMap<String, u32>,
    turn: usize,
}

/// A server and what it has executed.
pub(crate) struct Store {
    pub(crate) server: Server,
    state: Arc<Mutex<StoreState>>,
}

impl Store {
    pub(crate) async fn start(mood: Mood) -> Self {
        let state = Arc::new(Mutex::new(StoreState {
            mood,
            responses: HashMap::new(),
            done: HashMap::new(),
            turn: 0,
        }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |seen| shared.lock().unwrap().respond_to(seen)).await;
        Self { server, state }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub(crate) fn done(&self) -> HashMap<String, u32> {
        self.state.lock().unwrap().done.clone()
    }
}

impl StoreState {
    fn respond_to(&mut self, seen: &Seen) -> Reply {
        self.turn += 1;
        let mood = match (self.mood, self.turn % 7) {
            (Mood::Moody, 2) => Mood::Deaf,
            (Mood::Moody, 4) => Mood::Mute,
            (Mood::Moody, 6) => Mood::Stuck,
            (Mood::Moody, _) => Mood::Calm,
            (mood, _) => mood,
        };
        if mood == Mood::Deaf {
            return Reply::HangUp;
        }
        let reply = self.execute_write(seen);
        match mood {
            Mood::Mute => Reply::HangUp,
            Mood::Stuck => Reply::Stall,
            _ => reply,
        }
    }

    fn execute_write(&mut self, seen: &Seen) -> Reply {
        let key = seen.header("idempotency-key").unwrap_or_default();
        if let Some((body, response)) = self.responses.get(key) {
            if *body != seen.body {
                let error = r#"{"error":{"type":"idempotency_error"}}"#;
                return Reply::status(400, error);
            }
            let replayed = ("idempotent-replayed", "true".to_owned());
            return Reply::Respond(200, vec![replayed], response.clone().into_bytes());
        }
        let response = format!("{{\"id\":\"it_{}\"}}", self.done.len());
        *self.done.entry(seen.body.clone()).or_default() += 1;
        let stored = (seen.body.clone(), response.clone());
        self.responses.insert(key.to_owned(), stored);
        Reply::json(&response)
    }
}
