//! The modules of a library and the names in them, and what a path means there.

use std::collections::BTreeMap;

use syn::{Attribute, Item, UseTree, Visibility};

use super::checkout::{Package, is_for_tests};

/// The path of a module below the root of its library.
pub type ModulePath = Vec<String>;

/// The modules of a library, without those for tests.
#[derive(Debug, Default)]
pub struct ScopeTree {
    scopes: BTreeMap<ModulePath, Vec<ScopeName>>,
    /// Macros that other crates can use; all of them are names of the root.
    pub exported_macros: Vec<ScopeName>,
}

/// A name that a module defines, declares or imports.
#[derive(Clone, Debug)]
pub struct ScopeName {
    /// The name; `*` for all names of what is imported.
    pub name: String,
    /// Whether it is `pub` without restriction.
    pub is_public: bool,
    /// Whether the documentation leaves it out.
    pub is_hidden: bool,
    /// What it stands for.
    pub target: NameTarget,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum NameTarget {
    /// An item that is defined here: its keyword.
    Item(&'static str),
    /// A module below this one.
    Module,
    /// Something that is imported: the segments of its path, the first of them empty if the path
    /// starts with `::`.
    Import(Vec<String>),
}

/// What a path turned out to mean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolved {
    /// A module of this library.
    Module(ModulePath),
    /// A name in a module of this library, with the keyword of its item if that is known.
    Item(ModulePath, String, &'static str),
    /// A path into another crate.
    External(Vec<String>),
}

/// How many imports of imports are followed.
const LONGEST_CHAIN: usize = 16;

impl ScopeTree {
    /// Reads the modules of a package's library.
    pub fn read_from(package: &Package) -> Self {
        let mut tree = Self::default();
        for file in &package.sources {
            if let Some(path) = &file.module {
                tree.add_module(path, &file.syntax.items);
            }
        }
        tree
    }

    /// The names in a module; none if there is no such module.
    pub fn names_in(&self, module: &[String]) -> &[ScopeName] {
        self.scopes
            .get(module)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The paths of all modules.
    pub fn module_paths(&self) -> impl Iterator<Item = &ModulePath> {
        self.scopes.keys()
    }

    /// What a path means in a module: `crate`, `self`, `super` and names of the module lead into
    /// this library, everything else out of it. Imports are followed to what they import.
    pub fn resolve_path(&self, module: &[String], segments: &[String]) -> Resolved {
        self.resolve_chain(module, segments, &|_| true, LONGEST_CHAIN)
    }

    /// The module that a path in `module` uses, if that is one of this library. What `module` and
    /// those above it import is followed; what another module re-exports is a use of that module.
    pub fn find_used_module(&self, module: &[String], segments: &[String]) -> Option<ModulePath> {
        let follows = |importer: &[String]| module.starts_with(importer);
        match self.resolve_chain(module, segments, &follows, LONGEST_CHAIN) {
            Resolved::Module(used) | Resolved::Item(used, ..) => Some(used),
            Resolved::External(_) => None,
        }
    }

    fn resolve_chain(
        &self,
        module: &[String],
        segments: &[String],
        follows: &dyn Fn(&[String]) -> bool,
        left: usize,
    ) -> Resolved {
        let Some((first, mut rest)) = segments.split_first() else {
            return Resolved::Module(module.to_vec());
        };
        let mut at = module.to_vec();
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
            }
            name if self.find_name(&at, name).is_some() && left > 0 => rest = segments,
            _ => return Resolved::External(segments.to_vec()),
        }
        while let Some((name, after)) = rest.split_first() {
            if name == "super" {
                at.pop();
                rest = after;
                continue;
            }
            match self.find_name(&at, name).map(|found| &found.target) {
                Some(NameTarget::Module) => at.push(name.clone()),
                Some(NameTarget::Import(path)) if left > 0 && follows(&at) => {
                    let mut path = path.clone();
                    path.extend_from_slice(after);
                    return self.resolve_chain(&at, &path, follows, left - 1);
                }
                Some(NameTarget::Item(keyword)) => {
                    return Resolved::Item(at, name.clone(), keyword);
                }
                // What a glob brings in and what macros define is not followed.
                _ => return Resolved::Item(at, name.clone(), "name"),
            }
            rest = after;
        }
        Resolved::Module(at)
    }

    fn find_name(&self, module: &[String], name: &str) -> Option<&ScopeName> {
        // `use name::Name;` does not mean itself: modules and items come first.
        let names = self
            .names_in(module)
            .iter()
            .filter(|found| found.name == name);
        names.min_by_key(|found| matches!(found.target, NameTarget::Import(_)))
    }

    fn add_module(&mut self, path: &[String], items: &[Item]) {
        self.scopes.entry(path.to_vec()).or_default();
        for item in items {
            match item {
                Item::Mod(module) if !is_for_tests(&module.attrs) => {
                    let name = module.ident.to_string();
                    self.add_name(path, &name, &module.vis, &module.attrs, NameTarget::Module);
                    if let Some((_, items)) = &module.content {
                        self.add_module(&[path, &[name]].concat(), items);
                    }
                }
                Item::Use(import) => {
                    let start = import.leading_colon.map(|_| String::new());
                    let mut flat = Vec::new();
                    flatten_use(&import.tree, start.into_iter().collect(), &mut flat);
                    for (name, segments) in flat {
                        let target = NameTarget::Import(segments);
                        self.add_name(path, &name, &import.vis, &import.attrs, target);
                    }
                }
                Item::Macro(found)
                    if found
                        .attrs
                        .iter()
                        .any(|a| a.path().is_ident("macro_export")) =>
                {
                    self.exported_macros
                        .extend(found.ident.as_ref().map(|name| ScopeName {
                            name: name.to_string(),
                            is_public: true,
                            is_hidden: is_doc_hidden(&found.attrs),
                            target: NameTarget::Item("macro"),
                        }));
                }
                _ => {
                    if let Some((name, visibility, attributes, keyword)) = describe_item(item) {
                        let target = NameTarget::Item(keyword);
                        self.add_name(path, &name.to_string(), visibility, attributes, target);
                    }
                }
            }
        }
    }

    fn add_name(
        &mut self,
        path: &[String],
        name: &str,
        visibility: &Visibility,
        attributes: &[Attribute],
        target: NameTarget,
    ) {
        self.scopes
            .entry(path.to_vec())
            .or_default()
            .push(ScopeName {
                name: name.to_owned(),
                is_public: matches!(visibility, Visibility::Public(_)),
                is_hidden: is_doc_hidden(attributes),
                target,
            });
    }
}

type ItemParts<'i> = (
    &'i syn::Ident,
    &'i Visibility,
    &'i [Attribute],
    &'static str,
);

