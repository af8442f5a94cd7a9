//! Endpoints become operations with a service, a parameter object and an output.

use std::collections::BTreeMap;

use super::description::{Operation, PathParam};
use super::draft::{Draft, Rank};
use super::service_rules::{Placement, Rules};
use super::types::{Home, OperationId, Site, Ty, Type, TypeId, TypeKind};
use super::values::Place;
use crate::api::{Encoding, Endpoint, Errors, Method, Record};
use crate::diag::Code;

/// Places and translates every endpoint.
pub(super) fn fill(draft: &mut Draft<'_>) {
    let rules = Rules::new(draft.api);
    let mut taken: BTreeMap<(Vec<String>, String), &str> = BTreeMap::new();
    let endpoints = &draft.api.endpoints;
    for endpoint in endpoints {
        let placement = rules.place(endpoint);
        let key = (placement.service.clone(), placement.method.clone());
        if let Some(other) = taken.insert(key, &endpoint.id) {
            draft.sink.report(
                Code::MethodNameTaken,
                &endpoint.at,
                format!(
                    "{}.{} is also {other}",
                    placement.service.join("."),
                    placement.method
                ),
            );
        }
        draft.operation(endpoint, placement);
    }
}

impl Draft<'_> {
    fn operation(&mut self, endpoint: &Endpoint, placement: Placement) {
        let service = self.service(&placement.service);
        let id = OperationId(u32::try_from(self.operations.len()).unwrap_or(u32::MAX));
        let place = Place {
            home: Home::Service(service),
            site: Site {
                root: endpoint.id.clone(),
                path: Vec::new(),
            },
            rank: Rank::Output,
        };
        let (params, encoding) = self.parameters(endpoint, &place);
        let output = self.value(&endpoint.output, &place);
        let errors = self.errors(endpoint, id, &place);
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
                    doc: p.schema.doc.text.clone(),
                })
                .collect(),
            params,
            encoding,
            call_options: endpoint.call_options.clone(),
            output,
            errors,
            host: endpoint.host.clone(),
            idempotent_key: endpoint.idempotent_key,
            rate_class: endpoint.rate_class.clone(),
            timeout_secs: endpoint.timeout_secs,
            deprecation: endpoint.deprecation.clone(),
            service,
            method_name: placement.method,
            doc: endpoint.doc.text.clone(),
        });
    }

    fn parameters(
        &mut self,
        endpoint: &Endpoint,
        place: &Place,
    ) -> (Option<TypeId>, Option<Encoding>) {
        let body = endpoint.body.as_ref();
        let in_body = body.is_some_and(|(_, record)| !record.fields.is_empty());
        let in_query = !endpoint.query.fields.is_empty();
        if in_query && (in_body || endpoint.method == Method::Post) {
            self.sink.report(
                Code::QueryBesideBody,
                &endpoint.at,
                format!("{} {}", endpoint.method.as_str(), endpoint.path),
            );
        }
        let encoding = body.map(|(encoding, _)| *encoding);
        let record = match (body, in_query) {
            (Some((_, record)), _) if in_body => record,
            (_, true) => &endpoint.query,
            _ => return (None, encoding),
        };
        (
            Some(self.top_level(record, place, endpoint.deprecation.is_some())),
            encoding,
        )
    }

    /// The parameter object of one operation, never shared with another operation.
    fn top_level(&mut self, record: &Record, place: &Place, is_legacy: bool) -> TypeId {
        let rank = if is_legacy {
            Rank::Legacy
        } else {
            Rank::Params
        };
        let place = Place {
            rank,
            ..place.clone()
        };
        let params = self.params(record, &place);
        self.declare(Type {
            home: place.home,
            site: place.site,
            uses: 1,
            fixed_name: None,
            kind: TypeKind::Params(params),
            doc: None,
        })
    }

    fn errors(&mut self, endpoint: &Endpoint, id: OperationId, place: &Place) -> Option<TypeId> {
        match &endpoint.errors {
            Errors::Common => {
                self.api
                    .error_object
                    .as_deref()
                    .and_then(|name| match self.component(name) {
                        Ty::Named(id) => Some(id),
                        _ => None,
                    })
            }
            Errors::Codes(codes) if codes.is_empty() => None,
            Errors::Codes(codes) => {
                let mut site = place.site.clone();
                site.root.push_str("/errors");
                Some(self.declare(Type {
                    home: place.home,
                    site,
                    uses: 1,
                    fixed_name: None,
                    kind: TypeKind::ErrorCodes(id, codes.clone()),
                    doc: None,
                }))
            }
        }
    }
}
