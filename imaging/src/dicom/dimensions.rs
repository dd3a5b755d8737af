//! What tells frames of one position apart: time, heart phase, b-value, echo, kind of image.

use std::cmp::Ordering;

use dicom_core::{DataElement, DicomValue, PrimitiveValue};
use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{float, floats, int, item, items, short_text, short_texts, vector};
use super::functional_groups::FunctionalGroups;

/// Sorted by the first of these in which two frames differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DimensionValues {
    /// Number of the segment that a frame of a segmentation shows.
    segment: i64,
    /// Temporal Position Index or Identifier.
    temporal: i64,
    /// Diffusion b-value, s/mm², and direction.
    b_value: f64,
    direction: [f64; 3],
    /// Echo time, ms.
    echo: f64,
    /// Inversion time, ms.
    inversion: f64,
    /// Number of the energy window (nuclear medicine).
    energy_window: i64,
    /// Flip angle, degrees; not sorted by.
    flip_angle: f64,
    /// Values of Image Type or Frame Type from the third one on ("M", "P", "WATER").
    kind: Vec<String>,
    /// After the R wave, or since the first frame, ms.
    delay: f64,
    /// Date and time of the acquisition, as a number that grows with time.
    time: f64,
    acquisition: i64,
    number: i64,
    frame: usize,
}

/// What stands last among its like.
const ABSENT: i64 = i64::MAX;

impl DimensionValues {
    pub(super) fn of(groups: &FunctionalGroups<'_>, frame: usize) -> Self {
        let object = groups.object();
        let content = groups.of(frame, tags::FRAME_CONTENT_SEQUENCE);
        let diffusion = groups.of(frame, tags::MR_DIFFUSION_SEQUENCE);
        let direction =
            item(diffusion, tags::DIFFUSION_GRADIENT_DIRECTION_SEQUENCE).unwrap_or(diffusion);
        let echo = groups.of(frame, tags::MR_ECHO_SEQUENCE);
        let modifier = groups.of(frame, tags::MR_MODIFIER_SEQUENCE);
        let timing = groups.of(frame, tags::MR_TIMING_AND_RELATED_PARAMETERS_SEQUENCE);
        let heart = groups.of(frame, tags::CARDIAC_SYNCHRONIZATION_SEQUENCE);
        let number = |from: &InMemDicomObject, tag| float(from, tag);
        let kind = [
            tags::MR_IMAGE_FRAME_TYPE_SEQUENCE,
            tags::CT_IMAGE_FRAME_TYPE_SEQUENCE,
        ]
        .iter()
        .map(|sequence| short_texts(groups.of(frame, *sequence), tags::FRAME_TYPE))
        .find(|kind| !kind.is_empty())
        .unwrap_or_else(|| short_texts(object, tags::IMAGE_TYPE));
        let segment = groups.of(frame, tags::SEGMENT_IDENTIFICATION_SEQUENCE);
        Self {
            segment: int(segment, tags::REFERENCED_SEGMENT_NUMBER).unwrap_or(ABSENT),
            temporal: int(content, tags::TEMPORAL_POSITION_INDEX)
                .or_else(|| int(object, tags::TEMPORAL_POSITION_IDENTIFIER))
                .unwrap_or(ABSENT),
            b_value: number(diffusion, tags::DIFFUSION_B_VALUE).unwrap_or(-1.0),
            direction: vector(direction, tags::DIFFUSION_GRADIENT_ORIENTATION).unwrap_or_default(),
            echo: number(echo, tags::EFFECTIVE_ECHO_TIME)
                .or_else(|| number(object, tags::ECHO_TIME))
                .unwrap_or(-1.0),
            inversion: number(modifier, tags::INVERSION_TIMES)
                .or_else(|| number(object, tags::INVERSION_TIME))
                .unwrap_or(-1.0),
            energy_window: energy_window(object, frame).unwrap_or(ABSENT),
            flip_angle: number(timing, tags::FLIP_ANGLE).unwrap_or(-1.0),
            kind: kind.into_iter().skip(2).collect(),
            delay: number(heart, tags::NOMINAL_CARDIAC_TRIGGER_DELAY_TIME)
                .or_else(|| number(object, tags::TRIGGER_TIME))
                .or_else(|| number(object, tags::FRAME_REFERENCE_TIME))
                .unwrap_or(-1.0),
            time: acquired(object, content),
            acquisition: int(content, tags::FRAME_ACQUISITION_NUMBER)
                .or_else(|| int(object, tags::ACQUISITION_NUMBER))
                .unwrap_or(ABSENT),
            number: int(object, tags::INSTANCE_NUMBER).unwrap_or(ABSENT),
            frame,
        }
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        let directions = || {
            let pairs = self.direction.iter().zip(&other.direction);
            pairs
                .map(|(a, b)| a.total_cmp(b))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        self.segment
            .cmp(&other.segment)
            .then(self.temporal.cmp(&other.temporal))
            .then(self.b_value.total_cmp(&other.b_value))
            .then_with(directions)
            .then(self.echo.total_cmp(&other.echo))
            .then(self.inversion.total_cmp(&other.inversion))
            .then(self.energy_window.cmp(&other.energy_window))
            .then_with(|| self.kind.cmp(&other.kind))
            .then(self.delay.total_cmp(&other.delay))
            .then(self.time.total_cmp(&other.time))
            .then(self.acquisition.cmp(&other.acquisition))
            .then(self.number.cmp(&other.number))
            .then(self.frame.cmp(&other.frame))
    }

    /// What the frames of a position differ in, where that is not time.
    pub(super) fn differ(moments: &[&Self]) -> Option<&'static str> {
        let first = moments.first()?;
        let any = |differs: &dyn Fn(&Self) -> bool| moments.iter().any(|m| differs(m));
        if any(&|m| m.segment != first.segment) {
            return Some("The frames of each position show different segments, not times.");
        }
        if any(&|m| m.temporal != first.temporal) {
            return None;
        }
        if any(&|m| m.b_value != first.b_value || m.direction != first.direction) {
            return Some("The frames of each position differ in diffusion weighting, not in time.");
        }
        if any(&|m| m.echo != first.echo) {
            return Some("The frames of each position differ in echo time, not in time.");
        }
        if any(&|m| m.inversion != first.inversion) {
            return Some("The frames of each position differ in inversion time, not in time.");
        }
        if any(&|m| m.energy_window != first.energy_window) {
            return Some("The frames of each position differ in their energy window, not in time.");
        }
        if any(&|m| m.kind != first.kind) {
            return Some("The frames of each position differ in the kind of image, not in time.");
        }
        any(&|m| m.flip_angle != first.flip_angle)
            .then_some("The frames of each position differ in flip angle, not in time.")
    }
}

