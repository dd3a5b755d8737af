//! What DICOM states per instance, frame or region is kept there: files that the test writes, with literal values.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use support::dicom::Set;
use unimed_imaging::{Limits, Opener, RegionUnit, Series, SpacingKind, Voi};

const PLANE: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// An instance of the series "1.2" with 2 x 2 pixels.
fn instance(modality: &str, number: u32) -> Set {
    Set::new()
        .text((0x0008, 0x0018), "UI", &format!("1.2.{number}"))
        .text((0x0008, 0x0060), "CS", modality)
        .text((0x0020, 0x000e), "UI", "1.2")
        .text((0x0020, 0x0013), "IS", &number.to_string())
        .grey(2, 2, &[0, 1, 2, number as u16])
}

fn slice(number: u32, z: f64) -> Set {
    instance("CT", number)
        .ds((0x0020, 0x0032), &[0.0, 0.0, z])
        .ds((0x0020, 0x0037), &PLANE)
        .ds((0x0028, 0x0030), &[0.5, 0.5])
}

fn open(sets: &[Set]) -> Vec<Series> {
    let mut opener = Opener::new(Limits::default());
    for (i, set) in sets.iter().enumerate() {
        opener.add(&format!("{i}.dcm"), set.file());
    }
    let opened = opener.finish();
    assert_eq!(opened.problems, []);
    opened.series
}

fn one(sets: &[Set]) -> Series {
    let mut series = open(sets);
    assert_eq!(series.len(), 1);
    series.remove(0)
}

fn region(format: u16, units: [u16; 2], deltas: [f64; 2], rect: [u32; 4]) -> Set {
    Set::new()
        .us((0x0018, 0x6012), &[format])
        .us((0x0018, 0x6014), &[1])
        .ul((0x0018, 0x6018), &rect[..1])
        .ul((0x0018, 0x601a), &rect[1..2])
        .ul((0x0018, 0x601c), &rect[2..3])
        .ul((0x0018, 0x601e), &rect[3..])
        .us((0x0018, 0x6024), &units[..1])
        .us((0x0018, 0x6026), &units[1..])
        .fd((0x0018, 0x602c), &deltas[..1])
        .fd((0x0018, 0x602e), &deltas[1..])
}

#[test]
fn each_ultrasound_image_has_its_own_regions() {
    let regions = (0x0018, 0x6011);
    let flat = |d: f64, rect| region(1, [3, 3], [d, d], rect);
    let motion = region(2, [4, 3], [0.01, 0.05], [0, 1, 1, 1]);
    let series = one(&[
        instance("US", 1).items(regions, &[flat(0.02, [0, 0, 1, 1])]),
        instance("US", 2).items(regions, &[flat(0.05, [0, 0, 1, 0]), motion]),
        instance("US", 3).items(
            regions,
            &[flat(0.02, [0, 0, 0, 1]), flat(0.04, [1, 0, 1, 1])],
        ),
        instance("US", 4),
    ]);
    let spacing = |frame| series.info.spacing(frame).map(|s| (s.row_mm, s.kind));
    assert_eq!(spacing(0), Some((0.2, SpacingKind::Ultrasound)));
    assert_eq!(spacing(1), Some((0.5, SpacingKind::Ultrasound)));
    assert_eq!((spacing(2), spacing(3)), (None, None));
    let second = &series.info.frames[1].regions;
    assert_eq!(second.len(), 2);
    assert_eq!(second[1].rect, [0, 1, 1, 1]);
    assert_eq!(
        (second[1].unit_x, second[1].unit_y),
        (RegionUnit::Second, RegionUnit::Centimetre)
    );
    assert_eq!((second[1].delta_x, second[1].spacing_mm()), (0.01, None));
    let third = &series.info.frames[2].regions;
    assert_eq!(third[1].spacing_mm(), Some([0.4, 0.4]));
    assert!(
        series
            .info
            .notes
            .iter()
            .any(|n| n.contains("differ in pixel spacing; each has its own"))
    );
}

#[test]
fn slices_of_other_spacing_make_no_volume() {
    let other = slice(3, 10.0).ds((0x0028, 0x0030), &[0.8, 0.8]);
    let series = one(&[slice(1, 0.0), slice(2, 5.0), other]);
    assert_eq!((series.info.slices, series.info.volume), (3, None));
    let rows: Vec<f64> = (0..3)
        .map(|f| series.info.spacing(f).unwrap().row_mm)
        .collect();
    assert_eq!(rows, [0.5, 0.5, 0.8]);
    assert!(series.info.notes[0].contains("so the other planes are not offered"));
    // The same number in two spellings is one spacing.
    let spelled = slice(2, 5.0).text((0x0028, 0x0030), "DS", "0.500001\\0.5");
    assert!(one(&[slice(1, 0.0), spelled]).info.volume.is_some());
}

