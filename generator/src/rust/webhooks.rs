//! Events: constants, the enum of all events, the verifier, and parameters of endpoints.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{FileContext, ident_token, raw_ident};
use super::docs;
use crate::model::{EventEndpoint, EventEnvelope, EventType, Events, Ty, TypeId};
use crate::model::{ModuleId, TypeKind};
use crate::name::Ident;

/// What users of a generated crate need of the crate `webhooks`.
const REEXPORTED: [&str; 46] = [
    "Backoff",
    "ClaimOrder",
    "ClaimRequest",
    "ClaimedMessage",
    "DeadLetter",
    "Delivery",
    "Event",
    "EventCause",
    "EventKind",
    "EventNotification",
    "HandlerError",
    "Inbox",
    "InboxAdmin",
    "InboxError",
    "InboxErrorKind",
    "InboxMessage",
    "InboxStats",
    "MemoryInbox",
    "Message",
    "MessageLease",
    "MessageOutcome",
    "MessageRecord",
    "MessageState",
    "Payload",
    "ReceiveOutcome",
    "Receiver",
    "ReconcileError",
    "ReconcileGap",
    "ReconcileReport",
    "Reconciler",
    "RelatedObject",
    "Router",
    "SecretError",
    "SignatureHeader",
    "Signer",
    "StoreOutcome",
    "VerifiedSignature",
    "Verifier",
    "VersionPolicy",
    "WakeSignal",
    "WebhookError",
    "WebhookResponse",
    "Worker",
    "WorkerReport",
    "WorkerSetupError",
    "release_name",
];

