use super::*;
use crate::geometry::{Vec3, cross, dot, length};
use crate::series::tests::small;
use crate::{Affine, FrameInfo, Table};
use proptest::prelude::*;

#[test]
fn planes_are_seen_as_readers_are_used_to() {
    let series = small();
    let [axial, coronal, sagittal] = series.planes().unwrap();
    assert_eq!(axial.edges, ["R", "L", "A", "P"]);
    assert_eq!(coronal.edges, ["R", "L", "S", "I"]);
    assert_eq!(sagittal.edges, ["A", "P", "S", "I"]);
    assert_eq!((axial.width, axial.height, axial.slices), (4, 3, 2));
    assert_eq!((coronal.width, coronal.height, coronal.slices), (4, 2, 3));
    assert_eq!(sagittal.pixel_mm(), (2.0, 5.0));
    assert_eq!(sagittal.through_mm(), 1.0);
    assert_eq!(series.reslice(&axial, 1, 0).unwrap(), series.frames[1]);
    // The head, slice 1, is on top.
    assert_eq!(
        series.reslice(&coronal, 2, 0).unwrap(),
        Samples::I16(vec![120, 121, 122, 123, 20, 21, 22, 23])
    );
    assert_eq!(
        series.reslice(&sagittal, 3, 0).unwrap(),
        Samples::I16(vec![103, 113, 123, 3, 13, 23])
    );
    assert!(series.reslice(&sagittal, 4, 0).is_err());
    assert!(series.reslice(&sagittal, 0, 1).is_err());
}

/// A volume of floats with a value at each point of the patient.
fn field(
    volume: Affine,
    [width, height, slices]: [usize; 3],
    value: impl Fn(Vec3) -> f64,
) -> Series {
    let mut series = small();
    let info = &mut series.info;
    (info.width, info.height, info.slices) = (width, height, slices);
    info.kind = SampleKind::F32;
    info.rescale = Rescale::IDENTITY;
    info.range = (-7.0, 9.0);
    info.volume = Some(volume);
    info.frames = vec![FrameInfo::default(); slices];
    let frame = |k: usize| {
        let voxels = (0..height).flat_map(|j| (0..width).map(move |i| [i, j, k]));
        let values = voxels.map(|voxel| value(volume.point(voxel.map(|n| n as f64))) as f32);
        Samples::F32(values.collect())
    };
    series.frames = (0..slices).map(frame).collect();
    series
}

/// The same with other numbers.
fn with_frames(mut series: Series, kind: SampleKind, frames: Vec<Samples>) -> Series {
    series.info.kind = kind;
    series.frames = frames;
    series
}

/// As in a CT with a gantry tilted by 20 degrees: 64 x 64 x 24 voxels of 1 x 1 x 2.5 mm around (0, 0, z).
fn tilted() -> Affine {
    Affine {
        axes: [
            [1.0, 0.0, 0.0],
            [0.0, 0.939_692_62, -0.342_020_14],
            [0.0, 0.0, 2.5],
        ],
        origin: [-31.5, -29.600_318, -17.976_365],
    }
}

/// Two slices of two by one voxels, 1 mm everywhere; the second slice is shifted by 0.75 mm across.
fn leaning(kind: SampleKind, frames: &[Samples; 2]) -> (Series, Plane) {
    let volume = Affine {
        axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.75, 0.0, 1.0]],
        origin: [0.0; 3],
    };
    let series = with_frames(field(volume, [2, 1, 2], |_| 0.0), kind, frames.to_vec());
    let [_, coronal, _] = series.planes().unwrap();
    assert!(coronal.walks.is_none());
    assert_eq!((coronal.width, coronal.height, coronal.slices), (3, 2, 1));
    (series, coronal)
}

