//! The context in which a file is generated: the model, its names, and the imports so far.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::scheme_names::scheme_names;
use super::{Docs, OutputOptions};
use crate::model::{Model, ModuleId, TypeId};
use crate::name::{self, NameTable};

/// The context of one file.
pub(super) struct FileContext<'a> {
    pub model: &'a Model,
    pub names: &'a NameTable,
    pub options: &'a OutputOptions,
    /// The module of the file; `None` for files that declare no types.
    pub module: Option<ModuleId>,
    /// The file, in modules of several files.
    pub file: Option<name::Ident>,
    /// The path of the generated crate: `crate` inside it, its name outside.
    root: Ident,
    value_imports: RefCell<BTreeSet<&'static str>>,
    codec_imports: RefCell<BTreeSet<&'static str>>,
    module_imports: RefCell<BTreeSet<&'static str>>,
    description: RefCell<Vec<String>>,
    scheme_constants: OnceCell<HashMap<String, String>>,
}

impl<'a> FileContext<'a> {
    pub(super) fn new(
        model: &'a Model,
        names: &'a NameTable,
        options: &'a OutputOptions,
        module: Option<ModuleId>,
    ) -> Self {
        Self {
            model,
            names,
            options,
            module,
            file: None,
            root: Ident::new("crate", Span::call_site()),
            value_imports: RefCell::default(),
            codec_imports: RefCell::default(),
            module_imports: RefCell::default(),
            description: RefCell::default(),
            scheme_constants: OnceCell::new(),
        }
    }

    /// The context of a file outside the generated crate.
    pub(super) fn for_external_file(
        model: &'a Model,
        names: &'a NameTable,
        options: &'a OutputOptions,
    ) -> Self {
        let root = raw_ident(&options.crate_name.replace('-', "_"));
        Self {
            root,
            ..Self::new(model, names, options, None)
        }
    }

    /// The context of a file that declares a part of the module's types.
    pub(super) fn for_part(
        model: &'a Model,
        names: &'a NameTable,
        options: &'a OutputOptions,
        module: ModuleId,
        file: name::Ident,
    ) -> Self {
        Self {
            file: Some(file),
            ..Self::new(model, names, options, Some(module))
        }
    }

    /// The name of the constant of a security scheme.
    pub(super) fn scheme_constant(&self, scheme: &str) -> Option<&str> {
        let constants = self.scheme_constants.get_or_init(|| {
            let schemes = &self.model.facts.schemes;
            let names = schemes.iter().map(|scheme| scheme.name.clone());
            names.zip(scheme_names(schemes)).collect()
        });
        constants.get(scheme).map(String::as_str)
    }

    /// Whether the output includes prose of the document.
    pub(super) fn wants_prose(&self) -> bool {
        self.options.docs == Docs::Full
    }

    /// The path of the generated crate, as this file names it.
    pub(super) fn crate_path(&self) -> &Ident {
        &self.root
    }

    /// Imports a type of `runtime::value` and returns its name.
    pub(super) fn import_value(&self, name: &'static str) -> Ident {
        self.value_imports.borrow_mut().insert(name);
        Ident::new(name, Span::call_site())
    }

    /// Imports an item of `runtime::codec` and returns its name.
    pub(super) fn import_codec(&self, name: &'static str) -> Ident {
        self.codec_imports.borrow_mut().insert(name);
        Ident::new(name, Span::call_site())
    }

    /// Imports a module at the root of the crate and returns its name.
    pub(super) fn import_module(&self, name: &'static str) -> Ident {
        self.module_imports.borrow_mut().insert(name);
        Ident::new(name, Span::call_site())
    }

    /// Sets the lines of the file's documentation.
    pub(super) fn set_description(&self, lines: Vec<String>) {
        *self.description.borrow_mut() = lines;
    }

    /// The lines of the file's documentation.
    pub(super) fn description_lines(&self) -> Vec<String> {
        self.description.borrow().clone()
    }

    /// The `use` items of the file. Complete once the rest of the file has been generated.
    pub(super) fn use_items(&self) -> TokenStream {
        let line = |path: TokenStream, names: &BTreeSet<&'static str>| {
            let names = names.iter().map(|n| Ident::new(n, Span::call_site()));
            (names.len() > 0).then(|| quote!(use #path::{#(#names),*};))
        };
        let codec = line(quote!(runtime::codec), &self.codec_imports.borrow());
        let values = line(quote!(runtime::value), &self.value_imports.borrow());
        let root = &self.root;
        let modules = line(quote!(#root), &self.module_imports.borrow());
        quote!(#codec #values #modules)
    }

    /// The bare name of a type.
    pub(super) fn type_ident(&self, id: TypeId) -> TokenStream {
        let ident = ident_token(&self.names.ty(id).ident);
        quote!(#ident)
    }

    /// The path of a type as seen from this file.
    pub(super) fn type_path(&self, id: TypeId) -> TokenStream {
        let name = self.names.ty(id);
        let bare = ident_token(&name.ident);
        if Some(name.module) == self.module {
            if name.file == self.file {
                return quote!(#bare);
            }
            // Another file of the module, which exports the types of all its files.
            let module = raw_ident("super");
            return quote!(#module::#bare);
        }
        match name.module {
            ModuleId::Shared => {
                let module = self.import_module("shared");
                quote!(#module::#bare)
            }
            ModuleId::Params => {
                let module = self.import_module("params");
                quote!(#module::#bare)
            }
            ModuleId::Resource(resource) => {
                let module = self.import_module("resources");
                if self.model.resource(resource).ty == id {
                    return quote!(#module::#bare);
                }
                let inner = ident_token(self.names.resource(resource));
                quote!(#module::#inner::#bare)
            }
            ModuleId::Service(_) => {
                let modules = self.names.module_path(self.model, name.module);
                let modules = modules.iter().map(|m| raw_ident(m));
                let root = &self.root;
                quote!(#root::#(#modules::)*#bare)
            }
        }
    }

    /// The types declared in this file.
    pub(super) fn local_types(&self) -> impl Iterator<Item = TypeId> + '_ {
        let types = self
            .module
            .map(|module| self.names.types_in(module, self.file.as_ref()));
        types.into_iter().flatten().copied()
    }

    /// Whether the file's module is named after this type.
    pub(super) fn is_module_head(&self, id: TypeId) -> bool {
        match self.module {
            Some(ModuleId::Resource(resource)) => self.model.resource(resource).ty == id,
            _ => false,
        }
    }
}

/// The token of a name.
pub(super) fn ident_token(name: &name::Ident) -> Ident {
    raw_ident(name.as_str())
}

/// The token of text that is a valid identifier.
pub(super) fn raw_ident(name: &str) -> Ident {
    format_ident!("{name}")
}
