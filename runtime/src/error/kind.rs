//! The kinds of errors: one table of what each is called, what it says and what it implies.

use super::Error;

/// Whether the request behind an error may have had an effect at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The request did not leave this process, or no connection was established. Repeating it is
    /// safe.
    NotSent,
    /// The request may have been executed. Repeat a write only with the same idempotency key, or
    /// read the object first.
    Unknown,
    /// The server rejected the request and did not execute it. Repeating it unchanged gets the same
    /// response, except where the documentation of the error's kind states something else.
    Rejected,
}

impl Outcome {
    /// Whether this is [`Outcome::NotSent`].
    pub fn is_not_sent(self) -> bool {
        self == Self::NotSent
    }

    /// Whether this is [`Outcome::Unknown`].
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    /// Whether this is [`Outcome::Rejected`].
    pub fn is_rejected(self) -> bool {
        self == Self::Rejected
    }
}

/// Defines [`ErrorKind`] and the predicates of [`Error`]. A row is
/// `Variant, predicate, Outcome, "text";`, with the documentation that the variant and its
/// predicate share.
macro_rules! error_kinds {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident, $predicate:ident, $outcome:ident, $text:literal;
    )+) => {
        /// What went wrong, from [`Error::kind`].
        ///
        /// Every kind has a predicate on [`Error`], such as [`Error::is_timeout`]. Match on the
        /// kind where a program handles many of them; new kinds may be added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl ErrorKind {
            /// The label for metrics and attributes of spans: the name of the kind's predicate
            /// without `is_`, such as `card_declined`.
            pub fn as_str(self) -> &'static str {
                let predicate = match self {
                    $(Self::$kind => stringify!($predicate),)+
                };
                predicate.trim_start_matches("is_")
            }

            /// The first words of the error's `Display`.
            pub(crate) fn description(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)+
                }
            }

            /// The outcome that an error of this kind implies.
            pub(crate) fn outcome(self) -> Outcome {
                match self {
                    $(Self::$kind => Outcome::$outcome,)+
                }
            }
        }

        impl Error {
            $(
                $(#[doc = $doc])+
                pub fn $predicate(&self) -> bool {
                    self.kind() == ErrorKind::$kind
                }
            )+
        }
    };
}