#[test]
fn a_sphere_in_a_tilted_scan_is_round_in_every_plane() {
    // 40 mm wide, in the middle of the volume; values fall by 1 a mm, so that the half is at its edge.
    let middle = tilted().point([31.5, 31.5, 11.5]);
    let away = |p: Vec3| length([0, 1, 2].map(|r| p[r] - middle[r]));
    let series = field(tilted(), [64, 64, 24], |p| 20.0 - away(p));
    for plane in &series.planes().unwrap()[1..] {
        let slice = plane.slice_at(middle);
        let Samples::F32(values) = series.reslice(plane, slice, 0).unwrap() else {
            panic!("floats stay floats");
        };
        let (x, y) = plane.pixel_at(slice, middle);
        let (across, down) = plane.pixel_mm();
        // How far the sphere reaches in a direction of the screen, mm; steps of a tenth, values between pixels mixed.
        let reach = |right: f64, below: f64| {
            let value = |mm: f64| {
                let (px, py) = (x + mm * right / across - 0.5, y + mm * below / down - 0.5);
                let at = |x: f64, y: f64| f64::from(values[y as usize * plane.width + x as usize]);
                let (fx, fy) = (px.fract(), py.fract());
                let (px, py) = (px.floor(), py.floor());
                (1.0 - fy) * ((1.0 - fx) * at(px, py) + fx * at(px + 1.0, py))
                    + fy * ((1.0 - fx) * at(px, py + 1.0) + fx * at(px + 1.0, py + 1.0))
            };
            let inside = (0..260).take_while(|tenth| value(f64::from(*tenth) / 10.0) > 0.0);
            inside.count() as f64 / 10.0
        };
        let diagonal = 0.5_f64.sqrt();
        let ways = [
            (1.0, 0.0),
            (0.0, 1.0),
            (diagonal, diagonal),
            (diagonal, -diagonal),
        ];
        for (right, below) in ways {
            let wide = reach(right, below) + reach(-right, -below);
            // Within the slice's own distance from the middle, and the step of 2.35 mm between slices.
            assert!((wide - 40.0).abs() < 0.7, "{:?}: {wide}", plane.kind);
        }
    }
}

#[test]
fn pixels_between_voxels_are_mixed_in_proportion() {
    let (series, plane) = leaning(
        SampleKind::I16,
        &[Samples::I16(vec![100, 200]), Samples::I16(vec![-40, 80])],
    );
    // Below: the first slice as it is, then nothing: the darkest. Above: 0.75 to the right, so that its voxels lie at
    // 0.75 and 1.75; the first pixel's centre is 0.25 outside of them.
    let outside = -7;
    assert_eq!(
        series.reslice(&plane, 0, 0).unwrap(),
        // At 1, a quarter of the way from -40 to 80; at 2, a quarter of a voxel beyond the last one.
        Samples::I16(vec![outside, -10, 80, 100, 200, outside])
    );
}

#[test]
fn every_kind_of_number_is_resampled() {
    // As above: 0.75 * 4 + 0.25 * 8 = 5 at the second pixel of the upper row.
    macro_rules! check {
        ($kind:ident, $type:ty, $outside:literal) => {{
            let numbers = |list: [u8; 2]| Samples::$kind(list.map(<$type>::from).to_vec());
            let (mut series, plane) =
                leaning(SampleKind::$kind, &[numbers([1, 2]), numbers([4, 8])]);
            series.info.range = (f64::from($outside), 100.0);
            let want: Vec<$type> = [$outside, 5, 8, 1, 2, $outside].map(<$type>::from).to_vec();
            assert_eq!(series.reslice(&plane, 0, 0).unwrap(), Samples::$kind(want));
        }};
    }
    check!(U8, u8, 3_u8);
    check!(U16, u16, 3_u8);
    check!(I16, i16, -3_i8);
    check!(F32, f32, -3_i8);
    let colour = |a: [u8; 3], b: [u8; 3]| Samples::Rgb8([a, b].concat());
    let (series, plane) = leaning(
        SampleKind::Rgb8,
        &[
            colour([1, 2, 3], [4, 5, 6]),
            colour([0, 100, 200], [80, 20, 200]),
        ],
    );
    assert_eq!(
        series.reslice(&plane, 0, 0).unwrap(),
        Samples::Rgb8(vec![
            0, 0, 0, 20, 80, 200, 80, 20, 200, 1, 2, 3, 4, 5, 6, 0, 0, 0
        ])
    );
}

