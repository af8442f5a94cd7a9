use http::header::HOST;
use http::{HeaderMap, HeaderValue};

use super::HostHeaders;

#[test]
fn port_is_left_out_when_it_is_that_of_the_scheme() {
    let hosts = HostHeaders::default();
    for _ in 0..2 {
        for (url, expected) in [
            ("https://api.example.com/v1", "api.example.com"),
            ("https://api.example.com:443/v1", "api.example.com"),
            ("https://api.example.com:80/v1", "api.example.com:80"),
            ("http://api.example.com:80/v1", "api.example.com"),
            ("http://api.example.com:443/v1", "api.example.com:443"),
            ("http://[::1]:8080/v1", "[::1]:8080"),
        ] {
            let mut headers = HeaderMap::new();
            hosts.add_headers(&url.parse().unwrap(), &mut headers);
            let is_set_later = cfg!(feature = "http2");
            let expected = (!is_set_later).then(|| HeaderValue::from_static(expected));
            assert_eq!(headers.get(HOST), expected.as_ref(), "{url}");
        }
    }
    let mut headers = HeaderMap::new();
    hosts.add_headers(&"/v1".parse().unwrap(), &mut headers);
    assert!(headers.is_empty());
}
