//! The manifest: what a run did, enough to audit it and to do it again.
//!
//! Its `recipe` holds all that decides about a record when its kind is known. A later run that takes it deals
//! every record as this one did, in one pass and without the other records.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::report::{SCHEMA, report_header};
use crate::error::{Error, Result};
use crate::similar::{By, Normalize};

use super::amount::{Grain, WHOLE, check_name};
use super::config::Config;
use super::deal::Dealer;
use super::exact::Class;
use super::intake::Intake;
use super::parts::{Cuts, Part, Parts, Want};
use super::series::{Complete, Written};
use super::strata::{self, Kind, Kinds};
use super::tally::{Got, Tally};

/// The way of assigning: it grows when the same seed and data would be dealt otherwise.
const ASSIGNMENT: u64 = 1;

/// Numbers of keys whose records are of several kinds that are listed for a later run.
const MOST_MIXED: usize = 10_000;

/// Levels of normalization by name.
const LEVELS: [(&str, Normalize); 4] = [
    ("none", Normalize::None),
    ("space", Normalize::Space),
    ("case", Normalize::Case),
    ("full", Normalize::Full),
];

/// What is told when all is written.
pub(super) struct Told<'a> {
    pub config: &'a Config,
    pub intake: &'a Intake<'a>,
    pub dealer: &'a Dealer,
    pub kinds: &'a Kinds,
    pub tally: &'a Tally,
}

impl Told<'_> {
    /// The manifest; with all files the number of their part.
    pub(super) fn manifest(&self, files: &[(usize, Complete)]) -> String {
        let config = self.config;
        let mut manifest = report_header("chatml-split");
        let mut put = |key: &str, value: Value| _ = manifest.insert(key.to_owned(), value);
        put("assignment", ASSIGNMENT.into());
        put("seed", config.seed.into());
        put("key", config.key.to_string().into());
        put("normalize", level(config.normalize).into());
        let near = config.near.map(|near| format!("near={}", near.threshold));
        let groups: Vec<String> = config.groups.iter().cloned().chain(near).collect();
        put("groups", groups.into());
        let paths = config.group_files.iter().map(|path| path.display().to_string());
        put("group_files", paths.collect::<Vec<_>>().into());
        put("stratify", config.strata.iter().map(strata::By::name).collect::<Vec<_>>().into());
        put("exact", config.exact.into());
        put(
            "sample",
            match config.sample {
                None => Value::Null,
                Some(Grain::Count(count)) => count.into(),
                Some(Grain::Share(share)) => (share.0 as f64 / WHOLE as f64).into(),
            },
        );
        let limit = config.limit.as_ref();
        put(
            "limit_per",
            limit.map_or(Value::Null, |limit| json!({limit.pointer.as_str(): limit.most})),
        );
        put("shuffle", config.shuffle.into());
        put("inputs", self.inputs());
        put("parts", self.parts(files));
        put(
            "groups_found",
            self.dealer.families().map_or(Value::Null, |families| {
                let (units, largest) = families.census();
                json!({"groups": units, "largest": largest})
            }),
        );
        put("strata", self.strata());
        put("recipe", self.recipe());
        let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        text.push('\n');
        text
    }

    fn inputs(&self) -> Value {
        let input = |read: &super::intake::Read| json!({"name": read.name, "bytes": read.bytes, "xxh3_128": read.digest.map(hex128)});
        self.intake.read.iter().map(input).collect::<Vec<_>>().into()
    }

    fn parts(&self, files: &[(usize, Complete)]) -> Value {
        let file = |written: &Written| {
            json!({
                "file": relative(&written.path, self.config.manifest.as_deref()),
                "records": written.records,
                "bytes": written.bytes,
                "xxh3_128": hex128(written.digest),
            })
        };
        let parts = self.config.parts.all.iter().zip(&self.tally.parts).enumerate();
        let part = |(at, (part, got)): (usize, (&Part, &Got))| {
            let own =
                files.iter().filter(|(of, _)| *of == at).flat_map(|(_, files)| files.written());
            json!({
                "name": part.name,
                "wanted": self.wanted(part),
                "target": self.tally.target(self.config, at),
                "records": got.records,
                "bytes": got.bytes,
                "files": own.map(file).collect::<Vec<_>>(),
            })
        };
        parts.map(part).collect::<Vec<_>>().into()
    }

    fn wanted(&self, part: &Part) -> Value {
        match part.want {
            Want::Weight(weight) => {
                json!({"share": weight as f64 / self.config.parts.total as f64})
            }
            Want::Count(count) => json!({"records": count}),
            Want::Rest => Value::Null,
        }
    }

    fn strata(&self) -> Value {
        let kinds = self.kinds.all().iter().zip(&self.tally.classes);
        let row = |(kind, counts): (&Kind, &Vec<u64>)| {
            let names = self.config.parts.all.iter().map(|part| part.name.clone());
            let counts: Map<String, Value> =
                names.zip(counts.iter().map(|count| (*count).into())).collect();
            json!({"kind": kind.name, "hash": hex(kind.hash), "records": counts})
        };
        kinds.map(row).collect::<Vec<_>>().into()
    }

    /// None where it depends on other records what stays together, or which records are taken.
    fn recipe(&self) -> Value {
        let config = self.config;
        let chosen = config.limit.is_some() || config.sample.is_some();
        let mixed = self.dealer.mixed();
        if config.has_groups() || chosen || !config.parts.is_split() || mixed.len() > MOST_MIXED {
            return Value::Null;
        }
        let part = |part: &Part| match part.want {
            Want::Weight(weight) => json!({"name": part.name, "weight": weight}),
            Want::Count(count) => json!({"name": part.name, "count": count}),
            Want::Rest => json!({"name": part.name}),
        };
        let classes = self.dealer.classes();
        let class = |(kind, class): (Option<&Kind>, &Class)| {
            let mut row = cuts(&class.cuts);
            if let Some(kind) = kind {
                row["kind"] = kind.name.as_str().into();
                row["hash"] = hex(kind.hash).into();
            }
            row["passed_over"] =
                class.passed_over.iter().map(|u| hex(*u)).collect::<Vec<_>>().into();
            row
        };
        let kinds = self.kinds.all().iter().map(Some).chain(std::iter::repeat(None));
        json!({
            "parts": config.parts.all.iter().map(part).collect::<Vec<_>>(),
            "total": config.parts.total,
            "cuts": cuts(self.dealer.cuts()),
            "classes": kinds.zip(classes).map(class).collect::<Vec<_>>(),
            "mixed": mixed.iter().map(|(u, class)| (hex(*u), (*class).into())).collect::<BTreeMap<_, Value>>(),
        })
    }
}

