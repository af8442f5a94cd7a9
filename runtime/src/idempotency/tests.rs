use super::IdempotencyKey;

#[test]
fn key_is_kept_verbatim_when_valid() {
    for good in ["order-42", "a b", "~!@#$%^&*()", &"x".repeat(255)] {
        assert_eq!(IdempotencyKey::new(good).unwrap().as_str(), good);
    }
}

#[test]
fn key_is_refused_when_server_would_not_take_it() {
    for bad in ["", " a", "a ", "a\nb", "a\u{7f}", "ключ", &"x".repeat(256)] {
        assert!(IdempotencyKey::new(bad).unwrap_err().is_build(), "{bad}");
    }
}

#[test]
fn random_key_has_uuid_form_for_any_numbers() {
    for number in [0, u64::MAX, 0x0123_4567_89ab_cdef] {
        let key = IdempotencyKey::random(|| number);
        let parts: Vec<usize> = key.as_str().split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{key}");
        assert_eq!(key.as_str().as_bytes()[14], b'4', "{key}");
        assert!(
            matches!(key.as_str().as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
            "{key}"
        );
    }
}
