//! The public items of a generated crate, read from its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use quote::ToTokens;
use syn::{Fields, FnArg, ImplItem, Item, Pat, ReturnType, Visibility};

use crate::wire::plain_name;

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Type,
    Field,
    Variant,
    /// The constructor of a parameter object, with its arguments.
    Constructor(Vec<(String, String)>),
    Setter,
    /// A method that calls an operation, with its arguments and what it returns.
    Call {
        operation: String,
        arguments: Vec<(String, String)>,
        output: String,
    },
    /// Any other function: it leads to a service, whose type is given.
    Accessor(String),
    /// A constant, with the text that it holds.
    Constant(String),
}

/// A public item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicItem {
    pub(crate) kind: ItemKind,
    /// The type it belongs to; the path of a type itself.
    pub(crate) owner: String,
    /// Its name there, without case and separators.
    pub(crate) member: String,
    /// Its type or signature, with full paths.
    pub(crate) text: String,
}

/// The public items of a crate, and where its types occur on the wire.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    pub(crate) items: BTreeMap<String, PublicItem>,
    /// The places of each type.
    pub(crate) places: BTreeMap<String, BTreeSet<String>>,
    /// The operation of each marker type.
    pub(crate) markers: BTreeMap<String, String>,
    /// Members of types and the types that they use.
    edges: BTreeMap<String, Vec<(Option<String>, String)>>,
    roots: Vec<(String, String)>,
}

/// How many places of one type are kept.
const MAX_PLACES: usize = 400;
/// Maximum number of steps of a place.
const MAX_DEPTH: usize = 16;

impl Surface {
    /// Reads the sources below a folder.
    pub(crate) fn read_folder(folder: &Path) -> Result<Self, String> {
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
        let mut surface = Self::default();
        for (module, file) in &parsed {
            // The crate's own client and its catalogue are no part of the document.
            if module != "catalogue" {
                SourceReader {
                    surface: &mut surface,
                    known: &known,
                    module,
                }
                .read_file(file);
            }
        }
        surface.find_places();
        Ok(surface)
    }

    /// Follows members from the parameters of operations and from tagged objects.
    fn find_places(&mut self) {
        let heads: BTreeSet<String> = self.roots.iter().map(|(ty, _)| ty.clone()).collect();
        let mut open: Vec<(String, String)> = self.roots.clone();
        while let Some((ty, place)) = open.pop() {
            let places = self.places.entry(ty.clone()).or_default();
            if places.len() >= MAX_PLACES || !places.insert(place.clone()) {
                continue;
            }
            for (member, target) in self.edges.get(&ty).into_iter().flatten() {
                if heads.contains(target) || place.matches('/').count() >= MAX_DEPTH {
                    continue;
                }
                let next = match member {
                    Some(member) => format!("{place}/{member}"),
                    None => place.clone(),
                };
                open.push((target.clone(), next));
            }
        }
    }
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
        if !(own.is_empty() && name == "lib") {
            own.push(name);
        }
        files.push((own, text));
    }
    Ok(())
}

