//! One predicate per kind of failure, each with what to do about it.

use super::{Error, Kind};

impl Error {
    /// The request was never sent because it is wrong in itself: an empty path argument, a
    /// malformed header, a missing API key, options that exclude each other.
    ///
    /// **What to do:** it is a bug or a misconfiguration; the text says what to change.
    pub fn is_build(&self) -> bool {
        self.kind() == Kind::Build
    }

    /// The circuit breaker kept the request back, because the last ones to this host failed.
    ///
    /// **What to do:** answer your own caller with a temporary failure; try again later.
    pub fn is_circuit_open(&self) -> bool {
        self.kind() == Kind::CircuitOpen
    }

    /// No API key could be had from the credential provider. The source says why.
    ///
    /// **What to do:** check the secrets manager and its permissions. Repeating is safe.
    pub fn is_credentials(&self) -> bool {
        self.kind() == Kind::Credentials
    }

    /// The journal could not record the write, so it was not sent. The source says why.
    ///
    /// **What to do:** check the journal's disk or database. Repeating is safe.
    pub fn is_journal(&self) -> bool {
        self.kind() == Kind::Journal
    }

    /// The client-side rate limit kept the request back: [`is_queue_full`](Error::is_queue_full)
    /// or [`is_queue_timeout`](Error::is_queue_timeout). The server was not asked.
    ///
    /// **What to do:** slow down, or raise the limit if the server grants you more.
    pub fn is_throttled(&self) -> bool {
        self.is_queue_full() || self.is_queue_timeout()
    }

    /// Too many calls wait for the client-side rate limit already.
    ///
    /// **What to do:** shed load, or lengthen the queue; bulk work should bound how many calls
    /// it makes at once.
    pub fn is_queue_full(&self) -> bool {
        self.kind() == Kind::QueueFull
    }

    /// The call would have waited, or has waited, for the client-side rate limit for longer than
    /// its deadline or the limiter's longest wait allow.
    ///
    /// **What to do:** slow down; give bulk work a longer wait and `Priority::Bulk`.
    pub fn is_queue_timeout(&self) -> bool {
        self.kind() == Kind::QueueTimeout
    }

    /// No connection came about: name resolution, TCP, TLS or the proxy failed, or took longer
    /// than the connect timeout. The request was surely not sent.
    ///
    /// **What to do:** check network, proxy variables and base URL. Repeating is safe.
    pub fn is_connect(&self) -> bool {
        self.kind() == Kind::Connect
    }

    /// An attempt, or the whole call, took longer than allowed.
    ///
    /// **What to do:** a write whose [`outcome`](Error::outcome) is unknown may have happened:
    /// repeat it with the same [`idempotency_key`](Error::idempotency_key). Give slow
    /// operations more time with `Call::timeout`.
    pub fn is_timeout(&self) -> bool {
        self.kind() == Kind::Timeout
    }

    /// The connection broke after the request began to be sent.
    ///
    /// **What to do:** as for a timeout: a write may have happened.
    pub fn is_interrupted(&self) -> bool {
        self.kind() == Kind::Interrupted
    }

    /// The answer is longer than the client's bound.
    ///
    /// **What to do:** ask for less with `limit`, or raise
    /// `ClientBuilder::max_response_bytes`. A write has most likely happened.
    pub fn is_too_large(&self) -> bool {
        self.kind() == Kind::TooLarge
    }

    /// The server answered with a redirect. It is not followed, since the credentials would
    /// go to an address that nobody configured.
    ///
    /// **What to do:** check the base URL and any proxy or captive portal in between.
    pub fn is_redirect(&self) -> bool {
        self.kind() == Kind::Redirect
    }

    /// The status says success but the body is not what the operation documents: not JSON,
    /// cut off, empty, or without a required field. The source says where.
    ///
    /// **What to do:** the request was carried out. Look at [`raw_body`](Error::raw_body); if
    /// the API has changed, generate the client anew.
    pub fn is_decode(&self) -> bool {
        self.kind() == Kind::Decode
    }

