use super::{CallEnd, InFlightKeys};

#[test]
fn entry_stays_while_another_call_has_it() {
    let keys = InFlightKeys::default();
    let (refused, slow) = (keys.register("k"), keys.register("k"));
    assert!(!refused.release(CallEnd::Refused));
    assert!(!slow.release(CallEnd::Unknown));
    assert!(keys.lock_keys().is_empty());
}

#[test]
fn entry_goes_with_the_last_call_when_nothing_is_unknown() {
    let keys = InFlightKeys::default();
    let (one, other) = (keys.register("k"), keys.register("k"));
    assert!(!one.release(CallEnd::Refused));
    assert!(other.release(CallEnd::Refused));
    assert!(keys.register("k").release(CallEnd::Succeeded));
}

#[test]
fn entry_goes_when_one_call_was_answered_with_success() {
    let keys = InFlightKeys::default();
    let (done, refused) = (keys.register("k"), keys.register("k"));
    drop(keys.register("k"));
    assert!(!done.release(CallEnd::Succeeded));
    assert!(refused.release(CallEnd::Refused));
}

#[test]
fn dropped_call_may_have_had_an_effect() {
    let keys = InFlightKeys::default();
    let refused = keys.register("k");
    drop(keys.register("k"));
    assert!(!refused.release(CallEnd::Refused));
}

#[test]
fn keys_do_not_meddle_with_each_other() {
    let keys = InFlightKeys::default();
    let _other = keys.register("other");
    assert!(keys.register("k").release(CallEnd::Refused));
}
