//! Endpoints become operations with a service, a parameter object and an output.

use std::collections::BTreeMap;

use super::builder::{ModelBuilder, UseRank};
use super::description::{Operation, PathParam};
use super::operation_names::MethodNames;
use super::service_rules::{MethodPlacement, ServiceRules};
use super::types::{ErrorBodyVariant, ModuleId, OperationId, Ty, Type, TypeId, TypeKind, UseSite};
use super::values::{ShapeContext, known_values};
use crate::api::{Encoding, Endpoint, ErrorFacts, PathStyle, RecordSchema, Scalar, ValueKind};
use crate::diag::Code;
use crate::lock::CallForm;

/// Translates every endpoint and assigns its service and method.
pub(super) fn fill_operations(builder: &mut ModelBuilder<'_>) {
    let rules = ServiceRules::new(builder.api);
    let locked = builder.lock.operation_methods();
    let mut taken: BTreeMap<(Vec<String>, String), &str> = BTreeMap::new();
    let by_path = builder.api.naming.by_path;
    let mut names = MethodNames::default();
    for endpoint in &builder.api.endpoints {
        let locked = locked.get(endpoint.id.as_str());
        if let Some(placement) = rules.stated_placement(endpoint, locked) {
            names.reserve_method(&placement);
        }
    }
    let endpoints = &builder.api.endpoints;
    for endpoint in endpoints {
        let locked = locked.get(endpoint.id.as_str());
        let stated = rules.stated_placement(endpoint, locked);
        let placement = stated.unwrap_or_else(|| match by_path {
            true => rules.infer_placement(endpoint),
            false => names.place_operation(endpoint),
        });
        let key = (placement.service.clone(), placement.method.clone());
        if let Some(other) = taken.insert(key, &endpoint.id) {
            builder.sink.report(
                Code::MethodNameTaken,
                &endpoint.at,
                format!(
                    "{}.{} is also {other}",
                    placement.service.join("."),
                    placement.method
                ),
            );
        }
        let form = locked.map(|locked| locked.form);
        builder.add_operation(endpoint, placement, form);
    }
}

fn is_integer(kind: &ValueKind) -> bool {
    match kind {
        ValueKind::List(items) => is_integer(&items.kind),
        kind => matches!(kind, ValueKind::Scalar(Scalar::Integer)),
    }
}

/// The style of an argument of the path.
fn path_style(endpoint: &Endpoint, wire: &str) -> Option<PathStyle> {
    let mut styles = endpoint.path_styles.iter();
    styles
        .find(|(name, _)| name == wire)
        .map(|(_, style)| *style)
}

