use super::{Code, DiagnosticSink, Severity, SpecPath, closest_name};

#[test]
fn child_escapes_slash_and_tilde() {
    let path = SpecPath::root().child("paths").child("/v1/a~b").item(3);
    assert_eq!(path.as_str(), "/paths/~1v1~1a~0b/3");
    assert_eq!(
        path.segments().collect::<Vec<_>>(),
        ["paths", "/v1/a~b", "3"]
    );
}

#[test]
fn parent_undoes_child() {
    let path = SpecPath::root().child("paths");
    assert_eq!(path.child("/v1/a").parent(), Some(path.clone()));
    assert_eq!(path.parent(), Some(SpecPath::root()));
    assert_eq!(SpecPath::root().parent(), None);
}

#[test]
fn parse_refuses_what_is_no_pointer() {
    assert_eq!(SpecPath::parse("a/b"), None);
    assert_eq!(SpecPath::parse(""), Some(SpecPath::root()));
    assert_eq!(SpecPath::parse("/a"), Some(SpecPath::root().child("a")));
}

#[test]
fn codes_have_unique_ids_and_say_something() {
    let mut ids: Vec<_> = Code::ALL.iter().map(|c| c.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(
            !code.message().is_empty() && !code.hint().is_empty(),
            "{}",
            code.id()
        );
        assert!(
            !code.message().ends_with('.'),
            "{}: no full stop",
            code.id()
        );
    }
}

#[test]
fn sink_is_clean_with_warnings_only() {
    let warning = Code::ALL.iter().find(|c| c.severity() == Severity::Warning);
    let error = Code::ALL.iter().find(|c| c.severity() == Severity::Error);
    let mut sink = DiagnosticSink::new();
    sink.report(*warning.unwrap(), &SpecPath::root(), "w");
    assert!(sink.is_clean());
    sink.report(*error.unwrap(), &SpecPath::root(), "e");
    assert!(!sink.is_clean());
    assert_eq!(
        (
            sink.errors().count(),
            sink.warnings().count(),
            sink.error_count()
        ),
        (1, 1, 1)
    );
}

#[test]
fn closest_name_differs_in_a_third_of_the_letters() {
    let known = ["customers", "charges", "coupons"];
    let closest = |wanted: &str| closest_name(wanted, known);
    assert_eq!(closest("custmers"), Some("customers"));
    assert_eq!(closest("hcarges"), Some("charges"));
    assert_eq!(closest("customers"), None);
    assert_eq!(closest("prices"), None);
    assert_eq!(closest(&"customers".repeat(1_000_000)), None);
}

#[test]
fn warnings_are_kept_once_and_errors_each_time() {
    let mut sink = DiagnosticSink::new();
    let at = SpecPath::root().child("a");
    sink.report(Code::ConstraintIgnored, &at, "x");
    sink.report(Code::ConstraintIgnored, &at, "x");
    sink.report(Code::ConstraintIgnored, &at, "y");
    sink.report(Code::AnyValue, &at, "");
    assert_eq!(sink.all().len(), 3);
    for _ in 0..2 {
        let mark = sink.mark();
        sink.report(Code::ParameterCycle, &at, "");
        assert_eq!(sink.error_count(), 1);
        sink.tolerate_since(mark);
    }
    assert_eq!((sink.all().len(), sink.error_count()), (4, 0));
    sink.report(Code::ParameterCycle, &at, "");
    sink.report(Code::ParameterCycle, &at, "");
    assert_eq!((sink.all().len(), sink.error_count()), (6, 2));
    assert_eq!(sink.warnings().count(), 4);
}
