//! Names of types.
//!
//! The grammar of type names, most binding first:
//!
//! | type | name | example |
//! |---|---|---|
//! | locked by an earlier run | as locked | |
//! | object with a tag | its tag, or what the dialect says | `CheckoutSession` |
//! | parameters of an operation | verb and noun | `CreateCustomer`, `ListInvoices` |
//! | error codes of an operation | verb, `Error` | `CreateError` |
//! | shape with a name in the dialect | as there | `Address` |
//! | anything else | the shortest end of its path that is free in its module | `InvoiceSettings` |
//!
//! In shared modules a path must give at least two words, so that no name is as vague as `Type`.
//! When several types want the same name, none gets it: all propose a longer one.

use std::collections::{BTreeMap, HashMap};

use super::lock::Lock;
use super::scope::{Case, Scope};
use super::shape::Shapes;
use super::table::{NameTable, TypeName};
use super::words::Words;
use crate::model::{Method, Model, ModuleId, OperationId, Ty, TypeId, TypeKind, UseSite};

/// Names that generated files import or that every Rust programmer takes for something else.
pub(super) const RESERVED: &[&str] = &[
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "Self",
    "Id",
    "List",
    "SearchList",
    "UrlList",
    "Map",
    "Expandable",
    "MaybeDeleted",
    "Timestamp",
    "DateTime",
    "Decimal",
    "Clearable",
    "KeywordOr",
    "Range",
    "TokenOr",
    "Metadata",
    "RawJson",
    "FileUpload",
    "Binary",
    "Call",
    "Client",
    "Place",
    "Record",
    "Shape",
    "Reader",
    "DecodeError",
    "Encode",
    "Writer",
    "OpenEnum",
    "Operation",
    "OperationSpec",
    "Into",
    "From",
    "Iterator",
    "IntoIterator",
    "AsRef",
    "ApiErrorBody",
    "Error",
    "Send",
    "Sync",
    "Drop",
    "Fn",
    "Eq",
    "Ord",
    "Hash",
    "ToString",
    "Extend",
];

struct Namer<'a> {
    model: &'a Model,
    scopes: BTreeMap<ModuleId, Scope>,
    roots: HashMap<&'a str, OperationId>,
}

/// Names every type.
pub(super) fn name_types(model: &Model, lock: &Lock, table: &mut NameTable) {
    let mut namer = Namer {
        model,
        scopes: BTreeMap::new(),
        roots: model
            .operations()
            .map(|(id, o)| (o.id.as_str(), id))
            .collect(),
    };
    namer.reserve_service_names(table);
    let mut open: Vec<TypeId> = model.types().map(|(id, _)| id).collect();
    open = namer.keep_locked(lock, open, table);
    open = namer.take_fixed(open, table);
    namer.take_paths(open, table);
}