/// `webhooks.rs`.
pub(super) fn webhooks_file(cx: &FileContext<'_>, events: &Events) -> TokenStream {
    let reexported = REEXPORTED.iter().map(|name| raw_ident(name));
    let notifications = (!events.notifications.is_empty()).then(|| {
        let docs = doc_line(cx, "A constant for each type of notifications.");
        quote!(#docs pub mod notification_kinds;)
    });
    let kinds_docs = doc_line(cx, "A constant for each type of events.");
    let data = event_data(cx, events);
    let listed = events.envelope.as_ref().map(|e| listed_event(cx, e));
    let types = event_types(cx, events);
    let endpoint = events.endpoint.map(|e| pinned_endpoint(cx, e));
    let verifier = verifier_function(cx);
    cx.set_description(description_lines(cx, events));
    quote! {
        #kinds_docs
        pub mod kinds;
        #notifications

        #[doc(inline)]
        pub use ::webhooks::{#(#reexported),*};
        #[cfg(feature = "axum")]
        #[doc(inline)]
        pub use ::webhooks::axum_route;
        #[cfg(feature = "postgres")]
        #[doc(inline)]
        pub use ::webhooks_postgres as postgres;
        #[cfg(feature = "sqlite")]
        #[doc(inline)]
        pub use ::webhooks_sqlite as sqlite;

        #data
        #listed
        #types
        #verifier
        #endpoint
    }
}

/// The function that makes a verifier with the document's version.
fn verifier_function(cx: &FileContext<'_>) -> TokenStream {
    let facts = [
        "A verifier for an endpoint's secret that warns of events of another release of the API \
         than that of this crate, [`API_VERSION`](crate::API_VERSION)."
            .to_owned(),
        "Fails with what [`Verifier::new`] fails with. See there for further secrets, tolerances \
         and other policies."
            .to_owned(),
    ];
    let docs = docs::item_docs(cx, None, &facts);
    quote! {
        #docs
        pub fn verifier(secret: impl Into<runtime::Secret>) -> Result<Verifier, SecretError> {
            let policy = VersionPolicy::warn(crate::API_VERSION);
            Ok(Verifier::new(secret)?.version_policy(policy))
        }
    }
}

/// `webhooks/kinds.rs`.
pub(super) fn kinds_file(cx: &FileContext<'_>, events: &Events) -> TokenStream {
    let names = cx.names.event_names().iter().map(|names| &names.constant);
    kind_constants(cx, events.types.iter().zip(names), "A type of events each.")
}

/// `webhooks/notification_kinds.rs`.
pub(super) fn notification_kinds_file(cx: &FileContext<'_>, events: &Events) -> TokenStream {
    let types = events
        .notifications
        .iter()
        .zip(cx.names.notification_names());
    kind_constants(
        cx,
        types,
        "A type of notifications each, with the type of the object that they are about.",
    )
}

fn kind_constants<'a>(
    cx: &FileContext<'_>,
    types: impl Iterator<Item = (&'a EventType, &'a Ident)>,
    about: &str,
) -> TokenStream {
    let constants = types.map(|(event, constant)| {
        let (name, constant) = (&event.name, ident_token(constant));
        let object = match event.tags.as_slice() {
            [] => "no object that the document describes".to_owned(),
            tags => format!("`{}`", tags.join("`, `")),
        };
        let docs = doc_line(cx, &format!("`{name}`: {object}."));
        let ty = cx.type_ref(&event.object);
        quote!(#docs pub const #constant: EventKind<#ty> = EventKind::new(#name);)
    });
    let constants: TokenStream = constants.collect();
    cx.set_description(vec![about.to_owned()]);
    quote! {
        use ::webhooks::EventKind;

        #constants
    }
}

/// The enum of all events, and the trait that returns it.
fn event_data(cx: &FileContext<'_>, events: &Events) -> TokenStream {
    let raw_json = cx.import_value("RawJson");
    let named = || events.types.iter().zip(cx.names.event_names());
    let declared = named().map(|(event, names)| {
        let (variant, ty) = (ident_token(&names.variant), cx.type_ref(&event.object));
        let docs = doc_line(cx, &format!("`{}`.", event.name));
        quote!(#docs #variant(Payload<'a, #ty>),)
    });
    let arms = named().map(|(event, names)| {
        let (name, variant) = (&event.name, ident_token(&names.variant));
        quote!(#name => EventData::#variant(raw.cast()),)
    });
    let enum_docs = doc_line(
        cx,
        "An event by its type, with its object still to be decoded.",
    );
    let unknown_docs = doc_line(cx, "An event of a type that the document does not list.");
    let trait_docs = doc_line(
        cx,
        "What events have in common, whether they were received or listed.",
    );
    let data_docs = doc_line(
        cx,
        "The event by its type. The object is decoded on request.",
    );
    quote! {
        #enum_docs
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum EventData<'a> {
            #(#declared)*
            #unknown_docs
            Unknown(Payload<'a, #raw_json>),
        }

        #trait_docs
        pub trait EventExt {
            #data_docs
            fn data(&self) -> EventData<'_>;
        }

        impl EventExt for Event {
            fn data(&self) -> EventData<'_> {
                by_name(self.type_(), self.payload())
            }
        }

        #[allow(clippy::too_many_lines)]
        fn by_name<'a>(name: &str, raw: Payload<'a, #raw_json>) -> EventData<'a> {
            match name {
                #(#arms)*
                _ => EventData::Unknown(raw),
            }
        }
    }
}

/// The implementation of that trait for events that an operation lists.
fn listed_event(cx: &FileContext<'_>, envelope: &EventEnvelope) -> TokenStream {
    let ty = cx.type_path(envelope.ty);
    let field_path = |steps: &[(TypeId, usize)]| -> TokenStream {
        let names = steps.iter().map(|(id, at)| {
            let names = cx.names.fields(*id).get(*at);
            names.map(|names| ident_token(&names.field))
        });
        names.map(|name| quote!(.#name)).collect()
    };
    let (type_, object) = (field_path(&envelope.type_), field_path(&envelope.object));
    let previous = field_path(&envelope.previous);
    quote! {
        impl EventExt for #ty {
            fn data(&self) -> EventData<'_> {
                by_name(
                    &self #type_,
                    Payload::new(&self #object, self #previous.as_ref()),
                )
            }
        }
    }
}

/// The table of all event types.
fn event_types(cx: &FileContext<'_>, events: &Events) -> TokenStream {
    let entries = events.types.iter().map(|event| {
        let (name, tags) = (&event.name, &event.tags);
        quote!(EventType { name: #name, objects: &[#(#tags),*] })
    });
    let type_docs = doc_line(cx, "A type of events.");
    let name_docs = doc_line(cx, "Its name, as in an event's `type`.");
    let objects_docs = doc_line(
        cx,
        "What the `object` of its object may say; empty if the document does not describe it.",
    );
    let table_docs = doc_line(
        cx,
        "Every type of events that the document lists, in its order.",
    );
    quote! {
        #type_docs
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct EventType {
            #name_docs
            pub name: &'static str,
            #objects_docs
            pub objects: &'static [&'static str],
        }

        #table_docs
        pub static EVENT_TYPES: &[EventType] = &[#(#entries),*];
    }
}

/// A constructor of an endpoint's parameters that sets the version.
fn pinned_endpoint(cx: &FileContext<'_>, endpoint: EventEndpoint) -> TokenStream {
    let operation = cx.model.operation(endpoint.operation);
    let ty = cx.type_path(endpoint.params);
    let TypeKind::Params(params) = &cx.model.ty(endpoint.params).kind else {
        return TokenStream::new();
    };
    let named = || params.fields.iter().zip(cx.names.fields(endpoint.params));
    let required = || named().filter(|(field, _)| field.presence.is_required());
    let arguments = required().map(|(field, names)| {
        let name = ident_token(&names.field);
        let (ty, _) = cx.setter_argument(&field.ty, &quote!(#name));
        quote!(#name: #ty)
    });
    let values = required().map(|(_, names)| ident_token(&names.field));
    let version = named().nth(endpoint.version);
    let version = version.map(|(_, names)| ident_token(&names.field));
    let facts = [
        format!(
            "Parameters of `{} {}` for an endpoint that gets its events in the version of this \
             crate, [`API_VERSION`](crate::API_VERSION).",
            operation.method.as_str(),
            operation.path
        ),
        "An endpoint without a version gets them in the account's default version, and the types \
         of this crate may not fit the objects of another one."
            .to_owned(),
    ];
    let docs = docs::item_docs(cx, None, &facts);
    quote! {
        #docs
        pub fn pinned_endpoint(#(#arguments),*) -> #ty {
            #ty::new(#(#values),*).#version(crate::API_VERSION)
        }
    }
}

/// The documentation of the module, with an example if there is an object to show.
fn description_lines(cx: &FileContext<'_>, events: &Events) -> Vec<String> {
    let mut lines: Vec<String> = vec![
        "What the API sends on its own: events and notifications.".to_owned(),
        String::new(),
        "An [`Event`] has a snapshot of its object; [`EventExt::data`] gives it the type that goes"
            .to_owned(),
        "with the type of the event. An [`EventNotification`] names its object only.".to_owned(),
    ];
    let named = || events.types.iter().zip(cx.names.event_names());
    let shown = named().find(|(event, _)| is_resource(cx, &event.object));
    if let Some((event, names)) = shown {
        let krate = cx.options.crate_name.replace('-', "_");
        let (name, variant) = (&event.name, &names.variant);
        lines.extend([
            String::new(),
            "```".to_owned(),
            format!("use {krate}::webhooks::{{Event, EventData, EventExt}};"),
            String::new(),
            "# fn main() -> Result<(), Box<dyn std::error::Error>> {".to_owned(),
            "let event = Event::parse_unverified(".to_owned(),
            format!("    br#\"{{\"id\": \"evt_1\", \"object\": \"event\", \"type\": \"{name}\","),
            "        \"created\": 1769599800, \"data\": {\"object\": {\"id\": \"1\"}}}\"#,"
                .to_owned(),
            ")?;".to_owned(),
            "match event.data() {".to_owned(),
            format!("    EventData::{variant}(payload) => match payload.object() {{"),
            "        Ok(object) => println!(\"{object:?}\"),".to_owned(),
            "        Err(error) => println!(\"{error}: {}\", payload.raw().as_str()),".to_owned(),
            "    },".to_owned(),
            "    EventData::Unknown(_) => println!(\"unknown: {}\", event.type_()),".to_owned(),
            "    _ => {}".to_owned(),
            "}".to_owned(),
            "# Ok(())".to_owned(),
            "# }".to_owned(),
            "```".to_owned(),
        ]);
    }
    lines
}

fn is_resource(cx: &FileContext<'_>, ty: &Ty) -> bool {
    match ty {
        Ty::Named(id) => matches!(cx.names.ty(*id).module, ModuleId::Resource(_)),
        _ => false,
    }
}

fn doc_line(cx: &FileContext<'_>, text: &str) -> TokenStream {
    docs::item_docs(cx, None, &[text.to_owned()])
}
