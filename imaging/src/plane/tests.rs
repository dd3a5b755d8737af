use super::*;
use crate::PixelMetric;
use proptest::prelude::*;

fn near(got: Vec3, want: Vec3) -> bool {
    got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6)
}

/// The steps of a CT whose gantry is tilted by 20 degrees, as in PS3.3 C.7.6.2: the table moves along the patient.
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

#[test]
fn a_sagittal_scan_is_sorted_out() {
    // Columns to the back, rows to the feet, slices to the right.
    let volume = Affine {
        axes: [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-3.0, 0.0, 0.0]],
        origin: [30.0, 0.0, 100.0],
    };
    let [axial, coronal, sagittal] = planes(&volume, [50, 60, 20]).unwrap();
    assert_eq!((axial.width, axial.height, axial.slices), (20, 50, 60));
    assert_eq!(axial.voxel(0, 0, 0), Some([0, 59, 19]));
    assert_eq!(sagittal.voxel(0, 1, 2), Some([1, 2, 19]));
    assert_eq!(axial.edges, ["R", "L", "A", "P"]);
    assert_eq!(coronal.pixel_mm(), (3.0, 1.0));
    // The last slice's first voxel, 19 * 3 mm to the right of 30, one step to the back and two to the feet.
    assert!(near(sagittal.point(0, 1.5, 2.5), [-27.0, 1.0, 98.0]));
    assert!(sagittal.covers(19, 49, 59) && !sagittal.covers(20, 49, 59));
}

#[test]
fn a_tilted_gantry_keeps_its_slices_and_straightens_the_other_planes() {
    let [axial, coronal, sagittal] = planes(&tilted(), [64, 64, 24]).unwrap();
    assert_eq!(axial.voxel(3, 5, 7), Some([5, 7, 3]));
    assert_eq!((coronal.walks, sagittal.walks), (None, None));
    // 2.5 mm * cos 20 degrees: the distance of the slices, not their step.
    assert!((axial.through_mm() - 2.349_231_5).abs() < 1e-6);
    let (across, down) = sagittal.pixel_mm();
    assert!((across - 1.0).abs() < 1e-6 && (down - 2.349_231_5).abs() < 1e-6);
    assert!(dot(sagittal.across, sagittal.down).abs() < 1e-9);
    // 23 slices shift by 0.855 mm each along the rows' own direction: 19.67 more rows across.
    assert_eq!(
        (sagittal.width, sagittal.height, sagittal.slices),
        (84, 24, 64)
    );
    assert_eq!(
        (coronal.width, coronal.height, coronal.slices),
        (64, 24, 84)
    );
    assert_eq!(sagittal.edges, ["AS", "PI", "SP", "IA"]);
    // The first row of the first slice lies at the lower edge, 20 pixels from the left one; above it is nothing.
    let voxel = tilted().origin;
    let (x, y) = sagittal.pixel_at(0, voxel);
    assert!((x - 20.5).abs() < 1e-6 && (y - 23.5).abs() < 1e-6);
    assert!(sagittal.covers(0, 20, 23) && !sagittal.covers(0, 19, 23));
    assert!(!sagittal.covers(0, 83, 0) && sagittal.covers(0, 63, 0));
}

#[test]
fn lengths_in_a_straightened_plane_follow_the_coordinates() {
    let [_, _, sagittal] = planes(&tilted(), [64, 64, 24]).unwrap();
    // Four voxels of one column: 32 rows and 13 slices apart.
    let at = |j: f64, k: f64| {
        let (x, y) = sagittal.pixel_at(31, tilted().point([31.0, j, k]));
        [x, y]
    };
    let metric = PixelMetric::of_steps(sagittal.across, sagittal.down);
    let lengths = [
        metric.length(at(16.0, 5.0), at(48.0, 18.0)),
        metric.length(at(48.0, 5.0), at(16.0, 18.0)),
    ];
    // (32² + 32.5² ∓ 2 * 32 * 32.5 * sin 20°)^0.5; taken as square, both would be 45.6 mm.
    assert!(
        (lengths[0] - 36.998).abs() < 1e-3 && (lengths[1] - 52.836).abs() < 1e-3,
        "{lengths:?}"
    );
}

#[test]
fn a_click_finds_the_slices_of_the_other_planes() {
    let all = planes(&tilted(), [64, 64, 24]).unwrap();
    // Voxel (5, 7, 3): slice 3 of the axial plane, slice 5 of the sagittal one.
    let point = tilted().point([5.0, 7.0, 3.0]);
    let slices = all.each_ref().map(|plane| plane.slice_at(point));
    // 20 + 7 rows, less 3 slices that shift by 0.855 each: 24.4.
    assert_eq!(slices, [3, 24, 5]);
    let meeting = meeting_point(&all, slices).unwrap();
    for (plane, slice) in all.iter().zip(slices) {
        assert_eq!(plane.slice_at(meeting), slice);
        let (x, y) = plane.pixel_at(slice, meeting);
        assert!(near(plane.point(slice, x, y), meeting), "{:?}", plane.kind);
    }
    // In the acquired slice, row 7 is 0.435 pixels further than the coronal slice's middle.
    let (x, y) = all[0].pixel_at(3, meeting);
    assert!(
        (x - 5.5).abs() < 1e-6 && (y - (7.5 - 0.434_9)).abs() < 1e-3,
        "{x} {y}"
    );
}

