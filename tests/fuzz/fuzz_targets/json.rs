//! The tokenizer against `serde_json`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::codec::{DecodeErrorKind, MAX_DEPTH, decode, encode_json};
use runtime::value::RawJson;
use serde_json::Value;

/// How deep the brackets are that open outside of strings, at most.
fn depth(text: &[u8]) -> u32 {
    let (mut depth, mut deepest, mut in_string, mut is_escaped) = (0_u32, 0, false, false);
    for byte in text {
        if in_string {
            in_string = is_escaped || *byte != b'"';
            is_escaped = *byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fuzz_target!(|input: &[u8]| {
    // The one limit that both have, a level apart.
    if depth(input) >= MAX_DEPTH - 1 {
        let _ = decode::<RawJson>(input);
        return;
    }
    let ours = decode::<RawJson>(input);
    let theirs = serde_json::from_slice::<Value>(input);
    match (ours, theirs) {
        (Ok(json), Ok(value)) => {
            let text = encode_json(&json);
            let again: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(again, value);
            let twice = decode::<RawJson>(text.as_bytes()).expect("JSON");
            assert_eq!(encode_json(&twice), text);
        }
        (Err(error), Err(_)) => {
            assert!(error.offset().is_some_and(|offset| offset <= input.len()));
            assert!(*error.kind() != DecodeErrorKind::TooDeep, "{error}");
        }
        (Ok(_), Err(error)) => panic!("accepted what is no JSON: {error}"),
        (Err(error), Ok(_)) => panic!("refused what is JSON: {error}"),
    }
});
