//! What a data set says about each of its frames.

use std::sync::Arc;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::attributes::text;
use super::color::Photometric;
use super::layout::Layout;
use super::moment::Moment;
use super::place::Groups;
use super::tiles::Spot;
use super::{real_world, shading, spacing};
use crate::series::FrameInfo;
use crate::{Region, Rescale, SampleKind, Samples, Voi};

/// A frame on its way into a series.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its windows follow when the series is known, which has those that most frames share.
    pub(super) info: FrameInfo,
    pub(super) real: Arc<Real>,
    pub(super) voi: Arc<Vec<Voi>>,
    pub(super) moment: Moment,
    /// Where it lies in a whole-slide image.
    pub(super) spot: Option<Spot>,
    pub(super) samples: Samples,
}

/// From stored numbers to real values.
#[derive(Debug, PartialEq)]
pub(super) struct Real {
    pub(super) rescale: Rescale,
    /// Empty where unknown: without a rescale the stored numbers mean nothing in particular.
    pub(super) unit: String,
}

/// What was read from the last item: frames that share the item share what was read.
struct Last<K, T>(Option<(K, Arc<T>)>);

impl<K: PartialEq, T> Last<K, T> {
    fn read(&mut self, item: K, read: impl FnOnce() -> T) -> Arc<T> {
        if let Some((last, value)) = &self.0
            && *last == item
        {
            return Arc::clone(value);
        }
        let value = Arc::new(read());
        self.0 = Some((item, Arc::clone(&value)));
        value
    }
}

/// The frames of a data set, and sentences about them.
pub(super) fn frames(
    file: &str,
    object: &InMemDicomObject,
    layout: &Layout,
    samples: Vec<Samples>,
) -> (Vec<Frame>, Vec<String>) {
    let groups = Groups::new(object);
    let gray = layout.samples == 1
        && samples
            .first()
            .is_some_and(|f| f.kind() != SampleKind::Rgb8);
    let modality = text(object, tags::MODALITY).unwrap_or_default();
    let regions = spacing::regions(object);
    let aspect = spacing::aspect(object);
    let calibrated = regions.iter().any(Region::is_calibrated);
    let invert =
        gray && shading::is_inverted(object, layout.photometric == Photometric::Monochrome1);
    let places = groups.places(samples.len());
    let (mut reals, mut vois) = (Last(None), Last(None));
    let mut notes: Vec<String> = Vec::new();
    let mut say = |note: String| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    let as_stored = shading::is_shown_as_stored(object);
    let padding = shading::padding(object, layout).filter(|_| gray);
    let real = |item: &InMemDicomObject| {
        let said = shading::rescale(item, layout).filter(|_| gray && !as_stored);
        said.map_or(
            Real {
                rescale: Rescale::IDENTITY,
                unit: String::new(),
            },
            |(rescale, unit)| Real {
                rescale,
                unit: shading::unit(object, &modality, unit),
            },
        )
    };
    let voi = |item: &InMemDicomObject, rescale: &Rescale| {
        if gray {
            shading::voi(item, shading::rescaled(rescale, layout.reach()))
        } else {
            Vec::new()
        }
    };
    let frames = samples
        .into_iter()
        .zip(places)
        .enumerate()
        .map(|(number, (samples, place))| {
            let (spacing, note) = spacing::of(&groups, number, &regions);
            if let Some(note) = note {
                say(note.to_owned());
            }
            let mappings = if gray {
                real_world::mappings(&groups, number)
            } else {
                &[]
            };
            let mapping = real_world::first(mappings, layout.signed);
            if mapping.is_some() && mappings.len() > 1 {
                say(format!(
                    "The file maps its numbers to {} quantities; values are given by the first one.",
                    mappings.len()
                ));
            }
            let transform = groups.of(number, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
            let real = reals.read(std::ptr::from_ref(transform), || real(transform));
            if gray
                && !as_stored
                && matches!(real.rescale, Rescale::Linear { .. })
                && let Err(note) = shading::linear(transform)
            {
                say(note.to_owned());
            }
            let window = groups.of(number, tags::FRAME_VOILUT_SEQUENCE);
            let voi = vois.read(
                (std::ptr::from_ref(window), Arc::as_ptr(&real)),
                || voi(window, &real.rescale),
            );
            let info = FrameInfo {
                file: file.to_owned(),
                number,
                place,
                spacing,
                pixel_aspect: aspect.filter(|_| spacing.is_none() && !calibrated),
                regions: regions.clone(),
                invert,
                padding,
                real_world: mapping,
                ..FrameInfo::default()
            };
            Frame {
                info,
                real,
                voi,
                moment: Moment::of(&groups, number),
                spot: Spot::of(&groups, number),
                samples,
            }
        })
        .collect();
    (frames, notes)
}
