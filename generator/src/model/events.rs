//! Events: the types of their objects, and the operations that list them or create endpoints.

use std::collections::HashMap;

use super::builder::{ModelBuilder, ShapeUse, UseRank};
use super::description::{EventEndpoint, EventEnvelope, EventType, Events};
use super::reachability;
use super::types::{
    Field, ModuleId, OperationId, PathStep, Presence, Ty, TypeId, TypeKind, UnionVariant, UseSite,
};
use crate::api::{self, MemberSelector, RawReason};
use crate::diag::SpecPath;

/// Translates the types of events, if the API has any.
pub(super) fn fill_events(builder: &mut ModelBuilder<'_>) {
    let api = builder.api;
    let Some(events) = &api.events else {
        return;
    };
    let mut by_tag: HashMap<&str, TypeId> = HashMap::new();
    for component in api
        .components
        .iter()
        .filter(|c| !reachability::is_deleted(c))
    {
        let declared = builder.declared.get(component.name.as_str());
        if let (Some(tag), Some(&id)) = (reachability::object_tag(component), declared) {
            by_tag.entry(tag).or_insert(id);
        }
    }
    let typed = |event: &api::EventTypeFacts, builder: &mut ModelBuilder<'_>| EventType {
        name: event.name.clone(),
        tags: event.objects.clone(),
        object: builder.event_object(event, &by_tag),
    };
    let types = events.types.iter().map(|e| typed(e, builder)).collect();
    let notifications = events.notifications.iter().map(|e| typed(e, builder));
    let notifications = notifications.collect();
    builder.events = Some(Events {
        types,
        notifications,
        ..Events::default()
    });
}

/// Finds the operations for events, and the fields that they are about. Types do not change after
/// that.
pub(super) fn find_event_operations(builder: &mut ModelBuilder<'_>) {
    let (Some(facts), Some(mut events)) = (&builder.api.events, builder.events.take()) else {
        return;
    };
    let list = facts.list.as_deref();
    events.list = list.and_then(|id| builder.operation_id(id));
    let pair = facts.notification_operations.as_ref();
    events.notification_operations = pair.and_then(|(list, retrieve)| {
        Some((builder.operation_id(list)?, builder.operation_id(retrieve)?))
    });
    let endpoint = facts.endpoint.as_ref();
    events.endpoint = endpoint.and_then(|facts| builder.event_endpoint(facts));
    let envelope = facts.envelope.as_ref();
    events.envelope = envelope.and_then(|facts| builder.event_envelope(facts));
    builder.events = Some(events);
}

impl ModelBuilder<'_> {
    /// The type of the object of an event. Several objects are a union like any other, so that it
    /// is the same type as a union of the same members elsewhere.
    fn event_object(&mut self, event: &api::EventTypeFacts, by_tag: &HashMap<&str, TypeId>) -> Ty {
        let known = event.objects.iter().filter_map(|tag| {
            Some(UnionVariant {
                ty: *by_tag.get(tag.as_str())?,
                object: tag.clone(),
                deleted: false,
                selector: MemberSelector::Tags,
            })
        });
        let mut variants: Vec<UnionVariant> = known.collect();
        variants.sort_by(|a, b| a.object.cmp(&b.object));
        match variants.as_slice() {
            [] => Ty::Raw(RawReason::of_document(
                "the document does not describe the object",
            )),
            [only] => Ty::Named(only.ty),
            _ => Ty::Named(self.declare_shape(TypeKind::Union(variants), event_union_use(event))),
        }
    }

    fn operation_id(&self, id: &str) -> Option<OperationId> {
        let at = self.operations.iter().position(|o| o.id == id)?;
        u32::try_from(at).ok().map(OperationId)
    }

    fn event_endpoint(&self, endpoint: &api::EventEndpointFacts) -> Option<EventEndpoint> {
        let operation = self.operation_id(&endpoint.operation)?;
        let params = self.operations.get(operation.0 as usize)?.params?;
        let (version, _) = self.find_field(params, &endpoint.parameter)?;
        Some(EventEndpoint {
            operation,
            params,
            version,
        })
    }

    fn event_envelope(&self, envelope: &api::EventEnvelopeFacts) -> Option<EventEnvelope> {
        let ty = *self.declared.get(envelope.component.as_str())?;
        Some(EventEnvelope {
            ty,
            type_: self.field_path(ty, &envelope.type_)?,
            object: self.field_path(ty, &envelope.object)?,
            previous: self.field_path(ty, &envelope.previous)?,
        })
    }

    fn field_path(&self, ty: TypeId, fields: &[String]) -> Option<Vec<(TypeId, usize)>> {
        let mut next = Some(ty);
        let steps = fields.iter().map(|wire| {
            let ty = next.take()?;
            let (index, field) = self.find_field(ty, wire)?;
            next = match field.ty {
                Ty::Named(id) if field.presence == Presence::Required => Some(id),
                _ => None,
            };
            Some((ty, index))
        });
        steps.collect()
    }

    /// A field of an object or a parameter object, and its index there.
    fn find_field(&self, id: TypeId, wire: &str) -> Option<(usize, &Field)> {
        let fields = match &self.ty(id).kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Params(params) => &params.fields,
            _ => return None,
        };
        let mut all = fields.iter().enumerate();
        all.find(|(_, field)| field.wire == wire)
    }
}

/// A union that only events use is named after the subject of the event.
fn event_union_use(event: &api::EventTypeFacts) -> ShapeUse {
    let subject = event
        .name
        .rsplit_once('.')
        .map_or("", |(subject, _)| subject);
    ShapeUse {
        module: ModuleId::Shared,
        site: UseSite {
            root: subject.to_owned(),
            path: vec![PathStep {
                wire: "object".to_owned(),
                element: false,
            }],
        },
        rank: UseRank::Output,
        at: SpecPath::root(),
    }
}