/// The path of a file from the folder of the manifest, where it is in there.
fn relative(path: &str, manifest: Option<&Path>) -> String {
    let folder = manifest.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    let inner = folder.and_then(|folder| Path::new(path).strip_prefix(folder).ok());
    inner.map_or_else(|| path.to_owned(), |inner| inner.to_string_lossy().into_owned())
}

fn level(normalize: Normalize) -> &'static str {
    LEVELS.iter().find(|(_, level)| *level == normalize).map_or("none", |(name, _)| name)
}

fn cuts(cuts: &Cuts) -> Value {
    let bottom: Vec<Value> = cuts.bottom.iter().map(|last| last.map(hex).into()).collect();
    json!({"bottom_to": bottom, "top_from": cuts.top.map(hex)})
}

fn hex(number: u64) -> String {
    format!("{number:016x}")
}

/// As `xxhsum -H2` writes it.
fn hex128(digest: u128) -> String {
    format!("{digest:032x}")
}

/// What a repeated run takes from a manifest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    pub seed: u64,
    pub key: By,
    pub normalize: Normalize,
    pub strata: Vec<strata::By>,
    pub parts: Parts,
    /// For kinds that the run did not know.
    pub cuts: Cuts,
    /// By the number of the kind.
    pub classes: Vec<Class>,
    /// The kind that counts for a number whose records are of several.
    pub mixed: HashMap<u64, u32>,
    /// By the same number; empty where all records are of one kind.
    pub kinds: Vec<Kind>,
}

