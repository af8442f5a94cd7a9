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
//! | component that several fields hold | its name, unless that is long | `BillingDetails` |
//! | anything else | the shortest end of its path that is free in its module | `InvoiceSettings`, `TaxParams` |
//!
//! Types of parameters that are not those of a whole operation end with `Params`. A word as vague as
//! `type` is joined to the word before it. If several types propose the same name, none gets it and
//! all propose a longer one.

use std::collections::{BTreeMap, HashMap};

use super::MAX_LENGTH;
use super::scope::{Ident, NameCase, NameScope};
use super::table::{NameTable, TypeName};
use super::words::Words;
use crate::lock::Lock;
use crate::model::{
    HttpMethod, Model, ModuleId, OperationId, Ty, TypeId, TypeKind, UseSite, is_vague_word,
};

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
    "Extra",
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
    "AsId",
    "AsRef",
    "IntoMapValue",
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

/// To how many letters names that are too long are shortened, which leaves room for a number.
const SHORT_LENGTH: usize = MAX_LENGTH - 10;

/// The most words of a component's name that a type is named after.
const COMPONENT_WORDS: usize = 6;

struct TypeNamer<'a> {
    model: &'a Model,
    scopes: BTreeMap<ModuleId, NameScope>,
    roots: HashMap<&'a str, OperationId>,
    /// Whether names that are too long are shortened.
    shortens: bool,
}