impl Namer<'_> {
    fn reserve_service_names(&mut self, table: &NameTable) {
        for (id, service) in self.model.services() {
            let names = service
                .operations
                .iter()
                .map(|o| table.operation(*o).marker.as_str());
            let handle = table.service(id).handle.as_str();
            let taken: Vec<&str> = names.chain([handle]).collect();
            let scope = Scope::new(Case::Pascal)
                .reserving(RESERVED)
                .reserving(&taken);
            self.scopes.insert(ModuleId::Service(id), scope);
        }
    }

    fn scope(&mut self, home: ModuleId) -> &mut Scope {
        self.scopes
            .entry(home)
            .or_insert_with(|| Scope::new(Case::Pascal).reserving(RESERVED))
    }

    fn take(&mut self, id: TypeId, home: ModuleId, words: &Words, table: &mut NameTable) {
        let ident = self.scope(home).claim(words);
        table.types.insert(id, TypeName { home, ident });
    }

    fn keep_locked(
        &mut self,
        lock: &Lock,
        open: Vec<TypeId>,
        table: &mut NameTable,
    ) -> Vec<TypeId> {
        let index = lock.index();
        let homes: HashMap<String, ModuleId> = self
            .all_homes()
            .into_iter()
            .map(|home| (table.module(self.model, home).join("::"), home))
            .collect();
        let mut shapes = Shapes::new(self.model);
        let mut rest = Vec::new();
        for id in open {
            let locked = index
                .find(&shapes.entry(id))
                .and_then(|path| path.rsplit_once("::"));
            let home = locked.and_then(|(module, _)| homes.get(module));
            let kept = locked.zip(home).and_then(|((_, name), &home)| {
                let ident = self.scope(home).claim_locked(name)?;
                Some(TypeName { home, ident })
            });
            match kept {
                Some(name) => {
                    table.types.insert(id, name);
                }
                None => rest.push(id),
            }
        }
        rest
    }

    fn all_homes(&self) -> Vec<ModuleId> {
        let resources = self.model.resources().map(|(id, _)| ModuleId::Resource(id));
        let services = self.model.services().map(|(id, _)| ModuleId::Service(id));
        [ModuleId::Shared, ModuleId::Params]
            .into_iter()
            .chain(resources)
            .chain(services)
            .collect()
    }

    fn take_fixed(&mut self, open: Vec<TypeId>, table: &mut NameTable) -> Vec<TypeId> {
        let mut rest = Vec::new();
        for id in open {
            let ty = self.model.ty(id);
            let words = match (&ty.fixed_name, &ty.kind) {
                (Some(name), _) => Words::of(name),
                (None, TypeKind::Params(_)) if ty.site.path.is_empty() => {
                    match self.roots.get(ty.site.root.as_str()) {
                        Some(&operation) => self.params_name(operation),
                        None => Words::default(),
                    }
                }
                (None, TypeKind::ErrorCodes(operation, _)) => {
                    Words::of(&self.model.operation(*operation).method_name).plus("error")
                }
                _ => Words::default(),
            };
            if words.is_empty() {
                rest.push(id);
            } else {
                self.take(id, ty.module, &words, table);
            }
        }
        rest
    }

    /// `CreateCustomer`, `ListCustomers`; a verb of several words says its object itself.
    fn params_name(&self, id: OperationId) -> Words {
        let operation = self.model.operation(id);
        let verb = Words::of(&operation.method_name);
        let service = self.model.service(operation.service);
        let noun = Words::of(service.path.last().map_or("", String::as_str));
        let is_list = operation.method == Method::Get && matches!(operation.output, Ty::Page(..));
        match verb.len() {
            1 if is_list => verb.then(noun.plural()),
            1 => verb.then(noun.singular()),
            _ => verb.plus("params"),
        }
    }

    /// Rounds in which every type that is still open proposes its next best name. A name that
    /// one type alone proposes is its; a contested one goes to nobody.
    fn take_paths(&mut self, open: Vec<TypeId>, table: &mut NameTable) {
        let mut open: Vec<(TypeId, std::vec::IntoIter<Words>)> = open
            .into_iter()
            .map(|id| (id, self.candidates(id).into_iter()))
            .collect();
        while !open.is_empty() {
            let mut wanted: BTreeMap<(ModuleId, String), Vec<(usize, Words)>> = BTreeMap::new();
            let mut done = vec![false; open.len()];
            for (index, (id, candidates)) in open.iter_mut().enumerate() {
                let home = self.model.ty(*id).module;
                match candidates.next() {
                    Some(words) if self.scope(home).is_free(&words) => {
                        let key = (home, words.pascal().to_lowercase());
                        wanted.entry(key).or_default().push((index, words));
                    }
                    Some(_) => {}
                    None => {
                        let words = self.full(*id);
                        self.take(*id, home, &words, table);
                        done[index] = true;
                    }
                }
            }
            for ((home, _), group) in wanted {
                if let [(index, words)] = group.as_slice() {
                    self.take(open[*index].0, home, words, table);
                    done[*index] = true;
                }
            }
            let mut done = done.into_iter();
            open.retain(|_| done.next() == Some(false));
        }
    }

    /// Names for a type, shortest and least specific first.
    fn candidates(&self, id: TypeId) -> Vec<Words> {
        let ty = self.model.ty(id);
        let root = self.root_words(id);
        let depth = ty.site.path.len();
        let mut all = Vec::new();
        for steps in 1..=depth {
            all.push(tail(&ty.site, steps));
            // The root says more in fewer words than a long way down.
            if steps <= 2 {
                all.push(root.clone().then(tail(&ty.site, steps)));
            }
            if steps == 2 && depth > 3 {
                let first = UseSite {
                    path: ty.site.path[..1].to_vec(),
                    ..ty.site.clone()
                };
                all.push(tail(&first, 1).then(tail(&ty.site, 1)));
                all.push(root.clone().then(tail(&first, 1)).then(tail(&ty.site, 1)));
            }
        }
        let is_shared = matches!(ty.module, ModuleId::Shared | ModuleId::Params);
        all.retain(|words| words.len() > usize::from(is_shared));
        all
    }

    fn full(&self, id: TypeId) -> Words {
        let site = &self.model.ty(id).site;
        self.root_words(id).then(tail(site, site.path.len()))
    }

    /// What the root adds to a name: within its own service the verb is enough.
    fn root_words(&self, id: TypeId) -> Words {
        let ty = self.model.ty(id);
        match (self.roots.get(ty.site.root.as_str()), ty.module) {
            (Some(&operation), ModuleId::Service(_)) => {
                Words::of(&self.model.operation(operation).method_name)
            }
            (Some(&operation), _) => self.params_name(operation),
            (None, _) => Words::of(&ty.site.root),
        }
    }
}

/// The words of the last `steps` steps, elements in the singular. A step that repeats the end of
/// what stands before it adds nothing.
fn tail(site: &UseSite, steps: usize) -> Words {
    let skip = site.path.len().saturating_sub(steps);
    site.path
        .iter()
        .skip(skip)
        .fold(Words::default(), |words, step| {
            let next = Words::of(&step.wire);
            let next = if step.element { next.singular() } else { next };
            if words.ends_with(&next) {
                words
            } else {
                words.then(next)
            }
        })
}
