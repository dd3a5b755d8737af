//! One stack of frames, with everything that is said about it.

use std::sync::Arc;

use dicom_dictionary_std::tags;

use super::attributes::{float, text};
use super::dimensions::{self, DimensionValues};
use super::frame::Frame;
use super::instance::Instance;
use super::positions::Scale;
use super::rows::rows;
use super::stack::{Stack, parallel};
use super::{grayscale, real_world, tiles};
use crate::budget::Budget;
use crate::series::{FrameInfo, SeriesInfo};
use crate::value_range::{middle_window, real_range};
use crate::{
    Affine, Format, ImagingError, Place, Rescale, SampleKind, Samples, Series, Voi, VoiWindow,
};

/// Stacks from the sorted files of a group: one, or two where a few frames lie across all others.
///
/// # Errors
/// [`ImagingError::TooLarge`] when the numbers of all frames, brought to one type, do not fit into memory.
pub(super) fn build(
    mut group: Vec<Instance>,
    hint: Option<&str>,
    notes: &[String],
    budget: &mut Budget,
) -> Result<Vec<Series>, ImagingError> {
    let mut notes = notes.to_vec();
    for note in group.iter().flat_map(|i| &i.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    let mut frames: Vec<Frame> = Vec::new();
    for instance in &mut group {
        frames.append(&mut instance.frames);
    }
    let first = &group[0];
    let joined = group.iter().all(|instance| instance.joined);
    let tiled = tiles::assemble(&first.object, &first.layout, &mut frames, joined);
    notes.extend(tiled.notes);
    let context = Context {
        first,
        files: group.len(),
        size: tiled.size,
        film: !tiled.apart,
        hint,
    };
    match across(&frames) {
        Some(across) => {
            notes.push(
                "Frames that lie across the others of this series are shown as a stack of their own.".to_owned(),
            );
            let mut along = Vec::new();
            let mut rest = Vec::new();
            for (frame, aside) in frames.into_iter().zip(across) {
                if aside { &mut rest } else { &mut along }.push(frame);
            }
            Ok(vec![
                one(&context, along, notes.clone(), budget)?,
                one(&context, rest, notes, budget)?,
            ])
        }
        None => Ok(vec![one(&context, frames, notes, budget)?]),
    }
}

/// What the stacks of a group have in common.
struct Context<'a> {
    first: &'a Instance,
    files: usize,
    /// Columns and rows.
    size: [usize; 2],
    /// Whether frames without positions may follow each other in time.
    film: bool,
    hint: Option<&'a str>,
}

/// Which frames lie across a stack that three quarters of all frames make: localizers among slices.
fn across(frames: &[Frame]) -> Option<Vec<bool>> {
    let places: Vec<Place> = frames.iter().map(|f| f.info.place).collect::<Option<_>>()?;
    // If there is such a majority, one of these belongs to it.
    let main = [0, frames.len() / 4, frames.len() / 2, frames.len() * 3 / 4]
        .iter()
        .filter_map(|at| places.get(*at))
        .find(|main| {
            let along = places.iter().filter(|p| parallel(p, main)).count();
            4 * along >= 3 * places.len() && along > 2 && along < places.len()
        })?;
    Some(places.iter().map(|p| !parallel(p, main)).collect())
}

