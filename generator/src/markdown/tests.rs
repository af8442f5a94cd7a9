//! Tests of descriptions as Markdown.

use std::cell::RefCell;

use proptest::prelude::*;
use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, Options, Parser};

use super::from_html;

const BASE: Option<&str> = Some("https://docs.stripe.com/api");

#[track_caller]
fn check(html: &str, markdown: &str) {
    assert_eq!(from_html(html, BASE), markdown);
}

#[test]
fn paragraphs_and_inline_elements() {
    check(
        "<p>Creates a <code>Charge</code> of\n  <strong>any</strong> <em> size </em>.</p>\n\n<p>Then more.</p>",
        "Creates a `Charge` of **any**  *size* .\n\nThen more.",
    );
}

#[test]
fn links_are_made_absolute() {
    check(
        r##"<p>See <a href="/docs/connect#x">Connect</a>, <a href='/api/charges'>charges</a>, <a href="#list">here</a>.</p>"##,
        "See [Connect](https://docs.stripe.com/connect#x), [charges](https://docs.stripe.com/api/charges), [here](https://docs.stripe.com/api#list).",
    );
    check(
        "See [a](/js) and [b](api/x).",
        "See [a](https://docs.stripe.com/js) and [b](https://docs.stripe.com/api/x).",
    );
    check(
        "[f](https://api.stripe.com#files)",
        "[f](https://docs.stripe.com/api#files)",
    );
    check(
        "[f](https://x.org/a_(b) \"t\")",
        "[f](https://x.org/a_%28b%29)",
    );
}

#[test]
fn links_that_lead_nowhere_are_text() {
    check("[a](javascript:alert)", "a");
    assert_eq!(from_html("<p><a href=\"/x\">a</a></p>", None), "a");
    check("<p><a>a</a></p>", "a");
}

#[test]
fn bare_addresses_become_links() {
    check(
        "See https://docs.stripe.com/x. Or (http://a.b/c).",
        "See <https://docs.stripe.com/x>. Or (<http://a.b/c>).",
    );
    check("Already <https://a.b>", "Already <https://a.b>");
    check("[https://a.b](https://a.b)", "[https://a.b](https://a.b)");
}

#[test]
fn brackets_that_are_no_links_are_text() {
    check(
        "One of [\"visa\"] or [`a`, `b`][0]",
        "One of \\[\"visa\"\\] or \\[`a`, `b`\\]\\[0\\]",
    );
    check("`a[b]` stays", "`a[b]` stays");
    check(
        "<p>the <code>a[b]</code> [redacted]</p>",
        "the `a[b]` \\[redacted\\]",
    );
}

#[test]
fn placeholders_and_entities_are_text() {
    check(
        "Bearer <api_key> &lt;b&gt; &amp;lt;",
        "Bearer \\<api_key> \\<b> \\&lt;",
    );
    check(
        "<p>a &nbsp; b &#39;c&#x27; *d* _e_ f_g</p>",
        "a b 'c' \\*d\\* \\_e_ f_g",
    );
}

#[test]
fn lists_nest() {
    check(
        "<p>A:</p><ul><li>one</li><li>two <ul><li>deep</li></ul></li></ul><ol><li>x<li>y</ol>",
        "A:\n\n- one\n- two\n\n  - deep\n\n1. x\n2. y",
    );
}

#[test]
fn html_text_does_not_become_markdown() {
    check(
        "<p># no heading</p><p>1. no list</p><p>- none</p><p>a<br>b</p>",
        "\\# no heading\n\n1\\. no list\n\n\\- none\n\na\\\nb",
    );
}

#[test]
fn code_blocks_are_not_compiled() {
    check("Do:\n```\nlet x\n```\nend", "Do:\n```text\nlet x\n```\nend");
    check("Do:\n\n        indented", "Do:\n\n  indented");
    check(
        "<pre><code>a &lt; b\n  c</code></pre>",
        "```text\na < b\n  c\n```",
    );
}

#[test]
fn markdown_keeps_its_own_marks() {
    check(
        "**Note** *that*\n- a\n- `b`\n\nend \\[x\\]",
        "**Note** *that*\n- a\n- `b`\n\nend \\[x\\]",
    );
}

#[test]
fn directions_and_controls_are_dropped() {
    check("a\u{202e}b\r\nc\u{0}", "ab\nc");
}

/// Reads a result as rustdoc does, and says what rustdoc would complain about or misunderstand.
fn complaint(markdown: &str) -> Option<String> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let broken = RefCell::new(None);
    let note = |link: BrokenLink<'_>| {
        *broken.borrow_mut() = Some(format!("broken link {}", link.reference));
        None
    };
    let found =
        Parser::new_with_broken_link_callback(markdown, options, Some(note)).find_map(|event| {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => Some(format!("HTML {html}")),
                Event::FootnoteReference(name) => Some(format!("footnote {name}")),
                Event::Start(pulldown_cmark::Tag::CodeBlock(CodeBlockKind::Indented)) => {
                    Some("indented code".to_owned())
                }
                Event::Start(pulldown_cmark::Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    (&*info != "text").then(|| format!("code block `{info}`"))
                }
                Event::Start(pulldown_cmark::Tag::Link { dest_url, .. }) => {
                    let leads = ["http", "mailto:"]
                        .iter()
                        .any(|begin| dest_url.starts_with(begin));
                    (!leads).then(|| format!("link to {dest_url}"))
                }
                _ => None,
            }
        });
    found.or_else(|| broken.into_inner())
}

/// What descriptions are made of, and what breaks them.
const PARTS: [&str; 44] = [
    "<p>",
    "</p>",
    "<a href=\"/x\">",
    "</a>",
    "<a href=",
    "<ul>",
    "</ul>",
    "<li>",
    "</li>",
    "<ol>",
    "<code>",
    "</code>",
    "<pre>",
    "</pre>",
    "`",
    "``",
    "[",
    "](",
    "]",
    ")",
    "!",
    "\\",
    "\n",
    "\n\n",
    "    ",
    "```",
    "&amp;",
    "&",
    "&#",
    ";",
    "<",
    ">",
    "<br>",
    "http://a",
    "é",
    "x",
    "<!--",
    "-->",
    "*",
    "_",
    "<h1>",
    "</strong>",
    "<strong>",
    "- ",
];

proptest! {
    #[test]
    fn never_panics(text in "[\\PC\n]{0,200}") {
        from_html(&text, BASE);
    }

    #[test]
    fn rustdoc_finds_nothing_to_complain_about(
        parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..12),
    ) {
        for base in [BASE, None, Some(""), Some("x")] {
            let markdown = from_html(&parts.concat(), base);
            let complaint = complaint(&markdown);
            prop_assert!(complaint.is_none(), "{complaint:?} in\n{markdown}");
        }
    }
}
