//! Files to series: grouped by SeriesInstanceUID and by what cannot lie in one stack.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dicom_dictionary_std::tags;

use super::attributes::{int, text, texts};
use super::build::build;
use super::instance::Instance;
use crate::budget::Budget;
use crate::problem::Problem;
use crate::{FrameInfo, SampleKind, Series};

/// Builds the series of a set of files, in the order in which their first file came, and says which could not be built.
pub(crate) fn assemble(
    instances: Vec<Instance>,
    budget: &mut Budget,
) -> (Vec<Series>, Vec<Problem>) {
    let instances = without_copies(instances);
    let mut order: Vec<Key> = Vec::new();
    let mut groups: BTreeMap<Key, Vec<Instance>> = BTreeMap::new();
    for (number, instance) in instances.into_iter().enumerate() {
        let key = Key::of(&instance, number);
        if !groups.contains_key(&key) {
            order.push(key.clone());
        }
        groups.entry(key).or_default().push(instance);
    }
    let mut names: HashMap<&str, Namesakes> = HashMap::new();
    for key in order.iter().filter(|key| !key.uid.is_empty()) {
        names.entry(&key.uid).or_default().add(key);
    }
    let alone = Namesakes::default();
    let (mut series, mut problems) = (Vec::new(), Vec::new());
    for key in &order {
        let Some(mut group) = groups.remove(key) else {
            continue;
        };
        let others = names.get(key.uid.as_str()).unwrap_or(&alone);
        sort(&mut group);
        let mut hint = None;
        let mut notes = differences(key, others);
        if others.keys > 1 {
            hint = key.hint(&group[0]);
        }
        notes.extend(missing_parts(&group));
        notes.extend(copies(&group));
        let file = group[0].file.clone();
        match build(group, hint.as_deref(), &notes, budget) {
            Ok(built) => series.extend(built),
            Err(error) => problems.push(Problem { file, error }),
        }
    }
    (series, problems)
}

/// The stacks of one series, by what tells them apart. A drop may have thousands of them, so that they are not compared each
/// with each.
#[derive(Debug, Default)]
struct Namesakes<'a> {
    keys: usize,
    /// How many stand alone; the others are counted in the sets.
    alone: usize,
    sizes: BTreeSet<(usize, usize, bool)>,
    localizers: BTreeSet<bool>,
    units: BTreeSet<&'a str>,
    spaces: BTreeSet<&'a str>,
}

impl<'a> Namesakes<'a> {
    fn add(&mut self, key: &'a Key) {
        self.keys += 1;
        if key.alone.is_some() {
            self.alone += 1;
            return;
        }
        self.sizes.insert((key.rows, key.columns, key.color));
        self.localizers.insert(key.localizer);
        self.units.insert(&key.unit);
        self.spaces.insert(&key.space);
    }
}

/// What files of one stack have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    uid: String,
    rows: usize,
    columns: usize,
    color: bool,
    unit: String,
    /// Frame of Reference UID: positions of different ones have nothing to do with each other.
    space: String,
    localizer: bool,
    /// A multi-frame file, or one without a series, stands alone, and so do the parts of a concatenation.
    alone: Option<String>,
}

impl Key {
    fn of(instance: &Instance, number: usize) -> Self {
        let object = &instance.object;
        let uid = text(object, tags::SERIES_INSTANCE_UID).unwrap_or_default();
        let first = instance.frames.first();
        let alone = text(object, tags::CONCATENATION_UID).or_else(|| {
            (instance.frames.len() > 1 || uid.is_empty()).then(|| format!("file {number}"))
        });
        Self {
            uid,
            rows: instance.layout.rows,
            columns: instance.layout.columns,
            color: first.is_some_and(|f| f.samples.kind() == SampleKind::Rgb8),
            unit: first.map(|f| f.modality.unit.clone()).unwrap_or_default(),
            space: first
                .and_then(|f| f.info.place)
                .and_then(|_| text(object, tags::FRAME_OF_REFERENCE_UID))
                .unwrap_or_default(),
            localizer: texts(object, tags::IMAGE_TYPE)
                .iter()
                .any(|value| value == "LOCALIZER"),
            alone,
        }
    }

    /// What tells this stack from the others of its series, beside their common name.
    fn hint(&self, first: &Instance) -> Option<String> {
        let kind = || {
            let kind = texts(&first.object, tags::IMAGE_TYPE).into_iter().nth(2);
            kind.filter(|kind| !kind.is_empty())
        };
        if self.localizer {
            return Some("LOCALIZER".to_owned());
        }
        if self.alone.is_some() {
            return match (int(&first.object, tags::INSTANCE_NUMBER), kind()) {
                (Some(number), Some(kind)) => Some(format!("{number}, {kind}")),
                (Some(number), None) => Some(number.to_string()),
                (None, kind) => kind,
            };
        }
        let of_a_slide =
            kind().filter(|kind| ["LABEL", "OVERVIEW", "THUMBNAIL"].contains(&kind.as_str()));
        Some(of_a_slide.unwrap_or_else(|| format!("{} x {}", self.columns, self.rows)))
    }
}