/// Full paths of types.
#[derive(Debug, Default)]
pub(crate) struct KnownTypes {
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
                Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => {
                    let text = remove_spaces(&item.tree.to_token_stream().to_string());
                    let target = match text.strip_prefix("self::") {
                        Some(rest) => format!("{module}::{rest}"),
                        None => text.trim_start_matches("crate::").to_owned(),
                    };
                    let name = target.rsplit("::").next().unwrap_or_default().to_owned();
                    self.exported.insert(format!("{module}::{name}"), target);
                }
                _ => {}
            }
        }
    }

    /// The full path of a path in a module, if it is a type of the crate.
    fn resolve_path(&self, module: &str, path: &str) -> Option<String> {
        let mut path = path.trim_start_matches("crate::").to_owned();
        if !path.contains("::") {
            path = format!("{module}::{path}");
        }
        for _ in 0..4 {
            if self.types.contains(&path) {
                return Some(path);
            }
            path = self.exported.get(&path)?.clone();
        }
        None
    }

    /// Source text with the full paths of types, and these types.
    fn resolve_all(&self, module: &str, text: &str) -> (String, Vec<String>) {
        let text = remove_spaces(text);
        let (mut out, mut word, mut types) = (String::new(), String::new(), Vec::new());
        for c in text.chars().chain([' ']) {
            if c.is_alphanumeric() || c == '_' || c == ':' || c == '#' {
                word.push(c);
                continue;
            }
            // `Item` in `IntoIterator<Item = …>` is no type of the crate.
            match self.resolve_path(module, &word).filter(|_| c != '=') {
                Some(path) => {
                    out.push_str(&path);
                    types.push(path);
                }
                None => out.push_str(&word),
            }
            word.clear();
            out.push(c);
        }
        out.pop();
        (out, types)
    }
}

fn join_path(module: &str, name: &syn::Ident) -> String {
    format!("{module}::{name}")
}

/// Token text without spaces, except between words.
fn remove_spaces(text: &str) -> String {
    let mut out = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let follows = words.peek().is_some_and(|next| next.starts_with(is_word));
        if word.ends_with(is_word) && follows {
            out.push(' ');
        }
    }
    out
}

