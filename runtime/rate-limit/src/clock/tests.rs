use super::{fallback_random, system_random};

#[test]
fn random_numbers_differ_between_draws() {
    let drawn: std::collections::HashSet<u64> = (0..1_000).map(|_| system_random()).collect();
    assert_eq!(drawn.len(), 1_000);
}

#[test]
fn fallback_numbers_differ_between_draws() {
    let drawn: std::collections::HashSet<u64> = (0..1_000).map(|_| fallback_random()).collect();
    assert_eq!(drawn.len(), 1_000);
}
