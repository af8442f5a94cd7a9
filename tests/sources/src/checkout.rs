//! Finds the packages of a checkout and reads their sources.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{
    StructureError, files_below, is_generated, read_error, read_text, relative_place,
};
use super::lines::{LineCounts, count_lines};
use syn::{Attribute, Item};

/// The hand-written packages of a workspace, in the order of its manifest.
pub struct Checkout {
    /// The packages.
    pub packages: Vec<Package>,
}

/// A hand-written package.
pub struct Package {
    /// The name of its library, or of the package if the library has no other name.
    pub name: String,
    /// Its folder, relative to the root of the checkout, with `/` between the components.
    pub folder: String,
    /// The files below `src/` that are no tests.
    pub sources: Vec<SourceFile>,
    /// How many files of tests there are in `src/`, `tests/` and `benches/`.
    pub test_files: usize,
    /// The code lines of the tests, in those files and in modules for tests.
    pub test_lines: usize,
}

/// A parsed source file that is no test.
pub struct SourceFile {
    /// Its path relative to the root of the checkout.
    pub place: String,
    /// Its path of modules below the root of the library; `None` for programs.
    pub module: Option<Vec<String>>,
    /// The text.
    pub text: String,
    /// The text, parsed.
    pub syntax: syn::File,
    /// The lines of the text.
    pub lines: LineCounts,
}

impl Checkout {
    /// Reads every member of the workspace at `root` whose library or program is not marked as
    /// generated.
    pub fn read_from(root: &Path) -> Result<Self, StructureError> {
        Self::read_folder(root, "")
    }

    /// Reads those of the members that are in the folder `top` or below.
    pub fn read_folder(root: &Path, top: &str) -> Result<Self, StructureError> {
        let mut packages = Vec::new();
        let mut folders = member_folders(root)?;
        folders.retain(|folder| folder.starts_with(root.join(top)));
        for folder in folders {
            if let Some(package) = read_package(root, &folder)? {
                packages.push(package);
            }
        }
        Ok(Self { packages })
    }

    /// The packages in the folder `top` and below.
    pub fn packages_in(&self, top: &str) -> Vec<&Package> {
        let below = format!("{top}/");
        let mut packages: Vec<&Package> = self.packages.iter().collect();
        packages.retain(|package| package.folder == top || package.folder.starts_with(&below));
        packages
    }
}

/// Whether the attributes restrict an item to tests.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        let condition = list.map(|list| list.tokens.to_string()).unwrap_or_default();
        let is_test = ["test", "all (test"]
            .iter()
            .any(|start| condition.starts_with(start));
        attribute.path().is_ident("cfg") && is_test
    })
}

fn read_manifest(folder: &Path) -> Result<toml::Table, StructureError> {
    let path = folder.join("Cargo.toml");
    let parsed = read_text(&path)?.parse::<toml::Table>();
    parsed.map_err(|error| StructureError::Manifest {
        path,
        reason: error.to_string(),
    })
}

/// The folders of the members; a member may end in `/*`.
fn member_folders(root: &Path) -> Result<Vec<PathBuf>, StructureError> {
    let manifest = read_manifest(root)?;
    let members = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members"));
    let Some(members) = members.and_then(toml::Value::as_array) else {
        let reason = "no list `workspace.members`".to_owned();
        return Err(StructureError::Manifest {
            path: root.join("Cargo.toml"),
            reason,
        });
    };
    let mut folders = Vec::new();
    for member in members.iter().filter_map(toml::Value::as_str) {
        let Some(parent) = member.strip_suffix("/*") else {
            folders.push(root.join(member));
            continue;
        };
        let parent = root.join(parent);
        let entries = fs::read_dir(&parent).map_err(|source| read_error(&parent, source))?;
        let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        found.retain(|path| path.join("Cargo.toml").is_file());
        found.sort();
        folders.extend(found);
    }
    Ok(folders)
}

