//! A journal and rate limits that several processes share through a PostgreSQL database.
//!
//! In: the calls of a client, by the interfaces [`Journal`](runtime::idempotency::Journal) and
//! [`Limiter`](runtime::rate_limit::Limiter). Out: pending writes that any process can resume when
//! the one that made them has ended ([`PostgresJournal`]), and parts of an account's limits that
//! follow the processes that are alive ([`QuotaMember`]). Leases end by the database's clock; the
//! clocks of the machines need not agree.

mod error;
mod journal;
mod quota;
mod schema;

/// For the pool, and for programs that use the same database.
pub use ::sqlx;
pub use error::{FleetError, FleetErrorKind};
pub use journal::PostgresJournal;
pub use quota::QuotaMember;
