//! Sampling, rows, tables and the ratchet, without the network.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::check::read_messages;
use crate::child::{ChildEnd, ChildFinding, ChildReport, Usage, parse_usage};
use crate::expectation::Expectation;
use crate::fetch::encode_base64;
use crate::generate::describe_end;
use crate::largest::{growth_exponent, growth_tables};
use crate::layout::Layout;
use crate::operations::{count_left_out, list_operations};
use crate::ratchet::compare_runs;
use crate::report::{TABLES, replace_tables, round_usage, write_report};
use crate::results::{Ending, Finding, Row, merge_rows, read_results, write_results};
use crate::sample::{
    Candidate, SizeClass, Version, choose_sample, parse_list, read_sample, write_list,
};
use crate::tables::write_tables;

fn candidate(path: &str, class: SizeClass, version: Version) -> Candidate {
    Candidate {
        path: format!("api/{path}.json"),
        class,
        version,
    }
}

/// Four documents of each of a hundred vendors in each class.
fn many_candidates() -> Vec<Candidate> {
    let mut all = Vec::new();
    for class in SizeClass::ALL {
        for vendor in 0..100 {
            for document in 0..4 {
                let path = format!("vendor{vendor}.test/{}{document}", class.quota());
                let is_rare = vendor < 12;
                let version = Version::ALL[usize::from(is_rare)];
                all.push(candidate(&path, class, version));
            }
        }
    }
    all
}

#[test]
fn sample_does_not_depend_on_the_order_of_candidates() {
    let mut candidates = many_candidates();
    let sample = choose_sample(&candidates);
    candidates.reverse();
    assert_eq!(choose_sample(&candidates), sample);
    let paths: Vec<&String> = sample.iter().map(|one| &one.path).collect();
    assert!(!paths.is_sorted(), "the order is that of a hash");
}

#[test]
fn sample_has_one_document_per_vendor_and_three_of_version_3_1() {
    let sample = choose_sample(&many_candidates());
    let mut vendors: BTreeMap<(Version, &str), usize> = BTreeMap::new();
    for one in &sample {
        *vendors.entry((one.version, one.vendor())).or_default() += 1;
    }
    let most = |version| {
        let of = vendors.iter().filter(|((of, _), _)| *of == version);
        of.map(|(_, number)| *number).max()
    };
    assert_eq!(most(Version::ThreeZero), Some(1));
    assert_eq!(most(Version::ThreeOne), Some(3));
    let three_one = sample.iter().filter(|one| one.version == Version::ThreeOne);
    assert_eq!(three_one.count(), 30);
}

#[test]
fn sample_fills_classes_of_large_documents_first() {
    let sample = choose_sample(&many_candidates());
    let of = |class| sample.iter().filter(|one| one.class == class).count();
    for class in [SizeClass::Huge, SizeClass::Large] {
        assert_eq!(of(class), class.quota(), "{}", class.label());
    }
    for class in SizeClass::ALL {
        assert!(of(class) <= class.quota(), "{}", class.label());
    }
}

#[test]
fn size_at_a_limit_belongs_to_the_class_above() {
    let limits = [
        (19_999, SizeClass::Tiny),
        (20_000, SizeClass::Small),
        (100_000, SizeClass::Middle),
        (400_000, SizeClass::Large),
        (1_499_999, SizeClass::Large),
        (1_500_000, SizeClass::Huge),
    ];
    for (bytes, class) in limits {
        assert_eq!(SizeClass::of_size(bytes), class, "{bytes}");
    }
}

#[test]
fn versions_other_than_3_0_and_3_1_are_left_out() {
    assert_eq!(Version::of_document("3.0.3"), Some(Version::ThreeZero));
    assert_eq!(Version::of_document("3.1"), Some(Version::ThreeOne));
    for other in ["2.0", "3.10.0", "3.2.0", ""] {
        assert_eq!(Version::of_document(other), None, "{other}");
    }
}

#[test]
fn list_that_is_written_is_read() {
    let sample = choose_sample(&many_candidates());
    assert_eq!(parse_list(&write_list(&sample)).expect("readable"), sample);
}

#[test]
fn list_with_a_mistake_is_refused_with_the_line() {
    for (text, reason) in [
        ("3.0 <20kB", "a version, a size and a path"),
        ("3.0 <21kB api/a.json", "no size `<21kB`"),
        ("2.0 <20kB api/a.json", "no version `2.0`"),
        (
            "3.0 <20kB api/a.b.json\n3.0 <20kB api/a/b.json",
            "listed twice",
        ),
    ] {
        let error = parse_list(&format!("# A list.\n{text}\n")).expect_err(text);
        let error = error.to_string();
        assert!(error.contains(reason) && error.contains("txt:"), "{error}");
    }
}

