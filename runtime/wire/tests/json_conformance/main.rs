//! The reader of JSON against RFC 8259.
//!
//! A table of documents with verdicts, documents that are made by rule (depth,
//! truncation), hostile documents, and serde_json as an oracle for random ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what a test is for")]

mod hostile;
mod numbers;
mod oracle;
mod strings;
mod structure;
mod tree;

use std::collections::BTreeSet;

use tree::{Tree, agree, verdict};
use wire::codec::{DecodeErrorKind, MAX_DEPTH, decode};

const INVOICE: &str = include_str!("invoice.json");

fn accepted() -> impl Iterator<Item = &'static [u8]> {
    let tables = [structure::ACCEPTED, numbers::ACCEPTED, strings::ACCEPTED];
    let tables = tables
        .into_iter()
        .chain([numbers::ACCEPTED_UNREPRESENTABLE]);
    tables.flatten().copied()
}

fn refused() -> impl Iterator<Item = &'static [u8]> {
    [structure::REFUSED, numbers::REFUSED, strings::REFUSED]
        .into_iter()
        .flatten()
        .copied()
}

#[test]
fn table_has_enough_documents_and_no_contradictions() {
    let accepted: BTreeSet<_> = accepted().collect();
    let refused: BTreeSet<_> = refused().collect();
    assert!(accepted.is_disjoint(&refused));
    assert!(
        accepted.len() + refused.len() >= 300,
        "{} {}",
        accepted.len(),
        refused.len()
    );
}

#[test]
fn documents_of_the_grammar_are_accepted() {
    for text in accepted() {
        if let Err(error) = verdict(text) {
            panic!("{}: {error}", text.escape_ascii());
        }
    }
}

#[test]
fn documents_that_break_the_grammar_are_refused() {
    for text in refused() {
        assert!(verdict(text).is_err(), "{}", text.escape_ascii());
    }
}

#[test]
fn oracle_agrees_on_the_table() {
    accepted().chain(refused()).for_each(agree);
}

#[test]
fn documents_stay_what_they_are_inside_others() {
    for (text, fine) in accepted()
        .map(|t| (t, true))
        .chain(refused().map(|t| (t, false)))
    {
        // Some are two values, or only white space, and so are fine between commas.
        let alone = !text.contains(&b',') && !text.trim_ascii().is_empty();
        let around: [(&[u8], &[u8]); 2] = [(b"[0,", b",0]"), (b"{\"k\":", b",\"l\":0}")];
        for (before, after) in around {
            let whole = [before, text, after].concat();
            agree(&whole);
            if fine || alone {
                assert_eq!(verdict(&whole).is_ok(), fine, "{}", whole.escape_ascii());
            }
        }
    }
}

#[test]
fn numbers_no_float_can_hold_are_refused_as_floats_only() {
    for text in numbers::ACCEPTED_UNREPRESENTABLE {
        assert!(verdict(text).is_ok());
        assert!(decode::<Tree>(text).is_err(), "{}", text.escape_ascii());
    }
}

#[test]
fn nesting_is_accepted_up_to_the_limit_and_not_beyond() {
    let limit = MAX_DEPTH as usize;
    let nested = |open: &str, inside: &str, close: &str, depth: usize| {
        [open.repeat(depth), inside.to_owned(), close.repeat(depth)].concat()
    };
    for (open, inside, close) in [("[", "", "]"), ("[", "1", "]"), ("{\"a\":", "1", "}")] {
        for depth in [1, 2, 63, 64, 65, 126, 127, limit] {
            verdict(nested(open, inside, close, depth).as_bytes()).unwrap();
        }
        for depth in [limit + 1, limit + 2, 255, 256, 257, 100_000] {
            let error = verdict(nested(open, inside, close, depth).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), &DecodeErrorKind::TooDeep);
        }
    }
    verdict(nested("[{\"a\":", "[]", "}]", (limit - 1) / 2).as_bytes()).unwrap();
    verdict(nested("[{\"a\":", "[]", "}]", limit / 2).as_bytes()).unwrap_err();
}

#[test]
fn depth_counts_what_is_open_and_not_what_was() {
    let text = format!("[{}]", vec!["[[{\"a\":[]}]]"; 1000].join(","));
    verdict(text.as_bytes()).unwrap();
}

#[test]
fn truncation_at_any_byte_is_noticed_as_an_unexpected_end() {
    let text = INVOICE.trim_end().as_bytes();
    agree(text);
    for length in 0..text.len() {
        let cut = &text[..length];
        let error = verdict(cut).unwrap_err();
        let expected = match std::str::from_utf8(cut) {
            Ok(_) => DecodeErrorKind::UnexpectedEnd,
            Err(_) => DecodeErrorKind::InvalidUtf8,
        };
        assert_eq!(error.kind(), &expected, "cut to {length}");
    }
}

#[test]
fn every_byte_of_a_document_replaced_or_removed_gets_the_verdict_of_the_oracle() {
    let text = INVOICE.as_bytes();
    for at in 0..text.len() {
        agree(&[&text[..at], &text[at + 1..]].concat());
        for byte in *b"\"\\{}[]:,0-e.\n\x00\x1f\x80\xffu " {
            let mut changed = text.to_vec();
            changed[at] = byte;
            agree(&changed);
        }
    }
}
