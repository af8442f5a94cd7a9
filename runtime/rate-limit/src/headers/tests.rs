use http::{HeaderMap, HeaderValue};

use super::retry_after;

#[test]
fn wait_is_read_only_when_it_is_a_sensible_number_of_seconds() {
    let read = |text: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static(text));
        retry_after(&headers).map(|wait| wait.as_millis())
    };
    assert_eq!(
        (read("2"), read(" 0.5 "), read("0")),
        (Some(2_000), Some(500), Some(0))
    );
    for long in ["inf", "1e300", "99999999999999999999"] {
        assert_eq!(read(long), Some(std::time::Duration::MAX.as_millis()));
    }
    for bad in ["-1", "NaN", "Wed, 21 Oct 2015 07:28:00 GMT", ""] {
        assert_eq!(read(bad), None, "{bad}");
    }
}