#[test]
fn committed_sample_has_its_sizes() {
    let sample = read_sample(&Layout::of_checkout()).expect("the committed list");
    for class in SizeClass::ALL {
        let found = sample.iter().filter(|one| one.class == class).count();
        assert_eq!(found, class.quota(), "{}", class.label());
    }
}

#[test]
fn committed_results_and_page_are_of_the_committed_sample() {
    let layout = Layout::of_checkout();
    let rows = read_results(&layout.results()).expect("the committed results");
    let sample = read_sample(&layout).expect("the committed list");
    let of_rows: BTreeSet<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    let of_sample: BTreeSet<&str> = sample.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(of_rows, of_sample);
    let page = std::fs::read_to_string(layout.page()).expect("the page");
    let largest = read_results(&layout.largest()).expect("the committed measurements");
    let tables = format!("{}\n{}", write_tables(&rows), growth_tables(&largest));
    // The meanings are those of the generator, which may be worded in another way since.
    let sections = tables
        .split("### ")
        .filter(|section| !section.contains("| meaning |"));
    for section in sections {
        let title = section.lines().next().unwrap_or_default();
        let is_there = page.contains(section.trim_end());
        assert!(is_there, "{title}: run `cargo run -p corpus -- report`");
    }
}

#[test]
fn base64_is_that_of_its_standard() {
    for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
        assert_eq!(encode_base64(bytes.as_bytes()), text);
    }
    assert_eq!(encode_base64(&[0xfb, 0xff]), "+/8=");
}

#[test]
fn operations_are_the_methods_of_all_paths() {
    let document = json!({"paths": {
        "/a": {"get": {}, "patch": {}, "parameters": [], "summary": "", "x-get": {}},
        "/b": {"$ref": "#/x"},
    }});
    let found = list_operations(&document);
    let expected = [("get", "/a"), ("patch", "/a")];
    assert_eq!(
        found,
        expected.map(|(method, path)| (method.to_owned(), path.to_owned()))
    );
    assert!(list_operations(&json!([])).is_empty());
}

