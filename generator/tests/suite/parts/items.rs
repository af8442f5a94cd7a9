//! The items of a generated crate: one line for everything that a caller can name or pass.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quote::ToTokens;
use syn::{Fields, ImplItem, Item, TraitItem};

/// The items of the sources below a folder, each with its module and its whole signature.
pub(crate) fn read_items(folder: &Path) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let module = path.strip_prefix(folder).unwrap().display().to_string();
            let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            for item in file.items {
                add_item(&module, item, &mut items);
            }
        }
    }
    items
}

fn add_item(module: &str, item: Item, items: &mut BTreeSet<String>) {
    let mut add = |text: String| {
        items.insert(format!("{module}: {text}"));
    };
    match item {
        Item::Struct(item) => {
            let name = &item.ident;
            add(format!("struct {name}"));
            add_fields(&format!("struct {name}"), item.fields, &mut add);
        }
        Item::Enum(item) => {
            let name = &item.ident;
            add(format!("enum {name}"));
            for variant in item.variants {
                let variant_name = format!("enum {name}::{}", variant.ident);
                add(variant_name.clone());
                add_fields(&variant_name, variant.fields, &mut add);
            }
        }
        Item::Impl(item) => {
            let (ty, what) = (text_of(&item.self_ty), item.trait_.as_ref());
            let what = what.map_or_else(String::new, |(path, _)| text_of(path));
            add(format!("impl {what} {ty}"));
            for member in item.items {
                add(format!("impl {what} {ty}: {}", member_text(member)));
            }
        }
        Item::Trait(item) => {
            for member in item.items {
                if let TraitItem::Fn(method) = member {
                    add(format!("trait {}: {}", item.ident, text_of(&method.sig)));
                }
            }
        }
        Item::Fn(item) => add(text_of(&item.sig)),
        // The values of tables list what the crate has.
        Item::Const(item) => add(format!("const {}: {}", item.ident, text_of(&item.ty))),
        Item::Static(item) => add(format!("static {}: {}", item.ident, text_of(&item.ty))),
        Item::Type(item) => add(format!("type {} = {}", item.ident, text_of(&item.ty))),
        Item::Mod(item) => add(format!("mod {}", item.ident)),
        Item::Use(item) if text_of(&item.vis) == "pub" => {
            add(format!("use {}", text_of(&item.tree)))
        }
        _ => {}
    }
}

fn add_fields(owner: &str, fields: Fields, add: &mut impl FnMut(String)) {
    for (index, field) in fields.into_iter().enumerate() {
        let name = field
            .ident
            .map_or(index.to_string(), |name| name.to_string());
        let (vis, ty) = (text_of(&field.vis), text_of(&field.ty));
        add(format!("{owner}.{vis} {name}: {ty}"));
    }
}

fn member_text(member: ImplItem) -> String {
    match member {
        ImplItem::Fn(method) => format!("{} {}", text_of(&method.vis), text_of(&method.sig)),
        // The constants of an operation and the table of an object's fields.
        ImplItem::Const(constant) => text_of(&constant),
        other => text_of(&other),
    }
}

fn text_of(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
