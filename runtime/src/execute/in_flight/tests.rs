use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::{CallEnd, EntryGuard, InFlightWrites};
use crate::http::PendingWrite;

impl InFlightWrites {
    fn register(&self, key: &str, body: &'static str) -> EntryGuard<'_> {
        let begun = SystemTime::UNIX_EPOCH;
        let mut write = PendingWrite::new(key, http::Method::POST, "api", "/v1/charges", begun);
        write.body = Bytes::from_static(body.as_bytes());
        self.register_call(&Arc::new(write))
    }
}

impl EntryGuard<'_> {
    /// Whether the entry can be removed.
    fn release_call(self, ended: CallEnd) -> bool {
        self.release_entry(ended, || ()).is_some()
    }
}

#[test]
fn entry_stays_while_another_call_has_it() {
    let keys = InFlightWrites::default();
    let (refused, slow) = (keys.register("k", ""), keys.register("k", ""));
    assert!(!refused.release_call(CallEnd::Refused));
    assert!(!slow.release_call(CallEnd::Unknown));
    assert!(keys.lock_entries().is_empty());
}

#[test]
fn entry_goes_with_the_last_call_when_nothing_is_unknown() {
    let keys = InFlightWrites::default();
    let (one, other) = (keys.register("k", ""), keys.register("k", ""));
    assert!(!one.release_call(CallEnd::Refused));
    assert!(other.release_call(CallEnd::Refused));
    assert!(keys.register("k", "").release_call(CallEnd::Succeeded));
}

#[test]
fn entry_goes_when_one_call_was_answered_with_success() {
    let keys = InFlightWrites::default();
    let (done, refused) = (keys.register("k", ""), keys.register("k", ""));
    drop(keys.register("k", ""));
    assert!(!done.release_call(CallEnd::Succeeded));
    assert!(refused.release_call(CallEnd::Refused));
}

#[test]
fn dropped_call_may_have_had_an_effect() {
    let keys = InFlightWrites::default();
    let refused = keys.register("k", "");
    drop(keys.register("k", ""));
    assert!(!refused.release_call(CallEnd::Refused));
}

#[test]
fn keys_do_not_meddle_with_each_other() {
    let keys = InFlightWrites::default();
    let _other = keys.register("other", "");
    assert!(keys.register("k", "").release_call(CallEnd::Refused));
}

#[test]
fn calls_with_one_key_and_different_bodies_have_entries_of_their_own() {
    let keys = InFlightWrites::default();
    let (first, other) = (
        keys.register("k", "amount=1"),
        keys.register("k", "amount=2"),
    );
    assert!(other.release_call(CallEnd::Refused));
    assert!(first.release_call(CallEnd::Succeeded));
    assert!(keys.lock_entries().is_empty());
}

#[test]
fn write_is_running_until_its_last_call_has_ended() {
    let keys = InFlightWrites::default();
    let (one, other) = (keys.register("k", "a"), keys.register("k", "a"));
    let write = |body: &'static str| {
        let begun = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(9);
        let mut write = PendingWrite::new("k", http::Method::POST, "api", "/v1/charges", begun);
        write.body = Bytes::from_static(body.as_bytes());
        write
    };
    assert!(keys.is_running(&write("a")) && !keys.is_running(&write("b")));
    drop(one);
    assert!(keys.is_running(&write("a")));
    drop(other);
    assert!(!keys.is_running(&write("a")));
}
