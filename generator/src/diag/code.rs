//! The table of diagnostics. A stage that finds something new adds an entry here.
//!
//! The letter of an id is the area: `F` files, `S` the document, `N` its shapes,
//! `G` what was changed or left out so that the document fits, `D` the dialect, `L` names and their lock, `O` output. Ids are never reused.

use std::fmt;

/// Whether a finding stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The run stops after the stage that found it.
    Error,
    /// The run continues.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// The input that contains the place of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The OpenAPI document.
    Document,
    /// The dialect file.
    Dialect,
    /// The name lock.
    Lock,
    /// No input: the finding is about a file as a whole, or about the output.
    File,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal, $severity:ident, $input:ident,
        $message:literal, $hint:literal;)+) => {
        /// An entry of the table of diagnostics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* #[doc = $message] $name,)+
        }

        impl Code {
            /// The whole table.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable identifier, e.g. `S012`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The entry with an identifier.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.id() == id)
            }

            /// Error or warning.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// The input that contains the place of such a finding.
            pub const fn input(self) -> Input {
                match self { $(Self::$name => Input::$input,)+ }
            }

            /// What is wrong.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)+ }
            }

            /// How to fix it.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)+ }
            }
        }
    };
}

codes! {
    FileUnreadable = "F001", Error, File,
        "the file cannot be read",
        "check that the path exists and may be read";
    FileNotUtf8 = "F002", Error, File,
        "the file is not UTF-8 text",
        "the generator reads YAML and JSON in UTF-8; is this an archive or an image?";
    FileSyntax = "F003", Error, File,
        "the file is not well-formed",
        "open it in an editor at the place named above; a truncated download is a common cause";
    FileTooLarge = "F004", Error, File,
        "the file is larger than the generator reads",
        "API documents are a few megabytes; is this the right file?";
    FileDuplicateKey = "F005", Error, File,
        "a key occurs twice in one mapping",
        "remove one of the two: readers disagree about which one counts";
    FileTooComplex = "F006", Error, File,
        "the file is nested too deeply or repeats itself too often",
        "write repeated parts as `$ref`, not as YAML aliases";
    RevisionUnreadable = "F009", Error, File,
        "the file cannot be read at this revision",
        "give a path, `REV:PATH` or `REV` as `git show` takes them, in a folder of the repository";
    ChangelogUnusable = "F010", Error, File,
        "the changelog cannot get an entry",
        "add the heading `## Unreleased`, or choose another file with `--changelog`; nothing has been changed";
    FileIsUrl = "F011", Error, File,
        "this is a URL, and only files are read",
        "download it first, and give the file";
    FileEmpty = "F012", Error, File,
        "the file is empty",
        "a failed or interrupted download is a common cause";
    FileNotDocument = "F013", Error, File,
        "this file is not a document",
        "documents are YAML or JSON; dialect and name lock are found by the name of the document";

    OutputNotRust = "O001", Error, File,
        "the generated text is not Rust",
        "this is a bug of the generator; please report it with the document";
    OutputTwice = "O006", Error, File,
        "two units of the output have one path",
        "this is a bug of the generator; please report it with the document";
    OutputUnwritable = "O002", Error, File,
        "the output cannot be written",
        "check the folder and its permissions; nothing has been changed";
    OutputInTheWay = "O003", Error, File,
        "a hand-written file stands where a generated one belongs",
        "move it away, or choose another folder with --out";
    OutputBusy = "O004", Error, File,
        "another run is writing this output",
        "wait for it; if there is none, it was killed: remove the folder named above and run again";
    OutputOtherTitle = "O005", Error, File,
        "the file to replace is the document of another API",
        "choose another file with `--out` or `--document`, or replace this one with `--force`";

    DialectExists = "O007", Error, File,
        "the file exists already",
        "`--force` replaces a dialect, and `--out -` prints the new one; nothing has been changed";
    DialectPathUnknown = "O008", Error, File,
        "the file to write is not known",
        "a document from standard input has no name: give `--out FILE`, or `--out -` to print the dialect";

    ServiceUnknown = "F007", Error, File,
        "there is no such service",
        "`generator list` shows all services and their operations";
    VersionDiffers = "F008", Warning, File,
        "requests are pinned to another version than the types describe",
        "responses may not fit the types; generate from a document of that version, if there is one";

    NotAnObject = "S001", Error, Document,
        "this is not an OpenAPI document",
        "the top level must be a mapping with `openapi`, `info` and `paths`";
    SwaggerTwo = "S002", Error, Document,
        "this is a Swagger 2.0 document",
        "OpenAPI 3.0 and 3.1 are understood; convert it first";
    OpenApiThreeOne = "S003", Error, Document,
        "this is an OpenAPI 3.1 document",
        "strict runs understand OpenAPI 3.0 only: leave out `--strict` and `strict = true`, which lowers the document to 3.0 first";
    OpenApiVersion = "S004", Error, Document,
        "the OpenAPI version is missing or unknown",
        "state `openapi: 3.0.x` or `openapi: 3.1.x`";
    Malformed = "S005", Error, Document,
        "this does not follow the OpenAPI 3.0 specification",
        "correct the document";
    UnknownKeyword = "S006", Error, Document,
        "this keyword is not part of OpenAPI 3.0",
        "it would be lost silently; correct its spelling, or give it an `x-` prefix";
    UnresolvedReference = "S007", Error, Document,
        "the reference leads nowhere",
        "define the component, or correct the name";
    ForeignReference = "S008", Error, Document,
        "the reference leaves the document",
        "only `#/components/…` is followed; bundle the document into one file first";
    ReferenceCycle = "S009", Error, Document,
        "components refer to each other in a cycle without an object in between",
        "put an object with a property between them, or remove one of the references";
    ReferenceSibling = "S010", Error, Document,
        "a keyword stands beside `$ref`, where OpenAPI 3.0 ignores it",
        "remove the keyword, or wrap the reference in `anyOf`";
    OperationIdMissing = "S011", Error, Document,
        "the operation has no operationId",
        "give every operation a unique operationId";
    OperationIdDuplicate = "S012", Error, Document,
        "two operations share an operationId",
        "give every operation a unique operationId";
    MethodUnsupported = "S013", Error, Document,
        "this HTTP method is not supported",
        "all methods but TRACE are supported";
    ParameterDuplicate = "S014", Error, Document,
        "two parameters of an operation have the same name",
        "rename one of them, or remove the duplicate";
    PathParameterUndefined = "S015", Error, Document,
        "a path parameter is not defined",
        "define it under `parameters` with `in: path`";
    PathParameterUnused = "S016", Error, Document,
        "a path parameter does not occur in the path",
        "remove it, or add it to the path template";
    PathTemplate = "S017", Error, Document,
        "the path template is not well-formed",
        "a path begins with `/`, and each pair of braces holds one name";
    RequiredUndefined = "S018", Error, Document,
        "a required property is not defined",
        "define it under `properties`, or remove it from `required`";
    PathDuplicate = "S019", Error, Document,
        "two path templates differ in parameter names only",
        "a request cannot be assigned to one of them; merge them";
    StyleCorrected = "S020", Warning, Document,
        "this style is not allowed for parameters in the query",
        "the default, `form`, is used instead; correct the document";
    OperationsMissing = "S021", Warning, Document,
        "the document describes no operation",
        "the crate has nothing to call; if the paths are in other files, bundle them into this one";

    UnknownShape = "N001", Error, Document,
        "this shape is not understood",
        "the list of shapes is closed (`ValueKind` in generator/src/api.rs): describe it with those";
    UnknownUnion = "N002", Error, Document,
        "the members of this union cannot be distinguished",
        "give each member an object with a constant tag, or describe the union in the dialect";
    UnknownFormat = "N003", Error, Document,
        "this format is not understood",
        "list the format under `[formats]` of the dialect";
    NullableHere = "N004", Error, Document,
        "a null is not expected here",
        "only fields may be null in responses, and only values of JSON maps and fields in requests";
    OpenObject = "N005", Warning, Document,
        "an object does not say which keys it has",
        "it is raw JSON: list it under `[[raw]]` of the dialect with the reason, or state its `properties`";
    ParameterStyle = "N006", Error, Document,
        "this parameter style is not supported",
        "supported are `simple` in paths and headers, and all styles in queries for values that are not nested";
    ParameterPlace = "N007", Error, Document,
        "parameters in this place are not supported",
        "supported are path, query and body";
    ContentType = "N008", Error, Document,
        "this content type is not supported",
        "supported are forms, multipart forms and JSON in requests, JSON and raw bytes in responses";
    ResponseMissing = "N009", Warning, Document,
        "the operation does not say what it returns",
        "it is taken to return nothing; describe the response `200` if it does";
    ResponseUnsupported = "N010", Error, Document,
        "the operation's response is not supported",
        "one successful response and a `default` for failures are supported";
    BodyNotObject = "N011", Error, Document,
        "a request body must be an object with fields",
        "describe the fields under `properties`";
    HostUnknown = "N012", Error, Document,
        "the dialect has no name for this server",
        "add it to `[hosts]` of the dialect";
    ConstraintIgnored = "N013", Warning, Document,
        "this constraint has no effect on the generated code",
        "the server still enforces it; remove it if it is not needed";
    ParameterCycle = "N014", Error, Document,
        "parameters contain themselves",
        "only JSON bodies may contain themselves, and only without `--strict`: break the cycle";
    EnumValue = "N015", Error, Document,
        "an enum holds a value of the wrong type",
        "only strings can be listed, and `true` alone for booleans";
    ErrorShape = "N016", Error, Document,
        "the description of a failure is not understood",
        "see `[errors]` of the dialect for the shape that is expected";
    MethodNameTaken = "N017", Error, Document,
        "two operations would be the same method of the same service",
        "name one of them under `[naming.methods]` of the dialect";
    QueryBesideBody = "N018", Error, Document,
        "the operation has parameters in the query beside its body",
        "parameters go either way, not both; this needs a decision in `model`";

    KeywordIgnored = "G001", Warning, Document,
        "a keyword of JSON Schema has no effect on the generated code",
        "the server still enforces it; nothing needs to be done";
    KeywordUnknown = "G002", Warning, Document,
        "this keyword is not part of OpenAPI and is ignored",
        "correct its spelling, or give it an `x-` prefix";
    ValueCorrected = "G003", Warning, Document,
        "this does not follow the specification; it was corrected or left out",
        "correct the document if the result is not what you expect";
    SiblingIgnored = "G004", Warning, Document,
        "a keyword beside `$ref` has no effect",
        "move it to what the reference points to, or wrap the reference in `allOf`";
    AnyValue = "G005", Warning, Document,
        "the type of this value cannot be stated; it is raw JSON",
        "describe it with one `type`, or decode the raw JSON in your program";
    FormatIgnored = "G006", Warning, Document,
        "this format has no type of its own",
        "values have the plain type; list the format under `[formats]` of the dialect for another one";
    EnumWidened = "G007", Warning, Document,
        "the values of this enum are not listed in the generated type",
        "only strings become enums; the documentation of fields and parameters names the values of numbers";
    NullLowered = "G008", Warning, Document,
        "null cannot be expressed here",
        "parameters are left out instead, and bodies of requests are never null; remove `nullable` if it is not meant";
    MembersMerged = "G009", Warning, Document,
        "members of `allOf` contradict each other",
        "the last one counts; describe the property once";
    OperationCorrected = "G010", Warning, Document,
        "an operation was corrected",
        "correct its path, its parameters or its operationId";
    PartLeftOut = "G011", Warning, Document,
        "this part of the document is left out of the generated code",
        "call it by hand if you need it, or describe it in a form that is supported";
    FreeKeysIgnored = "G012", Warning, Document,
        "free keys beside fixed ones have no type",
        "objects of answers keep them as raw JSON in `extra`; `Call::extra_param` adds them to a body of fields, `a[key]` within the object `a`";

    LockSyntax = "L001", Error, Lock,
        "the name lock is not well-formed",
        "restore it from version control; it is written by the generator alone";
    NameTooLong = "L002", Error, Document,
        "a generated name is longer than 60 characters",
        "give the shape a name under `[naming.shapes]` of the dialect";
    LockedNameGone = "L003", Warning, Lock,
        "a public name of the last run is gone",
        "callers that use it will not compile any more; mention it in the changelog";

    LockedTypeSplit = "L004", Warning, Lock,
        "the uses of a public type contradict each other now",
        "the type stays where most uses are; callers of the other uses named here get another type";
    LockFormat = "L005", Error, Lock,
        "the name lock is of another format",
        "restore it from version control, or remove it to name everything afresh";

    EnumDuplicate = "N019", Warning, Document,
        "an enum lists a value more than once",
        "repetitions are left out; has a tool rewritten the values?";
    EventUntyped = "N020", Warning, Document,
        "the object that events of this type carry is not known",
        "list it under `[events.objects]` of the dialect; an empty list says that it has no component";
    VersionUnusable = "N021", Warning, Document,
        "the document's version cannot be the API version that requests are pinned to",
        "republished copies overwrite it: give the version with `--api-version`";
    EndpointVersionUnlisted = "N022", Warning, Document,
        "endpoints for events cannot be created with the document's version",
        "the parameter lists other versions only: is the document's version the API's (`--api-version`)?";
    ParametersUnfold = "N023", Error, Document,
        "components of parameters contain each other too many times",
        "parameters are written out wherever they are used: use each component once per level";

    AuthUnsupported = "N024", Warning, Document,
        "none of the security schemes of these operations is supported",
        "requests have no credential: send it with a header of the call, or set `auth` under `[service]` of the dialect";
    AuthAlternativeUnsupported = "N031", Warning, Document,
        "an alternative of the credentials of these operations is not supported",
        "it is left out; the others are used";
    TokenUrlRelative = "N032", Warning, Document,
        "the token URL of this security scheme is relative to a server that is not known",
        "give the URL to the provider of the credentials: `ClientCredentials::builder(…).token_url(…)`";
    OperationLeftOut = "N027", Warning, Document,
        "the operation is left out",
        "the warnings at places below it say why; `--strict` makes them errors";
    SuccessAmbiguous = "N028", Warning, Document,
        "the successful responses of the operation differ",
        "the response is raw JSON";
    ContentChosen = "N029", Warning, Document,
        "there are several content types",
        "the one named here is used";

    DialectSyntax = "D001", Error, Dialect,
        "the dialect file is not well-formed",
        "specs/stripe.toml has an example of every section";
    DialectUnmatched = "D002", Error, Dialect,
        "this entry matches nothing in the document",
        "correct or remove it; entries that only other versions need belong under `[versions.\"…\"]`";
    DialectUnmatchedElsewhere = "D003", Warning, Dialect,
        "some entries match nothing in the document, whose version the dialect does not describe",
        "harmless; to see each entry, add the version to `describes`";
    DialectSite = "D004", Error, Dialect,
        "this is not an address of a place in the document",
        "write `component/field`, `METHOD /path field` or `METHOD /path -> field` (the answer); `[]` is a list's item, `{}` a map's value";
    DialectPattern = "D007", Error, Dialect,
        "this is not a pattern of operations",
        "write `METHOD /path`; `*` is any method or segment, a final `**` any rest; `[ignore]` also takes an operationId";
    DialectValue = "D005", Error, Dialect,
        "this value is not allowed here",
        "specs/stripe.toml has an example of every section";
    DialectPages = "D008", Error, Dialect,
        "this description of pages does not fit a list",
        "name parameters of its query and fields of its response (`field/field` within objects); without `operations` the entry is for all lists that it fits";
    DialectReplacement = "D006", Error, Dialect,
        "the replacement of a legacy operation is not in the document",
        "name an operation as `METHOD /path`, or explain with `note`";
}
