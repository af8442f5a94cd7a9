use super::bounded;

#[test]
fn text_is_bounded_and_on_one_line_when_it_is_shown() {
    assert_eq!(bounded("all is well", 20), "all is well");
    assert_eq!(bounded("two\nlines", 20), "two?lines");
    assert_eq!(bounded("\u{1b}[31mred", 20), "?[31mred");
    assert_eq!(bounded("\u{e9}\u{e9}\u{e9}", 2), "??");
    assert_eq!(bounded(&"x".repeat(50), 10).len(), 10);
}