#[test]
fn inversion_and_windows_belong_to_the_instance() {
    let dark = instance("CR", 1).text((0x0028, 0x0004), "CS", "MONOCHROME1");
    let shape = instance("CR", 3).text((0x2050, 0x0020), "CS", "INVERSE");
    let window = |set: Set, c: f64| {
        set.ds((0x0028, 0x1050), &[c])
            .ds((0x0028, 0x1051), &[100.0])
    };
    let series = one(&[window(dark, 40.0), window(instance("CR", 2), 50.0), shape]);
    assert_eq!(
        [0, 1, 2].map(|f| series.info.is_inverted(f)),
        [true, false, true]
    );
    let center = |f| series.info.first_voi(f).to_window().center;
    // The third has no window: another image's says nothing about it, its own values do (0 to 3).
    assert_eq!([0, 1, 2].map(center), [40.0, 50.0, 1.5]);
}

/// An enhanced object of the modality with one group a frame.
fn enhanced(modality: &str, shared: Set, groups: &[Set]) -> Set {
    let pixels: Vec<u16> = (0..4 * groups.len() as u16).collect();
    instance(modality, 1)
        .items((0x5200, 0x9229), &[shared])
        .items((0x5200, 0x9230), groups)
        .grey(2, 2, &pixels)
}

fn macro_of(tag: (u16, u16), item: Set) -> Set {
    Set::new().items(tag, &[item])
}

fn at(z: f64) -> Set {
    macro_of(
        (0x0020, 0x9113),
        Set::new().ds((0x0020, 0x0032), &[0.0, 0.0, z]),
    )
}

fn shared(spacing: f64) -> Set {
    macro_of(
        (0x0028, 0x9110),
        Set::new().ds((0x0028, 0x0030), &[spacing, spacing]),
    )
    .items((0x0020, 0x9116), &[Set::new().ds((0x0020, 0x0037), &PLANE)])
}

#[test]
fn functional_groups_hold_for_their_frame() {
    let group = |z: f64, center: f64, slope: f64| {
        at(z)
            .items(
                (0x0028, 0x9132),
                &[Set::new()
                    .ds((0x0028, 0x1050), &[center])
                    .ds((0x0028, 0x1051), &[10.0])],
            )
            .items(
                (0x0028, 0x9145),
                &[Set::new()
                    .ds((0x0028, 0x1052), &[-1.0])
                    .ds((0x0028, 0x1053), &[slope])],
            )
    };
    // Written from the head down; frames are shown by position.
    let own = group(0.0, 7.0, 3.0).items(
        (0x0028, 0x9110),
        &[Set::new().ds((0x0028, 0x0030), &[2.0, 1.0])],
    );
    let series = one(&[enhanced(
        "MR",
        shared(0.25),
        &[group(4.0, 5.0, 1.0), group(2.0, 6.0, 2.0), own],
    )]);
    let centers = |f| series.info.first_voi(f).to_window().center;
    assert_eq!([0, 1, 2].map(centers), [7.0, 6.0, 5.0]);
    let rows = |f| series.info.spacing(f).unwrap().row_mm;
    assert_eq!([0, 1, 2].map(rows), [2.0, 0.25, 0.25]);
    // Stored 8, 4 and 0 at the first pixel.
    let values = |f| series.value(f, 0, 0).unwrap();
    assert_eq!([0, 1, 2].map(values), [23.0, 7.0, -1.0]);
    assert_eq!(series.info.volume, None);
}

fn mapping(first: u16, last: u16, unit: &str) -> Set {
    Set::new()
        .us((0x0040, 0x9216), &[first])
        .us((0x0040, 0x9211), &[last])
        .items(
            (0x0040, 0x08ea),
            &[Set::new().text((0x0008, 0x0100), "SH", unit)],
        )
}

fn line(set: Set, slope: f64, intercept: f64) -> Set {
    set.fd((0x0040, 0x9225), &[slope])
        .fd((0x0040, 0x9224), &[intercept])
}

#[test]
fn real_world_values_come_with_their_unit() {
    let sequence = (0x0040, 0x9096);
    let first = line(mapping(0, 10, "mm2/s"), 0.5, 1.0);
    let second = line(mapping(0, 10, "1"), 7.0, 0.0);
    let series = one(&[instance("MR", 12)
        .ds((0x0028, 0x1052), &[100.0])
        .ds((0x0028, 0x1053), &[1.0])
        .items(sequence, &[first, second])]);
    assert_eq!(series.value(0, 1, 0), Some(1.5));
    assert_eq!(series.info.unit_of(0), "mm2/s");
    // 12 is outside of the mapping; windows act on rescaled values.
    assert_eq!(series.value(0, 1, 1), None);
    assert_eq!(series.info.range, (100.0, 112.0));
    assert!(series.info.notes[0].contains("maps its numbers to 2 quantities"));
    // A table, and per frame.
    let table = mapping(0, 7, "[hnsf'U]").fd(
        (0x0040, 0x9212),
        &[0.0, 0.5, 1.5, 9.0, 10.0, 11.0, 12.0, 13.5],
    );
    let other = line(mapping(0, 7, "s"), 2.0, 0.0);
    let series = one(&[enhanced(
        "MR",
        shared(1.0),
        &[
            at(0.0).items(sequence, &[table]),
            at(1.0).items(sequence, &[other]),
        ],
    )]);
    assert_eq!(series.value(0, 0, 1), Some(1.5));
    assert_eq!(series.value(1, 1, 1), Some(14.0));
    assert_eq!([0, 1].map(|f| series.info.unit_of(f)), ["HU", "s"]);
    // Slices of different rescale are kept as real values; the mapping still means the stored numbers.
    let pet = |number: u32, slope: f64| {
        slice(number, f64::from(number))
            .ds((0x0028, 0x1052), &[0.0])
            .ds((0x0028, 0x1053), &[slope])
            .items(sequence, &[line(mapping(0, 100, "g/ml"), 0.25, 0.0)])
    };
    let series = one(&[pet(1, 2.0), pet(8, 4.0)]);
    assert_eq!(series.value(1, 1, 1), Some(2.0));
    assert_eq!(series.info.volume, None);
    assert!(series.info.notes[0].contains("differ in what their numbers measure"));
}

