//! What every emitter of a file can see, and the imports that the file turns out to need.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::{Docs, Options};
use crate::model::{Model, ModuleId, TypeId};
use crate::name::{self, NameTable};

/// The view of one file.
pub(super) struct Context<'a> {
    pub model: &'a Model,
    pub names: &'a NameTable,
    pub options: &'a Options,
    /// The module that the file is; `None` for files without types of their own.
    pub home: Option<ModuleId>,
    /// How the file names the generated crate: `crate` inside it, by name outside.
    root: Ident,
    values: RefCell<BTreeSet<&'static str>>,
    codec: RefCell<BTreeSet<&'static str>>,
    modules: RefCell<BTreeSet<&'static str>>,
    about: RefCell<Vec<String>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        model: &'a Model,
        names: &'a NameTable,
        options: &'a Options,
        home: Option<ModuleId>,
    ) -> Self {
        Self {
            model,
            names,
            options,
            home,
            root: Ident::new("crate", Span::call_site()),
            values: RefCell::default(),
            codec: RefCell::default(),
            modules: RefCell::default(),
            about: RefCell::default(),
        }
    }

    /// The view of a file outside the generated crate.
    pub(super) fn outside(model: &'a Model, names: &'a NameTable, options: &'a Options) -> Self {
        let root = raw(&options.crate_name.replace('-', "_"));
        Self {
            root,
            ..Self::new(model, names, options, None)
        }
    }

    /// Whether prose of the document is wanted.
    pub(super) fn wants_prose(&self) -> bool {
        self.options.docs == Docs::Full
    }

    /// A type of `runtime::value`, imported.
    pub(super) fn value(&self, name: &'static str) -> Ident {
        self.values.borrow_mut().insert(name);
        Ident::new(name, Span::call_site())
    }

    /// An item of `runtime::codec`, imported.
    pub(super) fn codec(&self, name: &'static str) -> Ident {
        self.codec.borrow_mut().insert(name);
        Ident::new(name, Span::call_site())
    }

    /// A module at the root of the crate, imported.
    pub(super) fn root_module(&self, name: &'static str) -> Ident {
        self.modules.borrow_mut().insert(name);
        Ident::new(name, Span::call_site())
    }

    /// Says what the file is about, in lines that come before its imports.
    pub(super) fn describe(&self, lines: Vec<String>) {
        *self.about.borrow_mut() = lines;
    }

    /// What the file is about, as far as its emitter has said so.
    pub(super) fn about(&self) -> Vec<String> {
        self.about.borrow().clone()
    }

    /// The `use` lines of the file. Call it last.
    pub(super) fn imports(&self) -> TokenStream {
        let line = |path: TokenStream, names: &BTreeSet<&'static str>| {
            let names = names.iter().map(|n| Ident::new(n, Span::call_site()));
            (names.len() > 0).then(|| quote!(use #path::{#(#names),*};))
        };
        let codec = line(quote!(runtime::codec), &self.codec.borrow());
        let values = line(quote!(runtime::value), &self.values.borrow());
        let root = &self.root;
        let modules = line(quote!(#root), &self.modules.borrow());
        quote!(#codec #values #modules)
    }

    /// The bare name of a type.
    pub(super) fn ident(&self, id: TypeId) -> TokenStream {
        let ident = ident(&self.names.ty(id).ident);
        quote!(#ident)
    }

    /// How this file refers to a type.
    pub(super) fn path(&self, id: TypeId) -> TokenStream {
        let name = self.names.ty(id);
        let bare = ident(&name.ident);
        if Some(name.module) == self.home {
            return quote!(#bare);
        }
        match name.module {
            ModuleId::Shared => {
                let module = self.root_module("shared");
                quote!(#module::#bare)
            }
            ModuleId::Params => {
                let module = self.root_module("params");
                quote!(#module::#bare)
            }
            ModuleId::Resource(resource) => {
                let module = self.root_module("resources");
                if self.model.resource(resource).ty == id {
                    return quote!(#module::#bare);
                }
                let inner = ident(self.names.resource(resource));
                quote!(#module::#inner::#bare)
            }
            ModuleId::Service(_) => {
                let modules = self.names.module_path(self.model, name.module);
                let modules = modules.iter().map(|m| raw(m));
                let root = &self.root;
                quote!(#root::#(#modules::)*#bare)
            }
        }
    }

    /// The types declared in this file.
    pub(super) fn local_types(&self) -> impl Iterator<Item = TypeId> + '_ {
        let is_local = |id: &TypeId| Some(self.names.ty(*id).module) == self.home;
        self.model.types().map(|(id, _)| id).filter(is_local)
    }

    /// Whether the file's module is named after this type.
    pub(super) fn is_module_head(&self, id: TypeId) -> bool {
        match self.home {
            Some(ModuleId::Resource(resource)) => self.model.resource(resource).ty == id,
            _ => false,
        }
    }
}

/// A name as a token.
pub(super) fn ident(name: &name::Ident) -> Ident {
    raw(name.as_str())
}

/// Text that is known to be an identifier as a token.
pub(super) fn raw(name: &str) -> Ident {
    format_ident!("{name}")
}
