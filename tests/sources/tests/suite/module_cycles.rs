//! The files of each stage of the generator import each other in one direction.
//!
//! Imports are read from the source text: every path that starts with `super` or with the crate's
//! path to the stage, in `use` items as in expressions. A name that the stage's own file
//! re-exports counts for the file that it comes from. Files below a folder of the stage belong to
//! the file that the folder is named after. Tests are left out, and so is what a file takes from
//! the stage's own file: that one imports all others.

#![expect(
    clippy::expect_used,
    reason = "a test stops where the tree cannot be read"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::workspace;

/// A stage: its name, the text of its own file, and its other files by their path below it.
struct Stage {
    name: String,
    root: String,
    files: Vec<(String, String)>,
}

/// Which module of a stage imports which.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn files_of_a_stage_import_each_other_in_one_direction() {
    let stages = read_stages();
    assert!(stages.len() > 5, "the stages were not found");
    let mut cycles = Vec::new();
    let mut import_count = 0;
    for stage in &stages {
        let imports = stage_imports(stage);
        import_count += imports.values().map(BTreeSet::len).sum::<usize>();
        if let Some(cycle) = find_cycle(&imports) {
            cycles.push(format!("{}: {}", stage.name, cycle.join(" -> ")));
        }
    }
    assert!(import_count > 100, "only {import_count} imports were found");
    assert!(cycles.is_empty(), "{}", cycles.join("\n"));
}

#[test]
fn cycle_through_each_form_of_import_is_found() {
    let b_imports_a = "use super::a::First;";
    for a_imports_b in [
        "use super::b::Second;",
        "use super::{b, c};",
        "use super::{\n    c::Third,\n    b::{self, Second},\n};",
        "use crate::stage::b;",
        "fn f() { super::b::g() }",
        // Re-exported by the stage's own file.
        "use super::Second;",
    ] {
        let imports = stage_imports(&sample_stage(&[
            ("a.rs", a_imports_b),
            ("b.rs", b_imports_a),
        ]));
        let cycle = find_cycle(&imports).unwrap_or_default();
        assert_eq!(cycle, ["a", "b", "a"], "{a_imports_b}");
    }
}

#[test]
fn cycle_through_a_file_of_a_folder_is_found() {
    let files = [
        ("a.rs", "use super::b;"),
        ("b/inner.rs", "use super::super::c::Third;"),
        ("c.rs", "use super::a;"),
    ];
    let cycle = find_cycle(&stage_imports(&sample_stage(&files))).unwrap_or_default();
    assert_eq!(cycle, ["a", "b", "c", "a"]);
}

#[test]
fn imports_that_are_none_make_no_cycle() {
    for a_does_not_import_b in [
        "//! See super::b.",
        "use super::Other;",
        "use crate::other::b;",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use super::super::b;\n}",
    ] {
        let files = [("a.rs", a_does_not_import_b), ("b.rs", "use super::a;")];
        let cycle = find_cycle(&stage_imports(&sample_stage(&files)));
        assert_eq!(cycle, None, "{a_does_not_import_b}");
    }
}

fn sample_stage(files: &[(&str, &str)]) -> Stage {
    let root = "mod a;\nmod b;\nmod c;\npub use self::b::{Second, Fourth as Fifth};\n";
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    Stage {
        name: "stage".to_owned(),
        root: root.to_owned(),
        files: files.iter().map(owned).collect(),
    }
}

/// Every folder of the generator's sources with the file that it belongs to.
fn read_stages() -> Vec<Stage> {
    let sources = workspace().join("generator/src");
    let folders = children(&sources).into_iter().filter(|path| path.is_dir());
    let stages = folders.map(|folder| {
        let own = [folder.join("mod.rs"), folder.with_extension("rs")];
        let own = own.iter().find(|path| path.is_file());
        let own = own.expect("a stage has a file of its own");
        let mut files = Vec::new();
        read_files(&folder, &folder, &mut files);
        files.retain(|(path, _)| path != "mod.rs");
        Stage {
            name: file_stem(&folder),
            root: fs::read_to_string(own).expect("readable"),
            files,
        }
    });
    stages.collect()
}

