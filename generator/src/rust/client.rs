//! The client: a wrapper of the runtime's client with a method for each service.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::FileContext;
use super::{docs, operation, service};
use crate::model::RateLimits;

/// `client.rs`.
pub(super) fn client_file(cx: &FileContext<'_>) -> TokenStream {
    let facts = &cx.model.facts;
    let roots = cx.model.services().filter(|(_, s)| s.parent.is_none());
    let accessors = roots.map(|(id, _)| service::service_accessor(cx, id, &quote!(self.0)));
    let (title, version) = (&cx.model.title, &cx.model.version);
    let hosts = facts.hosts.iter().map(|(key, url)| quote!((#key, #url)));
    let headers = [
        header_setter("version_header", facts.version_header.as_ref()),
        header_setter("account_header", facts.account_header.as_ref()),
        header_setter("context_header", facts.context_header.as_ref()),
        header_setter("trigger_header", facts.trigger_header.as_ref()),
    ];
    let headers = headers.iter().flatten();
    let live_keys = list_setter("live_keys", &facts.live_keys);
    let sensitive = list_setter("sensitive", &facts.sensitive);
    let limits = facts.rate_limits.as_ref().map(limits_setter);
    let sessions = sessions_setter(cx);
    let events = events_setter(cx);
    let key_variable = &facts.key_variable;
    let line = |text: String| docs::item_docs(cx, None, &[text]);
    let api_docs = line(format!("How the {title} is reached."));
    let version_docs = line("The API version that requests are pinned to.".to_owned());
    let client_lines = [
        format!("A client for the {title}. Clones share everything."),
        "Beside the services it has what the runtime's client has: raw calls, `resume`, `usage`, \
         `circuits`, `health`."
            .to_owned(),
    ];
    let client_docs = docs::item_docs(cx, None, &client_lines);
    let errors = "# Errors\nIf the key is missing or cannot be sent.".to_owned();
    let new_line = "A client with this API key and defaults for the rest.".to_owned();
    let new_docs = docs::item_docs(cx, None, &[new_line, errors.clone()]);
    let env_line = format!("A client with the API key from `{key_variable}`.");
    let env_docs = docs::item_docs(cx, None, &[env_line, errors]);
    let builder_docs = line("Everything that can be set on a client.".to_owned());
    let runtime_docs =
        line("The runtime's client, for whatever a service's name hides.".to_owned());
    let conversions = client_conversions();
    let names_operations = sessions.is_some() || events.is_some();
    let imports = names_operations.then(operation_import);
    quote! {
        #imports

        #version_docs
        pub const API_VERSION: &str = #version;

        #api_docs
        pub static API: runtime::client::ApiSpec =
            runtime::client::ApiSpec::new(#title, API_VERSION, &[#(#hosts),*])
                .key_variable(#key_variable)
                .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
                #(#headers)*
                #live_keys
                #limits
                #sessions
                #events
                #sensitive;

        #client_docs
        #[derive(Clone, Debug)]
        pub struct Client(runtime::client::Client);

        #conversions

        impl Client {
            #new_docs
            pub fn new(api_key: impl Into<runtime::secret::Secret>) -> Result<Self, runtime::error::Error> {
                Self::builder().api_key(api_key).build()
            }

            #env_docs
            pub fn from_env() -> Result<Self, runtime::error::Error> {
                Self::builder().from_env().build()
            }

            #builder_docs
            pub fn builder() -> runtime::client::ClientBuilder<Self> {
                runtime::client::ClientBuilder::new(&API)
            }

            #runtime_docs
            pub fn runtime(&self) -> &runtime::client::Client {
                &self.0
            }

            #(#accessors)*
        }
    }
}

/// The import that the constants of operations need.
fn operation_import() -> TokenStream {
    quote!(
        use runtime::operation::Operation;
    )
}

/// The setter of a header's name, if the API has that header.
fn header_setter(method: &str, name: Option<&String>) -> Option<TokenStream> {
    let method = format_ident!("{method}");
    name.map(|name| quote!(.#method(#name)))
}

/// The setter of a list of texts, unless it is empty.
fn list_setter(method: &str, texts: &[String]) -> Option<TokenStream> {
    let method = format_ident!("{method}");
    (!texts.is_empty()).then(|| quote!(.#method(&[#(#texts),*])))
}

/// The setter of the published rate limits.
fn limits_setter(limits: &RateLimits) -> TokenStream {
    let number = Literal::u32_unsuffixed;
    let (live, test) = (number(limits.live), number(limits.test));
    let operation = number(limits.operation);
    let classes = limits.classes.iter().map(|limit| {
        let (class, per_second) = (&limit.class, number(limit.per_second));
        let concurrent = limit.concurrent.map(number);
        let concurrent = concurrent.map(|bound| quote!(.concurrent(#bound)));
        let separate = limit.separate.then(|| quote!(.separate()));
        quote!(runtime::rate_limit::ClassLimit::new(#class, #per_second) #concurrent #separate)
    });
    quote! {
        .limits(
            runtime::rate_limit::Preset::new(#live, #test, #operation)
                .classes(&[#(#classes),*])
        )
    }
}

/// The setter of the hosts that need sessions, if the crate has the operations that open them.
fn sessions_setter(cx: &FileContext<'_>) -> Option<TokenStream> {
    let sessions: Vec<TokenStream> = cx
        .model
        .facts
        .sessions
        .iter()
        .filter_map(|session| {
            let mut operations = cx.model.operations();
            let (id, _) = operations.find(|(_, operation)| operation.id == session.operation)?;
            let spec = operation::spec_path(cx, id);
            let (host, token, expires) = (&session.host, &session.token, &session.expires);
            Some(quote!(runtime::client::SessionSpec::new(#host, #spec, #token, #expires)))
        })
        .collect();
    (!sessions.is_empty()).then(|| quote!(.sessions(&[#(#sessions),*])))
}

/// The setter of the operations that list events, if the crate has them.
fn events_setter(cx: &FileContext<'_>) -> Option<TokenStream> {
    let events = cx.model.events.as_ref()?;
    let list = operation::spec_path(cx, events.list?);
    let notifications = events.notification_operations.map(|(list, retrieve)| {
        let list = operation::spec_path(cx, list);
        let retrieve = operation::spec_path(cx, retrieve);
        quote!(.notifications(#list, #retrieve))
    });
    Some(quote!(.events(runtime::client::EventsSpec::new(#list)#notifications)))
}

/// Conversions from and to the runtime's client.
fn client_conversions() -> TokenStream {
    quote! {
        impl From<runtime::client::Client> for Client {
            fn from(client: runtime::client::Client) -> Self {
                Self(client)
            }
        }

        impl AsRef<runtime::client::Client> for Client {
            fn as_ref(&self) -> &runtime::client::Client {
                &self.0
            }
        }

        impl std::ops::Deref for Client {
            type Target = runtime::client::Client;

            fn deref(&self) -> &runtime::client::Client {
                &self.0
            }
        }
    }
}
