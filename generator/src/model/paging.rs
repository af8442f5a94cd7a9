//! Where the items of pages are, as fields of types.

use std::collections::BTreeMap;

use super::description::{Model, Operation};
use super::types::{Field, Ty, TypeId, TypeKind};
use crate::diag::{Code, DiagnosticSink};

/// The fields that lead from a response to its items. None if the response is the array of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageItems {
    /// Each with its type and its number there.
    pub fields: Vec<(TypeId, usize)>,
    /// The type of the items.
    pub item: Ty,
}

impl Model {
    /// The items of an operation that reads a list in pages.
    pub fn page_items(&self, operation: &Operation) -> Option<PageItems> {
        let paging = operation.pages.as_ref()?;
        let mut fields = Vec::new();
        let mut here = &operation.output;
        for key in &paging.items {
            let Ty::Named(id) = unboxed(here) else {
                return None;
            };
            let TypeKind::Object(object) = &self.ty(*id).kind else {
                return None;
            };
            let mut all = object.fields.iter().enumerate();
            let (index, field): (usize, &Field) = all.find(|(_, field)| field.wire == *key)?;
            fields.push((*id, index));
            here = &field.ty;
        }
        match unboxed(here) {
            Ty::List(item) => Some(PageItems {
                fields,
                item: (**item).clone(),
            }),
            _ => None,
        }
    }
}

fn unboxed(ty: &Ty) -> &Ty {
    match ty {
        Ty::Boxed(inner) => inner,
        ty => ty,
    }
}

/// A type is one kind of page: its items are in one place for all operations that return it.
pub(super) fn check_page_items(model: &Model, sink: &mut DiagnosticSink) {
    let mut known: BTreeMap<TypeId, (&Operation, PageItems)> = BTreeMap::new();
    for (_, operation) in model.operations() {
        let (Some(paging), Ty::Named(id)) = (&operation.pages, &operation.output) else {
            continue;
        };
        let title = format!("{} {}", operation.method.as_str(), operation.path);
        let Some(items) = model.page_items(operation) else {
            let detail = format!("the array of `{title}` is not a list of one type");
            let at = paging.at.child("items");
            sink.report(Code::DialectPages, &at, detail);
            continue;
        };
        let (first, of_first) = known.entry(*id).or_insert((operation, items.clone()));
        if *of_first != items {
            let detail = format!(
                "`{title}` returns the same type as `{} {}`, whose items are in another field",
                first.method.as_str(),
                first.path
            );
            let at = paging.at.child("items");
            sink.report(Code::DialectPages, &at, detail);
        }
    }
}
