//! The names that a library offers to other crates.

use std::collections::BTreeMap;

use super::scopes::{ModulePath, NameTarget, Resolved, ScopeTree};

/// The public names of a library, each once however many paths lead to it.
#[derive(Debug, Default)]
pub struct PublicNames {
    /// What each name means, and whether the documentation leaves it out on all its paths.
    names: BTreeMap<Resolved, bool>,
}

impl PublicNames {
    /// Collects what is public from the root of the library on. What is re-exported from one of
    /// `own_crates` counts there and not here.
    pub fn collect_from(tree: &ScopeTree, own_crates: &[String]) -> Self {
        let mut found = Self::default();
        for exported in &tree.exported_macros {
            let name = Resolved::Item(Vec::new(), exported.name.clone(), "macro");
            found.add_name(name, exported.is_hidden);
        }
        let mut visits = Visits {
            tree,
            own_crates,
            seen: BTreeMap::new(),
        };
        visits.visit_module(&[], false, &mut found);
        found
    }

    /// How many names the documentation leaves out.
    pub fn count_hidden(&self) -> usize {
        self.names.values().filter(|is_hidden| **is_hidden).count()
    }

    /// The names with the modules that define them, sorted.
    pub fn paths(&self) -> Vec<String> {
        let names = self.names.keys().map(|name| match name {
            Resolved::Module(path) => path.join("::"),
            Resolved::Item(path, name, _) => [path.as_slice(), std::slice::from_ref(name)]
                .concat()
                .join("::"),
            Resolved::External(path) => path.join("::"),
        });
        names.collect()
    }

    fn add_name(&mut self, name: Resolved, is_hidden: bool) {
        let known = self.names.entry(name).or_insert(is_hidden);
        *known &= is_hidden;
    }
}

/// The modules that were visited, and whether that was on hidden paths alone.
struct Visits<'t> {
    tree: &'t ScopeTree,
    own_crates: &'t [String],
    seen: BTreeMap<ModulePath, bool>,
}

impl Visits<'_> {
    fn visit_module(&mut self, module: &[String], is_hidden: bool, found: &mut PublicNames) {
        // A module that was only seen hidden is visited again if it is shown elsewhere.
        if self
            .seen
            .get(module)
            .is_some_and(|was_hidden| is_hidden || !was_hidden)
        {
            return;
        }
        self.seen.insert(module.to_vec(), is_hidden);
        let tree = self.tree;
        for name in tree.names_in(module).iter().filter(|name| name.is_public) {
            let is_hidden = is_hidden || name.is_hidden;
            let target = match &name.target {
                NameTarget::Item(keyword) => {
                    Resolved::Item(module.to_vec(), name.name.clone(), keyword)
                }
                NameTarget::Module => {
                    Resolved::Module([module, std::slice::from_ref(&name.name)].concat())
                }
                NameTarget::Import(path) => tree.resolve_path(module, path),
            };
            match target {
                Resolved::Module(path) => self.visit_module(&path, is_hidden, found),
                Resolved::External(path) if self.is_own_crate(&path) => {}
                // The variants of an enum are no names of their own.
                Resolved::Item(..) if name.name == "*" => {}
                other => found.add_name(other, is_hidden),
            }
        }
    }

    fn is_own_crate(&self, path: &[String]) -> bool {
        let first = path.iter().find(|segment| !segment.is_empty());
        first.is_some_and(|name| self.own_crates.contains(name))
    }
}
