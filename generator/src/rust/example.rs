//! Examples of calls for doc comments: programs that compile.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::context::{FileContext, ident_token, raw_ident};
use super::parameter_sample::ParameterSample;
use super::sample_text::{sample_id, sample_text};
use super::signature::SignatureText;
use crate::model::{
    CallForm, Field, ModuleId, Operation, OperationId, ServiceId, Ty, TypeId, TypeKind,
};

/// The most objects that an example has within each other or beside each other.
const MAX_OBJECTS: usize = 24;

/// The methods that an example is best made of, best first.
const MAIN_METHODS: [&str; 4] = ["create", "list", "retrieve", "update"];

/// The lines of an example of a service's main call, with the fence of the code block.
pub(super) fn service_example(cx: &FileContext<'_>, id: ServiceId) -> Option<Vec<String>> {
    let is_current = |id: &&OperationId| cx.model.operation(**id).deprecation.is_none();
    let current = || cx.model.service(id).operations.iter().filter(is_current);
    let main = MAIN_METHODS.iter().find_map(|name| {
        let mut calls = current();
        calls.find(|id| cx.names.operation(**id).method.as_str() == *name)
    });
    operation_example(cx, *main.or_else(|| current().next())?)
}

/// The lines of a program that makes a client and one call.
pub(super) fn first_program(cx: &FileContext<'_>, id: OperationId) -> Option<Vec<String>> {
    let root = crate_ident(cx)?;
    let key = &cx.model.facts.key_variable;
    let made = format!("let client = {root}::Client::from_env()?; // the API key is in {key}");
    let function = quote!(async fn example() -> Result<(), #root::Error>);
    example_lines(cx, id, &function, Some(made))
}

/// The lines of an example of a call.
fn operation_example(cx: &FileContext<'_>, id: OperationId) -> Option<Vec<String>> {
    let root = crate_ident(cx)?;
    let function = quote!(async fn example(client: &#root::Client) -> Result<(), #root::Error>);
    example_lines(cx, id, &function, None)
}

fn crate_name(cx: &FileContext<'_>) -> String {
    cx.options.crate_name.replace('-', "_")
}

/// The name by which programs use the crate. `None` if it has none yet.
fn crate_ident(cx: &FileContext<'_>) -> Option<syn::Ident> {
    syn::parse_str(&crate_name(cx)).ok()
}

/// The lines of a function around a call. The function itself is hidden in the docs.
fn example_lines(
    cx: &FileContext<'_>,
    id: OperationId,
    function: &TokenStream,
    first: Option<String>,
) -> Option<Vec<String>> {
    let operation = cx.model.operation(id);
    let title = format!("{} {}", operation.method.as_str(), operation.path);
    let examples = &cx.model.facts.docs.examples;
    let shown = examples.iter().filter(|(operation, _)| *operation == title);
    let mut example = ExampleValues {
        outer: FileContext::new(cx.model, cx.names, cx.options, None),
        imports: BTreeMap::new(),
        place: Vec::new(),
        open: Vec::new(),
        objects: 0,
        is_too_long: false,
        optional: shown.map(|(_, parameter)| parameter.as_str()).collect(),
    };
    let body = example.call_statements(id);
    if example.is_too_long {
        return None;
    }
    let file = syn::parse2(quote!(#function { #body Ok(()) })).ok()?;
    let program = prettyplease::unparse(&file);
    // The signature, the last expression and the brace are part of the program and not shown.
    let statements: Vec<&str> = program.lines().collect();
    let [signature, statements @ .., end, brace] = statements.as_slice() else {
        return None;
    };
    let mut lines = vec!["```no_run".to_owned()];
    lines.extend(example.import_lines());
    if !example.imports.is_empty() {
        lines.push(String::new());
    }
    lines.push(format!("# {signature}"));
    lines.extend(first);
    lines.extend(statements.iter().map(|line| unindented(line)));
    lines.extend([format!("# {}", end.trim()), format!("# {brace}")]);
    lines.push("```".to_owned());
    Some(lines)
}

/// A line of a function's body without the indentation of the body.
fn unindented(line: &str) -> String {
    line.strip_prefix("    ").unwrap_or(line).to_owned()
}

/// The values of an example, and what it imports.
struct ExampleValues<'a> {
    outer: FileContext<'a>,
    /// Full paths by the name that the example uses.
    imports: BTreeMap<String, String>,
    /// The parameters that lead to the object that is being written.
    place: Vec<String>,
    /// The objects that are being written, outermost first.
    open: Vec<TypeId>,
    /// How many objects have been written.
    objects: usize,
    /// There are too many objects, or one requires itself.
    is_too_long: bool,
    /// The optional parameters that the example sets, as `name` or `name.name`.
    optional: Vec<&'a str>,
}

impl ExampleValues<'_> {
    /// The call, and what is done with its response.
    fn call_statements(&mut self, id: OperationId) -> TokenStream {
        let operation = self.outer.model.operation(id);
        let names = self.outer.names.operation(id);
        let service = ModuleId::Service(operation.service);
        let path = self.outer.names.module_path(self.outer.model, service);
        let path: Vec<_> = path.iter().map(|module| raw_ident(module)).collect();
        let with = (operation.form == CallForm::With).then_some(names.with.as_ref());
        let method = ident_token(with.flatten().unwrap_or(&names.method));
        let takes_params = operation.form != CallForm::PlainAndWith;
        let ids = operation.path_params.iter().map(|param| {
            let object = param.identifies.map(Ty::Named);
            let text = object.map(|object| sample_id(&self.outer, &object));
            let text = text.unwrap_or_else(|| param.wire.clone());
            let item = match param.is_integer {
                true => quote!(1),
                false => quote!(#text),
            };
            match param.is_list {
                true => quote!([#item]),
                false => item,
            }
        });
        let mut arguments: Vec<TokenStream> = ids.collect();
        let params = operation.params.filter(|_| takes_params);
        arguments.extend(params.map(|id| self.parameter_object(id)));
        let version = operation.explicit_version.is_some().then(|| {
            let root = raw_ident(&crate_name(&self.outer));
            quote!(.api_version(#root::API_VERSION))
        });
        let call = quote!(client.#(#path().)*#method(#(#arguments),*)#version);
        self.response_statements(operation, &call)
    }

    fn response_statements(&self, operation: &Operation, call: &TokenStream) -> TokenStream {
        let paged = self.outer.model.page_items(operation);
        let item = match (&operation.output, &paged) {
            (Ty::Page(_, item), _) => Some(&**item),
            (_, paged) => paged.as_ref().map(|paged| &paged.item),
        };
        if let Some(item) = item {
            let name = self.binding_name(item);
            let print = self.print_statement(item, &name);
            return quote! {
                let mut items = #call.items();
                while let Some(#name) = items.try_next().await? {
                    #print
                }
            };
        }
        match &operation.output {
            Ty::Nothing => quote!(#call.await?;),
            output => {
                let name = self.binding_name(output);
                let print = self.print_statement(output, &name);
                quote! {
                    let #name = #call.await?;
                    #print
                }
            }
        }
    }

    /// The name of a variable that holds a value: that of its type.
    fn binding_name(&self, ty: &Ty) -> proc_macro2::Ident {
        use heck::ToSnakeCase as _;
        let declared = match ty {
            Ty::Boxed(inner) | Ty::Optional(inner) => return self.binding_name(inner),
            Ty::Named(id) | Ty::MaybeDeleted(id, _) => Some(self.outer.names.ty(*id)),
            _ => None,
        };
        let name = declared.map(|ty| ty.ident.as_str().trim_start_matches("r#").to_snake_case());
        // The name of a type can be a keyword in lower case.
        let name = name.filter(|name| syn::parse_str::<syn::Ident>(name).is_ok());
        format_ident!("{}", name.as_deref().unwrap_or("response"))
    }

    /// Prints the id of a value, or all of it if it has none.
    fn print_statement(&self, ty: &Ty, name: &proc_macro2::Ident) -> TokenStream {
        let has_id = match ty {
            Ty::Boxed(inner) => return self.print_statement(inner, name),
            Ty::Named(id) => match &self.outer.model.ty(*id).kind {
                TypeKind::Object(object) => {
                    let mut fields = object.fields.iter();
                    fields.any(|field| field.wire == "id" && field.presence.is_required())
                }
                _ => false,
            },
            _ => false,
        };
        if has_id {
            return quote!(println!("{}", #name.id););
        }
        let format = format!("{{{name}:?}}");
        quote!(println!(#format);)
    }

    /// An id, if a parameter is named like a kind of object whose ids have a known prefix.
    fn id_of_kind(&self, wire: &str) -> Option<String> {
        let mut prefixes = self.outer.model.facts.id_prefixes.iter();
        let (_, prefix) = prefixes.find(|(tag, _)| tag == wire)?;
        Some(format!("{prefix}_sample"))
    }

    /// The value of a field of the object that is being written.
    fn member_value(&mut self, field: &Field) -> TokenStream {
        self.place.push(field.wire.clone());
        let value = self.argument_value(&field.ty, field);
        self.place.pop();
        value
    }

    /// Whether the example sets this optional field of the object that is being written.
    fn is_shown(&self, wire: &str) -> bool {
        let place = self.place.iter().map(String::as_str).chain([wire]);
        let place: Vec<&str> = place.collect();
        self.optional.iter().any(|parameter| {
            let mut names = parameter.split('.');
            place.iter().all(|name| names.next() == Some(*name))
        })
    }

    /// One line for each module that the example imports from.
    fn import_lines(&self) -> Vec<String> {
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in self.imports.values() {
            if let Some((module, name)) = path.rsplit_once("::") {
                modules.entry(module).or_default().push(name);
            }
        }
        let lines = modules
            .iter()
            .map(|(module, names)| match names.as_slice() {
                [name] => format!("use {module}::{name};"),
                names => format!("use {module}::{{{}}};", names.join(", ")),
            });
        lines.collect()
    }
}

impl ParameterSample for ExampleValues<'_> {
    fn context(&self) -> &FileContext<'_> {
        &self.outer
    }

    fn path_of(&mut self, id: TypeId) -> TokenStream {
        let crate_name = crate_name(&self.outer);
        let path = SignatureText::new(self.outer.model, self.outer.names).type_path(id);
        let path = format!("{crate_name}::{path}");
        let bare = path.rsplit("::").next().unwrap_or(&path).to_owned();
        let imported = self.imports.entry(bare.clone()).or_insert(path.clone());
        let shown = if *imported == path { bare } else { path };
        let segments = shown.split("::").map(raw_ident);
        quote!(#(#segments)::*)
    }

    fn parameter_object(&mut self, id: TypeId) -> TokenStream {
        let path = self.path_of(id);
        let TypeKind::Params(params) = self.outer.model.ty(id).kind.clone() else {
            return quote!(#path::new());
        };
        self.objects += 1;
        self.is_too_long |= self.objects > MAX_OBJECTS || self.open.contains(&id);
        if self.is_too_long {
            return quote!(#path::new());
        }
        self.open.push(id);
        let required = params.arguments().map(|(_, field)| field.clone());
        let required: Vec<Field> = required.collect();
        let arguments = required.iter().map(|field| self.member_value(field));
        let arguments: Vec<TokenStream> = arguments.collect();
        let mut setters = TokenStream::new();
        for (field, names) in params.fields.iter().zip(self.outer.names.fields(id)) {
            if !field.presence.is_required() && self.is_shown(&field.wire) {
                let (setter, value) = (ident_token(&names.field), self.member_value(field));
                setters.extend(quote!(.#setter(#value)));
            }
        }
        self.open.pop();
        quote!(#path::new(#(#arguments),*)#setters)
    }

    fn is_endless(&self, id: TypeId) -> bool {
        match &self.outer.model.ty(id).kind {
            TypeKind::Either(members) => members.iter().all(|member| self.is_endless(member.ty)),
            _ => self.open.contains(&id),
        }
    }

    fn text_value(&mut self, field: &Field, ty: &Ty) -> TokenStream {
        let text = match ty {
            Ty::Id(object) => sample_id(&self.outer, &Ty::Named(*object)),
            _ => self
                .id_of_kind(&field.wire)
                .unwrap_or_else(|| sample_text(field)),
        };
        quote!(#text)
    }

    fn integer_value(&mut self, field: &Field) -> TokenStream {
        if field.wire.contains("amount") {
            quote!(2_000)
        } else {
            quote!(1)
        }
    }

    fn value_module(&self) -> TokenStream {
        let root = raw_ident(&crate_name(&self.outer));
        quote!(#root::value)
    }

    fn map_key(&self) -> &'static str {
        "key"
    }

    fn prefers_long_form(&self) -> bool {
        false
    }
}
