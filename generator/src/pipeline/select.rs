//! Restricts a model to some of its services, after everything has its place and its name.
//!
//! What a part contains is equal to the same in the whole crate: paths, signatures and files. So a
//! service that is added later changes nothing that was there before.

use std::collections::BTreeMap;

use crate::diag::{Code, DiagnosticSink, FileLocation, closest_name};
use crate::model::{EventType, Model, ModelPart, ModuleId, OperationId, TypeId, TypeKind};
use crate::name::NameTable;

/// Keeps the operations of the wanted services, the types they reach, and the events about those.
/// A service that does not exist is an error.
pub(super) fn keep_services(
    model: &mut Model,
    names: &mut NameTable,
    wanted: &[String],
    sink: &mut DiagnosticSink,
) -> Option<()> {
    let service_of: BTreeMap<OperationId, String> = model
        .operations()
        .map(|(id, op)| (id, model.service(op.service).path.join(".")))
        .collect();
    report_unknown(&service_of, wanted, sink)?;
    let is_wanted = |known: &str| wanted.iter().any(|service| is_within(known, service));
    let mut selection = Selection {
        model,
        names,
        part: ModelPart::default(),
        open: model.error_object.into_iter().collect(),
    };
    for (id, service) in &service_of {
        if is_wanted(service) {
            selection.add_operation(*id);
        }
    }
    selection.follow_types();
    selection.mark_events();
    let part = selection.part;
    names.restrict_to(&part);
    model.restrict_to(part);
    Some(())
}

/// Reports the wanted services that have no operation.
fn report_unknown(
    service_of: &BTreeMap<OperationId, String>,
    wanted: &[String],
    sink: &mut DiagnosticSink,
) -> Option<()> {
    let before = sink.error_count();
    for service in wanted {
        if !service_of.values().any(|known| is_within(known, service)) {
            let location = FileLocation::of_file(format!("--include {service}"));
            let detail = suggest_services(service, service_of.values());
            sink.report_in(Code::ServiceUnknown, location, detail);
        }
    }
    (sink.error_count() == before).then_some(())
}

/// Whether the service is the wanted one or below it.
fn is_within(service: &str, wanted: &str) -> bool {
    let rest = service.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The service that was probably meant or, if none is similar, those that share a word with the
/// wanted one.
fn suggest_services<'a>(wanted: &str, known: impl Iterator<Item = &'a String> + Clone) -> String {
    // A service that only has others below it can be wanted too.
    let above = |service: &'a String| {
        let ends = service.match_indices('.').map(|(at, _)| at);
        ends.chain([service.len()])
            .filter_map(|end| service.get(..end))
    };
    if let Some(closest) = closest_name(wanted, known.clone().flat_map(above)) {
        return format!("did you mean {closest}?");
    }
    let words: Vec<_> = wanted
        .split(['.', '_'])
        .filter(|word| word.len() > 2)
        .collect();
    let mut close: Vec<_> = known
        .filter(|service| words.iter().any(|word| service.contains(word)))
        .collect();
    close.sort();
    close.dedup();
    close.truncate(8);
    match close.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<_> = close.into_iter().map(String::as_str).collect();
            format!("there is {}", names.join(", "))
        }
    }
}

/// A part while it grows.
struct Selection<'a> {
    model: &'a Model,
    names: &'a NameTable,
    part: ModelPart,
    /// Types that are to be added.
    open: Vec<TypeId>,
}

impl Selection<'_> {
    fn add_operation(&mut self, id: OperationId) {
        let operation = self.model.operation(id);
        self.part.operations.insert(id);
        self.add_module(ModuleId::Service(operation.service));
        let slots = operation.output.slots();
        let output = slots.into_iter().map(|(_, ty)| ty);
        let own = operation.params.into_iter().chain(operation.errors);
        let arguments = operation
            .path_params
            .iter()
            .filter_map(|param| param.identifies);
        self.open.extend(own.chain(output).chain(arguments));
    }

    /// Adds the open types, what they use, and the modules they are in.
    fn follow_types(&mut self) {
        while let Some(id) = self.open.pop() {
            if !self.part.types.insert(id) {
                continue;
            }
            let slots = self.model.ty(id).kind.slots();
            self.open.extend(slots.into_iter().map(|slot| slot.ty));
            self.add_module(self.names.ty(id).module);
            let mut resources = self.model.resources();
            if let Some((resource, _)) = resources.find(|(_, resource)| resource.ty == id) {
                self.part.resources.insert(resource);
            }
        }
    }

    fn add_module(&mut self, module: ModuleId) {
        match module {
            ModuleId::Resource(id) => {
                // The module is named after this object.
                self.part.resources.insert(id);
                self.open.push(self.model.resource(id).ty);
            }
            ModuleId::Service(id) => {
                let mut next = Some(id);
                while let Some(id) = next {
                    self.part.services.insert(id);
                    next = self.model.service(id).parent;
                }
            }
            ModuleId::Shared | ModuleId::Params => {}
        }
    }

    /// Adds the types of events whose objects are in the part.
    fn mark_events(&mut self) {
        let Some(events) = &self.model.events else {
            return;
        };
        let mut mark_types = |all: &[EventType]| -> Vec<bool> {
            let marks: Vec<bool> = all.iter().map(|event| self.is_about_part(event)).collect();
            let kept = all.iter().zip(&marks).filter(|(_, is_kept)| **is_kept);
            let slots = kept.flat_map(|(event, _)| event.object.slots());
            self.open.extend(slots.map(|(_, ty)| ty));
            marks
        };
        let (types, notifications) = (mark_types(&events.types), mark_types(&events.notifications));
        self.part.events = types;
        self.part.notifications = notifications;
        self.follow_types();
    }

    /// Whether all objects of an event are in the part. A union that only events use is not there
    /// itself.
    fn is_about_part(&self, event: &EventType) -> bool {
        let has = |id: &TypeId| self.part.types.contains(id);
        let slots = event.object.slots();
        let is_known = slots.iter().all(|(_, id)| match &self.model.ty(*id).kind {
            TypeKind::Union(variants) => variants.iter().all(|variant| has(&variant.ty)),
            _ => has(id),
        });
        is_known && (!slots.is_empty() || event.tags.is_empty())
    }
}
