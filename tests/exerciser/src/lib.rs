//! Calls every generated operation, with the required parameters only and with all of them, and
//! reads and writes every object, and the object of every type of events, and makes samples of all.
//!
//! The calls are Rust text that the generator writes from `specs/stripe.yaml` at build time: they
//! go through `new`, setters and service methods like any program that uses the client.

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::too_many_lines,
    reason = "generated; it is compiled to be run, not to be read"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/exercise.rs"));
}

pub use self::generated::{
    EVENTS, EXERCISES, EventExercise, Exercise, OBJECTS, Object, ObjectSample, SAMPLES,
};
