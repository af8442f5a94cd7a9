//! Which module of a library uses which.

use std::collections::{BTreeMap, BTreeSet};

use super::checkout::Package;
use super::lexer::{Token, TokenKind, tokenize};
use super::scopes::{ModulePath, ScopeTree};

/// The places where one of two modules of a folder uses the other one, by the modules' names.
pub type FolderEdges = BTreeMap<(String, String), BTreeSet<String>>;

/// The uses between the modules of a library.
#[derive(Debug, Default)]
pub struct ImportGraph {
    /// By folder: the edges between the modules in it, each with the places (`file:line`). A use
    /// counts in the folder in which the paths of the two modules part; a module and those below
    /// it may use each other.
    pub folders: BTreeMap<ModulePath, FolderEdges>,
}

impl ImportGraph {
    /// Finds every path that starts with `crate`, `super` or `self` outside of tests, in code,
    /// macros and `use` declarations alike. Where a path leads to a name that a module above only
    /// imports, what is imported counts.
    pub fn read_from(package: &Package) -> Self {
        let tree = ScopeTree::read_from(package);
        let mut graph = Self::default();
        for file in &package.sources {
            let Some(module) = &file.module else { continue };
            for (line, path) in find_paths(&file.text) {
                let Some(target) = tree.find_used_module(module, &path) else {
                    continue;
                };
                graph.add_edge(module, &target, format!("{}:{line}", file.place));
            }
        }
        graph
    }

    /// The circles: sets of modules of one folder that use each other, directly or not.
    pub fn find_cycles(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (folder, edges) in &self.folders {
            for cycle in cycles_among(edges) {
                let inside = edges
                    .iter()
                    .filter(|((from, to), _)| cycle.contains(from) && cycle.contains(to));
                let uses = inside.map(|((from, to), places)| {
                    let place = places.first().map(String::as_str).unwrap_or_default();
                    format!("{from} -> {to} ({place})")
                });
                let uses = uses.collect::<Vec<_>>().join(", ");
                found.push(format!("crate::{}: {uses}", folder.join("::")));
            }
        }
        found
    }

    fn add_edge(&mut self, from: &[String], to: &[String], place: String) {
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        if let (Some(user), Some(used)) = (from.get(shared), to.get(shared)) {
            let folder = self.folders.entry(from[..shared].to_vec()).or_default();
            folder
                .entry((user.clone(), used.clone()))
                .or_default()
                .insert(place);
        }
    }
}

/// The sets of two or more modules that reach each other.
fn cycles_among(edges: &FolderEdges) -> BTreeSet<BTreeSet<String>> {
    let reachable = |start: &str| {
        let mut reached = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(module) = open.pop() {
            for (_, to) in edges.keys().filter(|(from, _)| *from == module) {
                if reached.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        reached
    };
    let modules: BTreeSet<&String> = edges.keys().map(|(from, _)| from).collect();
    let reached: BTreeMap<&String, BTreeSet<String>> = modules
        .into_iter()
        .map(|module| (module, reachable(module)))
        .collect();
    let mut cycles = BTreeSet::new();
    for (module, targets) in &reached {
        if targets.contains(*module) {
            let mut cycle = targets.clone();
            cycle.retain(|target| {
                reached
                    .get(target)
                    .is_some_and(|back| back.contains(*module))
            });
            cycles.insert(cycle);
        }
    }
    cycles
}

/// The paths in a text that start with `crate`, `super` or `self`, with their lines.
fn find_paths(source: &str) -> Vec<(usize, Vec<String>)> {
    let mut tokens = tokenize(source);
    tokens.retain(|token| !matches!(token.kind, TokenKind::Doc | TokenKind::Comment));
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_start = ["crate", "super", "self"]
            .iter()
            .any(|start| token.is_text(start));
        // `$crate` names what a macro's expansion uses, in another crate.
        let is_inside =
            index > 0 && (tokens[index - 1].is_text(":") || tokens[index - 1].is_text("$"));
        if is_start && !is_inside {
            let mut paths = Vec::new();
            read_path(&tokens[index..], Vec::new(), &mut paths);
            let long = paths.into_iter().filter(|path| path.len() > 1);
            found.extend(long.map(|path| (token.line, path)));
        }
    }
    found
}

/// Reads a path, or a group of paths in braces, and returns how many tokens that took.
fn read_path(tokens: &[Token<'_>], mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(token) if token.kind == TokenKind::Word => {
                path.push(token.text.to_owned());
                at += 1;
            }
            Some(token) if token.is_text("{") => {
                return at + read_group(&tokens[at..], &path, found);
            }
            _ => break,
        }
        let continues = tokens[at..]
            .iter()
            .take(2)
            .filter(|token| token.is_text(":"))
            .count()
            == 2;
        if !continues {
            break;
        }
        at += 2;
    }
    path.retain(|segment| segment != "self");
    found.push(path);
    at
}

fn read_group(tokens: &[Token<'_>], path: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut at = 1;
    while let Some(token) = tokens.get(at) {
        if token.is_text("}") {
            return at + 1;
        }
        at += read_path(&tokens[at..], path.to_vec(), found).max(1);
        if tokens.get(at).is_some_and(|token| token.is_text("as")) {
            at += 2;
        }
        if tokens.get(at).is_some_and(|token| token.is_text(",")) {
            at += 1;
        }
    }
    at
}
