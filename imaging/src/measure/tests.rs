use super::*;
use crate::series::tests::small;
use crate::{Affine, Format, NoMetric, Region, Spacing, SpacingKind};

/// A series of one frame that says nothing of its pixels.
fn plain() -> SeriesInfo {
    let mut info = small().info;
    info.frames.truncate(1);
    info.frames[0].place = None;
    info.volume = None;
    info
}

fn region(rect: [i64; 4], units: [RegionUnit; 2], deltas: [f64; 2]) -> Region {
    Region {
        rect,
        unit_x: units[0],
        unit_y: units[1],
        delta_x: deltas[0],
        delta_y: deltas[1],
        low_priority: false,
    }
}

const CM: [RegionUnit; 2] = [RegionUnit::Centimetre; 2];
const FRAME: Picture<'static> = Picture::Frame(0);

fn mm(info: &SeriesInfo, from: Point, to: Point) -> Result<f64, NoMetric> {
    match length(info, FRAME, [from, to])? {
        // Nine digits: sums of decimal fractions are not exact.
        Measured::Length { value, .. } => Ok((value * 1e9).round() / 1e9),
        other => panic!("no length: {other:?}"),
    }
}

#[test]
fn a_frame_is_measured_by_its_own_spacing() {
    let mut info = small().info;
    let spacing = |mm| Spacing {
        row_mm: mm,
        column_mm: mm,
        kind: SpacingKind::Detector,
    };
    info.frames[0].spacing = Some(spacing(0.2));
    info.frames[1].spacing = Some(spacing(0.5));
    let points = [[0.0, 0.0], [3.0, 4.0]];
    let scale = Scale::Millimetres(SpacingKind::Detector);
    for (frame, value) in [(0, 1.0), (1, 2.5)] {
        assert_eq!(
            length(&info, Picture::Frame(frame), points),
            Ok(Measured::Length { value, scale })
        );
    }
    assert_eq!(
        length(&info, Picture::Frame(2), points),
        Err(NoMetric::NoSuchFrame {
            frame: 2,
            frames: 2
        })
    );
}

#[test]
fn pixels_without_millimetres_have_their_shape_or_count_as_square() {
    let mut info = plain();
    let corner = [[10.0, 0.0], [0.0, 0.0], [10.0, 10.0]];
    let box_ = [[0.0, 0.0], [100.0, 50.0]];
    assert_eq!(
        length(&info, FRAME, [[0.0, 0.0], [3.0, 4.0]]),
        Ok(Measured::Length {
            value: 5.0,
            scale: Scale::Pixels
        })
    );
    assert!((angle_deg(&info, FRAME, corner).unwrap() - 45.0).abs() < 1e-9);
    // Twice as high as wide.
    info.frames[0].pixel_aspect = Some([2.0, 1.0]);
    assert!((angle_deg(&info, FRAME, corner).unwrap() - 63.434_948_822_922_01).abs() < 1e-9);
    let area = ellipse_area(&info, FRAME, box_).unwrap();
    // A circle 100 widths wide.
    assert!((area.value - 7_853.981_633_974_483).abs() < 1e-9);
    assert_eq!(area.scale.area_unit(), "pixel widths²");
    assert_eq!(mm(&info, [0.0, 0.0], [0.0, 4.0]), Ok(8.0));
    info.frames[0].pixel_aspect = Some([0.0, 1.0]);
    assert_eq!(mm(&info, [0.0, 0.0], [0.0, 4.0]), Ok(4.0));
    assert_eq!(
        angle_deg(&info, FRAME, [[1.0, 1.0]; 3]),
        Err(NoMetric::NoArm)
    );
}

#[test]
fn the_frames_of_a_sheared_nifti_are_measured_in_the_patient() {
    let mut info = small().info;
    info.format = Format::Nifti;
    let volume = Affine {
        axes: [[1.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 5.0]],
        origin: [0.0; 3],
    };
    let [column_mm, row_mm, _] = volume.spacing_mm();
    for frame in &mut info.frames {
        frame.spacing = Some(Spacing {
            row_mm,
            column_mm,
            kind: SpacingKind::Patient,
        });
        let place = frame.place.as_mut().unwrap();
        place.column = volume.axes[1].map(|x| x / row_mm);
    }
    info.volume = Some(volume);
    // One down, one back: straight to the patient's back.
    assert_eq!(mm(&info, [1.0, 0.0], [0.0, 1.0]), Ok(2.0));
    // Without a spacing the volume says the same.
    info.frames[0].spacing = None;
    assert_eq!(mm(&info, [1.0, 0.0], [0.0, 1.0]), Ok(2.0));
}

