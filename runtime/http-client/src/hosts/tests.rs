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
            let value = hosts.value_for(&url.parse().unwrap());
            assert_eq!(value.unwrap(), expected, "{url}");
        }
    }
    assert_eq!(hosts.value_for(&"/v1".parse().unwrap()), None);
}
