//! The public items of a generated crate, read from its source.
//!
//! This reader knows nothing of models and names, so that it can tell whether the comparison of two
//! versions sees every item of a crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use generator::rust::plain_text;
use quote::ToTokens;
use syn::{Fields, FnArg, ImplItem, Item, ReturnType, Visibility};

/// What every crate has, whatever its document.
const COMMON: [&str; 8] = [
    "type Client",
    "fn Client::new",
    "fn Client::from_env",
    "fn Client::builder",
    "fn Client::runtime",
    "type webhooks::EventType",
    "fn webhooks::verifier",
    "impl webhooks::Event",
];

/// The public items of a crate: types and signatures by namespace and path.
pub(crate) type SourceItems = BTreeMap<String, String>;

/// Reads the sources below a folder.
pub(crate) fn read_items(folder: &Path) -> Result<SourceItems, String> {
    let mut files = Vec::new();
    collect_files(folder, &mut Vec::new(), &mut files)?;
    let mut parsed = Vec::new();
    for (module, text) in &files {
        let file = syn::parse_file(text).map_err(|error| format!("{module:?}: {error}"))?;
        parsed.push((module.join("::"), file));
    }
    let mut known = KnownTypes::default();
    for (module, file) in &parsed {
        known.collect_types(module, file);
    }
    let mut items = SourceItems::new();
    for (module, file) in &parsed {
        // The catalogue lists what is elsewhere.
        if module != "catalogue" {
            SourceReader {
                items: &mut items,
                known: &known,
                module,
            }
            .read_file(file);
        }
    }
    for common in COMMON {
        items.remove(common);
    }
    Ok(items)
}

fn collect_files(
    folder: &Path,
    module: &mut Vec<String>,
    files: &mut Vec<(Vec<String>, String)>,
) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if path.is_dir() {
            module.push(name);
            collect_files(&path, module, files)?;
            module.pop();
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let mut own = module.clone();
        // The client's module is private, and so are the files below `shared` and `params`: the
        // module above exports what they declare.
        let is_part = own.len() == 1 && own.first().is_some_and(|m| m == "shared" || m == "params");
        if !is_part && !(own.is_empty() && (name == "lib" || name == "client")) {
            own.push(name);
        }
        files.push((own, text));
    }
    Ok(())
}

/// Full paths of types.
#[derive(Debug, Default)]
struct KnownTypes {
    types: BTreeSet<String>,
    /// Paths that lead to a type declared elsewhere.
    exported: BTreeMap<String, String>,
}

impl KnownTypes {
    fn collect_types(&mut self, module: &str, file: &syn::File) {
        for item in &file.items {
            match item {
                Item::Struct(item) => drop(self.types.insert(join_path(module, &item.ident))),
                Item::Enum(item) => drop(self.types.insert(join_path(module, &item.ident))),
                Item::Use(item) if is_public(&item.vis) => {
                    let text: String = item.tree.to_token_stream().to_string();
                    let text = text.replace(' ', "");
                    let target = match text.strip_prefix("self::") {
                        Some(rest) => format!("{module}::{rest}"),
                        None => text.trim_start_matches("crate::").to_owned(),
                    };
                    let name = target.rsplit("::").next().unwrap_or_default().to_owned();
                    self.exported.insert(join_path(module, &name), target);
                }
                _ => {}
            }
        }
    }

    /// The path of a type as callers write it: resources are exported from the module above theirs.
    fn shown_path(&self, declared: &str) -> String {
        let short = declared
            .strip_prefix("resources::")
            .and_then(|rest| rest.split_once("::"))
            .map(|(_, name)| format!("resources::{name}"));
        match short {
            Some(short) if self.exported.get(&short).is_some_and(|to| to == declared) => short,
            _ => declared.to_owned(),
        }
    }

    /// The path of a word in a module, if it is a type of the crate.
    fn resolve_path(&self, module: &str, word: &str) -> Option<String> {
        // Files of one module refer to each other by `super`.
        let inside = join_path(module, word.strip_prefix("super::").unwrap_or(word));
        let mut path = match word.strip_prefix("crate::") {
            Some(path) => path.to_owned(),
            None if self.types.contains(&inside) || self.exported.contains_key(&inside) => inside,
            None => word.to_owned(),
        };
        for _ in 0..4 {
            if self.types.contains(&path) {
                return Some(self.shown_path(&path));
            }
            path = self.exported.get(&path)?.clone();
        }
        None
    }

    /// Source text with the full paths of types.
    fn resolve_all(&self, module: &str, tokens: &str) -> String {
        // Long lines end with a comma that says nothing.
        let text = tokens
            .replace(", >", ">")
            .replace(",)", ")")
            .replace(", )", ")");
        let text = text.replace('(', " ( ").replace(')', " ) ");
        let text = text.replace(" :: ", "::");
        let words = text.split_whitespace().collect::<Vec<_>>();
        let resolve = |(index, word): (usize, &&str)| {
            // `Item` in `IntoIterator<Item = …>` is no type of the crate.
            let is_name = words.get(index + 1) == Some(&"=");
            let path = self.resolve_path(module, word).filter(|_| !is_name);
            path.unwrap_or_else(|| (*word).to_owned())
        };
        let resolved: Vec<String> = words.iter().enumerate().map(resolve).collect();
        plain_text(&resolved.join(" "))
    }
}

