//! The arguments of the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::diag::closest_name;
use crate::pipeline::{
    DiffRequest, Docs, DocumentVersion, GenerateRequest, ImportRequest, InitRequest, OutputOptions,
    UpdateRequest,
};

const ABOUT: &str = "Turns an OpenAPI document into a Rust client crate";

const HELP: &str = "\
Turns an OpenAPI document into a Rust client crate.

The document says which operations and types there are. Beside it may lie two files that are found
by its name: for specs/stripe.yaml, specs/stripe.toml is the dialect, which holds what the vendor
means beyond OpenAPI (hosts, headers, list envelopes, exceptions for names), and
specs/stripe.names.toml is the name lock, which records the public name of everything, so that the
next version of the document renames nothing. Without a lock beside the document, names.toml in the
output folder is the lock. Every run reads it and writes it.

The output folder is a crate. Generated files say so in their first line; files without that line
are never replaced or removed, so hand-written examples and tests may lie among them. A run that
fails leaves the folder as it was.";

const EXAMPLES: &str = "\
Examples:
  generator specs/stripe.yaml
      Write generated-example/ from the committed document, with specs/stripe.toml and
      specs/stripe.names.toml.
  generator specs/stripe.yaml --check
      Say whether generated-example/ is up to date. For continuous integration.
  generator specs/stripe.yaml --check --diff
      The same, with all differences as a unified diff on standard output.
  generator openapi.json --config specs/stripe.toml --docs full --out stripe
      Generate from a document elsewhere, with its prose as documentation.
  generator specs/stripe.yaml --include customers --include checkout --out small
      Only these services and the types that they reach, each as in the whole crate.
  generator init petstore.yaml
      Write petstore.toml, a dialect with comments, from what is found in the document of any API.
  generator import openapi.json --out specs/stripe.yaml
      Import a vendor's document: keep its facts, drop its prose. `-` as the document is standard
      input, as the output it is standard output.
  generator update openapi.json
      Import the next version of the document, compare, generate, and note it in the changelog.
  generator list specs/stripe.yaml
      Every operation with the method that calls it.
  generator diff HEAD~3 specs/stripe.yaml --deny generator
      What an update changes for callers: compile-time breaks, run-time changes, additions.

Exit codes:
  0  done; with --check: up to date; diff: nothing denied
  1  with --check: the output differs
  2  the arguments or the input are wrong; nothing was written
  3  the output or the report cannot be written; the output is as it was
  4  a bug of the generator; nothing was written
  5  diff --deny major: some callers do not compile any more
  6  diff --deny generator, update: the generator caused a change; update has written nothing";

const USAGE: &str = "\
generator DOCUMENT [--out DIR] [--check] [OPTIONS]
       generator init DOCUMENT [--out FILE] [--force]
       generator import UPSTREAM [--out FILE]
       generator list DOCUMENT [OPTIONS]
       generator diff OLD NEW [--deny LEVEL] [OPTIONS]
       generator update NEW [OPTIONS]
       generator completions SHELL
       generator man [COMMAND]

`generator help generate` shows all options, and likewise for the other commands.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "generator", version, about = ABOUT, long_about = HELP)]
#[command(after_long_help = EXAMPLES, after_help = "`--help` says more.")]
#[command(override_usage = USAGE, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) command: CliCommand,
}

impl CommandLine {
    /// Parses the arguments. `generate` may be left out: a first argument that is neither a command
    /// nor a global option is a document.
    pub(super) fn parse_args(args: &[OsString]) -> Result<Self, clap::Error> {
        const GLOBAL: [&str; 5] = ["help", "-h", "--help", "-V", "--version"];
        let program = Self::command();
        let commands = program.get_subcommands().map(clap::Command::get_name);
        let known: Vec<&str> = commands.chain(GLOBAL).collect();
        let mut args = args.to_vec();
        if args.get(1).is_some_and(|first| {
            let is_known = known.iter().any(|known| first == known);
            !is_known && !is_misspelt(first, &known)
        }) {
            args.insert(1, "generate".into());
        }
        Self::try_parse_from(args)
    }
}

/// Whether an argument is similar to a command and cannot be a document. clap then says which
/// command is meant.
fn is_misspelt(argument: &OsString, commands: &[&str]) -> bool {
    let path = Path::new(argument);
    let is_word = |text: &&str| text.starts_with(char::is_alphabetic) && !text.contains(['.', '/']);
    let word = argument.to_str().filter(is_word);
    let closest = word.and_then(|word| closest_name(word, commands.iter().copied()));
    closest.is_some() && !path.exists()
}

