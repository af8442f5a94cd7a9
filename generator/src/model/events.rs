//! Events: the types of what they carry, and the operations that have to do with them.

use std::collections::HashMap;

use super::description::{EventEndpoint, EventEnvelope, EventType, Events};
use super::draft::{Draft, Rank, Shape, Use};
use super::reach;
use super::types::{Field, Home, OperationId, Presence, Site, Step, Ty, TypeId, TypeKind, Variant};
use crate::api;
use crate::diag::SpecPath;

/// Translates what is known about events.
pub(super) fn fill(draft: &mut Draft<'_>) {
    let api = draft.api;
    let Some(events) = &api.events else {
        return;
    };
    let mut by_tag: HashMap<&str, TypeId> = HashMap::new();
    for component in api.components.iter().filter(|c| !reach::is_deleted(c)) {
        let declared = draft.declared.get(component.name.as_str());
        if let (Some(tag), Some(&id)) = (reach::tag(component), declared) {
            by_tag.entry(tag).or_insert(id);
        }
    }
    let typed = |event: &api::EventType, draft: &mut Draft<'_>| EventType {
        name: event.name.clone(),
        tags: event.objects.clone(),
        object: draft.event_object(event, &by_tag),
    };
    let types = events.types.iter().map(|e| typed(e, draft)).collect();
    let notifications = events.notifications.iter().map(|e| typed(e, draft));
    let notifications = notifications.collect();
    let pair = events.notification_operations.as_ref();
    draft.events = Some(Events {
        types,
        notifications,
        list: events.list.as_deref().and_then(|id| draft.operation_id(id)),
        notification_operations: pair.and_then(|(list, retrieve)| {
            Some((draft.operation_id(list)?, draft.operation_id(retrieve)?))
        }),
        endpoint: events.endpoint.as_ref().and_then(|e| draft.endpoint(e)),
        envelope: events.envelope.as_ref().and_then(|e| draft.envelope(e)),
    });
}

impl Draft<'_> {
    /// The type of the object of an event. Several objects are a union like any other, so that it
    /// is the same type as a union of the same members elsewhere.
    fn event_object(&mut self, event: &api::EventType, by_tag: &HashMap<&str, TypeId>) -> Ty {
        let known = event.objects.iter().filter_map(|tag| {
            Some(Variant {
                ty: *by_tag.get(tag.as_str())?,
                object: tag.clone(),
                deleted: false,
            })
        });
        let mut variants: Vec<Variant> = known.collect();
        variants.sort_by(|a, b| a.object.cmp(&b.object));
        match variants.as_slice() {
            [] => Ty::Raw("the document does not describe the object".to_owned()),
            [only] => Ty::Named(only.ty),
            _ => Ty::Named(self.intern(Shape::Union(variants), usage(event))),
        }
    }

    fn operation_id(&self, id: &str) -> Option<OperationId> {
        let at = self.operations.iter().position(|o| o.id == id)?;
        u32::try_from(at).ok().map(OperationId)
    }

    fn endpoint(&self, endpoint: &api::EventEndpoint) -> Option<EventEndpoint> {
        let operation = self.operation_id(&endpoint.operation)?;
        let params = self.operations.get(operation.0 as usize)?.params?;
        let (version, _) = self.field(params, &endpoint.parameter)?;
        Some(EventEndpoint {
            operation,
            params,
            version,
        })
    }

    fn envelope(&self, envelope: &api::EventEnvelope) -> Option<EventEnvelope> {
        let ty = *self.declared.get(envelope.component.as_str())?;
        Some(EventEnvelope {
            ty,
            type_: self.way(ty, &envelope.type_)?,
            object: self.way(ty, &envelope.object)?,
            previous: self.way(ty, &envelope.previous)?,
        })
    }

    fn way(&self, ty: TypeId, fields: &[String]) -> Option<Vec<(TypeId, usize)>> {
        let mut next = Some(ty);
        let steps = fields.iter().map(|wire| {
            let ty = next.take()?;
            let (index, field) = self.field(ty, wire)?;
            next = match field.ty {
                Ty::Named(id) if field.presence == Presence::Required => Some(id),
                _ => None,
            };
            Some((ty, index))
        });
        steps.collect()
    }

    /// A field of an object or a parameter object, and its place there.
    fn field(&self, id: TypeId, wire: &str) -> Option<(usize, &Field)> {
        let fields = match &self.ty(id).kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Params(params) => &params.fields,
            _ => return None,
        };
        let mut all = fields.iter().enumerate();
        all.find(|(_, field)| field.wire == wire)
    }
}

/// A union that occurs in events alone is named after what they are about.
fn usage(event: &api::EventType) -> Use {
    let subject = event
        .name
        .rsplit_once('.')
        .map_or("", |(subject, _)| subject);
    Use {
        home: Home::Shared,
        site: Site {
            root: subject.to_owned(),
            path: vec![Step {
                wire: "object".to_owned(),
                element: false,
            }],
        },
        rank: Rank::Output,
        at: SpecPath::root(),
    }
}