struct SourceReader<'a> {
    surface: &'a mut Surface,
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
                Item::Const(item) if is_public(&item.vis) => {
                    let (ty, _) = self.resolve_tokens(&item.ty);
                    let value = item.expr.to_token_stream().to_string();
                    let value = value.split('"').nth(1).unwrap_or_default().to_owned();
                    let name = item.ident.to_string();
                    self.add_item("const", self.module, &name, ItemKind::Constant(value), ty);
                }
                Item::Macro(item) => self.read_macro(&item.mac),
                _ => {}
            }
        }
    }

    fn resolve_tokens(&self, tokens: &impl ToTokens) -> (String, Vec<String>) {
        let text = tokens.to_token_stream().to_string();
        self.known.resolve_all(self.module, &text)
    }

    fn add_item(&mut self, what: &str, owner: &str, name: &str, kind: ItemKind, text: String) {
        let separator = if what == "type" { "" } else { "::" };
        let key = format!("{what} {owner}{separator}{name}");
        let item = PublicItem {
            kind,
            owner: owner.to_owned(),
            member: plain_name(name),
            text,
        };
        self.surface.items.insert(key, item);
    }

    fn add_edges(&mut self, owner: &str, member: Option<&str>, types: Vec<String>) {
        let edges = self.surface.edges.entry(owner.to_owned()).or_default();
        edges.extend(types.into_iter().map(|ty| (member.map(plain_name), ty)));
    }

    fn read_struct(&mut self, item: &syn::ItemStruct) {
        let owner = join_path(self.module, &item.ident);
        self.add_item("type", &owner, "", ItemKind::Type, "struct".to_owned());
        let Fields::Named(fields) = &item.fields else {
            return;
        };
        for field in &fields.named {
            let name = field.ident.as_ref().map(ToString::to_string);
            let name = name.unwrap_or_default();
            let (ty, types) = self.resolve_tokens(&field.ty);
            self.add_edges(&owner, Some(&name), types);
            if is_public(&field.vis) {
                self.add_item("field", &owner, &name, ItemKind::Field, ty);
            }
        }
    }

    fn read_enum(&mut self, item: &syn::ItemEnum) {
        let owner = join_path(self.module, &item.ident);
        self.add_item("type", &owner, "", ItemKind::Type, "enum".to_owned());
        for variant in &item.variants {
            let (ty, types) = self.resolve_tokens(&variant.fields);
            self.add_edges(&owner, None, types);
            self.add_item(
                "variant",
                &owner,
                &variant.ident.to_string(),
                ItemKind::Variant,
                ty,
            );
        }
    }

    fn read_impl(&mut self, item: &syn::ItemImpl) {
        let (owner, _) = self.resolve_tokens(&item.self_ty);
        if let Some((of, _)) = &item.trait_ {
            if of.is_ident("Operation") {
                self.read_marker(&owner, item);
            }
            return;
        }
        for inner in &item.items {
            if let ImplItem::Fn(function) = inner {
                if is_public(&function.vis) {
                    self.read_function(&owner, function);
                }
            }
        }
    }

    fn read_marker(&mut self, owner: &str, item: &syn::ItemImpl) {
        let mut params = Vec::new();
        let mut output = Vec::new();
        let mut id = String::new();
        for inner in &item.items {
            match inner {
                ImplItem::Type(ty) if ty.ident == "Params" => {
                    params = self.resolve_tokens(&ty.ty).1
                }
                ImplItem::Type(ty) if ty.ident == "Output" => {
                    output = self.resolve_tokens(&ty.ty).1
                }
                ImplItem::Const(spec) => {
                    let text = spec.expr.to_token_stream().to_string();
                    id = text.split('"').nth(1).unwrap_or_default().to_owned();
                }
                _ => {}
            }
        }
        let params = params.into_iter().map(|ty| (ty, format!("in {id}")));
        self.surface.roots.extend(params);
        // Objects with a tag have a place of their own.
        for ty in output {
            self.surface
                .edges
                .entry(format!("out {id}"))
                .or_default()
                .push((None, ty));
        }
        self.surface
            .roots
            .push((format!("out {id}"), format!("out {id}")));
        self.surface.markers.insert(owner.to_owned(), id);
    }

    fn read_function(&mut self, owner: &str, function: &syn::ImplItemFn) {
        let name = function.sig.ident.to_string();
        let mut arguments = Vec::new();
        for argument in &function.sig.inputs {
            if let FnArg::Typed(argument) = argument {
                let Pat::Ident(pattern) = argument.pat.as_ref() else {
                    continue;
                };
                arguments.push((
                    plain_name(&pattern.ident.to_string()),
                    self.resolve_tokens(&argument.ty).0,
                ));
            }
        }
        let output = match &function.sig.output {
            ReturnType::Default => String::new(),
            ReturnType::Type(_, ty) => self.resolve_tokens(ty).0,
        };
        let types: Vec<&str> = arguments.iter().map(|(_, ty)| ty.as_str()).collect();
        let text = format!("({}) -> {output}", types.join(", "));
        let body = remove_spaces(&function.block.to_token_stream().to_string());
        let marker = body.split("request::<").nth(1);
        let marker = marker.and_then(|rest| rest.split('>').next());
        let kind = match marker {
            Some(marker) => ItemKind::Call {
                // Markers are read later: the name of the type is replaced in `compare`.
                operation: format!("{}::{marker}", self.module),
                arguments,
                output,
            },
            None if name == "new" => ItemKind::Constructor(arguments),
            None if output == "Self" => ItemKind::Setter,
            None => ItemKind::Accessor(output),
        };
        self.add_item("fn", owner, &name, kind, text);
    }

    /// `record!(Name[…] { "object" = "tag" } …)` says the tag of an object.
    fn read_macro(&mut self, item: &syn::Macro) {
        let is_record = item
            .path
            .segments
            .last()
            .is_some_and(|s| s.ident == "record");
        if !is_record {
            return;
        }
        let text = item.tokens.to_string();
        let name = text
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let constants = text.split(['{', '}']).nth(1).unwrap_or_default();
        let tag = constants
            .split("\"object\" =")
            .nth(1)
            .and_then(|rest| rest.split('"').nth(1));
        let mark = if constants.contains("\"deleted\"") {
            "deleted "
        } else {
            ""
        };
        if let Some(tag) = tag {
            let owner = format!("{}::{name}", self.module);
            self.surface.roots.push((owner, format!("tag {mark}{tag}")));
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
