//! Walks through the code that a page writes down: which files and types they lead through.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use quote::ToTokens;
use syn::{ImplItem, Item, Signature, TraitItem, Type};

use super::checkout::Checkout;
use super::definitions::Definitions;
use super::files::{StructureError, read_text};
use super::lexer::tokenize;

/// A numbered list under a heading, whose entries name functions.
#[derive(Debug)]
pub struct CodeWalk {
    /// The heading.
    pub title: String,
    /// The functions on the way.
    pub steps: Vec<WalkStep>,
}

/// One entry: ``1. `Owner::function` (`path/of/file.rs`) …``, without `Owner::` for free functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkStep {
    /// The type or trait with the function.
    pub owner: Option<String>,
    /// The function's name.
    pub function: String,
    /// The file, relative to the root of the checkout.
    pub place: String,
}

/// What a walk leads through.
#[derive(Debug, Default)]
pub struct WalkFigures {
    /// The files of the functions.
    pub files: BTreeSet<String>,
    /// The own types that the call passes through: the structs and enums that the functions belong
    /// to, take or return. Own are those of the crates in `runtime/` and those that files of the
    /// walk define.
    pub types: BTreeSet<String>,
    /// The other own types that the bodies of the functions name.
    pub mentioned: BTreeSet<String>,
    /// Steps whose file has no such function.
    pub missing: Vec<String>,
}

impl fmt::Display for WalkFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &BTreeSet<String>| {
            names
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (files, types) = (list(&self.files), list(&self.types));
        write!(f, "{} files ({files}), ", self.files.len())?;
        write!(f, "{} own types ({types}) ", self.types.len())?;
        write!(
            f,
            "and {} in bodies ({})",
            self.mentioned.len(),
            list(&self.mentioned)
        )?;
        if !self.missing.is_empty() {
            write!(f, ", not found: {}", self.missing.join(", "))?;
        }
        Ok(())
    }
}

/// Reads the walks of a page.
pub fn parse_walks(page: &str) -> Vec<CodeWalk> {
    let mut walks: Vec<CodeWalk> = Vec::new();
    let mut title = String::new();
    for line in page.lines() {
        if line.starts_with('#') {
            title = line.trim_start_matches(['#', ' ']).to_owned();
        } else if let Some(step) = parse_step(line) {
            match walks.last_mut().filter(|walk| walk.title == title) {
                Some(walk) => walk.steps.push(step),
                None => walks.push(CodeWalk {
                    title: title.clone(),
                    steps: vec![step],
                }),
            }
        }
    }
    walks
}

fn parse_step(line: &str) -> Option<WalkStep> {
    let (number, entry) = line.split_once(". `")?;
    let (path, rest) = entry.split_once("` (`")?;
    let (place, _) = rest.split_once('`')?;
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let (owner, function) = match path.rsplit_once("::") {
        Some((owner, function)) => (Some(owner.to_owned()), function),
        None => (None, path),
    };
    let (function, place) = (function.to_owned(), place.to_owned());
    (is_number && place.ends_with(".rs")).then_some(WalkStep {
        owner,
        function,
        place,
    })
}

impl CodeWalk {
    /// Measures the walk in the checkout at `root`.
    pub fn measure(&self, checkout: &Checkout, root: &Path) -> Result<WalkFigures, StructureError> {
        let mut definitions = Definitions::collect_from(&checkout.packages_in("runtime"));
        let mut sources = BTreeMap::new();
        for step in &self.steps {
            let path = root.join(&step.place);
            let syntax = syn::parse_file(&read_text(&path)?)
                .map_err(|source| StructureError::Parse { path, source })?;
            definitions.add_items(&syntax.items, &step.place);
            sources.insert(step.place.clone(), syntax.items);
        }
        let own_types = definitions.types.into_iter().map(|found| found.name);
        let own_types: BTreeSet<String> = own_types.collect();
        let mut figures = WalkFigures::default();
        for step in &self.steps {
            let found = step.find_in(&sources[&step.place]);
            if found.is_empty() {
                figures
                    .missing
                    .push(format!("{} in {}", step.path(), step.place));
            }
            let owner = step.owner.iter().filter(|owner| own_types.contains(*owner));
            figures.types.extend(owner.cloned());
            for function in found {
                figures
                    .types
                    .extend(find_types(&function.signature, &own_types));
                figures
                    .mentioned
                    .extend(find_types(&function.body, &own_types));
            }
        }
        figures
            .mentioned
            .retain(|name| !figures.types.contains(name));
        figures.files.extend(sources.into_keys());
        Ok(figures)
    }
}

/// The text of a function.
struct FunctionText {
    signature: String,
    body: String,
}

impl FunctionText {
    fn new(signature: &Signature, body: impl ToTokens) -> Self {
        let signature = signature.to_token_stream().to_string();
        let body = body.to_token_stream().to_string();
        Self { signature, body }
    }
}

impl WalkStep {
    fn path(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}::{}", self.function),
            None => self.function.clone(),
        }
    }

    /// All functions of this name and owner; methods of traits can be there several times.
    fn find_in(&self, items: &[Item]) -> Vec<FunctionText> {
        let owner = self.owner.as_deref();
        let mut found = Vec::new();
        for item in items {
            match item {
                Item::Fn(free) if owner.is_none() && free.sig.ident == self.function => {
                    found.push(FunctionText::new(&free.sig, &free.block));
                }
                Item::Impl(block) if owner.is_some_and(|owner| is_type(&block.self_ty, owner)) => {
                    found.extend(block.items.iter().filter_map(|member| match member {
                        ImplItem::Fn(method) if method.sig.ident == self.function => {
                            Some(FunctionText::new(&method.sig, &method.block))
                        }
                        _ => None,
                    }));
                }
                Item::Trait(block) if owner.is_some_and(|owner| block.ident == owner) => {
                    found.extend(block.items.iter().filter_map(|member| match member {
                        TraitItem::Fn(method) if method.sig.ident == self.function => {
                            Some(FunctionText::new(&method.sig, &method.default))
                        }
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        found
    }
}

fn is_type(found: &Type, name: &str) -> bool {
    let Type::Path(path) = found else {
        return false;
    };
    path.path
        .segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}

/// The own types that a text names. What follows an upper-case name and `::` is a variant or a
/// constant.
fn find_types(text: &str, own_types: &BTreeSet<String>) -> Vec<String> {
    let tokens = tokenize(text);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_member = index >= 3
            && tokens[index - 1].is_text(":")
            && tokens[index - 3].text.starts_with(char::is_uppercase);
        if own_types.contains(token.text) && !is_member {
            found.push(token.text.to_owned());
        }
    }
    found
}