#[test]
fn volumes_have_one_look() {
    let dark = slice(2, 5.0).text((0x0028, 0x0004), "CS", "MONOCHROME1");
    let series = one(&[slice(1, 0.0), dark]);
    assert_eq!(series.info.volume, None);
    assert!(series.info.notes[0].contains("show low values bright and others dark"));
}

#[test]
fn detector_and_patient_are_told_apart() {
    let both = |pixel: f64, imager: f64| {
        instance("DX", 1)
            .ds((0x0028, 0x0030), &[pixel, pixel])
            .ds((0x0018, 0x1164), &[imager, imager])
    };
    let spacing = |set: Set| {
        let spacing = one(&[set]).info.spacing(0).unwrap();
        (spacing.row_mm, spacing.kind)
    };
    assert_eq!(spacing(both(0.2, 0.2)), (0.2, SpacingKind::Detector));
    assert_eq!(spacing(both(0.15, 0.2)), (0.15, SpacingKind::Patient));
    let calibrated = both(0.2, 0.2).text((0x0028, 0x0a02), "CS", "FIDUCIAL");
    assert_eq!(spacing(calibrated), (0.2, SpacingKind::Patient));
    let magnified = both(0.3, 0.3).ds((0x0018, 0x1114), &[1.5]);
    let (mm, kind) = spacing(magnified);
    assert!((mm - 0.2).abs() < 1e-12 && kind == SpacingKind::Magnified);
    let film = instance("OT", 1)
        .ds((0x0028, 0x0030), &[0.1, 0.1])
        .ds((0x0018, 0x2010), &[0.1, 0.1]);
    assert_eq!(spacing(film), (0.1, SpacingKind::Film));
    let unsure = one(&[instance("CR", 1).ds((0x0028, 0x0030), &[0.1, 0.1])]);
    assert!(unsure.info.notes[0].starts_with("The file does not say whether"));
    // Enhanced angiography: each frame has its detector's spacing, and what that is in the patient once it was calibrated.
    let frame = |detector: f64, patient: Option<f32>| {
        let properties = Set::new().ds((0x0018, 0x1164), &[detector, detector]);
        let frame = Set::new().items((0x0028, 0x9443), &[properties]);
        match patient {
            Some(mm) => {
                let calibration = Set::new().fl((0x0018, 0x9404), &[mm, mm]);
                frame.items((0x0018, 0x9401), &[calibration])
            }
            None => frame,
        }
    };
    let frames = [
        frame(0.25, Some(0.125)),
        frame(0.5, Some(0.25)),
        frame(0.5, None),
    ];
    let series = one(&[enhanced("XA", Set::new(), &frames)]);
    let spacing = |n| series.info.spacing(n).map(|s| (s.column_mm, s.kind));
    assert_eq!(spacing(0), Some((0.125, SpacingKind::Patient)));
    assert_eq!(spacing(1), Some((0.25, SpacingKind::Patient)));
    assert_eq!(spacing(2), Some((0.5, SpacingKind::Detector)));
    let aspect = one(&[instance("OT", 1).text((0x0028, 0x0034), "IS", "2\\1")]);
    assert_eq!(aspect.info.frames[0].pixel_aspect, Some([2.0, 1.0]));
    assert_eq!(aspect.info.spacing(0), None);
}

#[test]
fn windows_are_those_of_the_frame_in_front() {
    // The first file is the last slice.
    let window = |set: Set, c: f64| {
        set.ds((0x0028, 0x1050), &[c])
            .ds((0x0028, 0x1051), &[400.0])
    };
    let series = one(&[window(slice(1, 9.0), 40.0), window(slice(2, 6.0), 60.0)]);
    assert!(matches!(series.info.first_voi(0), Voi::Window(w) if w.center == 60.0));
    assert!(matches!(series.info.first_voi(1), Voi::Window(w) if w.center == 40.0));
}
