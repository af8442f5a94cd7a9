//! A server that keeps the answers of idempotency keys, and counts what it carries out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::server::{Reply, Seen, Server};

/// How the server behaves when a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Carries it out and answers.
    Calm,
    /// Hangs up before it carries anything out.
    Deaf,
    /// Carries it out and hangs up.
    Mute,
    /// Carries it out and never answers.
    Stuck,
    /// Any of these, in turn.
    Moody,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) mood: Mood,
    /// The body and the answer of each key.
    answers: HashMap<String, (String, String)>,
    /// How often each body was carried out.
    pub(crate) done: HashMap<String, u32>,
    turn: usize,
}

/// A server and what it has done.
pub(crate) struct Store {
    pub(crate) server: Server,
    state: Arc<Mutex<State>>,
}

impl Store {
    pub(crate) async fn start(mood: Mood) -> Self {
        let state = Arc::new(Mutex::new(State {
            mood,
            answers: HashMap::new(),
            done: HashMap::new(),
            turn: 0,
        }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |seen| shared.lock().unwrap().answer(seen)).await;
        Self { server, state }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub(crate) fn done(&self) -> HashMap<String, u32> {
        self.state.lock().unwrap().done.clone()
    }
}

impl State {
    fn answer(&mut self, seen: &Seen) -> Reply {
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
        let reply = self.carry_out(seen);
        match mood {
            Mood::Mute => Reply::HangUp,
            Mood::Stuck => Reply::Stall,
            _ => reply,
        }
    }

    fn carry_out(&mut self, seen: &Seen) -> Reply {
        let key = seen.header("idempotency-key").unwrap_or_default();
        if let Some((body, answer)) = self.answers.get(key) {
            if *body != seen.body {
                let error = r#"{"error":{"type":"idempotency_error"}}"#;
                return Reply::status(400, error);
            }
            let replayed = ("idempotent-replayed", "true".to_owned());
            return Reply::Answer(200, vec![replayed], answer.clone().into_bytes());
        }
        let answer = format!("{{\"id\":\"it_{}\"}}", self.done.len());
        *self.done.entry(seen.body.clone()).or_default() += 1;
        let stored = (seen.body.clone(), answer.clone());
        self.answers.insert(key.to_owned(), stored);
        Reply::json(&answer)
    }
}