/// Why the files of one series are shown as several stacks.
fn differences(key: &Key, all: &Namesakes<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |note: &str| notes.push(note.to_owned());
    if all.keys > 1 && all.alone > 0 {
        say("This series holds several files of many frames, which are shown one by one.");
    }
    if key.alone.is_some() {
        return notes;
    }
    if all.sizes.len() > 1 {
        say(
            "The files of this series differ in size or colour, so they are shown as several stacks.",
        );
    }
    if all.localizers.len() > 1 {
        say("The localizers of this series are shown as a stack of their own.");
    } else if all.units.len() > 1 {
        say(
            "The files of this series differ in the unit of their values, so they are shown as several stacks.",
        );
    }
    if all.spaces.len() > 1 {
        say(
            "The files of this series differ in their frame of reference, so they are shown as several stacks.",
        );
    }
    notes
}

/// The same file twice, from a folder and its copy, is shown once. An instance UID alone does not make a copy: whoever
/// wrote several images under one UID meant several images.
fn without_copies(instances: Vec<Instance>) -> Vec<Instance> {
    let mut kept: Vec<Instance> = Vec::with_capacity(instances.len());
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    for mut instance in instances {
        if let Some(uid) = text(&instance.object, tags::SOP_INSTANCE_UID) {
            let same = seen.entry(uid).or_default();
            let last = same.iter().rev().take(MOST_NAMESAKES);
            if let Some(at) = last.rev().find(|at| is_copy(&kept[**at], &instance)) {
                kept[*at].copies += 1;
                continue;
            }
            instance.namesake = !same.is_empty();
            if let [first] = same.as_slice() {
                kept[*first].namesake = true;
            }
            same.push(kept.len());
        }
        kept.push(instance);
    }
    kept
}

/// Of files with one instance UID a file is compared with the last ones only: thousands that name themselves alike are not
/// compared each with each.
const MOST_NAMESAKES: usize = 1000;

/// Whether two files show the same: pixels, and everything that is said about them.
fn is_copy(a: &Instance, b: &Instance) -> bool {
    let series = |i: &Instance| text(&i.object, tags::SERIES_INSTANCE_UID);
    a.frames.len() == b.frames.len()
        && series(a) == series(b)
        && a.frames.iter().zip(&b.frames).all(|(a, b)| {
            // What differs most often and takes least comes first; descriptions are compared by copies.
            a.dimensions == b.dimensions
                && a.samples == b.samples
                && a.modality == b.modality
                && a.voi == b.voi
                && {
                    let file = b.info.file.clone();
                    let info = FrameInfo {
                        file,
                        ..a.info.clone()
                    };
                    info == b.info
                }
        })
}

fn copies(group: &[Instance]) -> Vec<String> {
    let mut notes = Vec::new();
    match group.iter().map(|i| i.copies).sum() {
        0 => {}
        1 => notes.push("One file came twice and is shown once.".to_owned()),
        n => notes.push(format!("{n} files came twice and are shown once.")),
    }
    match group.iter().filter(|i| i.namesake).count() {
        0 => {}
        1 => notes.push(
            "One file has the instance UID of another one and differs from it; both are shown."
                .to_owned(),
        ),
        n => notes.push(format!(
            "{n} files have the instance UID of another one and differ from it; all are shown."
        )),
    }
    notes
}

/// What is missing of a concatenation (PS3.3 C.7.6.16.2.2.4).
fn missing_parts(group: &[Instance]) -> Option<String> {
    let first = &group[0].object;
    text(first, tags::CONCATENATION_UID)?;
    let total = int(first, tags::IN_CONCATENATION_TOTAL_NUMBER)?;
    let here = group.len() as i64;
    (here < total).then(|| {
        format!("Only {here} of the {total} files of this image are here; frames are missing.")
    })
}

/// Files by time and number; their frames are sorted by position afterwards.
fn sort(group: &mut [Instance]) {
    group.sort_by(|a, b| {
        let part = |i: &Instance| i.number(tags::IN_CONCATENATION_NUMBER);
        let temporal = |i: &Instance| i.number(tags::TEMPORAL_POSITION_IDENTIFIER);
        let number = |i: &Instance| i.number(tags::INSTANCE_NUMBER);
        part(a)
            .cmp(&part(b))
            .then(temporal(a).cmp(&temporal(b)))
            .then(number(a).cmp(&number(b)))
            .then_with(|| a.file.cmp(&b.file))
    });
}
