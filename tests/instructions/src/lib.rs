//! Instruction counts of calls and of decoding, compared with those that the repository stores.
//!
//! Instructions hardly depend on the machine's load, so a change of a few percent is visible where
//! times vary by half. Each figure is the difference between two runs of different length, so that
//! what a program does once is not part of it.

mod callgrind;
pub mod documents;
mod loopback;
mod report;
mod work;

pub use callgrind::{CallgrindError, count_all};
pub use report::{Counts, Report, TOLERANCE, compare, parse, render};
pub use work::{WorkError, run, serve};
