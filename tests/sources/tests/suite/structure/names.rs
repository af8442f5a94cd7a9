//! Names that can be found by a search.

use sources::checkout::Package;
use sources::definitions::Definitions;
use sources::naming::Naming;

use super::{CORE, find_package, read_crates};

/// Shares of the core's functions, in percent.
const MAX_ONE_WORD: f64 = 30.0;
const MAX_AMBIGUOUS: f64 = 10.0;

#[test]
fn core_functions_have_names_that_a_search_finds() {
    let checkout = read_crates("runtime");
    let naming = measure_naming(&[find_package(&checkout, CORE)]);
    let (one_word, ambiguous) = (naming.one_word_percent(), naming.ambiguous_percent());
    println!(
        "core: {one_word:.1} % of {} functions have one word (at most {MAX_ONE_WORD} %)",
        naming.functions
    );
    println!(
        "core: {ambiguous:.1} % have a name of three files or more (at most {MAX_AMBIGUOUS} %)"
    );
    let most = naming.shared_functions.iter().take(20);
    let most: Vec<String> = most
        .map(|(name, files)| format!("{name} {}", files.len()))
        .collect();
    assert!(
        one_word <= MAX_ONE_WORD && ambiguous <= MAX_AMBIGUOUS,
        "{one_word:.1} % of one word, {ambiguous:.1} % ambiguous; most ambiguous: {}",
        most.join(", ")
    );
}

#[test]
fn type_names_of_the_runtime_crates_are_unique() {
    assert_types_are_unique("runtime");
}

#[test]
fn type_names_of_the_generator_are_unique() {
    assert_types_are_unique("generator");
}

fn assert_types_are_unique(folder: &str) {
    let naming = measure_naming(&read_crates(folder).packages_in(folder));
    let shared = naming.shared_types.iter().map(|(name, files)| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        format!("`{name}` is defined in {}", files.join(", "))
    });
    let shared: Vec<String> = shared.collect();
    assert!(shared.is_empty(), "{}", shared.join("\n"));
}

fn measure_naming(packages: &[&Package]) -> Naming {
    Naming::measure(&Definitions::collect_from(packages))
}