error_kinds! {
    /// The request was not sent because it is invalid in itself: an empty path argument, a
    /// malformed header, a missing API key, options that exclude each other.
    ///
    /// **What to do:** this is a bug or a misconfiguration; the text says what to change.
    Build, is_build, NotSent, "the request could not be built";

    /// The credential provider returned no API key. The source says why.
    ///
    /// **What to do:** check the secrets manager and its permissions. Repeating is safe.
    Credentials, is_credentials, NotSent, "no credentials could be obtained";

    /// The journal could not record the write, so it was not sent. The source says why.
    ///
    /// **What to do:** check the journal's disk or database. Repeating is safe.
    Journal, is_journal, NotSent, "the journal could not record the write";

    /// The circuit breaker refused the request because recent requests to this host failed.
    ///
    /// **What to do:** report a temporary failure to your own caller and try again later, see
    /// [`retry_after`](Error::retry_after).
    CircuitOpen, is_circuit_open, NotSent, "the circuit breaker is open";

    /// Too many calls are already waiting for the client-side rate limit.
    ///
    /// **What to do:** shed load, or lengthen the queue; bulk work should bound how many calls it
    /// makes at the same time.
    QueueFull, is_queue_full, NotSent, "too many calls are waiting for the client-side rate limit";

    /// The call would have waited, or has waited, for the client-side rate limit for longer than
    /// its deadline or the limiter's longest wait allow.
    ///
    /// **What to do:** slow down; give bulk work a longer wait and
    /// [`Priority::Bulk`](crate::rate_limit::Priority::Bulk).
    QueueTimeout, is_queue_timeout, NotSent, "the wait for the client-side rate limit was too long";

    /// No connection could be established: name resolution, TCP, TLS or the proxy failed, or took
    /// longer than the connect timeout. The request was not sent.
    ///
    /// **What to do:** check network, proxy variables and base URL. Repeating is safe.
    Connect, is_connect, NotSent, "no connection to the server";

    /// An attempt, or the whole call, took longer than its time limit; see
    /// [`time_limit`](Error::time_limit).
    ///
    /// **What to do:** a write whose [`outcome`](Error::outcome) is unknown may have been executed:
    /// repeat it with the same [`idempotency_key`](Error::idempotency_key). Give slow operations
    /// more time with `Call::timeout`.
    Timeout, is_timeout, Unknown, "the request timed out";

    /// The connection was lost after sending of the request had begun.
    ///
    /// **What to do:** as for a timeout: a write may have been executed.
    Interrupted, is_interrupted, Unknown,
        "the connection was lost before the response was complete";

    /// The response is longer than the client allows.
    ///
    /// **What to do:** request fewer items with `limit`, or raise
    /// `ClientBuilder::max_response_bytes`. A write has most likely been executed.
    TooLarge, is_too_large, Unknown, "the response is longer than the client allows";

    /// The response belongs to another request: it repeats another idempotency key, account or API
    /// version than was sent, or its object has another id, type or mode than was requested. See
    /// [`mismatch`](Error::mismatch). The connection is no longer used.
    ///
    /// **What to do:** repeat a write with the same key. If it happens again, check the proxies and
    /// gateways between this program and the server.
    Mismatch, is_mismatch, Unknown, "the response belongs to another request";

    /// The server sent a redirect. It is not followed, since the credentials would be sent to an
    /// address that is not configured.
    ///
    /// **What to do:** check the base URL and any proxy or captive portal.
    Redirect, is_redirect, Unknown, "the server redirected the request, which is not followed";

    /// The status says success but the body is not what the operation documents: not JSON,
    /// cut off, empty, or without a required field. The source says where.
    ///
    /// **What to do:** the request was executed. See [`raw_body`](Error::raw_body); if the API has
    /// changed, regenerate the client.
    Decode, is_decode, Unknown, "the response could not be decoded";

    /// A file that was received could not be written, by `Download::save_to` or `write_to`. The
    /// source says why.
    ///
    /// **What to do:** check the path, its permissions and the space that is left, and download the
    /// file again.
    FileWrite, is_file_write, Unknown, "the file that was received could not be written";

    /// A list cannot be continued: the server repeats a page or gives no usable next one.
    ///
    /// **What to do:** keep the items received so far; report the error to the API's support with
    /// the request id.
    Pagination, is_pagination, NotSent, "the list cannot be continued";

    /// The server says that parameters are wrong or do not fit the state of the object.
    ///
    /// **What to do:** see [`param`](Error::param), [`code`](Error::code) and
    /// [`message`](Error::message). Repeating it unchanged will not help.
    InvalidRequest, is_invalid_request, Rejected, "the server refused the request as invalid";

    /// The object does not exist, or belongs to another account or mode.
    ///
    /// **What to do:** check the id, the API key's mode and the account option.
    NotFound, is_not_found, Rejected, "the object was not found";

    /// The API key is wrong, expired or revoked.
    ///
    /// **What to do:** replace the key. Repeating will not help.
    Authentication, is_authentication, Rejected, "the credentials were not accepted";

    /// The API key is valid but does not have the permission for this request.
    ///
    /// **What to do:** widen the restricted key's permissions, or check the account option.
    Permission, is_permission, Rejected, "the credentials do not allow this request";

    /// The card was declined, or the payment failed in another way that the customer can fix.
    ///
    /// **What to do:** ask the customer for another payment method;
    /// [`decline_code`](Error::decline_code) says why, but not every reason should be shown.
    CardDeclined, is_card_declined, Rejected, "the card was declined";

    /// The idempotency key was used before with other parameters.
    ///
    /// **What to do:** this is a bug: one key must stand for one logical request. The first request
    /// with this key may have been executed.
    IdempotencyMismatch, is_idempotency_mismatch, Rejected,
        "the idempotency key was used for another request";

    /// Another request conflicts with this one, often one with the same idempotency key still in
    /// progress.
    ///
    /// **What to do:** wait for a short time and repeat with the same key.
    //
    // The other request may be an earlier attempt of this very call.
    Conflict, is_conflict, Unknown, "the request conflicts with another one";

    /// A system that the API depends on failed (status 424).
    ///
    /// **What to do:** repeat the call later; repeat a write with the same key.
    DependencyFailed, is_dependency_failed, Unknown, "a system behind the server failed";

    /// The server received too many requests, or too many at the same time.
    ///
    /// **What to do:** slow down; wait for [`retry_after`](Error::retry_after) if it is set.
    RateLimited, is_rate_limited, Rejected, "the server received too many requests";

    /// Another request holds the object's lock.
    ///
    /// **What to do:** repeat after a short time; avoid concurrent writes of one object.
    LockTimeout, is_lock_timeout, Rejected, "the object is in use by another request";

    /// The server, or a gateway in front of it, failed (status 5xx).
    ///
    /// **What to do:** a write may have been executed: repeat it later with the same key.
    Server, is_server, Unknown, "the server failed";

    /// A short-lived session, such as one for meter events, has expired.
    ///
    /// **What to do:** open a new session and repeat.
    SessionExpired, is_session_expired, Rejected, "the session has expired";

    /// An OAuth endpoint rejected the request; [`code`](Error::code) is the OAuth error, such as
    /// `invalid_grant`.
    ///
    /// **What to do:** for `invalid_grant`, ask the user to authorize again.
    OAuth, is_oauth, Rejected, "the authorization was refused";

    /// An error response that fits no other kind, such as the error page of a proxy.
    ///
    /// **What to do:** see [`status`](Error::status) and [`raw_body`](Error::raw_body), and check
    /// the proxies and gateways between this program and the server.
    Unexpected, is_unexpected, Rejected, "the server refused the request";
}

impl Error {
    /// The client-side rate limit refused the request: [`is_queue_full`](Error::is_queue_full)
    /// or [`is_queue_timeout`](Error::is_queue_timeout). Nothing was sent.
    ///
    /// **What to do:** slow down, or raise the limit if the server grants you more.
    pub fn is_throttled(&self) -> bool {
        self.is_queue_full() || self.is_queue_timeout()
    }

    /// A request with the same idempotency key is in progress; one of the
    /// conflicts of [`is_conflict`](Error::is_conflict). It may be an earlier attempt of this
    /// very call, so the [`outcome`](Error::outcome) is unknown.
    ///
    /// **What to do:** wait for a short time and repeat with the same key to get its response.
    pub fn is_idempotency_key_in_use(&self) -> bool {
        self.is_conflict() && self.code() == Some("idempotency_key_in_use")
    }
}