#[test]
fn what_measures_nothing_is_not_mixed_in() {
    let nan = f32::NAN;
    let slice = |frames: [[f32; 2]; 2], padding: Option<[f64; 2]>| {
        let frames = frames.map(|frame| Samples::F32(frame.to_vec()));
        let (mut series, plane) = leaning(SampleKind::F32, &frames);
        for frame in &mut series.info.frames {
            frame.padding = padding;
        }
        let Samples::F32(values) = series.reslice(&plane, 0, 0).unwrap() else {
            panic!("floats stay floats");
        };
        values
    };
    // The second pixel of the upper row is nearest to the first voxel there.
    assert_eq!(slice([[1.0, 2.0], [4.0, nan]], None)[1], 4.0);
    assert!(slice([[1.0, 2.0], [nan, 8.0]], None)[1].is_nan());
    let padding = Some([-3000.0, -2000.0]);
    assert_eq!(slice([[1.0, 2.0], [4.0, -2000.0]], padding)[1], 4.0);
    assert_eq!(slice([[1.0, 2.0], [-3000.0, 8.0]], padding)[1], -3000.0);
}

#[test]
fn indices_of_a_table_are_not_mixed_and_the_darkest_is_looked_up() {
    let frames = [Samples::U8(vec![1, 2]), Samples::U8(vec![4, 8])];
    let (mut series, plane) = leaning(SampleKind::U8, &frames);
    series.info.rescale = Rescale::Table(Table {
        name: String::new(),
        first: 1,
        bits: 16,
        values: vec![500, 900, 20, 700],
    });
    let nearest = |outside| Samples::U8(vec![outside, 4, 8, 1, 2, outside]);
    assert_eq!(series.reslice(&plane, 0, 0).unwrap(), nearest(3));
    series.info.frames[0].invert = true;
    assert_eq!(series.reslice(&plane, 0, 0).unwrap(), nearest(2));
    // Labels of a segmentation.
    series.info.rescale = Rescale::IDENTITY;
    series.info.range = (0.0, 8.0);
    series.info.frames[0].invert = false;
    series.info.modality = "SEG".to_owned();
    assert_eq!(series.reslice(&plane, 0, 0).unwrap(), nearest(0));
    series.info.format = Format::Nifti;
    assert_ne!(series.reslice(&plane, 0, 0).unwrap(), nearest(0));
    series.info.metadata.push(Row {
        tag: "intent_code".to_owned(),
        name: "intent_code".to_owned(),
        value: "1002".to_owned(),
        depth: 0,
        identifying: false,
    });
    assert_eq!(series.reslice(&plane, 0, 0).unwrap(), nearest(0));
    series.info.format = Format::Dicom;
    series.info.modality = "CT".to_owned();
    series.info.frames[0].invert = true;
    // Linear: values from -10 to 90 are stored as 0 to 50.
    series.info.rescale = Rescale::Linear {
        slope: 2.0,
        intercept: -10.0,
    };
    series.info.range = (-10.0, 90.0);
    let Samples::U8(inverted) = series.reslice(&plane, 0, 0).unwrap() else {
        panic!("bytes stay bytes");
    };
    assert_eq!(inverted[0], 50);
}

#[test]
fn frames_that_end_early_or_are_of_another_kind_are_no_panic() {
    for frames in [
        [Samples::I16(vec![1]), Samples::I16(Vec::new())],
        [Samples::U8(vec![1, 2]), Samples::F32(vec![1.0, 2.0])],
    ] {
        let (series, plane) = leaning(SampleKind::I16, &frames);
        let Samples::I16(values) = series.reslice(&plane, 0, 0).unwrap() else {
            panic!("the kind of the series");
        };
        assert_eq!(values, [-7; 6]);
    }
    // Copied planes as well, with fewer frames than slices.
    let mut series = small();
    series.frames.truncate(1);
    let coronal = &series.planes().unwrap()[1];
    let Samples::I16(values) = series.reslice(coronal, 0, 0).unwrap() else {
        panic!("the kind of the series");
    };
    // The darkest value, -10, is stored as 0.
    assert_eq!(values, [0, 0, 0, 0, 0, 1, 2, 3]);
}

