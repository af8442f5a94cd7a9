use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Method;
use proptest::prelude::*;

use runtime::http::PendingWrite;

use super::{LineError, LogRecord, begin_line, finish_line, parse_line, start_line};
use crate::tests::write;

fn parse(line: &[u8]) -> Result<(u64, LogRecord), LineError> {
    parse_line(line.strip_suffix(b"\n").unwrap())
}

#[test]
fn line_is_text_that_a_person_can_read() {
    let line = begin_line(7, &write("order-42", "amount=2000&note=a\nb\"c"));
    let text = String::from_utf8(line).unwrap();
    assert_eq!(text.matches('\n').count(), 1);
    let (checksum, rest) = text.split_once(' ').unwrap();
    assert!(checksum.len() == 8 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(
        rest.starts_with("7 {\"begin\":{\"key\":\"order-42\""),
        "{rest}"
    );
    assert!(
        rest.contains(r#""body":"amount=2000&note=a\nb\"c""#),
        "{rest}"
    );
    assert_eq!(finish_line(8, 7), b"3f946a8e 8 {\"finish\":7}\n");
    assert_eq!(parse(&start_line()), Ok((0, LogRecord::Start(1))));
}

#[test]
fn begin_line_has_the_bytes_of_version_one() {
    let expected = concat!(
        r#"8bb42403 7 {"begin":{"key":"order-42","operation":"PostCharges","method":"POST","#,
        r#""host":"api","target":"/v1/charges?a=b","live":true,"#,
        r#""begun_ns":1700000000123456789,"headers":[["stripe-account","acct_1"]],"#,
        r#""body":"amount=2000"}}"#,
        "\n"
    );
    let line = begin_line(7, &write("order-42", "amount=2000"));
    assert_eq!(String::from_utf8(line).unwrap(), expected);
}

#[test]
fn line_is_corrupt_when_a_byte_has_changed() {
    let line = begin_line(7, &write("order-42", "amount=2000"));
    for at in 0..line.len() - 1 {
        let mut altered = line.clone();
        altered[at] ^= 1;
        assert_eq!(parse(&altered), Err(LineError::Corrupt), "byte {at}");
    }
}

#[test]
fn line_is_unknown_when_checksum_is_right_and_content_is_not() {
    for content in [
        "",
        "1",
        "x {}",
        "1 {}",
        "1 {\"later\":1}",
        "1 {\"begin\":{}}",
        "1 {\"begin\":{\"key\":\"\",\"method\":\"POST\",\"begun_ns\":0,\"body\":\"\"}}",
        "1 {\"finish\":-1}",
        "1 {\"finish\":1} ",
    ] {
        let line = format!("{:08x} {content}", crc32fast::hash(content.as_bytes()));
        let parsed = parse_line(line.as_bytes());
        let is_lenient = content.ends_with(' ');
        assert_eq!(parsed.is_ok(), is_lenient, "{content}");
        assert!(is_lenient || parsed == Err(LineError::Unknown), "{content}");
    }
}

proptest! {
    #[test]
    fn write_reads_back_the_same(
        texts in prop::collection::vec("[ -~]{0,12}", 3),
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), any::<String>().prop_map(String::into_bytes)],
        headers in prop::collection::vec(("[a-z-]{1,9}", "[ -~]{0,9}"), 0..4),
        live in any::<Option<bool>>(),
        delete in any::<bool>(),
        nanos in any::<i64>(),
        number in 0..u64::MAX / 2,
    ) {
        let distance = Duration::from_nanos(nanos.unsigned_abs());
        let begun = if nanos < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance };
        let method = if delete { Method::DELETE } else { Method::POST };
        let key = format!("k{}", texts[0]);
        let mut write = PendingWrite::new(key, method, texts[1].clone(), texts[2].clone(), begun);
        write.operation = texts[1].clone();
        write.live = live;
        write.headers = headers;
        write.body = Bytes::from(body);
        let (parsed_number, record) = parse(&begin_line(number, &write)).unwrap();
        prop_assert_eq!(parsed_number, number);
        // The extreme past is written as one nanosecond later.
        if nanos != i64::MIN {
            prop_assert_eq!(record, LogRecord::Begin(Box::new(write)));
        }
    }
}