#[test]
fn rounding_in_a_file_leaves_pixels_as_voxels_and_half_a_degree_does_not() {
    let turned = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Affine {
            axes: [
                [0.7, 0.0, 0.0],
                [0.0, 0.7 * cos, -0.7 * sin],
                [0.0, 0.0, 1.0],
            ],
            origin: [0.0; 3],
        }
    };
    let square = |degrees| {
        planes(&turned(degrees), [512, 512, 300]).unwrap()[2]
            .walks
            .is_some()
    };
    assert!(square(0.0) && square(0.01) && !square(0.5));
}

#[test]
fn any_pair_of_perpendicular_axes_keeps_its_plane() {
    // Rows lean to the left: columns and slices are perpendicular, rows and slices as well, rows and columns not.
    let leaning = Affine {
        axes: [[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 2.0]],
        origin: [0.0; 3],
    };
    let [axial, coronal, sagittal] = planes(&leaning, [40, 30, 20]).unwrap();
    // Rows and slices (1, 2): the sagittal plane, which follows the rows.
    assert!(sagittal.walks.is_some() && axial.walks.is_none() && coronal.walks.is_none());
    let normal = cross(sagittal.across, sagittal.down);
    assert!(dot(normal, coronal.across).abs() > 0.99 * length(normal) * length(coronal.across));
}

#[test]
fn what_spans_no_space_has_no_planes() {
    let flat = |axes| Affine {
        axes,
        origin: [0.0; 3],
    };
    let twice = flat([[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(planes(&twice, [4, 4, 4]), None);
    assert_eq!(planes(&flat([[0.0; 3]; 3]), [4, 4, 4]), None);
    assert_eq!(planes(&flat([[f64::NAN; 3]; 3]), [4, 4, 4]), None);
    assert_eq!(planes(&tilted(), [4, 0, 4]), None);
    // Nearly flat, or of very different steps: no picture without end.
    for axes in [
        [[1.0, 0.0, 0.0], [1.0, 1e-3, 0.0], [1.0, 0.0, 1e-3]],
        [[1e-3, 0.0, 0.0], [1.0, 1.0, 0.0], [1e6, 1e6, 1e6]],
    ] {
        for plane in planes(&flat(axes), [64, 64, 64]).unwrap() {
            assert!(plane.width <= 4098 && plane.height <= 4098, "{plane:?}");
        }
    }
}

prop_compose! {
    fn any_affine()(
        axes in proptest::array::uniform3(proptest::array::uniform3(-3.0..3.0_f64)),
        origin in proptest::array::uniform3(-100.0..100.0_f64),
    ) -> Affine {
        Affine { axes, origin }
    }
}

proptest! {
    #[test]
    fn every_voxel_lies_in_every_plane_and_comes_back(
        volume in any_affine(),
        size in proptest::array::uniform3(1_usize..12),
        share in proptest::array::uniform3(0.0..1.0_f64),
    ) {
        // Nothing as flat as a sheet: digits run out there.
        let [i, j, k] = volume.axes;
        let space = dot(i, cross(j, k)).abs() / (length(i) * length(j) * length(k));
        prop_assume!(space > 0.05);
        let all = planes(&volume, size).unwrap();
        let voxel = [0, 1, 2].map(|a| (share[a] * (size[a] - 1) as f64).round());
        let point = volume.point(voxel);
        for plane in &all {
            let slice = plane.slice_at(point);
            let (x, y) = plane.pixel_at(slice, point);
            // Half a pixel is left over at an edge.
            prop_assert!(x > -0.01 && x < plane.width as f64 + 0.01, "{x} of {}", plane.width);
            prop_assert!(y > -0.01 && y < plane.height as f64 + 0.01, "{y} of {}", plane.height);
            // From the pixel to the voxels and to the patient it is the same.
            let (column, row) = ((x as usize).min(plane.width - 1), (y as usize).min(plane.height - 1));
            let there = plane.lattice().at(slice, column, row);
            let here = plane.point(slice, column as f64 + 0.5, row as f64 + 0.5);
            prop_assert!(near(volume.point(there), here));
            if plane.walks.is_none() {
                // Perpendicular, and so are all three to each other.
                prop_assert!(dot(plane.across, plane.down).abs() < 1e-9);
            }
        }
        let slices = all.each_ref().map(|plane| plane.slice_at(point));
        let meeting = meeting_point(&all, slices).unwrap();
        for (plane, slice) in all.iter().zip(slices) {
            let (x, y) = plane.pixel_at(slice, meeting);
            prop_assert!(near(plane.point(slice, x, y), meeting));
        }
    }
}