/// The number of a frame's energy window, without a copy of those of all frames.
fn energy_window(object: &InMemDicomObject, frame: usize) -> Option<i64> {
    let vector = object.get(tags::ENERGY_WINDOW_VECTOR)?.value();
    match vector.primitive()? {
        PrimitiveValue::U16(numbers) => numbers.get(frame).map(|number| i64::from(*number)),
        _ => None,
    }
}

/// Date and time as one number: "20240131" and "121530.5" become 20240131121530.5.
fn acquired(object: &InMemDicomObject, content: &InMemDicomObject) -> f64 {
    let number = |text: Option<String>| {
        let digits: String = text?
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        digits.parse::<f64>().ok()
    };
    // Frame Acquisition DateTime, Acquisition DateTime.
    number(short_text(content, tags::FRAME_ACQUISITION_DATE_TIME))
        .or_else(|| number(short_text(object, tags::ACQUISITION_DATE_TIME)))
        .or_else(|| {
            let time = number(short_text(object, tags::ACQUISITION_TIME))?;
            let date = number(short_text(object, tags::ACQUISITION_DATE)).unwrap_or(0.0);
            Some(date * 1e6 + time)
        })
        .unwrap_or(-1.0)
}

/// Attributes that a Frame Increment Pointer names where frames follow each other in time; the last three are those of
/// nuclear medicine.
const IN_TIME: [Tag; 5] = [
    tags::FRAME_TIME,
    tags::FRAME_TIME_VECTOR,
    tags::TIME_SLOT_VECTOR,
    tags::TIME_SLICE_VECTOR,
    tags::RR_INTERVAL_VECTOR,
];

/// Whether the frames of a multi-frame object without positions follow each other in time, as far as it says.
pub(super) fn is_cine(object: &InMemDicomObject) -> bool {
    let frames = items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    // Image Position (Volume) of an ultrasound volume, which is no place in the patient.
    let position = |frame: &InMemDicomObject| {
        item(frame, tags::PLANE_POSITION_VOLUME_SEQUENCE)
            .map(|plane| floats(plane, tags::IMAGE_POSITION_VOLUME))
    };
    if let (Some(first), Some(last)) = (frames.first(), frames.last())
        && position(first) != position(last)
    {
        return false;
    }
    let pointer = object
        .get(tags::FRAME_INCREMENT_POINTER)
        .map(DataElement::value);
    let Some(DicomValue::Primitive(PrimitiveValue::Tags(pointed))) = pointer else {
        return true;
    };
    pointed.iter().any(|tag| IN_TIME.contains(tag))
}

/// The time from one frame to the next, ms, and whether it changes.
pub(super) fn frame_time_ms(object: &InMemDicomObject) -> Option<(f64, bool)> {
    let positive = |x: &f64| *x > 0.0;
    let vector = floats(object, tags::FRAME_TIME_VECTOR);
    // The first increment is that of the first frame, and zero.
    let steps = vector.get(1..).unwrap_or_default();
    let time = float(object, tags::FRAME_TIME).filter(positive);
    if !steps.is_empty() && steps.iter().all(positive) {
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        let even = steps.iter().all(|s| (s - mean).abs() <= 0.01 * mean);
        if time.is_none() || !even {
            return Some((mean, !even));
        }
    }
    let rate = || {
        let shown = float(object, tags::RECOMMENDED_DISPLAY_FRAME_RATE).filter(positive);
        shown.or_else(|| float(object, tags::CINE_RATE).filter(positive))
    };
    time.or_else(|| rate().map(|fps| 1000.0 / fps))
        .map(|ms| (ms, false))
}