fn one(
    context: &Context<'_>,
    mut frames: Vec<Frame>,
    mut notes: Vec<String>,
    budget: &mut Budget,
) -> Result<Series, ImagingError> {
    let object = &context.first.object;
    let unit = same_unit(&frames, &mut notes);
    let rescale = same_rescale(&mut frames, &mut notes, budget)?;
    budget.take(Samples::unified_growth(frames.iter().map(|f| &f.samples)))?;
    let kind = same_kind(&mut frames);
    let places: Vec<Option<Place>> = frames.iter().map(|f| f.info.place).collect();
    let [width, height] = context.size;
    let scale = Scale {
        pixel_mm: smallest(&frames),
        slice_mm: slice_mm(context.first),
        pixels: width.max(height),
    };
    let dimensions: Vec<DimensionValues> = frames.iter().map(|f| f.dimensions.clone()).collect();
    let mut stack = Stack::of(&places, scale, |a, b| dimensions[a].order(&dimensions[b]));
    let lost = places.iter().filter(|p| p.is_none()).count();
    if 0 < lost && lost < places.len() {
        notes.push(format!(
            "{lost} of {} frames do not say where they lie, so the other planes are not offered.",
            places.len()
        ));
    }
    let film = lost == places.len() && context.film && context.files == 1;
    if lost > 0 && !(film && dimensions::is_cine(object)) {
        // Pictures to leaf through, not a film.
        (stack.slices, stack.times) = (places.len(), 1);
    }
    notes.extend(stack.note.take());
    if stack.times > 1 && !places.contains(&None) {
        let at_first = stack.order.iter().step_by(stack.slices);
        let at_first: Vec<&DimensionValues> = at_first.map(|i| &dimensions[*i]).collect();
        notes.extend(DimensionValues::differ(&at_first).map(str::to_owned));
    }
    let mut frame_time_ms = None;
    if context.files == 1
        && stack.times > 1
        && stack.slices == 1
        && let Some((ms, changing)) = dimensions::frame_time_ms(object)
    {
        frame_time_ms = Some(ms);
        if changing {
            notes.push(format!(
                "The time between frames changes; they are played {ms:.1} ms apart, the mean."
            ));
        }
    }
    let spacing = frames[0].info.spacing;
    let one_spacing = frames
        .iter()
        .all(|f| alike(&f.info, &frames[0].info, scale.pixels));
    if !one_spacing {
        let note = if stack.step.is_some() {
            "The frames of this series differ in pixel spacing, so the other planes are not offered."
        } else {
            "The frames of this series differ in pixel spacing; each has its own."
        };
        notes.push(note.to_owned());
    }
    if stack.step.is_some()
        && let Err(note) = one_meaning(&frames)
    {
        stack.step = None;
        notes.push(note.to_owned());
    }
    if stack.step.is_some() && spacing.is_none() && one_spacing {
        notes.push(
            "The file does not say how large a pixel is, so the other planes are not offered."
                .to_owned(),
        );
    }
    reorder(&mut frames, &stack.order);
    let volume = stack
        .step
        .zip(frames[0].info.place)
        .zip(spacing.filter(|_| one_spacing))
        .map(|((step, place), spacing)| {
            Affine::of_stack(&place, spacing.column_mm, spacing.row_mm, step)
        });
    let vois: Vec<Arc<Vec<Voi>>> = frames.iter().map(|f| Arc::clone(&f.voi)).collect();
    let (mut infos, samples): (Vec<FrameInfo>, Vec<Samples>) =
        frames.into_iter().map(|f| (f.info, f.samples)).unzip();
    let voi = windows(&mut infos, &vois, &samples, &rescale);
    let range = real_range(&samples, &infos, &rescale);
    let describe = |tag| text(object, tag);
    let name = describe(tags::SERIES_DESCRIPTION)
        .or_else(|| describe(tags::PROTOCOL_NAME))
        .unwrap_or_else(|| context.first.file.clone());
    let info = SeriesInfo {
        name: match context.hint {
            Some(hint) => format!("{name} ({hint})"),
            None => name,
        },
        format: Format::Dicom,
        modality: describe(tags::MODALITY).unwrap_or_default(),
        width,
        height,
        kind,
        slices: stack.slices,
        times: stack.times,
        rescale,
        unit,
        voi,
        range,
        volume,
        frame_time_ms,
        frames: infos,
        notes,
        metadata: rows(object),
    };
    Ok(Series {
        info,
        frames: samples,
    })
}

/// Whether one look and one unit hold for numbers that are mixed from several frames.
fn one_meaning(frames: &[Frame]) -> Result<(), &'static str> {
    let first = &frames[0].info;
    if frames.iter().any(|f| f.info.invert != first.invert) {
        return Err(
            "Some frames of this series show low values bright and others dark, so the other planes are not offered.",
        );
    }
    let mapping = first.real_world.as_ref();
    let same = |f: &Frame| match (f.info.real_world.as_ref(), mapping) {
        (Some(a), Some(b)) => real_world::same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    if frames.iter().all(same) {
        Ok(())
    } else {
        Err(
            "The frames of this series differ in what their numbers measure, so the other planes are not offered.",
        )
    }
}

