//! Files to series: grouped by SeriesInstanceUID and shape, sorted by position.

use std::collections::{BTreeMap, HashSet};

use dicom_object::Tag;

use super::attributes::text;
use super::place::Groups;
use super::rows::rows;
use super::stack::{SAME_MM, Stack, parallel};
use super::{Instance, shading};
use crate::geometry::dot;
use crate::series::{FrameInfo, SeriesInfo};
use crate::{Affine, Format, Place, Rescale, SampleKind, Samples, Series};

use super::color::Photometric;

/// Builds the series of a set of files, in the order in which their first file came.
pub(crate) fn assemble(instances: Vec<Instance>) -> Vec<Series> {
    let mut order: Vec<Key> = Vec::new();
    let mut groups: BTreeMap<Key, Vec<Instance>> = BTreeMap::new();
    for (number, instance) in instances.into_iter().enumerate() {
        let key = Key::of(&instance, number);
        if !groups.contains_key(&key) {
            order.push(key.clone());
        }
        groups.entry(key).or_default().push(instance);
    }
    let uids: Vec<String> = order.iter().map(|key| key.uid.clone()).collect();
    let mut series = Vec::new();
    for key in order {
        let Some(mut group) = groups.remove(&key) else {
            continue;
        };
        let split = !key.uid.is_empty() && uids.iter().filter(|uid| **uid == key.uid).count() > 1;
        let mut notes = Vec::new();
        if split && key.alone == usize::MAX {
            notes.push(
                "The files of this series differ in size or colour, so they are shown as several stacks.".to_owned(),
            );
        }
        drop_repeats(&mut group, &mut notes);
        sort(&mut group);
        series.push(build(group, notes));
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
    /// A multi-frame file, or one without a series, stands alone: its number. `usize::MAX` for all others.
    alone: usize,
}

impl Key {
    fn of(instance: &Instance, number: usize) -> Self {
        let uid = text(&instance.object, Tag(0x0020, 0x000e)).unwrap_or_default();
        let alone = instance.frames.len() > 1 || uid.is_empty();
        Self {
            uid,
            rows: instance.layout.rows,
            columns: instance.layout.columns,
            color: matches!(instance.frames.first(), Some(Samples::Rgb8(_))),
            alone: if alone { number } else { usize::MAX },
        }
    }
}

/// The same file twice, from a folder and its copy, is shown once.
fn drop_repeats(group: &mut Vec<Instance>, notes: &mut Vec<String>) {
    let mut seen = HashSet::new();
    let before = group.len();
    group.retain(|i| match text(&i.object, Tag(0x0008, 0x0018)) {
        Some(uid) => seen.insert(uid),
        None => true,
    });
    match before - group.len() {
        0 => {}
        1 => notes.push("One file came twice and is shown once.".to_owned()),
        n => notes.push(format!("{n} files came twice and are shown once.")),
    }
}

/// Files by time and number; their frames are sorted by position afterwards.
fn sort(group: &mut [Instance]) {
    group.sort_by(|a, b| {
        let temporal = |i: &Instance| i.number(Tag(0x0020, 0x0100)); // Temporal Position Identifier
        let number = |i: &Instance| i.number(Tag(0x0020, 0x0013)); // Instance Number
        temporal(a)
            .cmp(&temporal(b))
            .then(number(a).cmp(&number(b)))
            .then_with(|| a.file.cmp(&b.file))
    });
}

/// Frames by position, where all have one and lie parallel; those of one position stay in their order.
fn sort_frames(frames: &mut [(FrameInfo, Samples)]) {
    let first = frames.first().and_then(|(info, _)| info.place);
    let Some(first) = first else {
        return;
    };
    let fits = |(info, _): &(FrameInfo, Samples)| info.place.is_some_and(|p| parallel(&p, &first));
    if !frames.iter().all(fits) {
        return;
    }
    let normal = first.normal();
    // Rounded, so that equal positions compare equal.
    let depth = |(info, _): &(FrameInfo, Samples)| {
        info.place
            .map_or(0, |p| (dot(p.origin, normal) / SAME_MM).round() as i64)
    };
    frames.sort_by_key(depth);
}

/// One stack from sorted files.
fn build(mut group: Vec<Instance>, mut notes: Vec<String>) -> Series {
    same_rescale(&mut group);
    let kind = same_kind(&mut group);
    for note in group.iter().flat_map(|i| &i.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    let mut frames = frames_of(&mut group);
    sort_frames(&mut frames);
    let places: Vec<Option<Place>> = frames.iter().map(|(info, _)| info.place).collect();
    let first = &group[0];
    let groups = Groups::new(&first.object);
    let spacing = frames[0].0.spacing;
    let one_spacing = frames.iter().all(|(info, _)| info.spacing == spacing);
    let frame_time_ms = groups.frame_time_ms();
    let mut stack = Stack::of(&places);
    if group.len() > 1 && places.contains(&None) {
        // Several files without positions are pictures to leaf through, not a film.
        (stack.slices, stack.times) = (places.len(), 1);
    }
    notes.extend(stack.note.map(str::to_owned));
    let volume = stack
        .step
        .zip(places[0])
        .zip(spacing.filter(|_| one_spacing))
        .map(|((step, place), spacing)| {
            Affine::of_stack(&place, spacing.column_mm, spacing.row_mm, step)
        });
    let describe = |tag| text(&first.object, tag);
    let name = describe(Tag(0x0008, 0x103e))
        .or_else(|| describe(Tag(0x0018, 0x1030)))
        .unwrap_or_else(|| first.file.clone());
    let layout = &first.layout;
    let mut info = SeriesInfo {
        name,
        format: Format::Dicom,
        modality: describe(Tag(0x0008, 0x0060)).unwrap_or_default(),
        width: layout.columns,
        height: layout.rows,
        kind,
        slices: stack.slices,
        times: stack.times,
        rescale: first.rescale.clone(),
        unit: first.unit.clone(),
        voi: first.voi.clone(),
        range: (0.0, 255.0),
        volume,
        frame_time_ms,
        frames: Vec::new(),
        notes,
        metadata: rows(&first.object),
    };
    // Frame t * slices + s: sorted by position, the times of each position are still together.
    if stack.slices > 1 && stack.times > 1 {
        let (slices, times) = (stack.slices, stack.times);
        let order = (0..times).flat_map(|t| (0..slices).map(move |s| s * times + t));
        let order: Vec<usize> = order.collect();
        reorder(&mut frames, &order);
    }
    let (infos, samples): (Vec<FrameInfo>, Vec<Samples>) = frames.into_iter().unzip();
    info.frames = infos;
    info.range = crate::read::real_range(&samples, &info.frames, &info.rescale);
    if info.voi.is_empty() {
        let middle = crate::read::middle_window(&samples, &info.frames, &info.rescale);
        info.voi.extend(middle);
    }
    Series {
        info,
        frames: samples,
    }
}

/// The frames of all files. Windows are kept where they differ from the first file's.
fn frames_of(group: &mut [Instance]) -> Vec<(FrameInfo, Samples)> {
    let common = group[0].voi.clone();
    let mut all = Vec::new();
    for instance in group {
        let voi = if instance.voi == common {
            Vec::new()
        } else {
            instance.voi.clone()
        };
        let frames = std::mem::take(&mut instance.frames);
        let monochrome1 = instance.layout.photometric == Photometric::Monochrome1;
        let inverted = shading::is_inverted(&instance.object, monochrome1);
        let groups = Groups::new(&instance.object);
        for (number, (samples, place)) in frames.into_iter().zip(&instance.places).enumerate() {
            let info = FrameInfo {
                file: instance.file.clone(),
                number,
                place: *place,
                voi: voi.clone(),
                spacing: groups.spacing(number),
                padding: instance.padding.get(number).copied().flatten(),
                invert: inverted && samples.kind() != SampleKind::Rgb8,
                ..FrameInfo::default()
            };
            all.push((info, samples));
        }
    }
    all
}

/// Puts `items[order[i]]` at i.
fn reorder<T>(items: &mut Vec<T>, order: &[usize]) {
    let mut old: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(
        order
            .iter()
            .filter_map(|&i| old.get_mut(i).and_then(Option::take)),
    );
}

/// Slices of different rescale (PET) become real values, so that one rescale holds for all.
fn same_rescale(group: &mut [Instance]) {
    if group.iter().all(|i| i.rescale == group[0].rescale) {
        return;
    }
    for instance in group {
        let rescale = std::mem::replace(&mut instance.rescale, Rescale::IDENTITY);
        let frames = std::mem::take(&mut instance.frames);
        instance.frames = frames
            .into_iter()
            .map(|f| f.map_exact(|x| rescale.value(x)))
            .collect();
        for ends in instance.padding.iter_mut().flatten() {
            *ends = shading::rescaled_ends(&rescale, *ends);
        }
    }
}

/// Slices of different types become floats.
fn same_kind(group: &mut [Instance]) -> SampleKind {
    Samples::unify(group.iter_mut().flat_map(|i| &mut i.frames));
    let mut all = group.iter().flat_map(|i| &i.frames);
    all.next().map_or(SampleKind::U8, Samples::kind)
}