    /// A list cannot be continued: the server repeats a page or gives no usable next one.
    ///
    /// **What to do:** keep the items received so far; report it with the request id.
    pub fn is_pagination(&self) -> bool {
        self.kind() == Kind::Page
    }

    /// The server says that parameters are wrong or do not fit the state of the object.
    ///
    /// **What to do:** see [`param`](Error::param), [`code`](Error::code) and
    /// [`message`](Error::message). Repeating it unchanged will not help.
    pub fn is_invalid_request(&self) -> bool {
        self.kind() == Kind::InvalidRequest
    }

    /// There is no such object, or it belongs to another account or mode.
    ///
    /// **What to do:** check the id, the account option and whether key and object are both
    /// of live or both of test mode.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }

    /// The API key is wrong, expired or revoked.
    ///
    /// **What to do:** replace the key. Repeating will not help.
    pub fn is_authentication(&self) -> bool {
        self.kind() == Kind::Authentication
    }

    /// The key is valid but may not do this.
    ///
    /// **What to do:** widen the restricted key's permissions, or check the account option.
    pub fn is_permission(&self) -> bool {
        self.kind() == Kind::Permission
    }

    /// The card was declined, or the payment failed in another way the customer can mend.
    ///
    /// **What to do:** ask the customer for another payment method;
    /// [`decline_code`](Error::decline_code) says why, but not everything should be shown.
    pub fn is_card_declined(&self) -> bool {
        self.kind() == Kind::CardDeclined
    }

    /// The idempotency key was used before with other parameters.
    ///
    /// **What to do:** it is a bug: one key must stand for one logical request. The first
    /// request with this key may well have been carried out.
    pub fn is_idempotency_mismatch(&self) -> bool {
        self.kind() == Kind::IdempotencyMismatch
    }

    /// Another request interferes, often one with the same idempotency key still in progress.
    ///
    /// **What to do:** wait a moment and repeat with the same key.
    pub fn is_conflict(&self) -> bool {
        self.kind() == Kind::Conflict
    }

    /// A request with the same idempotency key is being carried out right now; one of the
    /// conflicts of [`is_conflict`](Error::is_conflict). It may be an earlier attempt of this
    /// very call, so the [`outcome`](Error::outcome) is unknown.
    ///
    /// **What to do:** wait a moment and repeat with the same key, to be given its answer.
    pub fn is_idempotency_key_in_use(&self) -> bool {
        self.is_conflict() && self.code() == Some("idempotency_key_in_use")
    }

    /// A system that the API depends on failed (status 424).
    ///
    /// **What to do:** repeat later, a write with the same key.
    pub fn is_dependency_failed(&self) -> bool {
        self.kind() == Kind::DependencyFailed
    }

    /// The server received too many requests, or too many at once.
    ///
    /// **What to do:** slow down; honour [`retry_after`](Error::retry_after) if it is there.
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == Kind::RateLimited
    }

    /// Another request holds the object's lock.
    ///
    /// **What to do:** repeat after a moment; avoid writing one object from many places.
    pub fn is_lock_timeout(&self) -> bool {
        self.kind() == Kind::LockTimeout
    }

    /// The server, or a gateway before it, failed (status 5xx).
    ///
    /// **What to do:** a write may have happened: repeat it later with the same key.
    pub fn is_server(&self) -> bool {
        self.kind() == Kind::Server
    }

    /// A short-lived session, such as one for meter events, is over.
    ///
    /// **What to do:** open a new session and repeat.
    pub fn is_session_expired(&self) -> bool {
        self.kind() == Kind::SessionExpired
    }

    /// An OAuth endpoint refused; [`code`](Error::code) is the OAuth error, such as
    /// `invalid_grant`.
    ///
    /// **What to do:** for `invalid_grant` send the user through the authorization again.
    pub fn is_oauth(&self) -> bool {
        self.kind() == Kind::OAuth
    }
}
