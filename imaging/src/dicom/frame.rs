//! What a data set says about each of its frames.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::attributes::text;
use super::color::Photometric;
use super::dimensions::DimensionValues;
use super::functional_groups::FunctionalGroups;
use super::layout::Layout;
use super::tile_position::TilePosition;
use super::{grayscale, real_world, spacing};
use crate::budget::Budget;
use crate::series::FrameInfo;
use crate::{ImagingError, Region, Rescale, SampleKind, Samples, Voi};

/// A frame on its way into a series.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its windows follow when the series is known, which has those that most frames share.
    pub(super) info: FrameInfo,
    pub(super) modality: Arc<ModalityTransform>,
    pub(super) voi: Arc<Vec<Voi>>,
    pub(super) dimensions: DimensionValues,
    /// Where it lies in a whole-slide image.
    pub(super) tile: Option<TilePosition>,
    pub(super) samples: Samples,
}

/// From stored numbers to real values.
#[derive(Debug, PartialEq)]
pub(super) struct ModalityTransform {
    pub(super) rescale: Rescale,
    /// Empty where unknown: without a rescale the stored numbers mean nothing in particular.
    pub(super) unit: String,
}

/// What was read from items: frames that share an item share what was read, and it is read once.
struct Shared<K, T>(HashMap<K, Arc<T>>);

impl<K: Eq + Hash, T> Shared<K, T> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    fn read(&mut self, item: K, read: impl FnOnce() -> T) -> Arc<T> {
        Arc::clone(self.0.entry(item).or_insert_with(|| Arc::new(read())))
    }
}

/// The frames of a data set, and sentences about them.
///
/// # Errors
/// [`ImagingError::TooManyFrames`] when what is said of each frame takes more memory than the file is worth: the lists that
/// frames share are small in the file, and each frame gets its own.
pub(super) fn frames(
    file: &str,
    object: &InMemDicomObject,
    layout: &Layout,
    samples: Vec<Samples>,
    budget: &mut Budget,
) -> Result<(Vec<Frame>, Vec<String>), ImagingError> {
    let groups = FunctionalGroups::new(object);
    let gray = layout.samples == 1
        && samples
            .first()
            .is_some_and(|f| f.kind() != SampleKind::Rgb8);
    let modality = text(object, tags::MODALITY).unwrap_or_default();
    let regions = spacing::regions(object);
    let count = samples.len();
    let list = (regions.len() * size_of::<Region>()) as u64;
    budget.take_of_frames(count, list.saturating_mul(count as u64))?;
    let aspect = spacing::aspect(object);
    let regional = spacing::of_regions(object, &regions);
    let invert =
        gray && grayscale::is_inverted(object, layout.photometric == Photometric::Monochrome1);
    let places = groups.places(samples.len());
    let (mut transforms, mut vois) = (Shared::new(), Shared::new());
    let mut quantities = Shared::new();
    let mut first_voi: Option<Arc<Vec<Voi>>> = None;
    let mut notes: Vec<String> = Vec::new();
    let mut say = |note: String| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    let as_stored = grayscale::is_shown_as_stored(object);
    let padding = grayscale::padding(object, layout).filter(|_| gray);
    let real = |item: &InMemDicomObject| {
        let said = grayscale::rescale(item, layout).filter(|_| gray && !as_stored);
        said.map_or(
            ModalityTransform {
                rescale: Rescale::IDENTITY,
                unit: String::new(),
            },
            |(rescale, unit)| ModalityTransform {
                rescale,
                unit: grayscale::unit(object, &modality, unit),
            },
        )
    };
    let voi = |item: &InMemDicomObject, rescale: &Rescale| {
        if gray {
            grayscale::voi(item, grayscale::rescaled(rescale, layout.stored_range()))
        } else {
            Vec::new()
        }
    };
    let frames = samples
        .into_iter()
        .zip(places)
        .enumerate()
        .map(|(number, (samples, place))| {
            let (spacing, note) = spacing::of(&groups, number, regional);
            if let Some(note) = note {
                say(note.to_owned());
            }
            let mappings = if gray {
                real_world::mappings(&groups, number)
            } else {
                &[]
            };
            let mapping = quantities.read((mappings.as_ptr(), mappings.len()), || {
                real_world::first(mappings, layout.signed)
            });
            let mapping = mapping.as_ref().clone();
            let mut lists = mapping.as_ref().map_or(0, |m| size_of_val(&m.table[..]));
            if mapping.is_some() && mappings.len() > 1 {
                say(format!(
                    "The file maps its numbers to {} quantities; values are given by the first one.",
                    mappings.len()
                ));
            }
            let transform = groups.of(number, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
            let modality = transforms.read(std::ptr::from_ref(transform), || real(transform));
            if gray
                && !as_stored
                && matches!(modality.rescale, Rescale::Linear { .. })
                && let Err(note) = grayscale::linear(transform)
            {
                say(note.to_owned());
            }
            let window = groups.of(number, tags::FRAME_VOILUT_SEQUENCE);
            let voi = vois.read(
                (std::ptr::from_ref(window), Arc::as_ptr(&modality)),
                || voi(window, &modality.rescale),
            );
            // Windows that are not those of the first frame are copied to the frame.
            if !Arc::ptr_eq(first_voi.get_or_insert_with(|| Arc::clone(&voi)), &voi) {
                lists += voi.iter().map(size_of_voi).sum::<usize>();
            }
            budget.take_of_frames(count, lists as u64)?;
            let info = FrameInfo {
                file: file.to_owned(),
                number,
                place,
                spacing,
                pixel_aspect: aspect.filter(|_| spacing.is_none() && regional.is_none()),
                regions: regions.clone(),
                invert,
                padding,
                real_world: mapping,
                ..FrameInfo::default()
            };
            Ok(Frame {
                info,
                modality,
                voi,
                dimensions: DimensionValues::of(&groups, number),
                tile: TilePosition::of(&groups, number),
                samples,
            })
        })
        .collect::<Result<_, _>>()?;
    Ok((frames, notes))
}

/// Bytes that a copy of a window or table takes.
fn size_of_voi(voi: &Voi) -> usize {
    let table = match voi {
        Voi::Table(table) => size_of_val(&table.values[..]),
        Voi::Window(_) => 0,
    };
    size_of::<Voi>() + table
}
