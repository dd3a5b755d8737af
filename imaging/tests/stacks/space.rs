//! Slices that fill space: gaps, repeated and crossing slices, doses, reconstructions.

use super::support::dicom::Set;
use super::{AXIAL, FEET_FIRST, SAGITTAL, depths, firsts, object, one, open, says, slice};

#[test]
fn missing_and_repeated_slices_are_counted() {
    let gap = one(&[0, 1, 2, 3, 6, 7].map(|k| slice(k + 1, 2.5 * f64::from(k))));
    assert_eq!(
        gap.info.notes,
        [
            "2 slices are missing: the gap between slices 4 and 5 is 7.5 mm instead of 2.5 mm. The other planes are not offered."
        ]
    );
    let mut sets: Vec<Set> = (0..5).map(|k| slice(k + 1, 2.5 * f64::from(k))).collect();
    sets.push(slice(9, 5.0));
    let repeated = one(&sets);
    assert_eq!((repeated.info.slices, repeated.info.times), (6, 1));
    assert!(says(
        &repeated,
        "1 of 5 slice positions hold another number of frames than 1;"
    ));
    // 10 µm slices, numbered from the head down.
    let thin = one(&[0, 1, 2, 3].map(|k| slice(k + 1, 1.0 - 0.01 * f64::from(k))));
    assert_eq!((thin.info.slices, thin.info.times), (4, 1));
    assert_eq!(firsts(&thin), [4.0, 3.0, 2.0, 1.0]);
    assert!(thin.info.volume.is_some());
}

#[test]
fn localizers_are_a_stack_of_their_own() {
    let scout = slice(9, 0.0).ds((0x0020, 0x0037), &SAGITTAL).text(
        (0x0008, 0x0008),
        "CS",
        "ORIGINAL\\PRIMARY\\LOCALIZER",
    );
    let slices = [0.0, 1.0, 2.0, 3.0].map(|z| slice(z as u32 + 1, z));
    let mut sets = slices.to_vec();
    sets.insert(0, scout.clone());
    let series = open(&sets);
    assert_eq!(series.len(), 2);
    assert_eq!(series[0].info.name, "head (LOCALIZER)");
    assert!(series[1].info.volume.is_some() && says(&series[1], "localizers of this series"));
    // The same without being called a localizer.
    sets[0] = slice(9, 0.0).ds((0x0020, 0x0037), &SAGITTAL);
    let series = open(&sets);
    assert_eq!(series.len(), 2);
    assert_eq!((series[0].frames.len(), series[1].frames.len()), (4, 1));
    assert!(series[0].info.volume.is_some() && says(&series[1], "lie across the others"));
}

#[test]
fn doses_lie_at_offsets_or_at_coordinates() {
    let dose = |orientation: &[f64], z: f64, offsets: &[f64]| {
        object("RTDOSE", 1, &[0; 12])
            .ds((0x0020, 0x0032), &[0.0, 0.0, z])
            .ds((0x0020, 0x0037), orientation)
            .ds((0x0028, 0x0030), &[2.0, 2.0])
            .ds((0x3004, 0x000c), offsets)
    };
    let z = |set: Set| {
        let series = one(&[set]);
        assert!(series.info.volume.is_some());
        depths(&series)
    };
    assert_eq!(z(dose(&AXIAL, 10.0, &[0.0, 3.0, 6.0])), [10.0, 13.0, 16.0]);
    assert_eq!(
        z(dose(&AXIAL, 10.0, &[10.0, 13.0, 16.0])),
        [10.0, 13.0, 16.0]
    );
    // Against the normal: shown the other way round.
    assert_eq!(z(dose(&AXIAL, 10.0, &[0.0, -3.0, -6.0])), [4.0, 7.0, 10.0]);
    // The normal points to the feet: offsets follow it, coordinates do not.
    assert_eq!(
        z(dose(&FEET_FIRST, 10.0, &[0.0, 3.0, 6.0])),
        [10.0, 7.0, 4.0]
    );
    assert_eq!(
        z(dose(&FEET_FIRST, 10.0, &[10.0, 13.0, 16.0])),
        [16.0, 13.0, 10.0]
    );
}

#[test]
fn reconstructions_of_nuclear_medicine_lie_where_the_detector_says() {
    let slices = |step: f64| {
        let detector = Set::new()
            .ds((0x0020, 0x0032), &[1.0, 2.0, 30.0])
            .ds((0x0020, 0x0037), &AXIAL);
        let mut set = object("NM", 1, &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
            .items((0x0054, 0x0022), &[detector])
            .us((0x0054, 0x0080), &[1, 2, 3])
            .ds((0x0028, 0x0030), &[4.0, 4.0]);
        if step != 0.0 {
            set = set.ds((0x0018, 0x0088), &[step]);
        }
        one(&[set.ds((0x0018, 0x0050), &[4.5])])
    };
    let behind = slices(4.0);
    assert_eq!((behind.info.slices, behind.info.times), (3, 1));
    assert_eq!(depths(&behind), [30.0, 34.0, 38.0]);
    assert_eq!(firsts(&behind), [1.0, 2.0, 3.0]);
    let before = slices(-4.0);
    assert_eq!(depths(&before), [22.0, 26.0, 30.0]);
    assert_eq!(firsts(&before), [3.0, 2.0, 1.0]);
    assert_eq!(depths(&slices(0.0)), [30.0, 34.5, 39.0]);
}

#[test]
fn what_keeps_a_series_from_being_a_volume_is_said() {
    let nowhere = object("MR", 3, &[3, 0, 0, 0]).ds((0x0028, 0x0030), &[0.5, 0.5]);
    let series = one(&[slice(1, 0.0), slice(2, 2.0), nowhere]);
    assert_eq!((series.info.slices, series.info.times), (3, 1));
    assert!(says(&series, "1 of 3 frames do not say where they lie"));
    let unsized_slice = |number, z| slice(number, z).ds((0x0028, 0x0030), &[0.0, 0.0]);
    let series = one(&[unsized_slice(1, 0.0), unsized_slice(2, 2.0)]);
    assert_eq!((series.info.slices, series.info.volume), (2, None));
    assert!(says(&series, "does not say how large a pixel is"));
    // Directions that are not perpendicular are none.
    let skew = |number, z| slice(number, z).ds((0x0020, 0x0037), &[1.0, 0.0, 0.0, 0.5, 0.8, 0.0]);
    let series = one(&[skew(1, 0.0), skew(2, 2.0)]);
    assert_eq!(series.info.frames[0].place, None);
    assert_eq!((series.info.slices, series.info.times), (2, 1));
}
