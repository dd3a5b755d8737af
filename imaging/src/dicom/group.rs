//! Files to series: grouped by SeriesInstanceUID and by what cannot lie in one stack.

use std::collections::{BTreeMap, HashMap};

use dicom_dictionary_std::tags;

use super::Instance;
use super::attributes::{int, text, texts};
use super::build::build;
use crate::{FrameInfo, SampleKind, Series};

/// Builds the series of a set of files, in the order in which their first file came.
pub(crate) fn assemble(instances: Vec<Instance>) -> Vec<Series> {
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
    let mut series = Vec::new();
    for key in &order {
        let Some(mut group) = groups.remove(key) else {
            continue;
        };
        let others: Vec<&Key> = order
            .iter()
            .filter(|other| !key.uid.is_empty() && other.uid == key.uid && *other != key)
            .collect();
        sort(&mut group);
        let mut hint = None;
        let mut notes = differences(key, &others);
        if !others.is_empty() {
            hint = key.hint(&group[0]);
        }
        notes.extend(missing_parts(&group));
        notes.extend(copies(&group));
        series.extend(build(group, hint.as_deref(), &notes));
    }
    series
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
fn differences(key: &Key, others: &[&Key]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |note: &str| notes.push(note.to_owned());
    let any = |differs: &dyn Fn(&Key) -> bool| others.iter().any(|other| differs(other));
    if any(&|o| o.alone.is_some()) || !others.is_empty() && key.alone.is_some() {
        say("This series holds several files of many frames, which are shown one by one.");
    }
    let single = |o: &Key| o.alone.is_none() && key.alone.is_none();
    if any(&|o| single(o) && (o.rows, o.columns, o.color) != (key.rows, key.columns, key.color)) {
        say(
            "The files of this series differ in size or colour, so they are shown as several stacks.",
        );
    }
    if any(&|o| single(o) && o.localizer != key.localizer) {
        say("The localizers of this series are shown as a stack of their own.");
    } else if any(&|o| single(o) && o.unit != key.unit) {
        say(
            "The files of this series differ in the unit of their values, so they are shown as several stacks.",
        );
    }
    if any(&|o| single(o) && o.space != key.space) {
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
            if let Some(at) = same.iter().find(|at| is_copy(&kept[**at], &instance)) {
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

/// Whether two files show the same: pixels, and everything that is said about them.
fn is_copy(a: &Instance, b: &Instance) -> bool {
    let series = |i: &Instance| text(&i.object, tags::SERIES_INSTANCE_UID);
    a.frames.len() == b.frames.len()
        && series(a) == series(b)
        && a.frames.iter().zip(&b.frames).all(|(a, b)| {
            let file = b.info.file.clone();
            let info = FrameInfo {
                file,
                ..a.info.clone()
            };
            info == b.info
                && a.modality == b.modality
                && a.voi == b.voi
                && a.dimensions == b.dimensions
                && a.samples == b.samples
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
