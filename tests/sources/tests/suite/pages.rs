//! The Markdown pages: links and paths resolve, the book lists every page, and examples are compiled.

#![expect(
    clippy::expect_used,
    reason = "a test stops where the tree cannot be read"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use sources::files::{files_below, read_text, relative_place};

use crate::workspace;

const SUMMARY: &str = "docs/SUMMARY.md";
const COMPILED: &str = "tests/src/documentation.rs";
const BUILD: &str = ".ci/book";

/// Text that begins like this and ends like a file, in backticks, is a path from the root.
const FOLDERS: [&str; 7] = [
    ".ci/",
    "docs/",
    "generated-example/",
    "generator/",
    "runtime/",
    "specs/",
    "tests/",
];
const EXTENSIONS: [&str; 6] = [".json", ".md", ".py", ".rs", ".sh", ".toml"];

/// What a page has.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    /// The identifiers of its headings, as GitHub and mdBook make them.
    anchors: BTreeSet<String>,
    /// Text in backticks.
    codes: Vec<String>,
    has_examples: bool,
}

impl Page {
    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let title = heading.take().unwrap_or_default();
                    page.add_anchor(&title);
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    let is_compiled = language.starts_with("rust") && !language.contains("ignore");
                    page.has_examples |= is_compiled;
                }
                Event::Text(text) => {
                    if let Some(title) = &mut heading {
                        title.push_str(&text);
                    }
                }
                Event::Code(code) => {
                    if let Some(title) = &mut heading {
                        title.push_str(&code);
                    }
                    page.codes.push(code.into_string());
                }
                _ => {}
            }
        }
        page
    }

    fn add_anchor(&mut self, title: &str) {
        let kept = title.to_lowercase();
        let kept = kept.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then_some(c),
        });
        let anchor: String = kept.collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let mut candidates = std::iter::once(anchor.clone()).chain(numbered);
        if let Some(free) = candidates.find(|name| !self.anchors.contains(name)) {
            self.anchors.insert(free);
        }
    }
}

fn read_pages() -> BTreeMap<String, Page> {
    let root = workspace();
    let paths = files_below(&root, "md").expect("a readable workspace");
    let read = |path: &PathBuf| Page::parse(&read_text(path).expect("a readable page"));
    paths
        .iter()
        .map(|path| (relative_place(&root, path), read(path)))
        .collect()
}

/// The path of a link from the root; `None` if it leads out of the repository.
fn resolve(page: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::ParentDir => _ = parts.pop()?,
            _ => {}
        }
    }
    Some(parts.join("/"))
}

#[test]
fn links_between_pages_resolve() {
    let root = workspace();
    let pages = read_pages();
    let mut wrong = Vec::new();
    for (place, page) in &pages {
        let relative = page.links.iter().filter(|link| !link.contains(':'));
        for link in relative.filter(|link| !link.is_empty()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => Some(place.clone()),
                _ => resolve(place, path).filter(|found| root.join(found).exists()),
            };
            let Some(target) = target else {
                wrong.push(format!("{place}: there is no {path}"));
                continue;
            };
            let known = pages.get(&target).map(|page| &page.anchors);
            if !anchor.is_empty() && known.is_some_and(|known| !known.contains(anchor)) {
                wrong.push(format!("{place}: {target} has no heading #{anchor}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_in_pages_exist() {
    let root = workspace();
    let mut wrong = Vec::new();
    for (place, page) in read_pages() {
        // The changelog is also about files that are gone.
        if place == "CHANGELOG.md" {
            continue;
        }
        let paths = page.codes.iter().filter(|code| {
            FOLDERS.iter().any(|folder| code.starts_with(folder))
                && EXTENSIONS.iter().any(|end| code.ends_with(end))
                && !code.contains(' ')
                // A name that stands for any.
                && !code.contains("/X.")
        });
        let missing = paths.filter(|code| !root.join(code).exists());
        wrong.extend(missing.map(|code| format!("{place}: there is no {code}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn book_lists_every_page_of_its_folder() {
    let pages = read_pages();
    let summary = pages.get(SUMMARY).expect("a summary");
    let links = summary.links.iter().filter(|link| !link.is_empty());
    let listed: Vec<String> = links.filter_map(|link| resolve(SUMMARY, link)).collect();
    let unique: BTreeSet<&String> = listed.iter().collect();
    let is_page = |place: &&String| place.starts_with("docs/") && **place != SUMMARY;
    let expected: BTreeSet<&String> = pages.keys().filter(is_page).collect();
    assert_eq!(unique, expected);
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
}

#[test]
fn links_out_of_the_book_lead_to_what_its_build_copies() {
    let build = read_text(&workspace().join(BUILD)).expect("the script of the book");
    let copied = build.lines().find_map(|line| line.strip_prefix("copied=("));
    let copied = copied.expect("a list of folders").trim_end_matches(')');
    let mut wrong = Vec::new();
    for (place, page) in read_pages() {
        let links = page.links.iter().filter(|link| !link.contains(':'));
        let found = links.filter_map(|link| resolve(&place, link.split('#').next()?));
        let outside = found.filter(|target| {
            place.starts_with("docs/")
                && !target.starts_with("docs")
                && !copied.split(' ').any(|folder| target.starts_with(folder))
        });
        wrong.extend(outside.map(|target| format!("{place}: {target}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_with_examples_are_compiled() {
    let compiled = read_text(&workspace().join(COMPILED)).expect("the list of pages");
    let pages = read_pages();
    let pages = pages
        .iter()
        .filter(|(place, page)| page.has_examples && !compiled.contains(&format!("\"{place}\"")));
    let missing: Vec<&String> = pages.map(|(place, _)| place).collect();
    assert!(missing.is_empty(), "{COMPILED} does not have {missing:?}");
}
