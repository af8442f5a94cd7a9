//! Texts with known uses of banned phrases.

use super::Glossary;

const PAGE: &str = "\
| term | meaning here | instead of |
|---|---|---|
| lease | a right | cast off, `Parcel` |
| repair | to truncate | tinker |
| probe | an attempt | |
";

fn found_words(source: &str) -> Vec<(usize, String)> {
    let uses = Glossary::parse(PAGE).find_in_rust(source);
    uses.into_iter()
        .map(|found| (found.line, found.entry))
        .collect()
}

#[test]
fn replaced_words_are_found_in_prose_literals_and_identifiers() {
    let source = "\
//! It is cast
//! off here. Tinker it.
fn tinker_log() {}
struct CastOff;
const TEXT: &str = \"cannot\\ntinker\";
";
    let expected = [
        (1, "cast off"),
        (2, "tinker"),
        (3, "tinker"),
        (4, "cast off"),
        (5, "tinker"),
    ];
    assert_eq!(
        found_words(source),
        expected.map(|(line, word)| (line, word.to_owned()))
    );
}

#[test]
fn replaced_words_are_whole_and_phrases_do_not_span_sentences() {
    let source = "\
// I tinkered with a tinkering. It was cast. Off it went.
fn tinkered() { let cast = off; }

// What was cast

// off.
";
    assert_eq!(found_words(source), []);
}

#[test]
fn replaced_identifiers_are_found_in_code_alone() {
    let source = "\
/// An Parcel in prose, an [`Parcel`] and `Parcel::new`.
struct Parcel;
struct ParcelList { parcel: u8 }
";
    let expected = [(1, "`Parcel`"), (1, "`Parcel`"), (2, "`Parcel`")];
    assert_eq!(
        found_words(source),
        expected.map(|(line, word)| (line, word.to_owned()))
    );
    let page = "Parcel\n\n```rust\nlet x: Parcel;\n```\n";
    let found = Glossary::parse(PAGE).find_in_prose(page);
    assert_eq!(
        found.iter().map(|found| found.line).collect::<Vec<_>>(),
        [4]
    );
}
