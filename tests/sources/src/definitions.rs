//! The types and functions that sources define.

use syn::{ImplItem, Item};

use super::checkout::{Package, is_for_tests};

/// A type or a function and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The file, relative to the root of the checkout.
    pub place: String,
}

/// What a set of packages defines outside of tests.
#[derive(Debug, Default)]
pub struct Definitions {
    /// Structs, enums and unions.
    pub types: Vec<Definition>,
    /// Traits and type aliases, which have no values of their own.
    pub interfaces: Vec<Definition>,
    /// Free functions and methods of inherent impls.
    pub functions: Vec<Definition>,
}

impl Definitions {
    /// Collects the definitions of all sources of the packages.
    pub fn collect_from(packages: &[&Package]) -> Self {
        let mut found = Self::default();
        for file in packages.iter().flat_map(|package| &package.sources) {
            found.add_items(&file.syntax.items, &file.place);
        }
        found
    }

    /// Adds the definitions of one file.
    pub fn add_items(&mut self, items: &[Item], place: &str) {
        for item in items {
            match item {
                Item::Struct(found) => self.add_type(&found.ident, place),
                Item::Enum(found) => self.add_type(&found.ident, place),
                Item::Union(found) => self.add_type(&found.ident, place),
                Item::Trait(found) => self.interfaces.push(definition(&found.ident, place)),
                Item::Type(found) => self.interfaces.push(definition(&found.ident, place)),
                Item::Fn(found) => self.add_function(&found.sig.ident, place),
                Item::Impl(block) if block.trait_.is_none() => {
                    for member in &block.items {
                        if let ImplItem::Fn(found) = member {
                            self.add_function(&found.sig.ident, place);
                        }
                    }
                }
                Item::Mod(module) if !is_for_tests(&module.attrs) => {
                    if let Some((_, items)) = &module.content {
                        self.add_items(items, place);
                    }
                }
                _ => {}
            }
        }
    }

    fn add_type(&mut self, name: &syn::Ident, place: &str) {
        self.types.push(definition(name, place));
    }

    fn add_function(&mut self, name: &syn::Ident, place: &str) {
        self.functions.push(definition(name, place));
    }
}

fn definition(name: &syn::Ident, place: &str) -> Definition {
    let (name, place) = (name.to_string(), place.to_owned());
    Definition { name, place }
}
