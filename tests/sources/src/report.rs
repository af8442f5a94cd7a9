//! The figures of a checkout as Markdown.

use std::fmt;

use super::checkout::{Checkout, Package};
use super::definitions::Definitions;
use super::lines::LineCounts;
use super::naming::{AMBIGUOUS_FILES, NameFiles, Naming};
use super::public_names::PublicNames;
use super::scopes::ScopeTree;

/// How many of the most ambiguous names are listed.
const LISTED_NAMES: usize = 10;

/// The figures of one package, or of several as one.
#[derive(Debug)]
pub struct PackageFigures {
    /// The package's name.
    pub name: String,
    /// Files without tests.
    pub files: usize,
    /// Their lines.
    pub lines: LineCounts,
    /// Code lines of tests.
    pub test_lines: usize,
    /// Types, traits and aliases that are defined.
    pub types: usize,
    /// Names that other crates can use, with the modules that define them.
    pub public_names: Vec<String>,
    /// How many of those the documentation leaves out.
    pub hidden_names: usize,
    /// The path of the module that is nested most deeply.
    pub deepest_module: Vec<String>,
    /// Figures about names.
    pub naming: Naming,
}

impl PackageFigures {
    /// Measures a package. Names of other packages of the checkout are none of its own.
    pub fn measure(package: &Package, checkout: &Checkout) -> Self {
        Self::measure_all(&package.name, &[package], checkout)
    }

    /// Measures several packages as if they were one.
    pub fn measure_all(name: &str, packages: &[&Package], checkout: &Checkout) -> Self {
        let own_crates: Vec<String> = checkout
            .packages
            .iter()
            .map(|package| package.name.replace('-', "_"))
            .collect();
        let definitions = Definitions::collect_from(packages);
        let mut figures = Self {
            name: name.to_owned(),
            files: packages.iter().map(|package| package.sources.len()).sum(),
            lines: LineCounts::default(),
            test_lines: packages.iter().map(|package| package.test_lines).sum(),
            types: definitions.types.len() + definitions.interfaces.len(),
            public_names: Vec::new(),
            hidden_names: 0,
            deepest_module: Vec::new(),
            naming: Naming::measure(&definitions),
        };
        for package in packages {
            let tree = ScopeTree::read_from(package);
            let names = PublicNames::collect_from(&tree, &own_crates);
            figures.lines += package.line_counts();
            figures.public_names.extend(names.paths());
            figures.hidden_names += names.count_hidden();
            for path in tree.module_paths() {
                if path.len() > figures.deepest_module.len() {
                    figures.deepest_module.clone_from(path);
                }
            }
        }
        figures
    }
}

/// The figures of all packages, and of those below `runtime/` together.
#[derive(Debug)]
pub struct StructureReport {
    rows: Vec<PackageFigures>,
}

impl StructureReport {
    /// Measures a checkout.
    pub fn measure(checkout: &Checkout) -> Self {
        let mut rows: Vec<PackageFigures> = Vec::new();
        let runtime = checkout.packages_in("runtime");
        rows.extend(
            checkout
                .packages
                .iter()
                .map(|package| PackageFigures::measure(package, checkout)),
        );
        if runtime.len() > 1 {
            rows.push(PackageFigures::measure_all(
                "all of runtime/",
                &runtime,
                checkout,
            ));
        }
        Self { rows }
    }
}

impl fmt::Display for StructureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| crate | files | code lines | doc lines | comment lines | test lines | own types | \
             public names (hidden) | deepest module | functions | one word | ambiguous | \
             type names defined twice |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            write_row(f, row)?;
        }
        for row in &self.rows {
            write_names(f, row)?;
        }
        Ok(())
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &PackageFigures) -> fmt::Result {
    let LineCounts {
        code, doc, comment, ..
    } = row.lines;
    let naming = &row.naming;
    let depth = row.deepest_module.len();
    let deepest = row.deepest_module.join("::");
    let definitions: usize = naming
        .shared_types
        .iter()
        .map(|(_, files)| files.len())
        .sum();
    writeln!(
        f,
        "| {} | {} | {code} | {doc} | {comment} | {} | {} | {} ({}) | {depth}: `{deepest}` | {} | {:.0} % | \
         {:.0} % | {} ({definitions} types) |",
        row.name,
        row.files,
        row.test_lines,
        row.types,
        row.public_names.len(),
        row.hidden_names,
        naming.functions,
        naming.one_word_percent(),
        naming.ambiguous_percent(),
        naming.shared_types.len(),
    )
}

fn write_names(f: &mut fmt::Formatter<'_>, row: &PackageFigures) -> fmt::Result {
    let list = |names: &[NameFiles]| {
        let names = names
            .iter()
            .map(|(name, files)| format!("`{name}` {}", files.len()));
        names.collect::<Vec<_>>().join(", ")
    };
    let ambiguous = &row.naming.shared_functions;
    let ambiguous: Vec<NameFiles> = ambiguous
        .iter()
        .filter(|(_, files)| files.len() >= AMBIGUOUS_FILES)
        .take(LISTED_NAMES)
        .cloned()
        .collect();
    if !ambiguous.is_empty() {
        writeln!(
            f,
            "\n{}: functions of one name, by files: {}.",
            row.name,
            list(&ambiguous)
        )?;
    }
    if !row.naming.shared_types.is_empty() {
        writeln!(
            f,
            "\n{}: types of one name, by files: {}.",
            row.name,
            list(&row.naming.shared_types)
        )?;
    }
    Ok(())
}