/// Whether the spacings of two frames are the same to a tenth of a pixel at the far edge.
fn alike(a: &FrameInfo, b: &FrameInfo, pixels: usize) -> bool {
    let share = 0.1 / pixels.max(1) as f64;
    let near = |a: f64, b: f64| (a - b).abs() <= share * b;
    match (a.spacing, b.spacing) {
        (Some(a), Some(b)) => {
            a.kind == b.kind && near(a.row_mm, b.row_mm) && near(a.column_mm, b.column_mm)
        }
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn smallest(frames: &[Frame]) -> Option<f64> {
    let sides = frames.iter().filter_map(|f| f.info.spacing);
    sides
        .map(|s| s.row_mm.min(s.column_mm))
        .min_by(f64::total_cmp)
}

/// Spacing Between Slices or Slice Thickness.
fn slice_mm(first: &Instance) -> Option<f64> {
    let measures = super::functional_groups::FunctionalGroups::new(&first.object)
        .of(0, tags::PIXEL_MEASURES_SEQUENCE);
    [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS]
        .iter()
        .find_map(|tag| {
            float(measures, *tag)
                .or_else(|| float(&first.object, *tag))
                .map(f64::abs)
                .filter(|mm| *mm > 0.0)
        })
}

/// The windows of the first frame are the series'; each frame that has others keeps its own.
fn windows(
    infos: &mut [FrameInfo],
    vois: &[Arc<Vec<Voi>>],
    samples: &[Samples],
    rescale: &Rescale,
) -> Vec<Voi> {
    let Some(common) = vois.first().filter(|_| vois.iter().any(|v| !v.is_empty())) else {
        return middle_window(samples, infos, rescale).into_iter().collect();
    };
    for ((info, own), samples) in infos.iter_mut().zip(vois).zip(samples) {
        if own.is_empty() {
            // Another frame's window says nothing about this one.
            let samples = std::slice::from_ref(samples);
            let own = std::slice::from_ref(&*info);
            let window = middle_window(samples, own, rescale).unwrap_or_else(|| {
                let (low, high) = real_range(samples, own, rescale);
                Voi::Window(VoiWindow::spanning(low, high))
            });
            info.voi = vec![window];
        } else if own != common {
            info.voi = own.as_ref().clone();
        }
    }
    common.as_ref().clone()
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

/// The unit of all values; none where frames differ in it.
fn same_unit(frames: &[Frame], notes: &mut Vec<String>) -> String {
    let unit = &frames[0].modality.unit;
    if frames.iter().all(|f| f.modality.unit == *unit) {
        return unit.clone();
    }
    notes.push(
        "The frames of this series differ in the unit of their values, so none is shown."
            .to_owned(),
    );
    String::new()
}

/// Slices of different rescale (PET) become real values, so that one rescale holds for all.
fn same_rescale(
    frames: &mut [Frame],
    notes: &mut Vec<String>,
    budget: &mut Budget,
) -> Result<Rescale, ImagingError> {
    let first = frames[0].modality.rescale.clone();
    let same =
        |f: &Frame| Arc::ptr_eq(&f.modality, &frames[0].modality) || f.modality.rescale == first;
    if frames.iter().all(same) {
        return Ok(first);
    }
    let mut lost = false;
    for frame in frames {
        let rescale = &frame.modality.rescale;
        budget.take(frame.samples.growth(SampleKind::F64))?;
        let samples = std::mem::replace(&mut frame.samples, Samples::U8(Vec::new()));
        frame.samples = samples.map_exact(|x| rescale.value(x));
        // Where 32-bit floats hold all values, half of it is used.
        budget.free(frame.samples.growth(SampleKind::F64));
        if let Some(mapping) = frame.info.real_world.take() {
            frame.info.real_world = real_world::after(mapping, rescale);
            lost |= frame.info.real_world.is_none();
        }
        let padding = frame.info.padding;
        frame.info.padding = padding.map(|ends| grayscale::rescaled_ends(rescale, ends));
    }
    if lost {
        notes.push("The file maps its numbers to a quantity by a table, which is not applied to frames of different rescale.".to_owned());
    }
    Ok(Rescale::IDENTITY)
}

/// Slices of different types become floats.
fn same_kind(frames: &mut [Frame]) -> SampleKind {
    Samples::unify(frames.iter_mut().map(|f| &mut f.samples));
    frames[0].samples.kind()
}

#[cfg(test)]
mod tests {
    #[test]
    fn items_are_put_in_order() {
        let mut items = vec!["a", "b", "c"];
        super::reorder(&mut items, &[2, 0, 1]);
        assert_eq!(items, ["c", "a", "b"]);
    }
}