#[test]
fn left_out_operation_counts_under_the_warnings_at_it() {
    let key = |method: &str, path: &str| (method.to_owned(), path.to_owned());
    let described = [key("get", "/a/{b}"), key("put", "/a/{b}"), key("get", "/c")];
    let warnings = [
        key("N100", "#/paths/~1a~1{b}/put/requestBody"),
        key("N100", "#/paths/~1a~1{b}/put"),
        key("N200", "#/paths/~1a~1{b}/get"),
        key("N300", "#/paths/~1c~1d/get"),
    ];
    let counts = count_left_out(&described, &described[..1], &warnings);
    let expected = [("N100".to_owned(), 1), ("none".to_owned(), 1)];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn usage_is_read_although_the_name_of_the_program_has_spaces() {
    let status = "Name:\tx\nVmHWM:\t    2049 kB\n";
    let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 30 0 0";
    let usage = parse_usage(status, stat).expect("a usage");
    assert_eq!((usage.cpu_centis, usage.memory_mib), (180, 3));
    assert!(parse_usage("Name:\tx\n", stat).is_none());
}

#[test]
fn first_error_of_each_crate_is_kept() {
    let artifact = json!({"reason": "compiler-artifact", "manifest_path": "/w/good/Cargo.toml"});
    let error = |text: &str| {
        let span = json!({"is_primary": true, "file_name": "bad/src/lib.rs", "line_start": 3});
        json!({
            "reason": "compiler-message",
            "manifest_path": "/w/bad/Cargo.toml",
            "message": {"level": "error", "message": text, "code": {"code": "E0255"}, "spans": [span]},
        })
    };
    let warning = json!({
        "reason": "compiler-message",
        "manifest_path": "/w/good/Cargo.toml",
        "message": {"level": "warning", "message": "unused"},
    });
    let lines = [warning, artifact, error("first"), error("second")];
    let output = lines.map(|line| line.to_string()).join("\n");
    let compiled = read_messages(&output);
    let expected = [
        (
            "bad".to_owned(),
            Err("E0255 first (at src/lib.rs:3)".to_owned()),
        ),
        ("good".to_owned(), Ok(())),
    ];
    assert_eq!(compiled, BTreeMap::from(expected));
}

fn row(path: &str, ending: Ending) -> Row {
    Row {
        path: path.to_owned(),
        version: Version::ThreeZero,
        bytes: 1234,
        ending,
        crash: String::new(),
        errors: Vec::new(),
        operations: 10,
        generated: if ending == Ending::Generated { 9 } else { 0 },
        left_out: BTreeMap::new(),
        warnings: BTreeMap::new(),
        fields: 0,
        raw_fields: 0,
        raw: BTreeMap::new(),
        lines: 0,
        cpu_centis: 5,
        memory_mib: 20,
        compiles: None,
        compile_error: String::new(),
    }
}

#[test]
fn endings_of_a_process_become_rows() {
    let of = candidate("a.test", SizeClass::Tiny, Version::ThreeOne);
    let finding = |code: &str, place: &str| ChildFinding {
        code: code.to_owned(),
        place: place.to_owned(),
        detail: String::new(),
    };
    let report = ChildReport {
        errors: vec![
            finding("S1", "#/a"),
            finding("S2", "#/b"),
            finding("S1", "#/c"),
        ],
        warnings: vec![finding("W1", "#/a"), finding("W1", "#/b")],
        ..ChildReport::default()
    };
    let refused = describe_end(&of, 9, &[], ChildEnd::Reported(report));
    assert_eq!(refused.ending, Ending::Refused);
    let error = |code: &str, place: &str, count| Finding {
        code: code.to_owned(),
        place: place.to_owned(),
        count,
    };
    assert_eq!(
        refused.errors,
        [error("S1", "#/a", 2), error("S2", "#/b", 1)]
    );
    assert_eq!(refused.warnings, BTreeMap::from([("W1".to_owned(), 2)]));
    let crash = ChildEnd::Crashed("signal 6".to_owned(), Usage::default());
    let crashed = describe_end(&of, 9, &[], crash);
    assert_eq!(
        (crashed.ending, crashed.crash.as_str()),
        (Ending::Crashed, "signal 6")
    );
    let late = describe_end(&of, 9, &[], ChildEnd::TimedOut(Usage::default()));
    assert_eq!(late.ending, Ending::TimedOut);
}

#[test]
fn results_that_are_written_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.json");
    assert!(read_results(&path).expect("no results").is_empty());
    let mut rows = vec![row("b", Ending::Crashed), row("a", Ending::Generated)];
    write_results(&path, &rows).expect("writable");
    rows.reverse();
    assert_eq!(read_results(&path).expect("readable"), rows);
    merge_rows(
        &mut rows,
        vec![row("b", Ending::Generated), row("c", Ending::Refused)],
    );
    let endings: Vec<(&str, Ending)> = rows
        .iter()
        .map(|row| (row.path.as_str(), row.ending))
        .collect();
    let expected = [
        ("a", Ending::Generated),
        ("b", Ending::Generated),
        ("c", Ending::Refused),
    ];
    assert_eq!(endings, expected);
}

#[test]
fn ratchet_reports_what_is_worse() {
    let compiled = |path, compiles| Row {
        compiles,
        ..row(path, Ending::Generated)
    };
    let committed = [
        row("lost", Ending::Generated),
        row("gone", Ending::Refused),
        row("won", Ending::Crashed),
        row("fewer", Ending::Generated),
        compiled("broken", Some(true)),
        compiled("unchecked", Some(true)),
    ];
    let fewer = Row {
        generated: 8,
        ..row("fewer", Ending::Generated)
    };
    let run = [
        row("lost", Ending::TimedOut),
        row("won", Ending::Generated),
        fewer,
        compiled("broken", Some(false)),
        compiled("unchecked", None),
        row("new", Ending::Refused),
    ];
    let comparison = compare_runs(&committed, &run);
    let worse: Vec<&str> = comparison
        .losses
        .iter()
        .filter_map(|loss| loss.split(':').next())
        .collect();
    assert_eq!(worse, ["lost", "gone", "fewer", "broken"]);
    assert_eq!(
        comparison.losses[0],
        "lost: does not generate any more: took too long"
    );
    assert_eq!(comparison.gains, ["won: generates"]);
    assert_eq!(comparison.unchecked, 1);
    let same = compare_runs(&committed[..4], &committed[..4]);
    assert!(same.losses.is_empty() && same.gains.is_empty());
}