#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    /// Write a crate from a document (the default command)
    Generate(GenerateArgs),
    /// Write a dialect with comments for a document, to begin with
    Init(InitArgs),
    /// Import a vendor's document: keep its facts, drop its prose
    Import(ImportArgs),
    /// Compare two versions of a document by the crates they give: what breaks, and who caused it
    Diff(DiffArgs),
    /// Import the next version of a document, compare, generate, and note it in the changelog
    Update(UpdateArgs),
    /// Show every operation: id, method, path, and the call for it
    List(ListArgs),
    /// Print the script that completes arguments in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the page for `man`
    Man {
        /// The page of this command, instead of the one of the program
        command: Option<String>,
    },
}

#[derive(Debug, Args)]
struct InputArgs {
    /// The OpenAPI 3.0 or 3.1 document, YAML or JSON; `-` is standard input
    #[arg(value_name = "DOCUMENT")]
    document: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
}

/// What is read beside the document, and what is taken from it.
#[derive(Debug, Args)]
struct SourceArgs {
    /// The dialect [default: DOCUMENT with the extension .toml, if it exists]
    #[arg(long, value_name = "FILE", value_parser = file_path())]
    config: Option<PathBuf>,
    /// The name lock, read and written [default: DOCUMENT with the extension .names.toml, if it
    /// exists, otherwise names.toml in the output folder]
    #[arg(long, value_name = "FILE", value_parser = file_path())]
    names: Option<PathBuf>,
    /// The output folder [default: `[output]` of the dialect, otherwise the name of the crate]
    #[arg(long, value_name = "DIR", value_parser = file_path())]
    out: Option<PathBuf>,
    /// API version that requests are pinned to [default: the document's]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// Only this service and what it reaches, e.g. `checkout.sessions`; may be repeated
    #[arg(long, value_name = "SERVICE", num_args = 1)]
    include: Vec<String>,
    /// Fail if something in the document is not supported, instead of leaving it out or making it
    /// raw JSON; `strict = true` in the dialect does the same
    #[arg(long)]
    strict: bool,
}

