//! Names of types.
//!
//! The grammar of type names, in order of precedence:
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
//! If several types propose the same name, none gets it and all propose a longer one.

use std::collections::{BTreeMap, HashMap};

use super::scope::{NameCase, NameScope};
use super::table::{NameTable, TypeName};
use super::words::Words;
use crate::lock::Lock;
use crate::model::{HttpMethod, Model, ModuleId, OperationId, Ty, TypeId, TypeKind, UseSite};

/// Names that generated files import, and names of the standard library.
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
    "RecordShape",
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

struct TypeNamer<'a> {
    model: &'a Model,
    scopes: BTreeMap<ModuleId, NameScope>,
    roots: HashMap<&'a str, OperationId>,
}

/// Names every type.
pub(super) fn name_types(model: &Model, lock: &Lock, table: &mut NameTable) {
    let mut namer = TypeNamer {
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

impl TypeNamer<'_> {
    fn reserve_service_names(&mut self, table: &NameTable) {
        for (id, service) in self.model.services() {
            let names = service
                .operations
                .iter()
                .map(|o| table.operation(*o).marker.as_str());
            let handle = table.service(id).handle.as_str();
            let taken: Vec<&str> = names.chain([handle]).collect();
            let scope = NameScope::new(NameCase::Pascal)
                .with_reserved(RESERVED)
                .with_reserved(&taken);
            self.scopes.insert(ModuleId::Service(id), scope);
        }
    }

    fn scope_mut(&mut self, module: ModuleId) -> &mut NameScope {
        self.scopes
            .entry(module)
            .or_insert_with(|| NameScope::new(NameCase::Pascal).with_reserved(RESERVED))
    }

    fn take_name(&mut self, id: TypeId, module: ModuleId, words: &Words, table: &mut NameTable) {
        let ident = self.scope_mut(module).claim_name(words);
        table.types.insert(id, TypeName { module, ident });
    }

    /// Gives types their locked paths, and reserves the names that are not used now.
    fn keep_locked(
        &mut self,
        lock: &Lock,
        open: Vec<TypeId>,
        table: &mut NameTable,
    ) -> Vec<TypeId> {
        let modules: HashMap<String, ModuleId> = self
            .all_modules()
            .into_iter()
            .map(|module| (table.module_path(self.model, module).join("::"), module))
            .collect();
        let mut rest = Vec::new();
        for id in open {
            let locked = self.model.ty(id).locked_path.as_deref();
            let locked = locked.and_then(|path| path.rsplit_once("::"));
            let module = locked.and_then(|(module, _)| modules.get(module));
            let kept = locked.zip(module).and_then(|((_, name), &module)| {
                let ident = self.scope_mut(module).claim_locked(name)?;
                Some(TypeName { module, ident })
            });
            match kept {
                Some(name) => {
                    table.types.insert(id, name);
                }
                None => rest.push(id),
            }
        }
        for path in lock.types.keys().chain(lock.retired.keys()) {
            if let Some((module, name)) = path.rsplit_once("::") {
                if let Some(&module) = modules.get(module) {
                    self.scope_mut(module).reserve_name(name);
                }
            }
        }
        rest
    }

    fn all_modules(&self) -> Vec<ModuleId> {
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
                (Some(name), _) => Words::from_wire(name),
                (None, TypeKind::Params(_)) if ty.site.path.is_empty() => {
                    match self.roots.get(ty.site.root.as_str()) {
                        Some(&operation) => self.params_name(operation),
                        None => Words::default(),
                    }
                }
                (None, TypeKind::ErrorCodes(operation, _)) => {
                    Words::from_wire(&self.model.operation(*operation).method_name)
                        .with_word("error")
                }
                _ => Words::default(),
            };
            if words.is_empty() {
                rest.push(id);
            } else {
                self.take_name(id, ty.module, &words, table);
            }
        }
        rest
    }

    /// `CreateCustomer`, `ListCustomers`; a verb of several words contains its object.
    fn params_name(&self, id: OperationId) -> Words {
        let operation = self.model.operation(id);
        let verb = Words::from_wire(&operation.method_name);
        let service = self.model.service(operation.service);
        let noun = Words::from_wire(service.path.last().map_or("", String::as_str));
        let is_list =
            operation.method == HttpMethod::Get && matches!(operation.output, Ty::Page(..));
        match verb.len() {
            1 if is_list => verb.with_words(noun.into_plural()),
            1 => verb.with_words(noun.into_singular()),
            _ => verb.with_word("params"),
        }
    }

    /// Names types after their paths. In each round every open type proposes its next candidate; a
    /// name that exactly one type proposes is assigned.
    fn take_paths(&mut self, open: Vec<TypeId>, table: &mut NameTable) {
        let mut open: Vec<(TypeId, std::vec::IntoIter<Words>)> = open
            .into_iter()
            .map(|id| (id, self.candidate_names(id).into_iter()))
            .collect();
        while !open.is_empty() {
            let mut wanted: BTreeMap<(ModuleId, String), Vec<(usize, Words)>> = BTreeMap::new();
            let mut done = vec![false; open.len()];
            for (index, (id, candidates)) in open.iter_mut().enumerate() {
                let module = self.model.ty(*id).module;
                match candidates.next() {
                    Some(words) if self.scope_mut(module).is_free(&words) => {
                        let key = (module, words.to_pascal_case().to_lowercase());
                        wanted.entry(key).or_default().push((index, words));
                    }
                    Some(_) => {}
                    None => {
                        let words = self.full_name(*id);
                        self.take_name(*id, module, &words, table);
                        done[index] = true;
                    }
                }
            }
            for ((module, _), group) in wanted {
                if let [(index, words)] = group.as_slice() {
                    self.take_name(open[*index].0, module, words, table);
                    done[*index] = true;
                }
            }
            let mut done = done.into_iter();
            open.retain(|_| done.next() == Some(false));
        }
    }

    /// Candidate names of a type, shortest and least specific first.
    fn candidate_names(&self, id: TypeId) -> Vec<Words> {
        let ty = self.model.ty(id);
        let root = self.root_words(id);
        let depth = ty.site.path.len();
        let mut all = Vec::new();
        for steps in 1..=depth {
            all.push(path_tail(&ty.site, steps));
            // The root says more in fewer words than a long path.
            if steps <= 2 {
                all.push(root.clone().with_words(path_tail(&ty.site, steps)));
            }
            if steps == 2 && depth > 3 {
                let first = UseSite {
                    path: ty.site.path[..1].to_vec(),
                    ..ty.site.clone()
                };
                all.push(path_tail(&first, 1).with_words(path_tail(&ty.site, 1)));
                all.push(
                    root.clone()
                        .with_words(path_tail(&first, 1))
                        .with_words(path_tail(&ty.site, 1)),
                );
            }
        }
        let is_shared = matches!(ty.module, ModuleId::Shared | ModuleId::Params);
        all.retain(|words| words.len() > usize::from(is_shared));
        all
    }

    fn full_name(&self, id: TypeId) -> Words {
        let site = &self.model.ty(id).site;
        self.root_words(id)
            .with_words(path_tail(site, site.path.len()))
    }

    /// The words that the root adds to a name. Within its own service the verb is enough.
    fn root_words(&self, id: TypeId) -> Words {
        let ty = self.model.ty(id);
        match (self.roots.get(ty.site.root.as_str()), ty.module) {
            (Some(&operation), ModuleId::Service(_)) => {
                Words::from_wire(&self.model.operation(operation).method_name)
            }
            (Some(&operation), _) => self.params_name(operation),
            (None, _) => Words::from_wire(&ty.site.root),
        }
    }
}

/// The words of the last `steps` steps, elements in the singular. A step that repeats
/// the words before it is left out.
fn path_tail(site: &UseSite, steps: usize) -> Words {
    let skip = site.path.len().saturating_sub(steps);
    site.path
        .iter()
        .skip(skip)
        .fold(Words::default(), |words, step| {
            let next = Words::from_wire(&step.wire);
            let next = if step.element {
                next.into_singular()
            } else {
                next
            };
            if words.ends_with(&next) {
                words
            } else {
                words.with_words(next)
            }
        })
}