#[test]
fn tables_count_documents_and_escape_places() {
    let refused = Row {
        errors: vec![Finding {
            code: "S011".to_owned(),
            place: "#/paths/~1a|`b".to_owned(),
            count: 3,
        }],
        ..row("z.json", Ending::Refused)
    };
    let generated = Row {
        compiles: Some(false),
        compile_error: "E0255 twice".to_owned(),
        left_out: BTreeMap::from([("none".to_owned(), 1)]),
        fields: 40,
        raw_fields: 10,
        raw: BTreeMap::from([("document".to_owned(), 7), ("G005".to_owned(), 3)]),
        ..row("y.json", Ending::Generated)
    };
    let crashed = Row {
        crash: "signal 6".to_owned(),
        ..row("x.json", Ending::Crashed)
    };
    let tables = write_tables(&[refused, generated, crashed].map(|row| round_usage(&row)));
    for line in [
        "| OpenAPI 3.0 | 3 | 1 | 33 % | 0 of 1 | 30 | 9 | 30 % | 40 | 75 % | 10 |",
        "| **all** | 3 | 1 | 33 % | 0 of 1 | 30 | 9 | 30 % | 40 | 75 % | 10 |",
        "| document | 1 | 7 | the document allows any value, or does not describe it |",
        "| G005 | 1 | 3 | the type of this value cannot be stated; it is raw JSON |",
        "| `y.json` | 40 | 30 | 75 % |",
        "| CPU time | 0.1 s | 0.1 s | 0.1 s |",
        "| S011 | 1 | 1 | the operation has no operationId |",
        "| crashed (signal 6) | 1 | 1 |  |",
        "| none | 1 | no warning has the place of the operation |",
        "| `y.json` | `E0255 twice` |",
        "| `z.json` | 3.0 | 2 | S011 3× | `#/paths/~1a\\|'b` |",
        "| `x.json` | 3.0 | 2 | crashed (signal 6) |  |",
    ] {
        assert!(
            tables.lines().any(|found| found == line),
            "{line}\n{tables}"
        );
    }
}

#[test]
fn growth_is_the_exponent_of_the_best_fit() {
    let points = |power: i32| [1.0_f64, 2.0, 8.0, 50.0].map(|x| (x, 3.0 * x.powi(power)));
    for power in [0, 1, 2] {
        let found = growth_exponent(&points(power)).expect("several sizes");
        assert!((found - f64::from(power)).abs() < 1e-9, "{power}: {found}");
    }
    assert_eq!(growth_exponent(&[(2.0, 3.0)]), None);
    assert_eq!(growth_exponent(&[]), None);
    let measured = |path: &str, bytes, lines, cpu_centis| Row {
        bytes,
        lines,
        cpu_centis,
        ..row(path, Ending::Generated)
    };
    let stopped = Row {
        bytes: 9_000_000,
        ..row("c.json", Ending::TimedOut)
    };
    let rows = [
        measured("a.json", 1_000_000, 10, 100),
        measured("b.json", 4_000_000, 40, 1600),
        stopped,
    ];
    let tables = growth_tables(&rows);
    for line in [
        "| `c.json` | 9.0 | 10 | took too long | 0 | 0.1 | 20 | 0.01 | 2 |",
        "| `b.json` | 4.0 | 10 | 9 | 40 | 16.0 | 20 | 4.00 | 5 |",
        "| with the bytes of the document | 2.00 | 0.00 |",
    ] {
        let is_there = tables.lines().any(|found| found == line);
        assert!(is_there, "{line}\n{tables}");
    }
}

#[test]
fn tables_stand_between_the_lines_of_the_page() {
    let page = "Before.\n<!-- begin of the tables -->\nold\n<!-- end of the tables -->\nAfter.\n";
    let once = replace_tables(page, TABLES, "new\n").expect("a page with both lines");
    assert!(once.starts_with("Before.\n") && once.ends_with("\nAfter.\n"));
    assert!(once.contains("\nnew\n") && !once.contains("old"));
    assert_eq!(
        replace_tables(&once, TABLES, "new\n").as_deref(),
        Ok(once.as_str())
    );
    assert!(replace_tables("Before.\n<!-- begin of the tables -->\n", TABLES, "").is_err());
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::at(folder.path());
    write_report(&layout, &[]).expect_err("a folder without the page");
    assert!(!layout.results().exists(), "nothing is written");
}

#[test]
fn header_that_expects_nothing_or_something_unknown_is_refused() {
    let read = |text: &str| Expectation::parse("a.yaml", text);
    let generated =
        read("# A note.\n# expect: generates, 1 operation, warning N005\nopenapi: 3.0.3\n");
    let generated = generated.expect("understood");
    assert_eq!(generated.operations, Some(1));
    assert_eq!(generated.warnings, ["N005"]);
    let error = read("# expect: error S007 at #/a\n")
        .expect("understood")
        .error;
    assert_eq!(error, Some(("S007".to_owned(), "#/a".to_owned())));
    for wrong in [
        "openapi: 3.0.3\n# expect: error S007\n",
        "# expect: generates\n",
        "# expect: compiles, 3 operations\n",
        "# expect: generates, 3 operations, S007\n",
        "# expect: error S007\n# expect: generates, 3 operations\n",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