#[test]
fn only_what_a_slice_needs_is_read() {
    let series = field(tilted(), [64, 64, 24], |p| p[0]);
    let [axial, coronal, sagittal] = series.planes().unwrap();
    let parts = |plane: &Plane, slice: usize| {
        let mut parts = Vec::new();
        let read = |frame: usize, part: &Part| {
            parts.push((frame, part.clone()));
            Samples::F32(vec![0.0; part.pixels()])
        };
        series.info.reslice(plane, slice, 0, read).unwrap();
        parts
    };
    let whole = Part {
        columns: 0..64,
        rows: 0..64,
    };
    assert_eq!(parts(&axial, 3), [(3, whole)]);
    // One column of each slice: the columns are perpendicular to the rest.
    let columns = parts(&sagittal, 10);
    assert_eq!(columns.len(), 24);
    assert!(columns.iter().all(|(_, part)| part.columns == (10..11)));
    // Two rows of those slices that it cuts.
    let rows = parts(&coronal, 40);
    assert!(rows.len() <= 24 && rows.iter().all(|(_, part)| part.rows.len() <= 2));
}

prop_compose! {
    fn any_axes()(axes in proptest::array::uniform3(proptest::array::uniform3(-3.0..3.0_f64))) -> [Vec3; 3] {
        axes
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_linear_field_is_the_same_after_resampling(
        axes in any_axes(),
        size in proptest::array::uniform3(2_usize..7),
        slope in proptest::array::uniform3(-2.0..2.0_f64),
    ) {
        let [i, j, k] = axes;
        let space = dot(i, cross(j, k)).abs() / (length(i) * length(j) * length(k));
        prop_assume!(space > 0.1);
        let volume = Affine { axes, origin: [5.0, -3.0, 2.0] };
        let series = field(volume, size, |p| dot(p, slope));
        for plane in &series.planes().unwrap() {
            for slice in 0..plane.slices {
                let Samples::F32(values) = series.reslice(plane, slice, 0).unwrap() else {
                    panic!("floats stay floats");
                };
                for y in 0..plane.height {
                    for x in 0..plane.width {
                        let got = f64::from(values[y * plane.width + x]);
                        let point = plane.point(slice, x as f64 + 0.5, y as f64 + 0.5);
                        let voxel = volume.voxel(point).unwrap();
                        if !plane.covers(slice, x, y) {
                            prop_assert_eq!(got, -7.0);
                        } else if (0..3).all(|a| voxel[a] >= 0.0 && voxel[a] <= (size[a] - 1) as f64) {
                            let want = dot(point, slope);
                            prop_assert!((got - want).abs() < 1e-4 * (1.0 + want.abs()), "{} {}", got, want);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn perpendicular_axes_are_copied_however_they_are_turned(
        i in proptest::array::uniform3(-1.0..1.0_f64),
        j in proptest::array::uniform3(-1.0..1.0_f64),
        spacing in proptest::array::uniform3(0.05..5.0_f64),
        size in proptest::array::uniform3(1_usize..6),
        left in any::<bool>(),
    ) {
        let normal = cross(i, j);
        prop_assume!(length(normal) > 0.1);
        let column = cross(normal, i);
        let scaled = |v: Vec3, mm: f64| v.map(|x| x * mm / length(v));
        let side = if left { -1.0 } else { 1.0 };
        let axes = [
            scaled(i, spacing[0]),
            scaled(column, spacing[1]),
            scaled(normal, side * spacing[2]),
        ];
        let mut series = field(Affine { axes, origin: [0.0; 3] }, size, |_| 0.0);
        // Every voxel has a number of its own.
        let count = size[0] * size[1];
        series.frames = (0..size[2])
            .map(|k| Samples::F32((0..count).map(|n| (k * count + n) as f32).collect()))
            .collect();
        for plane in &series.planes().unwrap() {
            for slice in 0..plane.slices {
                let pixels = (0..plane.height).flat_map(|y| (0..plane.width).map(move |x| (x, y)));
                let want = pixels.map(|(x, y)| {
                    let [i, j, k] = plane.voxel(slice, x, y).unwrap();
                    (k * count + j * size[0] + i) as f32
                });
                let want = Samples::F32(want.collect());
                prop_assert_eq!(series.reslice(plane, slice, 0).unwrap(), want);
            }
        }
    }
}