fn read_package(root: &Path, folder: &Path) -> Result<Option<Package>, StructureError> {
    let manifest = read_manifest(folder)?;
    let name_in = |table: &str| manifest.get(table)?.get("name")?.as_str();
    let Some(name) = name_in("lib").or_else(|| name_in("package")) else {
        return Ok(None);
    };
    let top = ["src/lib.rs", "src/main.rs"].map(|file| folder.join(file));
    let Some(top) = top.into_iter().find(|file| file.is_file()) else {
        return Ok(None);
    };
    if is_generated(&read_text(&top)?) {
        return Ok(None);
    }
    let mut package = Package {
        name: name.to_owned(),
        folder: relative_place(root, folder),
        sources: Vec::new(),
        test_files: 0,
        test_lines: 0,
    };
    let tests = [
        files_below(&folder.join("tests"), "rs")?,
        files_below(&folder.join("benches"), "rs")?,
    ];
    for path in tests.concat() {
        package.count_test(&read_text(&path)?);
    }
    for path in files_below(&folder.join("src"), "rs")? {
        let text = read_text(&path)?;
        if is_test_path(&relative_place(&folder.join("src"), &path)) {
            package.count_test(&text);
        } else if !is_generated(&text) {
            package
                .sources
                .push(parse_source(root, folder, &path, text)?);
        }
    }
    package.move_declared_tests();
    Ok(Some(package))
}

/// Whether a path below `src/` is a test by its name.
fn is_test_path(place: &str) -> bool {
    let stem = place.trim_end_matches(".rs");
    stem.split('/')
        .any(|part| part == "tests" || part.ends_with("_tests"))
}

fn parse_source(
    root: &Path,
    folder: &Path,
    path: &Path,
    text: String,
) -> Result<SourceFile, StructureError> {
    let syntax = syn::parse_file(&text).map_err(|source| StructureError::Parse {
        path: path.to_owned(),
        source,
    })?;
    Ok(SourceFile {
        place: relative_place(root, path),
        module: module_path(&relative_place(&folder.join("src"), path)),
        lines: count_lines(&text),
        syntax,
        text,
    })
}

/// The module that a file below `src/` contains.
fn module_path(place: &str) -> Option<Vec<String>> {
    let stem = place.trim_end_matches(".rs").trim_end_matches("/mod");
    if stem == "main" || stem.starts_with("bin/") {
        return None;
    }
    let parts = stem.split('/').filter(|part| *part != "lib");
    Some(parts.map(str::to_owned).collect())
}

impl Package {
    /// The code lines of the sources.
    pub fn line_counts(&self) -> LineCounts {
        let mut sum = LineCounts::default();
        for file in &self.sources {
            sum += file.lines;
        }
        sum
    }

    fn count_test(&mut self, text: &str) {
        let lines = count_lines(text);
        self.test_files += 1;
        self.test_lines += lines.code + lines.test;
    }

    /// Removes those modules from the sources that their parents declare with `#[cfg(test)]`.
    fn move_declared_tests(&mut self) {
        let mut declared = Vec::new();
        for file in &self.sources {
            for item in &file.syntax.items {
                if let (Item::Mod(module), Some(path)) = (item, &file.module)
                    && module.content.is_none()
                    && is_for_tests(&module.attrs)
                {
                    let name = module.ident.to_string();
                    declared.push([path.as_slice(), &[name]].concat());
                }
            }
        }
        let (tests, sources) = std::mem::take(&mut self.sources)
            .into_iter()
            .partition(|file| {
                let module = file.module.as_deref().unwrap_or_default();
                declared.iter().any(|path| module.starts_with(path))
            });
        self.sources = sources;
        let tests: Vec<SourceFile> = tests;
        self.test_lines += self
            .sources
            .iter()
            .map(|file| file.lines.test)
            .sum::<usize>();
        for file in tests {
            self.count_test(&file.text);
        }
    }
}
