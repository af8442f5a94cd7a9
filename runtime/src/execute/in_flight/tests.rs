use super::{CallEnd, InFlightKeys};

#[test]
fn entry_stays_while_another_call_has_it() {
    let keys = InFlightKeys::default();
    let (refused, slow) = (keys.register_call("k"), keys.register_call("k"));
    assert!(!refused.release_call(CallEnd::Refused));
    assert!(!slow.release_call(CallEnd::Unknown));
    assert!(keys.lock_keys().is_empty());
}

#[test]
fn entry_goes_with_the_last_call_when_nothing_is_unknown() {
    let keys = InFlightKeys::default();
    let (one, other) = (keys.register_call("k"), keys.register_call("k"));
    assert!(!one.release_call(CallEnd::Refused));
    assert!(other.release_call(CallEnd::Refused));
    assert!(keys.register_call("k").release_call(CallEnd::Succeeded));
}

#[test]
fn entry_goes_when_one_call_was_answered_with_success() {
    let keys = InFlightKeys::default();
    let (done, refused) = (keys.register_call("k"), keys.register_call("k"));
    drop(keys.register_call("k"));
    assert!(!done.release_call(CallEnd::Succeeded));
    assert!(refused.release_call(CallEnd::Refused));
}

#[test]
fn dropped_call_may_have_had_an_effect() {
    let keys = InFlightKeys::default();
    let refused = keys.register_call("k");
    drop(keys.register_call("k"));
    assert!(!refused.release_call(CallEnd::Refused));
}

#[test]
fn keys_do_not_meddle_with_each_other() {
    let keys = InFlightKeys::default();
    let _other = keys.register_call("other");
    assert!(keys.register_call("k").release_call(CallEnd::Refused));
}