fn join_path(module: &str, name: &(impl ToString + ?Sized)) -> String {
    match module {
        "" => name.to_string(),
        module => format!("{module}::{}", name.to_string()),
    }
}

struct SourceReader<'a> {
    items: &'a mut SourceItems,
    known: &'a KnownTypes,
    module: &'a str,
}

impl SourceReader<'_> {
    fn read_file(&mut self, file: &syn::File) {
        for item in &file.items {
            match item {
                Item::Struct(item) if is_public(&item.vis) => self.read_struct(item),
                Item::Enum(item) if is_public(&item.vis) => self.read_enum(item),
                Item::Impl(item) => self.read_impl(item),
                // The client's constants are the same in all crates.
                Item::Const(item) if is_public(&item.vis) && !self.module.is_empty() => {
                    let ty = self.resolve_tokens(&item.ty);
                    self.add_item("const", self.module, &item.ident.to_string(), ty);
                }
                Item::Fn(item) if is_public(&item.vis) => {
                    self.read_signature(self.module, &item.sig);
                }
                Item::Use(item) if is_public(&item.vis) => self.read_exports(),
                _ => {}
            }
        }
    }

    fn resolve_tokens(&self, tokens: &impl ToTokens) -> String {
        let text = tokens.to_token_stream().to_string();
        self.known.resolve_all(self.module, &text)
    }

    fn add_item(&mut self, what: &str, owner: &str, name: &str, text: String) {
        let path = match name {
            "" => owner.to_owned(),
            name => join_path(owner, &name),
        };
        self.items.insert(format!("{what} {path}"), text);
    }

    /// Paths of this module that lead to types elsewhere, except those that callers write anyway.
    fn read_exports(&mut self) {
        for alias in self.known.exported.keys() {
            let module = alias.rsplit_once("::").map_or("", |(module, _)| module);
            if module != self.module {
                continue;
            }
            let target = self.known.resolve_path("", alias);
            if let Some(target) = target.filter(|target| target != alias) {
                self.add_item("type", alias, "", target);
            }
        }
    }

    fn read_struct(&mut self, item: &syn::ItemStruct) {
        let owner = self.known.shown_path(&join_path(self.module, &item.ident));
        // The types of operations are described by their trait.
        let key = format!("type {owner}");
        self.items.entry(key).or_insert("struct".to_owned());
        let Fields::Named(fields) = &item.fields else {
            return;
        };
        for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
            let name = field.ident.as_ref().map(ToString::to_string);
            let ty = self.resolve_tokens(&field.ty);
            // The same in every object of responses.
            if (name.as_deref(), ty.as_str()) == (Some("extra"), "Extra") {
                continue;
            }
            if !owner.ends_with("webhooks::EventType") {
                self.add_item("field", &owner, &name.unwrap_or_default(), ty);
            }
        }
    }

    fn read_enum(&mut self, item: &syn::ItemEnum) {
        let owner = self.known.shown_path(&join_path(self.module, &item.ident));
        self.add_item("type", &owner, "", "enum".to_owned());
        for variant in &item.variants {
            let text = self.resolve_tokens(&variant.fields);
            self.add_item("variant", &owner, &variant.ident.to_string(), text);
        }
    }

    fn read_impl(&mut self, item: &syn::ItemImpl) {
        let owner = self.resolve_tokens(&item.self_ty);
        match &item.trait_ {
            Some((of, _)) if of.is_ident("Operation") => self.read_operation(&owner, item),
            Some((of, _)) if of.is_ident("EventExt") && owner != "Event" => {
                self.add_item("impl", &owner, "", "webhooks::EventExt".to_owned());
            }
            Some(_) => {}
            None => {
                for inner in &item.items {
                    match inner {
                        ImplItem::Fn(function) if is_public(&function.vis) => {
                            self.read_signature(&owner, &function.sig);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn read_operation(&mut self, owner: &str, item: &syn::ItemImpl) {
        let types = item.items.iter().filter_map(|inner| match inner {
            ImplItem::Type(ty) => Some(format!("{} = {}", ty.ident, self.resolve_tokens(&ty.ty))),
            _ => None,
        });
        let types: Vec<String> = types.collect();
        self.add_item("type", owner, "", types.join(", "));
    }

    fn read_signature(&mut self, owner: &str, signature: &syn::Signature) {
        let arguments = signature
            .inputs
            .iter()
            .filter_map(|argument| match argument {
                FnArg::Typed(argument) => Some(self.resolve_tokens(&argument.ty)),
                _ => None,
            });
        let arguments: Vec<String> = arguments.collect();
        let output = match &signature.output {
            ReturnType::Default => String::new(),
            ReturnType::Type(_, ty) => self.resolve_tokens(ty),
        };
        let text = format!("({}) -> {output}", arguments.join(", "));
        self.add_item("fn", owner, &signature.ident.to_string(), text);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
