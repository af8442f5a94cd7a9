//! A source file that calls every operation through the public interface of the crate.
//!
//! For each parameter type there are two functions: one sets only what is required, the other sets
//! everything. For each operation there is an entry that calls it with either. Values are valid as
//! far as types say what is: text has at most its maximum length, enums have a listed value. The
//! second call also expands a field of the response, if it has one that can be expanded. The
//! response is decoded and encoded again.
//!
//! With everything, a second table decodes and encodes every object that the document names, a third
//! the object of every event type; a fourth makes a sample of every object. These need the crate's
//! test doubles.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::{FileContext, ident_token};
use super::expandable_path::expandable_path;
use super::parameter_sample::ParameterSample;
use super::{exercise_events, exercise_samples};
use crate::model::{CallForm, Field, ModuleId, OperationId, ParamsObject, Ty, TypeId, TypeKind};

/// The most objects that a parameter object is set with, those within each other among them.
const MAX_OBJECTS: usize = 100_000;

/// How much of a parameter object is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SampleExtent {
    Required,
    Everything,
}

/// What an exerciser has tables of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExerciserExtent {
    /// Operations.
    Calls,
    /// Operations, mocks of them, objects, events and samples.
    Everything,
}

/// The file `exercise.rs`.
pub(super) fn exercise_file(cx: &FileContext<'_>, extent: ExerciserExtent) -> TokenStream {
    let samples = cx.model.types().filter_map(|(id, ty)| match &ty.kind {
        TypeKind::Params(params) => Some(sample_functions(cx, id, params)),
        _ => None,
    });
    let entries = cx.model.operations();
    let entries = entries.map(|(id, _)| exercise_entry(cx, id, extent));
    let root = cx.crate_path();
    let (mock, tables) = match extent {
        ExerciserExtent::Calls => (None, None),
        ExerciserExtent::Everything => (
            Some(quote! {
                /// Makes a mock respond to it with a sample.
                pub mock: fn(&#root::testing::Mock),
            }),
            Some(type_tables(cx)),
        ),
    };
    quote! {
        use std::future::{Future, IntoFuture};
        use std::pin::Pin;

        type Done = Pin<Box<dyn Future<Output = Result<String, runtime::error::Error>> + Send>>;

        /// One operation and how it is called.
        #[derive(Debug)]
        pub struct Exercise {
            /// The operation's constants.
            pub spec: &'static runtime::operation::OperationSpec,
            /// Calls it, with the required parameters or with all of them, and with these headers.
            /// Returns the response as it was decoded: encoded again, or the text of a file.
            pub call: fn(&#root::Client, bool, &[(&str, &str)]) -> Done,
            #mock
        }

        /// Every operation of the document, in its order.
        pub const EXERCISES: &[Exercise] = &[#(#entries),*];

        #tables

        #(#samples)*
    }
}

/// The tables of objects, events and samples.
fn type_tables(cx: &FileContext<'_>) -> TokenStream {
    // Everything with a name in the document: resources, deleted resources, unions.
    let objects = cx.model.types().filter(|(_, ty)| {
        let is_read = matches!(ty.kind, TypeKind::Object(_) | TypeKind::Union(_));
        is_read && ty.site.path.is_empty()
    });
    let objects = objects.map(|(id, declared)| {
        let (component, ty) = (&declared.site.root, cx.type_path(id));
        quote! {
            Object {
                component: #component,
                recode: recode::<#ty>,
                recode_list: recode::<List<#ty>>,
            }
        }
    });
    let events = cx.model.events.as_ref();
    let events = events.map(|events| exercise_events::events_table(cx, events));
    let object_samples = exercise_samples::samples_table(cx);
    quote! {
        use runtime::codec::{
            Correction, DecodeError, DecodePolicy, Encode, Place, decode_with, encode_json,
        };
        use runtime::value::List;

        /// One object or union and how it is read and written.
        #[derive(Debug)]
        pub struct Object {
            /// Its name in the document: a component, or the operation that returns it.
            pub component: &'static str,
            /// Decodes a text into the object's type and encodes that again.
            pub recode: fn(&[u8], DecodePolicy) -> Recoded,
            /// The same for a page of such objects.
            pub recode_list: fn(&[u8], DecodePolicy) -> Recoded,
        }

        /// The text, and what was corrected.
        pub type Recoded = Result<(String, Vec<Correction>), DecodeError>;

        fn recode<T: Place + Default + Encode>(text: &[u8], policy: DecodePolicy) -> Recoded {
            let (value, corrections) = decode_with::<T>(text, policy)?;
            Ok((encode_json(&value), corrections))
        }

        /// Every object and union that has a name of its own in the document.
        pub const OBJECTS: &[Object] = &[#(#objects),*];

        #events

        #object_samples
    }
}

fn sample_function(id: TypeId, extent: SampleExtent) -> proc_macro2::Ident {
    let prefix = match extent {
        SampleExtent::Required => "required",
        SampleExtent::Everything => "everything",
    };
    format_ident!("{prefix}_{}", id.index())
}

fn sample_functions(cx: &FileContext<'_>, id: TypeId, params: &ParamsObject) -> TokenStream {
    let ty = cx.type_path(id);
    let names = cx.names.fields(id);
    let fields = || params.fields.iter().zip(names);
    let build = |extent: SampleExtent| {
        let name = sample_function(id, extent);
        let values = || ExerciseValues {
            cx,
            extent,
            owner: id,
        };
        let required = params.arguments();
        let required = required.map(|(_, f)| values().argument_value(&f.ty, f));
        // A form cannot express `{}`: an object without required fields is sent with one field.
        let is_nested = !cx.model.ty(id).site.path.is_empty();
        let is_bare = is_nested && !params.fields.iter().any(|f| f.presence.is_required());
        let mut all = params.fields.iter();
        let known = all.position(|f| !f.is_partial && !values().has_endless(&f.ty));
        let only = is_bare.then(|| known.unwrap_or_default());
        let set = fields()
            .enumerate()
            // Not every operation that takes the object knows a partial field.
            .filter(move |(index, (f, _))| match extent {
                SampleExtent::Everything => {
                    !f.presence.is_required() && !f.is_partial || Some(*index) == only
                }
                SampleExtent::Required => Some(*index) == only,
            });
        let set = set.map(|(_, field)| field);
        let set = set.map(|(f, names)| {
            let (setter, value) = (ident_token(&names.field), values().argument_value(&f.ty, f));
            quote!(.#setter(#value))
        });
        quote! {
            fn #name() -> #ty {
                #ty::new(#(#required),*)#(#set)*
            }
        }
    };
    let (required, everything) = (
        build(SampleExtent::Required),
        build(SampleExtent::Everything),
    );
    quote!(#required #everything)
}

/// The values of the fields of one parameter object.
struct ExerciseValues<'a> {
    cx: &'a FileContext<'a>,
    extent: SampleExtent,
    owner: TypeId,
}

impl ExerciseValues<'_> {
    /// How many objects everything in a value of a type has.
    fn count_objects(&self, id: TypeId, known: &mut HashMap<TypeId, usize>) -> usize {
        if let Some(count) = known.get(&id) {
            return *count;
        }
        // What contains itself ends after one level.
        known.insert(id, 1);
        let slots = self.cx.model.ty(id).kind.slots().into_iter();
        let counts = slots.map(|slot| self.count_objects(slot.ty, known));
        let count = counts.fold(1, usize::saturating_add);
        known.insert(id, count);
        count
    }

    /// Whether a value of the type with what is required has an end. `open` are the objects around it,
    /// and `known` those that have one.
    fn has_required_end(
        &self,
        id: TypeId,
        open: &mut Vec<TypeId>,
        known: &mut HashSet<TypeId>,
    ) -> bool {
        if open.contains(&id) {
            return false;
        }
        if known.contains(&id) {
            return true;
        }
        open.push(id);
        let ends = match &self.cx.model.ty(id).kind {
            TypeKind::Params(params) => params.arguments().all(|(_, field)| match &field.ty {
                // They are empty if their items could contain the object.
                Ty::List(_) | Ty::Map(_) => true,
                ty => match ty.innermost() {
                    Ty::Named(next) => self.has_required_end(*next, open, known),
                    _ => true,
                },
            }),
            TypeKind::Either(members) => {
                let mut members = members.iter();
                members.any(|member| self.has_required_end(member.ty, open, known))
            }
            _ => true,
        };
        open.pop();
        if ends {
            known.insert(id);
        }
        ends
    }

    /// Whether values of a type can contain the object whose fields are written.
    fn leads_to_owner(&self, id: TypeId) -> bool {
        let (mut seen, mut open) = (HashSet::new(), vec![id]);
        while let Some(next) = open.pop() {
            if next == self.owner {
                return true;
            }
            if seen.insert(next) {
                let slots = self.cx.model.ty(next).kind.slots();
                open.extend(slots.iter().map(|slot| slot.ty));
            }
        }
        false
    }
}

impl ParameterSample for ExerciseValues<'_> {
    fn context(&self) -> &FileContext<'_> {
        self.cx
    }

    fn path_of(&mut self, id: TypeId) -> TokenStream {
        self.cx.type_path(id)
    }

    fn parameter_object(&mut self, id: TypeId) -> TokenStream {
        // What contains itself ends after one level.
        let is_short = || {
            let count = self.count_objects(self.owner, &mut HashMap::new());
            self.leads_to_owner(id) || count > MAX_OBJECTS
        };
        let extent = match self.extent {
            SampleExtent::Everything if is_short() => SampleExtent::Required,
            extent => extent,
        };
        let function = sample_function(id, extent);
        quote!(#function())
    }

    fn is_endless(&self, id: TypeId) -> bool {
        self.extent == SampleExtent::Required && self.leads_to_owner(id)
    }

    fn has_end(&self, id: TypeId) -> bool {
        self.has_required_end(id, &mut vec![self.owner], &mut HashSet::new())
    }

    fn text_value(&mut self, field: &Field, _: &Ty) -> TokenStream {
        let long = if field.wire.ends_with("currency") {
            "usd"
        } else {
            "sample"
        };
        let length = field
            .max_length
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(long.len());
        let text: String = long.chars().take(length).collect();
        quote!(#text)
    }

    fn integer_value(&mut self, _: &Field) -> TokenStream {
        quote!(7)
    }

    fn value_module(&self) -> TokenStream {
        quote!(runtime::value)
    }

    fn map_key(&self) -> &'static str {
        "usd"
    }

    fn raw_text(&self) -> &'static str {
        "raw sample"
    }

    fn prefers_long_form(&self) -> bool {
        self.extent == SampleExtent::Everything
    }
}

/// The call of a method with all parameters, or with the required ones.
fn call_expression(
    cx: &FileContext<'_>,
    id: OperationId,
    arguments: &[TokenStream],
    params: Option<TokenStream>,
) -> TokenStream {
    let operation = cx.model.operation(id);
    let names = cx.names.operation(id);
    let path = cx
        .names
        .module_path(cx.model, ModuleId::Service(operation.service));
    let path = path.iter().map(|m| super::context::raw_ident(m));
    let method = ident_token(&names.method);
    let with = names.with.as_ref().map(ident_token);
    let service = quote!(client.#(#path().)*);
    match (operation.form, with) {
        (CallForm::PlainAndWith, Some(with)) => quote! {
            if all {
                #service #with(#(#arguments,)* #params)
            } else {
                #service #method(#(#arguments),*)
            }
        },
        (CallForm::With, Some(with)) => quote!(#service #with(#(#arguments,)* #params)),
        _ => {
            let arguments = arguments.iter().cloned().chain(params);
            quote!(#service #method(#(#arguments),*))
        }
    }
}

fn exercise_entry(cx: &FileContext<'_>, id: OperationId, extent: ExerciserExtent) -> TokenStream {
    let root = cx.crate_path();
    let operation = cx.model.operation(id);
    let names = cx.names.operation(id);
    let path = cx
        .names
        .module_path(cx.model, ModuleId::Service(operation.service));
    let path: Vec<_> = path.iter().map(|m| super::context::raw_ident(m)).collect();
    let marker = ident_token(&names.marker);
    let arguments = operation.path_params.iter().enumerate();
    let arguments = arguments.map(|(index, param)| match param.is_integer {
        true => {
            let number = Literal::usize_unsuffixed(index);
            quote!(#number)
        }
        false => {
            let id = Literal::string(&format!("id_{index}"));
            quote!(#id)
        }
    });
    let lists = operation.path_params.iter().map(|param| param.is_list);
    let arguments = arguments.zip(lists).map(|(item, is_list)| match is_list {
        true => quote!([#item]),
        false => item,
    });
    let arguments: Vec<_> = arguments.collect();
    let params = operation.params.map(|id| {
        let (required, everything) = (
            sample_function(id, SampleExtent::Required),
            sample_function(id, SampleExtent::Everything),
        );
        quote!(if all { #everything() } else { #required() })
    });
    let call = call_expression(cx, id, &arguments, params);
    let can_expand = operation
        .call_options
        .iter()
        .any(|option| option == "expand");
    let field = expandable_path(cx.model, &operation.output).filter(|_| can_expand);
    let expand =
        field.map(|field| quote!(let call = if all { call.expand([#field]) } else { call };));
    let dated = operation.explicit_version.is_some();
    let dated = dated.then(|| quote!(let call = call.api_version(#root::API_VERSION);));
    let marker = quote!(#root::#(#path::)*#marker);
    let mock = (extent == ExerciserExtent::Everything).then(|| {
        quote! {
            mock: |mock| {
                let sample = #root::testing::MockResponse::sample::<#marker>();
                drop(mock.on::<#marker>().respond_with(sample));
            },
        }
    });
    let encoded = match operation.output {
        Ty::Binary => quote!(String::from_utf8_lossy(&response.bytes).into_owned()),
        Ty::PlainText => quote!(response.0),
        _ => quote!(runtime::codec::encode_json(&response)),
    };
    quote! {
        Exercise {
            spec: <#marker as runtime::operation::Operation>::SPEC,
            #[allow(deprecated, unused_variables)]
            call: |client, all, headers| {
                let call = #call;
                #dated
                #expand
                let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
                Box::pin(async move { call.into_future().await.map(|response| #encoded) })
            },
            #mock
        }
    }
}