fn read_files(stage: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for path in children(folder) {
        let is_test = file_stem(&path) == "tests";
        if path.is_dir() && !is_test {
            read_files(stage, &path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !is_test {
            let below = path.strip_prefix(stage).expect("below the stage");
            let text = fs::read_to_string(&path).expect("readable");
            files.push((below.to_string_lossy().replace('\\', "/"), text));
        }
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn file_stem(path: &Path) -> String {
    let stem = path.file_stem().expect("a name");
    stem.to_string_lossy().into_owned()
}

/// The imports between the modules of a stage.
fn stage_imports(stage: &Stage) -> Imports {
    let modules: BTreeSet<&str> = stage
        .files
        .iter()
        .map(|(path, _)| top_module(path))
        .collect();
    let exports = reexports(stage, &modules);
    let mut imports = Imports::new();
    for (path, text) in &stage.files {
        let module = top_module(path);
        // One `super` leads from a file to its folder's module.
        let depth = path.matches('/').count() + 1;
        let prefixes = ["super::".repeat(depth), format!("crate::{}::", stage.name)];
        let names = prefixes
            .iter()
            .flat_map(|prefix| names_after(&code_of(text), prefix));
        let found = imports.entry(module.to_owned()).or_default();
        for name in names {
            let imported = match modules.get(name.as_str()) {
                Some(module) => Some(*module),
                None => exports.get(&name).map(String::as_str),
            };
            found.extend(
                imported
                    .filter(|imported| *imported != module)
                    .map(str::to_owned),
            );
        }
    }
    imports
}

fn top_module(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or_default();
    first.trim_end_matches(".rs")
}

/// The names that the stage's own file re-exports from its modules, with those modules.
fn reexports(stage: &Stage, modules: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let code = code_of(&stage.root);
    let mut exports = BTreeMap::new();
    for item in code.split("use ").skip(1) {
        let item = item.split(';').next().unwrap_or_default();
        let item = item.trim_start_matches("self::");
        let Some((module, names)) = item.split_once("::") else {
            continue;
        };
        if modules.contains(module) {
            for name in names.split(|c: char| !is_name_char(c)) {
                exports.insert(name.to_owned(), module.to_owned());
            }
        }
    }
    exports
}

/// A text without comments and without what stands below `#[cfg(test)]`.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The first names of all paths that follow `prefix`: of one path, or of each in a list.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code.get(..at).unwrap_or_default();
        if before.ends_with(|c: char| c == ':' || is_name_char(c)) {
            continue;
        }
        let rest = code.get(at + prefix.len()..).unwrap_or_default();
        match rest.strip_prefix('{') {
            Some(list) => names.extend(list_items(list).iter().map(|item| first_name(item))),
            None => names.push(first_name(rest)),
        }
    }
    names.retain(|name| name != "super");
    names
}

/// The items of a list up to its closing brace, commas of inner lists aside.
fn list_items(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_usize;
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        items.last_mut().expect("never empty").push(c);
    }
    items
}

fn first_name(path: &str) -> String {
    path.trim_start()
        .chars()
        .take_while(|c| is_name_char(*c))
        .collect()
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A way from a module back to itself, with that module at both ends.
fn find_cycle(imports: &Imports) -> Option<Vec<String>> {
    let mut finished = BTreeSet::new();
    imports
        .keys()
        .find_map(|module| search(imports, module, &mut Vec::new(), &mut finished))
}

fn search<'i>(
    imports: &'i Imports,
    module: &'i str,
    way: &mut Vec<&'i str>,
    finished: &mut BTreeSet<&'i str>,
) -> Option<Vec<String>> {
    if let Some(at) = way.iter().position(|other| *other == module) {
        let cycle = way.iter().skip(at).chain([&module]);
        return Some(cycle.map(|module| (*module).to_owned()).collect());
    }
    if finished.contains(module) {
        return None;
    }
    way.push(module);
    let next = imports.get(module).into_iter().flatten();
    let cycle = next
        .map(String::as_str)
        .find_map(|next| search(imports, next, way, finished));
    way.pop();
    finished.insert(module);
    cycle
}
