//! `samples.rs`: how test doubles make valid objects.
//!
//! Each object and union is one row of text, a template in the notation of the module
//! `sample::template` of the crate `testing`, so that samples cost neither code per type nor a
//! second description of the API.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::FileContext;
use super::docs;
use super::sample_text::{sample_id, sample_text};
use crate::model::{Constant, Field, PageStyle, ResponseObject, Ty, TypeId, TypeKind};

/// 2026-01-01T00:00:00Z.
const TIME: &str = "1767225600";

/// `samples.rs`.
pub(super) fn samples_file(cx: &FileContext<'_>) -> TokenStream {
    let types = cx.model.types().filter_map(|(id, ty)| {
        // A name that is not used would leave an import that is not used.
        let template = template_of(cx, &ty.kind)?;
        Some((type_name(cx, id), template, id))
    });
    let mut types: Vec<_> = types.collect();
    types.sort();
    let mut rows = list_paths(cx);
    let of_types = types.iter();
    rows.extend(of_types.map(|(name, row, _)| (name.clone(), row.clone())));
    rows.sort();
    let rows = rows.iter().map(|(name, row)| quote!((#name, #row)));
    let impls = types.iter().map(|(_, _, id)| {
        let ty = cx.type_path(*id);
        quote!(::testing::sampled!(ROWS, #ty);)
    });
    cx.set_description(vec![
        "How test doubles make samples of the API's objects.".to_owned(),
    ]);
    let docs = docs::item_docs(
        cx,
        None,
        &["Each type with its template, and operations with the path of their pages.".to_owned()],
    );
    quote! {
        #docs
        const ROWS: ::testing::SampleRows = &[#(#rows),*];

        #(#impls)*
    }
}

/// The operations whose pages have another path than they, with that path.
fn list_paths(cx: &FileContext<'_>) -> Vec<(String, String)> {
    let operations = cx.model.operations();
    let other = operations.filter_map(|(_, operation)| {
        let path = operation.list_path.as_deref()?;
        let own = operation.path.split('/').map(|part| match part {
            part if part.starts_with('{') => "sample",
            part => part,
        });
        let is_own = own.collect::<Vec<_>>().join("/").starts_with(path);
        (!is_own).then(|| (operation.id.clone(), path.to_owned()))
    });
    other.collect()
}

/// The name of a type in the table: its path in this file, as `stringify!` writes it.
fn type_name(cx: &FileContext<'_>, id: TypeId) -> String {
    cx.type_path(id).to_string().replace(' ', "")
}

fn template_of(cx: &FileContext<'_>, kind: &TypeKind) -> Option<String> {
    match kind {
        TypeKind::Object(object) => Some(object_template(cx, object)),
        TypeKind::Union(variants) => {
            let names = variants.iter().map(|v| format!("@{}", type_name(cx, v.ty)));
            Some(names.collect::<Vec<_>>().join("|"))
        }
        _ => None,
    }
}

fn object_template(cx: &FileContext<'_>, object: &ResponseObject) -> String {
    let constants = object.constants.iter().map(|(wire, value)| match value {
        Constant::String(value) => format!("{wire}:{}", quote_text(value)),
        Constant::True => format!("{wire}:true"),
    });
    let fields = object.fields.iter().map(|field| {
        let mut value = String::new();
        write_value(cx, &field.ty, field, &mut value);
        // What only some places require is there too, so that the sample fits all of them.
        match field.presence.is_required() || field.is_required_somewhere {
            true => format!("{}:{value}", field.wire),
            // A value that no other value can be set in is never taken from an optional member.
            false if !has_members(cx, &field.ty) => format!("{}?", field.wire),
            false => format!("{}?:{value}", field.wire),
        }
    });
    let members: Vec<String> = constants.chain(fields).collect();
    format!("{{{}}}", members.join(","))
}

/// Whether something can be set below a value of the type.
fn has_members(cx: &FileContext<'_>, ty: &Ty) -> bool {
    match ty {
        Ty::Boxed(inner) => has_members(cx, inner),
        Ty::Named(id) => {
            let kind = &cx.model.ty(*id).kind;
            matches!(kind, TypeKind::Object(_) | TypeKind::Union(_))
        }
        Ty::List(_) | Ty::Map(_) | Ty::Expandable(_) | Ty::Page(..) => true,
        Ty::MaybeDeleted(..) | Ty::Raw(_) => true,
        _ => false,
    }
}

fn write_value(cx: &FileContext<'_>, ty: &Ty, field: &Field, out: &mut String) {
    let mut enclose = |before: &str, inner: &Ty, after: &str| {
        out.push_str(before);
        write_value(cx, inner, field, out);
        out.push_str(after);
    };
    match ty {
        Ty::Boxed(inner) | Ty::Optional(inner) => enclose("", inner, ""),
        Ty::List(item) => enclose("[", item, "]"),
        Ty::Map(value) => enclose("{*:", value, "}"),
        Ty::Expandable(inner) => {
            let id = quote_text(&sample_id(cx, inner));
            enclose(&format!("{id}|"), inner, "");
        }
        Ty::Page(style, item) => {
            let (before, after) = page_template(*style, field.list_path.as_deref());
            enclose(before, item, &after);
        }
        Ty::Id(owner) => out.push_str(&quote_text(&sample_id(cx, &Ty::Named(*owner)))),
        Ty::MaybeDeleted(live, deleted) => {
            let (live, deleted) = (type_name(cx, *live), type_name(cx, *deleted));
            out.push_str(&format!("@{live}|@{deleted}"));
        }
        Ty::Named(id) => out.push_str(&named_template(cx, *id)),
        other => out.push_str(&scalar_template(other, field)),
    }
}

fn named_template(cx: &FileContext<'_>, id: TypeId) -> String {
    match &cx.model.ty(id).kind {
        TypeKind::Choice(values) | TypeKind::Token(values) => {
            quote_text(values.first().map_or("sample", String::as_str))
        }
        _ => format!("@{}", type_name(cx, id)),
    }
}

fn page_template(style: PageStyle, path: Option<&str>) -> (&'static str, String) {
    let url = quote_text(path.unwrap_or("/v1/samples"));
    let after = match style {
        PageStyle::Cursor => {
            format!("],has_more:false,object:'list',url:{url},total_count?}}")
        }
        PageStyle::Search => {
            format!("],has_more:false,object:'search_result',url:{url},next_page?,total_count?}}")
        }
        PageStyle::Url => "],next_page_url:null,previous_page_url:null}".to_owned(),
    };
    ("{data:[", after)
}

fn scalar_template(ty: &Ty, field: &Field) -> String {
    let is_amount = field.wire.starts_with("amount") || field.wire.ends_with("amount");
    let text = match ty {
        Ty::Integer if field.wire.ends_with("year") => "2030",
        Ty::Integer if is_amount => "2000",
        Ty::Integer => "1",
        Ty::IntegerText => "'1'",
        Ty::Number => "1.5",
        Ty::Boolean => "false",
        Ty::Timestamp => TIME,
        Ty::DateTime => "'2026-01-01T00:00:00Z'",
        Ty::Decimal => "'12.5'",
        Ty::Raw(_) => "*",
        Ty::Nothing => "null",
        _ => return quote_text(&sample_text(field)),
    };
    text.to_owned()
}

fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