impl Recipe {
    /// Reads a manifest.
    pub(super) fn read(path: &Path) -> Result<Recipe> {
        let name = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|source| Error::Open { name: name.clone(), source })?;
        let unfit = |why: &str| Error::Unfit(format!("{name}: {why}"));
        let manifest: Value = serde_json::from_slice(&bytes)
            .map_err(|_| unfit("no JSON; wanted a manifest of chatml-split"))?;
        if manifest["tool"] != "chatml-split" {
            return Err(unfit("no manifest of chatml-split"));
        }
        if manifest["assignment"] != ASSIGNMENT || manifest["schema"] != SCHEMA {
            return Err(unfit("made by a version that deals otherwise"));
        }
        if manifest["parts"].as_array().is_some_and(|parts| parts.len() < 2) {
            return Err(unfit("cannot be repeated: it has no parts"));
        }
        if manifest["recipe"].is_null() {
            return Err(unfit(
                "cannot be repeated: it had groups, a sample or a limit, or many prompts of several kinds, which depend \
                 on all records",
            ));
        }
        Recipe::of(&manifest).ok_or_else(|| unfit("damaged: the recipe is not complete"))
    }

    fn of(manifest: &Value) -> Option<Recipe> {
        let recipe = &manifest["recipe"];
        let part = |row: &Value| {
            let want = match (row.get("weight"), row.get("count")) {
                (Some(weight), _) => Want::Weight(weight.as_u64()?),
                (None, Some(count)) => Want::Count(count.as_u64()?),
                (None, None) => Want::Rest,
            };
            let name = row["name"].as_str().filter(|name| check_name(name).is_ok())?;
            Some(Part { name: name.to_owned(), want })
        };
        let parts: Option<Vec<Part>> = recipe["parts"].as_array()?.iter().map(part).collect();
        let total = recipe["total"].as_u64().filter(|total| *total > 0)?;
        let parts = Parts::new(parts?, total).ok()?;
        let strata = manifest["stratify"].as_array()?.iter();
        let rows = recipe["classes"].as_array()?;
        let level = manifest["normalize"].as_str()?;
        Some(Recipe {
            seed: manifest["seed"].as_u64()?,
            key: By::parse(manifest["key"].as_str()?).ok()?,
            normalize: LEVELS.iter().find(|(name, _)| *name == level)?.1,
            strata: strata.map(|by| strata::By::parse(by.as_str()?).ok()).collect::<Option<_>>()?,
            cuts: read_cuts(recipe.get("cuts")?, &parts)?,
            classes: rows.iter().map(|row| read_class(row, &parts)).collect::<Option<_>>()?,
            mixed: recipe["mixed"].as_object()?.iter().map(read_mixed).collect::<Option<_>>()?,
            kinds: rows.iter().filter_map(read_kind).collect(),
            parts,
        })
    }
}

fn read_class(row: &Value, parts: &Parts) -> Option<Class> {
    let passed_over = row["passed_over"].as_array()?.iter().map(number).collect::<Option<_>>()?;
    Some(Class { cuts: read_cuts(row, parts)?, passed_over })
}

fn read_mixed((u, class): (&String, &Value)) -> Option<(u64, u32)> {
    Some((u64::from_str_radix(u, 16).ok()?, u32::try_from(class.as_u64()?).ok()?))
}

fn read_kind(row: &Value) -> Option<Kind> {
    Some(Kind { hash: number(&row["hash"])?, name: row["kind"].as_str()?.to_owned() })
}

fn read_cuts(row: &Value, parts: &Parts) -> Option<Cuts> {
    let bottom = row["bottom_to"].as_array().filter(|bottom| bottom.len() == parts.bottom.len())?;
    let bottom = bottom.iter().map(optional).collect::<Option<_>>()?;
    Some(Cuts { bottom, top: optional(&row["top_from"])? })
}

/// A number that may be missing; none: it is no number.
fn optional(value: &Value) -> Option<Option<u64>> {
    if value.is_null() { Some(None) } else { number(value).map(Some) }
}

fn number(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?, 16).ok()
}
