use super::scan::{hex_digits, same_bytes, space_stop, string_stop};

#[test]
fn string_stop_finds_each_kind_of_stop_at_each_offset() {
    for stop in [b'"', b'\\', 0, 0x1f, b'\n'] {
        for length in 0..40 {
            let mut bytes = vec![b'a'; 40];
            bytes[length] = stop;
            assert_eq!(string_stop(&bytes, 0), length);
        }
    }
}

#[test]
fn string_stop_passes_over_every_other_byte() {
    for byte in (0x20..=0xff).filter(|byte| !b"\"\\".contains(byte)) {
        assert_eq!(string_stop(&[byte; 19], 3), 19, "byte {byte:#x}");
    }
}

#[test]
fn space_stop_ends_at_the_first_other_byte() {
    for length in 0..40 {
        let text = format!("{}x", " \n\t\r".repeat(10).split_at(length).0);
        assert_eq!(space_stop(text.as_bytes(), 0), length);
        let text = format!("{}x   ", " ".repeat(length));
        assert_eq!(space_stop(text.as_bytes(), 0), length);
    }
}

#[test]
fn hex4_refuses_signs_and_short_input() {
    assert_eq!(hex_digits(b"00e9", 0), Some(0xe9));
    assert_eq!(hex_digits(b"+0e9", 0), None);
    assert_eq!(hex_digits(b"00e", 0), None);
    assert_eq!(hex_digits(b"00e", 9), None);
}

#[test]
fn same_bytes_finds_a_difference_at_each_index() {
    let text: Vec<u8> = (0..40).collect();
    for length in 0..=text.len() {
        let left = &text[..length];
        assert!(same_bytes(left, &text.clone()[..length]));
        for at in 0..length {
            let mut right = left.to_vec();
            right[at] = b'x';
            assert!(!same_bytes(left, &right), "{length} {at}");
            assert!(!same_bytes(left, &text[..at]), "{length} {at}");
        }
    }
}