/// What the crate is like.
#[derive(Debug, Args)]
struct CrateArgs {
    /// Name of the generated crate [default: `[output]` of the dialect, otherwise from the title of
    /// the document]
    #[arg(long, value_name = "NAME", value_parser = crate_name)]
    crate_name: Option<String>,
    /// Version of the generated crate [default: 0.DATE.0 for an API version with a date]
    #[arg(long, value_name = "VERSION", value_parser = cargo_version)]
    crate_version: Option<String>,
    /// Folder of the runtime crate [default: the one this generator was built with]
    #[arg(long, value_name = "DIR", value_parser = file_path())]
    runtime: Option<PathBuf>,
    /// Version of the runtime crate, for packages [default: that of this generator]
    #[arg(long, value_name = "VERSION", value_parser = cargo_version)]
    runtime_version: Option<String>,
    /// What doc comments say
    #[arg(long, value_enum, default_value_t)]
    docs: DocsArg,
}

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    package: CrateArgs,
    /// Write nothing; exit with 1 and list the differences if the output is not up to date
    #[arg(long)]
    check: bool,
    /// Print the differences as a unified diff instead of the report
    #[arg(long, requires = "check")]
    diff: bool,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    input: InputArgs,
    /// How the list is written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The OpenAPI document, YAML or JSON; `-` is standard input
    #[arg(value_name = "DOCUMENT")]
    document: PathBuf,
    /// The file to write; `-` is standard output [default: DOCUMENT with the extension .toml]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The vendor's document, YAML or JSON; `-` is standard input
    upstream: PathBuf,
    /// The file to write; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "specs/stripe.yaml")]
    out: PathBuf,
    /// Write also if the file is the document of an API with another title
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// The vendor's new document, YAML or JSON; `-` is standard input
    upstream: PathBuf,
    /// The document to replace
    #[arg(long, value_name = "FILE", default_value = "specs/stripe.yaml", value_parser = file_path())]
    document: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    package: CrateArgs,
    /// The changelog that gets an entry below `## Unreleased`, if the file exists
    #[arg(long, value_name = "FILE", default_value = "CHANGELOG.md", value_parser = file_path())]
    changelog: PathBuf,
    /// Write also if the generator causes a change that the document does not require
    #[arg(long)]
    allow_generator: bool,
    /// Write also if the document to replace has another title
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The old version: a document, `-`, `REV:PATH`, or `REV` for `REV:specs/stripe.yaml`
    old: String,
    /// The new version, likewise; without a lock of its own it is given that of the old one
    new: String,
    /// The dialect of both [default: the one beside each]
    #[arg(long, value_name = "FILE", value_parser = file_path())]
    config: Option<PathBuf>,
    /// The name lock of the old version [default: the one beside it]
    #[arg(long, value_name = "FILE", value_parser = file_path())]
    names: Option<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: DiffFormat,
    /// Fail if there is such a change; may be repeated
    #[arg(long, value_name = "LEVEL", value_enum, num_args = 1)]
    pub(super) deny: Vec<DeniedLevel>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For programs, with every addition
    Json,
    /// For pull requests and changelogs
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DeniedLevel {
    /// A break or a run-time change that the document did not require: exit with 6
    Generator,
    /// A break of any origin: exit with 5
    Major,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs, with all findings
    Json,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum DocsArg {
    /// Prose of the document, and facts
    Full,
    /// Wire names, paths, limits, values
    #[default]
    Facts,
    /// Nothing
    None,
}

impl SourceArgs {
    fn into_request(self, document: PathBuf) -> GenerateRequest {
        GenerateRequest {
            config: self.config,
            names: self.names,
            api_version: self.api_version,
            include: self.include,
            strict: self.strict,
            ..GenerateRequest::new(document, self.out.unwrap_or_default())
        }
    }
}

impl CrateArgs {
    fn apply_to(self, request: GenerateRequest) -> GenerateRequest {
        let docs = match self.docs {
            DocsArg::Full => Docs::Full,
            DocsArg::Facts => Docs::Facts,
            DocsArg::None => Docs::None,
        };
        GenerateRequest {
            runtime: self.runtime,
            runtime_version: self.runtime_version,
            crate_version: self.crate_version,
            options: OutputOptions {
                docs,
                crate_name: self.crate_name.unwrap_or_default(),
            },
            ..request
        }
    }
}

impl GenerateArgs {
    pub(super) fn into_request(self) -> GenerateRequest {
        let request = self.input.source.into_request(self.input.document);
        GenerateRequest {
            check: self.check,
            diff: self.diff,
            ..self.package.apply_to(request)
        }
    }
}

impl InitArgs {
    pub(super) fn into_request(self) -> InitRequest {
        InitRequest {
            document: self.document,
            out: self.out,
            replaces: self.force,
        }
    }
}

impl ImportArgs {
    pub(super) fn into_request(self) -> ImportRequest {
        ImportRequest {
            upstream: self.upstream,
            out: self.out,
            allows_other_title: self.force,
        }
    }
}

impl DiffArgs {
    pub(super) fn to_request(&self) -> DiffRequest {
        DiffRequest {
            old: DocumentVersion::parse(&self.old),
            new: DocumentVersion::parse(&self.new),
            config: self.config.clone(),
            names: self.names.clone(),
        }
    }
}

impl UpdateArgs {
    pub(super) fn into_request(self) -> UpdateRequest {
        let request = self.source.into_request(self.document);
        UpdateRequest {
            upstream: self.upstream,
            generate: self.package.apply_to(request),
            changelog: self.changelog,
            allows_generator: self.allow_generator,
            allows_other_title: self.force,
        }
    }
}

impl ListArgs {
    pub(super) fn into_request(self) -> GenerateRequest {
        GenerateRequest {
            check: true,
            ..self.input.source.into_request(self.input.document)
        }
    }
}

/// Accepts the path of a file that cannot be standard input or output.
fn file_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path == Path::new("-") {
        true => Err("`-` stands for a document only; a file of this name is `./-`"),
        false => Ok(path),
    })
}

/// Accepts the names that Cargo accepts without a warning.
fn crate_name(text: &str) -> Result<String, String> {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if begins && text.chars().all(inside) && text.len() <= 64 {
        Ok(text.to_owned())
    } else {
        Err("a letter, then letters, digits, `-` or `_`, all lowercase".to_owned())
    }
}

/// Accepts the versions that Cargo accepts.
fn cargo_version(text: &str) -> Result<String, String> {
    let (rest, build) = text
        .split_once('+')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, pre) = rest
        .split_once('-')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_padded = |word: &str| {
        word.len() > 1 && word.starts_with('0') && word.bytes().all(|b| b.is_ascii_digit())
    };
    let is_number = |word: &str| word.parse::<u64>().is_ok() && !is_padded(word);
    let is_valid = core.split('.').count() == 3
        && core.split('.').all(is_number)
        && pre.is_none_or(|pre| pre.split('.').all(|word| is_word(word) && !is_padded(word)))
        && build.is_none_or(|build| build.split('.').all(is_word));
    match is_valid {
        true => Ok(text.to_owned()),
        false => {
            Err("three numbers with dots, then `-` and `+` parts, as in `1.2.3-rc.1`".to_owned())
        }
    }
}
