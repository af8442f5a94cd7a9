//! The client: a wrapper of the runtime's client with a method for each service.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::FileContext;
use super::error_members::ErrorMembersTrait;
use super::{credentials, docs, operation, schemes, service};
use crate::model::{RateLimits, RawCalls};

/// `client.rs`.
pub(super) fn client_file(cx: &FileContext<'_>) -> TokenStream {
    let facts = &cx.model.facts;
    let roots = cx.model.services().filter(|(_, s)| s.parent.is_none());
    let roots = roots.filter(|(id, _)| cx.model.has_calls(*id));
    let accessors = roots.map(|(id, _)| service::service_accessor(cx, id, &quote!(self.0)));
    let (title, version) = (&cx.model.title, &cx.model.version);
    let api = api_spec(cx);
    let key_variable = &facts.key_variable;
    let line = |text: String| docs::item_docs(cx, None, &[text]);
    let api_docs = line(format!("How the {title} is reached."));
    let version_docs = line("The API version that requests are pinned to.".to_owned());
    let client_lines = [
        format!("A client for the {title}. Clones share everything."),
        "Besides the services it has what the runtime's client has: raw calls, `resume`, \
         `pending_writes`, `stats`."
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
    let settings = builder_settings(cx);
    let raw_calls = facts.raw_calls.as_ref();
    let raw_calls = raw_calls.map(|raw| raw_calls_constant(cx, raw));
    let schemes = schemes::scheme_constants(cx);
    let error_members = ErrorMembersTrait { cx };
    let names_operations = sessions(cx).next().is_some() || events(cx).is_some();
    let imports = names_operations.then(operation_import);
    quote! {
        #imports

        #version_docs
        pub const API_VERSION: &str = #version;

        #api_docs
        pub static API: runtime::client::ApiSpec = #api;

        #raw_calls

        #client_docs
        #[derive(Clone, Debug)]
        pub struct Client(runtime::client::Client);

        #conversions

        impl Client {
            #schemes

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
                runtime::client::ClientBuilder::new(&API) #settings
            }

            #runtime_docs
            pub fn runtime(&self) -> &runtime::client::Client {
                &self.0
            }

            #(#accessors)*
        }

        #error_members
    }
}

/// What the builder of a client begins with.
fn builder_settings(cx: &FileContext<'_>) -> TokenStream {
    let facts = &cx.model.facts;
    let variables = facts.server_variables.iter();
    let variables = variables.map(|(name, default)| quote!(.server_variable(#name, #default)));
    let raw_calls = facts.raw_calls.as_ref();
    let public = raw_calls.filter(|raw| raw.is_public);
    let public = public.map(|_| quote!(.without_api_key()));
    let raw_calls = raw_calls.map(|_| quote!(.raw_calls(&RAW_CALLS)));
    let bare = cx.model.error_object.is_none() && raw_calls.is_some();
    let bare = bare.then(|| quote!(.bare_errors()));
    // An id in a response need not be the one in the path.
    let unchecked = raw_calls.is_some().then(|| quote!(.check_responses(false)));
    let schemes = schemes::schemes_setting(cx);
    quote!(#schemes #raw_calls #bare #unchecked #public #(#variables)*)
}

/// What calls without an operation have in common.
fn raw_calls_constant(cx: &FileContext<'_>, raw: &RawCalls) -> TokenStream {
    let auth = match raw.security.is_empty() {
        true => {
            let places = raw.auth.iter().map(credentials::auth_scheme);
            quote!(.auth(&[#(#places),*]))
        }
        false => credentials::security_setting(cx, &raw.security),
    };
    let header = raw.idempotency_header.as_ref();
    let header = header.map(|name| quote!(.idempotency_header(#name)));
    quote! {
        const RAW_CALLS: runtime::operation::OperationSpec =
            runtime::operation::OperationSpec::of("", runtime::operation::Method::Post, "/")
                .json()
                #auth
                #header;
    }
}

/// The import that the constants of operations need.
fn operation_import() -> TokenStream {
    quote!(
        use runtime::operation::Operation;
    )
}

/// The constants of the API, with every field, so that nothing depends on the runtime's defaults.
fn api_spec(cx: &FileContext<'_>) -> TokenStream {
    let facts = &cx.model.facts;
    let title = &cx.model.title;
    let hosts = facts.hosts.iter().map(|(key, url)| quote!((#key, #url)));
    let version_header = option(facts.version_header.as_ref());
    let account_header = option(facts.account_header.as_ref());
    let context_header = option(facts.context_header.as_ref());
    let trigger_header = option(facts.trigger_header.as_ref());
    let key_variable = &facts.key_variable;
    let (live_keys, test_keys) = (&facts.live_keys, &facts.test_keys);
    let other_keys = facts.other_keys.iter();
    let other_keys = other_keys.map(|(prefix, what)| quote!((#prefix, #what)));
    let limits = option(facts.rate_limits.as_ref().map(published_limits));
    let sessions = sessions(cx);
    let sensitive = &facts.sensitive;
    let events = option(events(cx));
    // Without a dialect nothing is known of the form of errors.
    quote! {
        runtime::client::ApiSpec {
            title: #title,
            version: API_VERSION,
            hosts: &[#(#hosts),*],
            version_header: #version_header,
            account_header: #account_header,
            context_header: #context_header,
            trigger_header: #trigger_header,
            key_variable: #key_variable,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
            live_keys: &[#(#live_keys),*],
            test_keys: &[#(#test_keys),*],
            other_keys: &[#(#other_keys),*],
            limits: #limits,
            sessions: &[#(#sessions),*],
            sensitive: &[#(#sensitive),*],
            events: #events,
        }
    }
}

/// An `Option` as an expression.
fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}

/// The published rate limits.
fn published_limits(limits: &RateLimits) -> TokenStream {
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
        runtime::rate_limit::Preset::new(#live, #test, #operation).classes(&[#(#classes),*])
    }
}

/// The hosts that require sessions, if the operations that open them are part of the crate.
fn sessions<'a>(cx: &'a FileContext<'_>) -> impl Iterator<Item = TokenStream> + 'a {
    cx.model.facts.sessions.iter().filter_map(|session| {
        let mut operations = cx.model.operations();
        let (id, _) = operations.find(|(_, operation)| operation.id == session.operation)?;
        let operation = operation::spec_path(cx, id);
        let (host, token, expires) = (&session.host, &session.token, &session.expires);
        Some(quote! {
            runtime::client::SessionSpec {
                host: #host,
                operation: #operation,
                token: #token,
                expires: #expires,
            }
        })
    })
}

/// How past events are read, if the crate has the operations for that.
fn events(cx: &FileContext<'_>) -> Option<TokenStream> {
    let events = cx.model.events.as_ref()?;
    let list = operation::spec_path(cx, events.list?);
    let notifications = events.notification_operations;
    let list_notifications = option(notifications.map(|(list, _)| operation::spec_path(cx, list)));
    let retrieve_notification =
        option(notifications.map(|(_, retrieve)| operation::spec_path(cx, retrieve)));
    Some(quote! {
        runtime::client::EventsSpec {
            list: #list,
            list_notifications: #list_notifications,
            retrieve_notification: #retrieve_notification,
        }
    })
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