/// Names every type. Names that are too long are left as they are, or shortened.
pub(super) fn name_types(model: &Model, lock: &Lock, shortens: bool, table: &mut NameTable) {
    let mut namer = TypeNamer {
        model,
        scopes: BTreeMap::new(),
        roots: model
            .operations()
            .map(|(id, o)| (o.id.as_str(), id))
            .collect(),
        shortens,
    };
    namer.reserve_service_names(table);
    let mut open: Vec<TypeId> = model.types().map(|(id, _)| id).collect();
    open = namer.keep_locked(lock, open, table);
    open = namer.take_fixed(open, table);
    namer.take_paths(open, table);
    namer.assign_files(table);
    table.index_files();
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
        let is_long = self.shortens && words.to_pascal_case().len() > MAX_LENGTH;
        let shorter =
            is_long.then(|| with_suffix(words.shorten(SHORT_LENGTH), &self.model.ty(id).kind));
        let words = shorter.as_ref().unwrap_or(words);
        let ident = self.scope_mut(module).claim_name(words);
        let file = None;
        table.types.insert(
            id,
            TypeName {
                module,
                ident,
                file,
            },
        );
    }

    /// Assigns shared types to files by what they were first made for.
    fn assign_files(&self, table: &mut NameTable) {
        let mut scope = NameScope::new(NameCase::Snake);
        let mut files: HashMap<String, Ident> = HashMap::new();
        for (id, ty) in self.model.types() {
            let Some(name) = table.types.get_mut(&id) else {
                continue;
            };
            if is_shared_module(name.module) {
                let owner = self.subject_words(&ty.site.root);
                let file = files
                    .entry(owner.scope_key())
                    .or_insert_with(|| scope.claim_name(&owner));
                name.file = Some(file.clone());
            }
        }
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
                Some(TypeName {
                    module,
                    ident,
                    file: None,
                })
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
                (Some(name), kind) => with_suffix(Words::from_wire(name), kind),
                (None, TypeKind::Params(_)) if ty.site.path.is_empty() => {
                    match self.roots.get(ty.site.root.as_str()) {
                        Some(&operation) => self.params_name(operation),
                        None => Words::default(),
                    }
                }
                (
                    None,
                    TypeKind::ErrorCodes(operation, _) | TypeKind::ErrorBodies(operation, _),
                ) => Words::from_wire(&self.model.operation(*operation).method_name)
                    .with_word("error"),
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
        let site = &ty.site;
        let is_shared = is_shared_module(ty.module);
        let root = self.root_words(id);
        let short_root = self.short_subject(&site.root);
        let call = match self.roots.get(site.root.as_str()) {
            Some(&operation) => self.params_name(operation),
            None => root.clone(),
        };
        let component = ty.component.as_deref();
        let mut all = component.map_or_else(Vec::new, |name| self.component_candidates(name));
        let depth = site.path.len();
        let is_vague = is_vague_word(site.last_word());
        // A vague word says enough in the module of its owner, and nowhere else.
        let least = if is_vague && (depth > 1 || is_shared) {
            2
        } else {
            1
        };
        let tails = |from: usize, to: usize| (from..=to.min(depth)).map(|n| path_tail(site, n));
        let says_enough = |words: &Words| words.len() > 1 || !is_shared;
        let with_roots = |tail: &Words| {
            let roots = [&root, &short_root, &call];
            roots.map(|root| root.clone().with_words(tail.clone()))
        };
        if is_shared {
            // Several roots use the type, so the path says more than one of them.
            all.extend(tails(least, 2).filter(says_enough));
            all.extend(tails(least.min(depth), 2).flat_map(|tail| with_roots(&tail)));
        } else {
            for steps in least.min(depth)..=depth.min(2) {
                let tail = path_tail(site, steps);
                all.push(tail.clone());
                all.extend(with_roots(&tail));
            }
        }
        if depth > 3 {
            let first = UseSite {
                path: site.path[..1].to_vec(),
                ..site.clone()
            };
            let ends = path_tail(&first, 1).with_words(path_tail(site, 1));
            all.push(ends.clone());
            all.push(root.clone().with_words(ends));
        }
        all.extend(tails(3, depth));
        let all = all.into_iter().map(|words| with_suffix(words, &ty.kind));
        all.filter(|words| words.to_pascal_case().len() <= MAX_LENGTH)
            .collect()
    }

    /// The words of a component's name, without what comes before a marker of the dialect, unless
    /// they say too little or are too many.
    fn component_candidates(&self, component: &str) -> Vec<Words> {
        let markers = &self.model.naming.component_markers;
        let words: Vec<&str> = component.split(['_', '.']).collect();
        let is_marker = |word: &&str| markers.iter().any(|marker| marker == word);
        let end = words.iter().rposition(is_marker);
        let (mut words, is_whole) = match end.and_then(|at| words.get(at + 1..)) {
            Some(rest) => (rest.to_vec(), false),
            None => (words, true),
        };
        words.dedup();
        let says_enough = match words.as_slice() {
            [] => false,
            [only] => is_whole && !is_vague_word(only),
            more => more.len() <= COMPONENT_WORDS,
        };
        let candidate = says_enough.then(|| Words::from_wire(&words.join("_")));
        // A component whose whole name it is comes first.
        let pause = (!is_whole).then(Words::default);
        pause.into_iter().chain(candidate).collect()
    }

    fn full_name(&self, id: TypeId) -> Words {
        let ty = self.model.ty(id);
        let words = self
            .root_words(id)
            .with_words(path_tail(&ty.site, ty.site.path.len()));
        with_suffix(words, &ty.kind)
    }

    /// The words that the root adds to a name: the verb within the module of a service, otherwise
    /// what the operation or the resource is about.
    fn root_words(&self, id: TypeId) -> Words {
        let ty = self.model.ty(id);
        match (self.roots.get(ty.site.root.as_str()), ty.module) {
            (Some(&operation), ModuleId::Service(_)) => {
                Words::from_wire(&self.model.operation(operation).method_name)
            }
            _ => self.subject_words(&ty.site.root),
        }
    }

    /// What an operation or a resource is about, without the namespaces: `Session`.
    fn short_subject(&self, root: &str) -> Words {
        let last = match self.roots.get(root) {
            Some(&operation) => {
                let service = self.model.operation(operation).service;
                self.model.service(service).path.last().map(String::as_str)
            }
            None => root.rsplit('.').next(),
        };
        Words::from_wire(last.unwrap_or_default()).into_singular()
    }

    /// What an operation or a resource is about: `CheckoutSession`.
    fn subject_words(&self, root: &str) -> Words {
        let Some(&operation) = self.roots.get(root) else {
            return Words::from_wire(root);
        };
        let service = self.model.operation(operation).service;
        let path = self.model.service(service).path.iter();
        path.fold(Words::default(), |words, part| {
            words.with_words(Words::from_wire(part).into_singular())
        })
    }
}

fn is_shared_module(module: ModuleId) -> bool {
    matches!(module, ModuleId::Shared | ModuleId::Params)
}

/// Types of parameters end with `Params`, so that a response type of the same name is another one.
fn with_suffix(words: Words, kind: &TypeKind) -> Words {
    let suffix = Words::default().with_word("params");
    match kind {
        TypeKind::Params(_) | TypeKind::Either(_) if !words.ends_with(&suffix) => {
            words.with_words(suffix)
        }
        _ => words,
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