impl ModelBuilder<'_> {
    fn add_operation(
        &mut self,
        endpoint: &Endpoint,
        placement: MethodPlacement,
        locked: Option<CallForm>,
    ) {
        let service = self.ensure_service(&placement.service);
        let id = OperationId(u32::try_from(self.operations.len()).unwrap_or(u32::MAX));
        let context = ShapeContext {
            module: ModuleId::Service(service),
            site: UseSite {
                root: endpoint.id.clone(),
                path: Vec::new(),
            },
            rank: UseRank::Output,
        };
        let (mut params, encoding) = self.operation_params(endpoint, &context);
        if params.is_none() && locked.is_some_and(CallForm::has_params) {
            // The method keeps its argument when the last parameter is gone.
            let none = RecordSchema::default();
            params = Some(self.top_level_params(&none, &context, endpoint));
        }
        let form = self.call_form(params, locked);
        let output = self.value_type(&endpoint.output, &context);
        let errors = self.error_type(endpoint, id, &context);
        self.service_mut(service).operations.push(id);
        self.operations.push(Operation {
            id: endpoint.id.clone(),
            method: endpoint.method,
            path: endpoint.path.clone(),
            path_params: endpoint
                .path_params
                .iter()
                .map(|p| PathParam {
                    wire: p.wire.clone(),
                    identifies: None,
                    is_integer: is_integer(&p.schema.kind),
                    is_list: matches!(p.schema.kind, ValueKind::List(_)),
                    style: path_style(endpoint, &p.wire),
                    known_values: known_values(&p.schema),
                    doc: p.schema.doc.text.clone(),
                })
                .collect(),
            params,
            encoding,
            placed: endpoint.placed.clone(),
            media_type: endpoint.media_type.clone(),
            accept: endpoint.accept.clone(),
            auth: endpoint.auth.clone(),
            security: endpoint.security.clone(),
            call_options: endpoint.call_options.clone(),
            output,
            pages: endpoint.pages.clone(),
            list_path: endpoint.output.doc.list_path.clone(),
            errors,
            host: endpoint.host.clone(),
            idempotent_key: endpoint.idempotent_key,
            idempotency_header: endpoint.idempotency_header.clone(),
            is_repeatable: endpoint.is_repeatable,
            rate_class: endpoint.rate_class.clone(),
            timeout_secs: endpoint.timeout_secs,
            explicit_version: endpoint.explicit_version.clone(),
            deprecation: endpoint.deprecation.clone(),
            service,
            form,
            method_name: placement.method,
            doc: endpoint.doc.text.clone(),
        });
    }

    /// The component that is the body of all failures.
    fn only_component(&self, variants: &[ErrorBodyVariant]) -> Option<TypeId> {
        let (first, rest) = variants.split_first()?;
        let Ty::Named(id) = first.ty else {
            return None;
        };
        let is_object =
            matches!(self.ty(id).kind, TypeKind::Object(_)) && !self.uses.contains_key(&id);
        let is_all = rest.iter().all(|variant| variant.ty == first.ty);
        (is_object && is_all).then_some(id)
    }

    /// The methods of an operation. A locked one keeps its arguments, unless a parameter became
    /// required.
    fn call_form(&self, params: Option<TypeId>, locked: Option<CallForm>) -> CallForm {
        let fields = match params.map(|id| &self.ty(id).kind) {
            Some(TypeKind::Params(params)) => params.fields.as_slice(),
            _ => return CallForm::Plain,
        };
        let needs_params = fields.iter().any(|field| field.presence.is_required());
        match locked {
            Some(CallForm::Plain) if needs_params => CallForm::Params,
            Some(CallForm::Plain) => CallForm::PlainAndWith,
            Some(CallForm::PlainAndWith) if needs_params => CallForm::With,
            Some(form) => form,
            None => CallForm::Params,
        }
    }

    fn operation_params(
        &mut self,
        endpoint: &Endpoint,
        context: &ShapeContext,
    ) -> (Option<TypeId>, Option<Encoding>) {
        let body = endpoint.body.as_ref();
        let in_body = body.is_some_and(|(_, record)| !record.fields.is_empty());
        let in_query = !endpoint.query.fields.is_empty();
        if in_query && endpoint.body.is_some() && !self.sink.is_tolerant() {
            self.sink.report(
                Code::QueryBesideBody,
                &endpoint.at,
                format!("{} {}", endpoint.method.as_str(), endpoint.path),
            );
        }
        let encoding = body.map(|(encoding, _)| *encoding);
        let both;
        let record = match (body, in_query) {
            (Some((_, record)), true) if in_body => {
                let fields = endpoint.query.fields.iter().chain(&record.fields);
                both = RecordSchema {
                    fields: fields.cloned().collect(),
                };
                &both
            }
            (Some((_, record)), false) if in_body => record,
            (_, true) => &endpoint.query,
            _ => return (None, encoding),
        };
        (
            Some(self.top_level_params(record, context, endpoint)),
            encoding,
        )
    }

    /// The parameter object of one operation, never shared with another operation.
    fn top_level_params(
        &mut self,
        record: &RecordSchema,
        context: &ShapeContext,
        endpoint: &Endpoint,
    ) -> TypeId {
        let rank = if endpoint.deprecation.is_some() {
            UseRank::Legacy
        } else {
            UseRank::Params
        };
        let context = ShapeContext {
            rank,
            ..context.clone()
        };
        let mut params = self.params_object(record, &context);
        self.hide_renamed(&mut params, record, &endpoint.placed);
        let kind = TypeKind::Params(params);
        self.declare_type(Type::new(context.module, context.site, kind))
    }

    fn error_type(
        &mut self,
        endpoint: &Endpoint,
        id: OperationId,
        context: &ShapeContext,
    ) -> Option<TypeId> {
        match &endpoint.errors {
            ErrorFacts::Common => {
                self.api
                    .error_object
                    .as_deref()
                    .and_then(|name| match self.component_type(name) {
                        Ty::Named(id) => Some(id),
                        _ => None,
                    })
            }
            ErrorFacts::Codes(codes) if codes.is_empty() => None,
            ErrorFacts::Codes(codes) => {
                let mut site = context.site.clone();
                site.root.push_str("/errors");
                let kind = TypeKind::ErrorCodes(id, codes.clone());
                Some(self.declare_type(Type::new(context.module, site, kind)))
            }
            ErrorFacts::Bodies(bodies) if bodies.is_empty() => None,
            ErrorFacts::Bodies(bodies) => {
                let variants = bodies.iter().map(|(status, schema)| ErrorBodyVariant {
                    status: status.clone(),
                    ty: self.value_type(schema, &context.enter_field(&format!("error_{status}"))),
                });
                let variants: Vec<ErrorBodyVariant> = variants.collect();
                if let Some(only) = self.only_component(&variants) {
                    return Some(only);
                }
                let kind = TypeKind::ErrorBodies(id, variants);
                let mut site = context.site.clone();
                site.root.push_str("/errors");
                Some(self.declare_type(Type::new(context.module, site, kind)))
            }
        }
    }
}