#[test]
fn ultrasound_is_measured_in_the_region_of_both_points_only() {
    let mut info = plain();
    info.frames[0].spacing = Some(Spacing {
        row_mm: 9.0,
        column_mm: 9.0,
        kind: SpacingKind::Ultrasound,
    });
    info.frames[0].regions = vec![
        region([0, 0, 99, 99], CM, [0.02, 0.02]),
        region([100, 0, 199, 99], CM, [0.05, 0.025]),
    ];
    assert_eq!(mm(&info, [0.0, 10.0], [100.0, 10.0]), Ok(20.0));
    assert_eq!(
        mm(&info, [110.0, 10.0], [170.0, 170.0]),
        Err(NoMetric::OutsideRegions)
    );
    // 60 columns of 0.5 mm and 64 rows of 0.25 mm: 30 and 16.
    assert_eq!(mm(&info, [110.0, 10.0], [170.0, 74.0]), Ok(34.0));
    assert_eq!(
        mm(&info, [10.0, 10.0], [110.0, 10.0]),
        Err(NoMetric::DifferentRegions)
    );
    assert_eq!(
        mm(&info, [10.0, 10.0], [10.0, 100.5]),
        Err(NoMetric::OutsideRegions)
    );
    assert_eq!(
        ellipse_area(&info, FRAME, [[90.0, 10.0], [120.0, 20.0]]),
        Err(NoMetric::DifferentRegions)
    );
}

#[test]
fn an_axis_of_time_or_speed_is_no_length() {
    let mut info = plain();
    info.frames[0].regions = vec![
        region(
            [0, 0, 99, 99],
            [RegionUnit::Second, RegionUnit::Centimetre],
            [0.004, -0.02],
        ),
        region(
            [0, 100, 99, 199],
            [RegionUnit::Second, RegionUnit::CentimetrePerSecond],
            [0.005, -0.5],
        ),
    ];
    let shown = |points| match length(&info, FRAME, points) {
        Ok(Measured::Components { across, down }) => [across.shown(), down.shown()],
        other => panic!("{other:?}"),
    };
    assert_eq!(
        shown([[10.0, 50.0], [60.0, 0.0]]),
        [(200.0, "ms"), (10.0, "mm")]
    );
    assert_eq!(
        shown([[60.0, 150.0], [10.0, 110.0]]),
        [(250.0, "ms"), (20.0, "cm/s")]
    );
    // Where the depth is not calibrated there are pixels.
    info.frames[0].regions[1].unit_y = RegionUnit::None;
    let shown = match length(&info, FRAME, [[60.0, 150.0], [10.0, 110.0]]) {
        Ok(Measured::Components { across, down }) => [across.shown(), down.shown()],
        other => panic!("{other:?}"),
    };
    assert_eq!(shown, [(250.0, "ms"), (40.0, "px")]);
    let reason = angle_deg(&info, FRAME, [[1.0, 1.0], [5.0, 5.0], [9.0, 1.0]]).unwrap_err();
    assert_eq!(
        reason.to_string(),
        "There is no length here: the axes of this region are not both lengths (s across, cm down)."
    );
    assert!(ellipse_area(&info, FRAME, [[1.0, 1.0], [5.0, 5.0]]).is_err());
}

#[test]
fn overlapping_regions_follow_their_priority() {
    let mut info = plain();
    let tissue = region([0, 0, 199, 199], CM, [0.02, 0.02]);
    let flow = region([50, 50, 149, 149], CM, [0.02, 0.02]);
    let zoom = region([50, 50, 149, 149], CM, [0.01, 0.01]);
    let low = |region| Region {
        low_priority: true,
        ..region
    };
    let (inner, outer) = ([[60.0, 60.0], [110.0, 60.0]], [[10.0, 60.0], [60.0, 60.0]]);
    let mut check = |regions: [Region; 2], want: [Result<f64, NoMetric>; 2]| {
        for regions in [regions, [regions[1], regions[0]]] {
            info.frames[0].regions = regions.to_vec();
            let got = [inner, outer].map(|[a, b]| mm(&info, a, b));
            assert_eq!(got, want, "{regions:?}");
        }
    };
    // Figure C.8-6: colour flow within tissue, of one scale.
    check([low(tissue), flow], [Ok(10.0), Ok(10.0)]);
    check([tissue, flow], [Ok(10.0), Ok(10.0)]);
    // A box of another scale that covers the tissue.
    let mixed = Err(NoMetric::OverlappingRegions);
    check([low(tissue), zoom], [Ok(5.0), mixed]);
    check([tissue, zoom], [mixed, mixed]);
    // The tissue covers the box.
    check([tissue, low(zoom)], [Ok(10.0), Ok(10.0)]);
    // A frame for graphics has no say.
    let graphics = region([0, 0, 199, 199], [RegionUnit::None; 2], [0.0, 0.0]);
    check([graphics, flow], [Ok(10.0), Err(NoMetric::OutsideRegions)]);
}
