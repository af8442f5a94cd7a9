use proptest::prelude::*;

use runtime::http::PendingWrite;
use runtime::idempotency::{JournalError, JournalErrorKind};

use super::{ReplayedLog, replay_log};
use crate::record::{begin_line, finish_line, start_line};
use crate::tests::write;

/// A file of five lines: two writes, of which the first is finished, and a third.
fn lines() -> Vec<Vec<u8>> {
    vec![
        start_line(),
        begin_line(1, &write("first", "a")),
        begin_line(2, &write("second", "b")),
        finish_line(3, 1),
        begin_line(4, &write("third", "c")),
    ]
}

fn keys(replayed: &ReplayedLog) -> Vec<&str> {
    replayed
        .index
        .pending_writes()
        .map(|write| write.key.as_str())
        .collect()
}

fn error_kind(result: Result<ReplayedLog, JournalError>) -> JournalErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn pending_writes_are_found_oldest_first() {
    let text = lines().concat();
    let replayed = replay_log(&text, false).unwrap();
    assert_eq!(keys(&replayed), ["second", "third"]);
    assert_eq!(
        (
            replayed.next_number,
            replayed.torn_bytes,
            replayed.skipped_bytes
        ),
        (5, 0, 0)
    );
    assert_eq!(replayed.length, text.len() as u64);
}

#[test]
fn new_file_and_one_that_was_just_created_are_empty_journals() {
    let start = start_line();
    for cut in 0..start.len() {
        let replayed = replay_log(&start[..cut], false).unwrap();
        assert_eq!((replayed.next_number, replayed.length), (0, 0), "{cut}");
    }
    assert_eq!(replay_log(&[0; 512], false).unwrap().torn_bytes, 512);
}

#[test]
fn end_is_dropped_when_nothing_readable_follows() {
    let whole = lines();
    let good = whole[..4].concat();
    // A power failure may leave blocks of zeros, or the end of a batch without its beginning.
    let mut holed = begin_line(4, &write("long", &"x".repeat(1_500)));
    let next_sector = 1_024 - good.len();
    holed[..next_sector].fill(0);
    let mut endless = whole[4].clone();
    endless.pop();
    for end in [&[0; 64][..], &holed, &endless, b"c0ffee"] {
        let replayed = replay_log(&[&good, end].concat(), false).unwrap();
        assert_eq!(keys(&replayed), ["second"]);
        assert_eq!(replayed.length, good.len() as u64);
        assert_eq!(replayed.torn_bytes, end.len() as u64);
    }
}

#[test]
fn damage_of_the_last_line_is_reported() {
    let whole = lines();
    let at = whole[..4].concat().len();
    let text = whole.concat();
    for flipped in at..text.len() {
        for bit in 0..8 {
            let mut damaged = text.clone();
            damaged[flipped] ^= 1 << bit;
            let kind = error_kind(replay_log(&damaged, false));
            assert!(
                matches!(kind, JournalErrorKind::Damaged { line: 5, .. }),
                "byte {flipped}, bit {bit}: {kind:?}"
            );
        }
    }
    // The line feed before it: two lines are unreadable.
    let mut damaged = text;
    damaged[at - 1] ^= 1;
    let kind = error_kind(replay_log(&damaged, false));
    assert!(
        matches!(kind, JournalErrorKind::Damaged { line: 4, .. }),
        "{kind:?}"
    );
}

#[test]
fn damage_before_the_end_is_reported_with_its_place() {
    let whole = lines();
    let at = whole[..2].concat().len() as u64;
    let expected = JournalErrorKind::Damaged {
        line: 3,
        offset: at,
    };
    let mut altered = whole.clone();
    altered[2][20] ^= 4;
    let mut lost = whole.clone();
    lost.remove(2);
    let mut doubled = whole.clone();
    doubled.insert(2, whole[1].clone());
    for damaged in [altered, lost, doubled] {
        assert_eq!(error_kind(replay_log(&damaged.concat(), false)), expected);
    }
    let mut headless = whole;
    headless[0][3] ^= 1;
    let expected = JournalErrorKind::Damaged { line: 1, offset: 0 };
    assert_eq!(error_kind(replay_log(&headless.concat(), false)), expected);
}

#[test]
fn rest_is_kept_when_salvaging() {
    let mut whole = lines();
    whole[1][20] ^= 4;
    let damaged = replay_log(&whole.concat(), true).unwrap();
    // The file has the line that finishes the first write, but not the line that began it.
    assert_eq!(keys(&damaged), ["second", "third"]);
    assert_eq!(damaged.skipped_bytes, whole[1].len() as u64);
    assert_eq!(damaged.missing_lines, 1);
    let removed = [&whole[..1], &whole[2..]].concat();
    let damaged = replay_log(&removed.concat(), true).unwrap();
    assert_eq!((damaged.skipped_bytes, damaged.missing_lines), (0, 1));
    whole[3][20] ^= 4;
    whole[1][20] ^= 4;
    let damaged = replay_log(&whole.concat(), true).unwrap();
    // The line that finishes the first write is lost; the server will repeat its response.
    assert_eq!(keys(&damaged), ["first", "second", "third"]);
}

#[test]
fn file_is_refused_when_it_is_not_a_journal() {
    let later = {
        let content = "0 {\"journal\":2}";
        format!("{:08x} {content}\n", crc32fast::hash(content.as_bytes()))
    };
    let endless = vec![b'a'; 4_000];
    for foreign in [
        b"[package]\nname = \"x\"\n",
        later.as_bytes(),
        &endless,
        b"\n",
        &begin_line(0, &write("first", "a")),
    ] {
        for salvage in [false, true] {
            assert_eq!(
                error_kind(replay_log(foreign, salvage)),
                JournalErrorKind::Foreign
            );
        }
    }
}

proptest! {
    // Each case reads the file once per byte.
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// For any commands of a process, and any length of its last write to the file.
    #[test]
    fn any_prefix_yields_the_writes_of_its_whole_lines(
        steps in prop::collection::vec((0usize..6, any::<bool>(), "[a-z\n\"\u{e9}]{0,20}"), 0..25),
    ) {
        let mut text = start_line();
        let mut open: Vec<(u64, PendingWrite)> = Vec::new();
        // The pending writes after each line, by the end of the line.
        let mut states = vec![(text.len(), Vec::new())];
        for (number, (pick, begin, body)) in (1..).zip(steps) {
            if begin || open.is_empty() {
                let write = write(&format!("key-{number}"), &body);
                text.extend(begin_line(number, &write));
                open.push((number, write));
            } else {
                let (begun, _) = open.remove(pick % open.len());
                text.extend(finish_line(number, begun));
            }
            let writes: Vec<PendingWrite> = open.iter().map(|(_, write)| write.clone()).collect();
            states.push((text.len(), writes));
        }
        for cut in states[0].0..=text.len() {
            let replayed = replay_log(&text[..cut], false).unwrap();
            let (end, expected) = states.iter().rev().find(|(end, _)| *end <= cut).unwrap();
            let found: Vec<PendingWrite> = replayed.index.pending_writes().cloned().collect();
            prop_assert_eq!(&found, expected);
            prop_assert_eq!(replayed.length, *end as u64);
            prop_assert_eq!(replayed.torn_bytes, (cut - end) as u64);
        }
    }

}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..5) {
        let mut whole = lines();
        whole.insert(at, bytes);
        for salvage in [false, true] {
            let _ = replay_log(&whole.concat(), salvage);
        }
    }
}
