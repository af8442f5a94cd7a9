use super::{Claims, Ended};

#[test]
fn entry_stays_while_another_call_has_it() {
    let claims = Claims::default();
    let (refused, slow) = (claims.claim("k"), claims.claim("k"));
    assert!(!refused.end(Ended::Undone));
    assert!(!slow.end(Ended::Unknown));
    assert!(claims.all().is_empty());
}

#[test]
fn entry_goes_with_the_last_call_when_nothing_is_unknown() {
    let claims = Claims::default();
    let (one, other) = (claims.claim("k"), claims.claim("k"));
    assert!(!one.end(Ended::Undone));
    assert!(other.end(Ended::Undone));
    assert!(claims.claim("k").end(Ended::Done));
}

#[test]
fn entry_goes_when_one_call_was_answered_with_success() {
    let claims = Claims::default();
    let (done, refused) = (claims.claim("k"), claims.claim("k"));
    drop(claims.claim("k"));
    assert!(!done.end(Ended::Done));
    assert!(refused.end(Ended::Undone));
}

#[test]
fn dropped_call_may_have_had_an_effect() {
    let claims = Claims::default();
    let refused = claims.claim("k");
    drop(claims.claim("k"));
    assert!(!refused.end(Ended::Undone));
}

#[test]
fn keys_do_not_meddle_with_each_other() {
    let claims = Claims::default();
    let _other = claims.claim("other");
    assert!(claims.claim("k").end(Ended::Undone));
}