fn describe_item(item: &Item) -> Option<ItemParts<'_>> {
    Some(match item {
        Item::Struct(found) => (&found.ident, &found.vis, &found.attrs, "struct"),
        Item::Enum(found) => (&found.ident, &found.vis, &found.attrs, "enum"),
        Item::Union(found) => (&found.ident, &found.vis, &found.attrs, "union"),
        Item::Trait(found) => (&found.ident, &found.vis, &found.attrs, "trait"),
        Item::Type(found) => (&found.ident, &found.vis, &found.attrs, "type"),
        Item::Fn(found) => (&found.sig.ident, &found.vis, &found.attrs, "fn"),
        Item::Const(found) => (&found.ident, &found.vis, &found.attrs, "const"),
        Item::Static(found) => (&found.ident, &found.vis, &found.attrs, "static"),
        _ => return None,
    })
}

fn is_doc_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("doc")
            && list.is_ok_and(|list| list.tokens.to_string() == "hidden")
    })
}

/// The names that a `use` brings in, each with its whole path.
fn flatten_use(tree: &UseTree, mut path: Vec<String>, flat: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            flatten_use(&step.tree, path, flat);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten_use(tree, path.clone(), flat);
            }
        }
        UseTree::Name(last) if last.ident == "self" => {
            flat.push((path.last().cloned().unwrap_or_default(), path));
        }
        UseTree::Name(last) => {
            path.push(last.ident.to_string());
            flat.push((last.ident.to_string(), path));
        }
        UseTree::Rename(last) => {
            if last.ident != "self" {
                path.push(last.ident.to_string());
            }
            flat.push((last.rename.to_string(), path));
        }
        UseTree::Glob(_) => flat.push(("*".to_owned(), path)),
    }
}
