//! Small packages whose figures are known.

use std::collections::BTreeSet;

use super::checkout::{Package, SourceFile};
use super::definitions::Definitions;
use super::imports::ImportGraph;
use super::lines::{LineCounts, count_lines};
use super::naming::Naming;
use super::public_names::PublicNames;
use super::scopes::ScopeTree;
use super::walks::parse_walks;

/// A package with these files, each a path below `src/` without `.rs` and its text.
fn package(files: &[(&str, &str)]) -> Package {
    let sources = files.iter().map(|(path, text)| SourceFile {
        place: format!("{path}.rs"),
        module: Some(
            path.split('/')
                .filter(|part| *part != "lib")
                .map(str::to_owned)
                .collect(),
        ),
        text: (*text).to_owned(),
        syntax: syn::parse_file(text).unwrap(),
        lines: count_lines(text),
    });
    Package {
        name: "sample".to_owned(),
        folder: "sample".to_owned(),
        sources: sources.collect(),
        test_files: 0,
        test_lines: 0,
    }
}

fn public_names(package: &Package) -> Vec<String> {
    PublicNames::collect_from(&ScopeTree::read_from(package), &["wire".to_owned()]).paths()
}

#[test]
fn lines_are_counted_by_what_is_in_them() {
    let source = "\
//! About the crate.

// A remark.
/* A longer
   remark. */
fn first() { /* code */ }
const TEXT: &str = \"one // no comment

/* two */\"; // trailing
/// About the tests.
#[cfg(test)]
mod tests {
    // Inside.
    fn check() { let brace = '}'; }
}
";
    let expected = LineCounts {
        code: 3,
        doc: 2,
        comment: 4,
        test: 4,
    };
    assert_eq!(count_lines(source), expected);
}

#[test]
fn lifetimes_raw_strings_and_nested_comments_do_not_confuse_the_lexer() {
    let source = "\
fn name<'a>(text: &'a str) -> char {
    let _ = (r#\"a \" quote // \"#, b'\\'', '\"', br\"\\\");
    /* outer /* inner */ still */
    'x'
}
";
    let expected = LineCounts {
        code: 4,
        comment: 1,
        ..LineCounts::default()
    };
    assert_eq!(count_lines(source), expected);
}

#[test]
fn public_names_count_once_whatever_leads_to_them() {
    let package = package(&[
        (
            "lib",
            "pub mod shown; mod inner; mod own; \
             pub use inner::{Deep as Renamed, deeper}; pub use self::shown::Shown; \
             pub use wire::Secret; pub use ::bytes; pub(crate) use inner::Private;",
        ),
        (
            "shown",
            "pub struct Shown; pub(crate) struct Crate; struct Own; pub fn act() {}",
        ),
        (
            "inner",
            "pub mod deeper; pub struct Deep; pub struct Private;",
        ),
        (
            "inner/deeper",
            "pub use super::Deep; pub const LIMIT: u32 = 1;",
        ),
        (
            "own",
            "#[macro_export] macro_rules! exported { () => {} } macro_rules! local { () => {} }",
        ),
    ]);
    let expected = [
        "exported",
        "inner::Deep",
        "inner::deeper::LIMIT",
        "shown::Shown",
        "shown::act",
        "::bytes",
    ];
    assert_eq!(public_names(&package), expected);
}

#[test]
fn hidden_names_are_those_hidden_on_every_path() {
    let package = package(&[(
        "lib",
        "#[doc(hidden)] pub mod hooks { pub fn hook() {} pub struct Both; } pub use hooks::Both;",
    )]);
    let names = PublicNames::collect_from(&ScopeTree::read_from(&package), &[]);
    assert_eq!((names.paths().len(), names.count_hidden()), (2, 1));
}

#[test]
fn cycles_are_found_through_macros_groups_and_reexports_of_the_parent() {
    let package = package(&[
        ("lib", "mod upper; mod lower; mod base; use upper::Upper;"),
        (
            "upper",
            "use crate::{base::{Base, self}, lower::Lower as Low}; pub struct Upper;",
        ),
        (
            "lower",
            "fn act() { call!(super::Upper); } // crate::base::Base\n pub struct Lower;",
        ),
        (
            "base",
            "fn text() -> &'static str { \"crate::upper::Upper\" } pub struct Base;",
        ),
    ]);
    let cycles = ImportGraph::read_from(&package).find_cycles();
    assert_eq!(cycles.len(), 1, "{cycles:?}");
    assert!(
        cycles[0].contains("lower -> upper (lower.rs:1)"),
        "{cycles:?}"
    );
    assert!(!cycles[0].contains("base"), "{cycles:?}");
}

#[test]
fn uses_of_what_another_module_reexports_are_uses_of_that_module() {
    let package = package(&[
        ("lib", "mod model; mod api; mod name;"),
        ("model", "pub use crate::api::Method;"),
        ("api", "pub struct Method;"),
        ("name", "use crate::model::Method;"),
    ]);
    let graph = ImportGraph::read_from(&package);
    let edges: Vec<_> = graph.folders[&Vec::new()].keys().cloned().collect();
    let expected = [("model", "api"), ("name", "model")];
    assert_eq!(
        edges,
        expected.map(|(from, to)| (from.to_owned(), to.to_owned()))
    );
}

#[test]
fn modules_may_use_those_above_and_below_them() {
    let package = package(&[
        ("lib", "mod outer;"),
        ("outer", "mod inner; use inner::Inner; pub struct Outer;"),
        ("outer/inner", "use super::Outer; pub struct Inner;"),
    ]);
    assert_eq!(ImportGraph::read_from(&package).folders.len(), 0);
}

#[test]
fn shares_of_names_leave_out_clear_ones_traits_and_tests() {
    let package = package(&[
        (
            "lib",
            "struct State; impl State { fn new() {} fn of() {} fn read_line() {} } \
             impl Drop for State { fn drop(&mut self) {} } \
             #[cfg(test)] mod tests { fn check() {} struct State; }",
        ),
        ("one", "enum State {} fn of() {}"),
        (
            "two",
            "type Unique = (); fn of() {} trait Named { fn say(); }",
        ),
    ]);
    let naming = Naming::measure(&Definitions::collect_from(&[&package]));
    assert_eq!(
        (naming.functions, naming.one_word, naming.ambiguous),
        (4, 3, 3)
    );
    let files: BTreeSet<String> = ["lib.rs", "one.rs"].map(str::to_owned).into();
    assert_eq!(naming.shared_types, [("State".to_owned(), files)]);
}

#[test]
fn walks_are_numbered_lists_of_functions() {
    let page = "\
# A call

1. `Call::send` (`runtime/src/call.rs`): sends.
2. `send` (`runtime/src/http.rs`)

1. `Something` else

## An error

1. `Error::new` (`runtime/src/error.rs`)
";
    let walks = parse_walks(page);
    let titles: Vec<&str> = walks.iter().map(|walk| walk.title.as_str()).collect();
    assert_eq!(titles, ["A call", "An error"]);
    let owners: Vec<_> = walks[0]
        .steps
        .iter()
        .map(|step| step.owner.as_deref())
        .collect();
    assert_eq!(owners, [Some("Call"), None]);
}
