//! Volumes whose axes are not perpendicular, from their files to planes and lengths.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use support::elements::{element, small};
use unimed_imaging::measure::{self, Measured, Picture};
use unimed_imaging::{Limits, Opener, Plane, Samples, Series, SeriesInfo, open};

fn mm(info: &SeriesInfo, picture: Picture<'_>, points: [[f64; 2]; 2]) -> f64 {
    match measure::length(info, picture, points) {
        Ok(Measured::Length { value, scale }) => {
            assert_eq!(scale.unit(), "mm");
            value
        }
        other => panic!("no length: {other:?}"),
    }
}

/// A NIfTI-1 file of 24 x 20 x 16 bytes with this sform: a ball of 20 mm around the volume's middle, 200 in 50.
fn nifti(sform: [[f32; 4]; 3]) -> Vec<u8> {
    let sides = [24_usize, 20, 16];
    let mut file = vec![0; 352];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (place, side) in [3, sides[0], sides[1], sides[2], 1, 1, 1, 1]
        .into_iter()
        .enumerate()
    {
        put(40 + 2 * place, &(side as i16).to_le_bytes());
        put(76 + 4 * place, &1_f32.to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(72, &8_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    // Millimetres; the sform counts.
    put(123, &[2]);
    put(254, &1_i16.to_le_bytes());
    for (row, values) in sform.into_iter().enumerate() {
        for (column, value) in values.into_iter().enumerate() {
            put(280 + 16 * row + 4 * column, &value.to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    let point = |voxel: [f64; 3]| {
        sform.map(|row| {
            let sum: f64 = (0..3).map(|a| f64::from(row[a]) * voxel[a]).sum();
            sum + f64::from(row[3])
        })
    };
    let middle = point(sides.map(|side| (side as f64 - 1.0) / 2.0));
    for k in 0..sides[2] {
        for j in 0..sides[1] {
            for i in 0..sides[0] {
                let here = point([i as f64, j as f64, k as f64]);
                let away: f64 = (0..3).map(|r| (here[r] - middle[r]).powi(2)).sum();
                file.push(if away.sqrt() <= 10.0 { 200 } else { 50 });
            }
        }
    }
    file
}

/// How far the ball's pixels reach along four directions of the screen, mm, in the slice through the volume's middle.
fn widths(series: &Series, plane: &Plane) -> [f64; 4] {
    let middle = series
        .info
        .volume
        .expect("a volume")
        .point([11.5, 9.5, 7.5]);
    let slice = plane.slice_at(middle);
    let Samples::U8(values) = series.reslice(plane, slice, 0).expect("a slice") else {
        panic!("bytes stay bytes");
    };
    let (across, down) = plane.pixel_mm();
    let half = 0.5_f64.sqrt();
    [(1.0, 0.0), (0.0, 1.0), (half, half), (half, -half)].map(|(right, below)| {
        let places = (0..values.len()).filter(|at| values[*at] >= 125).map(|at| {
            let (x, y) = ((at % plane.width) as f64, (at / plane.width) as f64);
            x * across * right + y * down * below
        });
        let (low, high) = places.fold((f64::MAX, f64::MIN), |(low, high), place| {
            (low.min(place), high.max(place))
        });
        high - low
    })
}

#[test]
fn a_ball_in_a_sheared_nifti_is_round_in_every_plane() {
    // Rows lean to the side by half their height, slices to the front by a third of theirs.
    let file = nifti([
        [1.0, 0.5, 0.0, -20.0],
        [0.0, 1.25, -0.5, -10.0],
        [0.0, 0.0, 1.5, 5.0],
    ]);
    let series = open("sheared.nii", &file).expect("a volume").remove(0);
    let planes = series.planes().expect("planes");
    for plane in &planes {
        let widths = widths(&series, plane);
        for width in widths {
            // Between the centres of the outermost pixels, which are up to 1.5 mm large.
            assert!(
                (17.0..=20.8).contains(&width),
                "{:?}: {widths:?}",
                plane.kind
            );
        }
    }
    // In a frame: the voxels (3, 2) and (5, 8) are 2 + 6 * 0.5 = 5 mm apart across and 7.5 mm down, however they are
    // turned on the screen.
    let info = &series.info;
    let column = |i: f64| 24.0 - i - 0.5;
    let row = |j: f64| 20.0 - j - 0.5;
    let points = [[column(3.0), row(2.0)], [column(5.0), row(8.0)]];
    let length = mm(info, Picture::Frame(0), points);
    assert!((length - 9.013_878_188_66).abs() < 1e-6, "{length}");
    // Columns and slices are perpendicular, so the coronal plane is made of voxels: 5 columns of 1 mm and 8 slices of
    // (0.25 + 2.25)^0.5 mm.
    let coronal = &planes[1];
    assert!(coronal.walks.is_some() && planes[0].walks.is_none() && planes[2].walks.is_none());
    let length = mm(info, Picture::Plane(coronal), [[3.0, 2.0], [8.0, 10.0]]);
    assert!((length - 13.601_470_509).abs() < 1e-6, "{length}");
    // In every plane a length is the distance of the points in the patient.
    for plane in &planes {
        let (a, b) = ([2.5, 3.0], [9.0, 11.5]);
        let [from, to] = [a, b].map(|[x, y]| plane.point(4, x, y));
        let apart = (0..3)
            .map(|r| (to[r] - from[r]).powi(2))
            .sum::<f64>()
            .sqrt();
        let length = mm(info, Picture::Plane(plane), [a, b]);
        assert!((length - apart).abs() < 1e-9, "{:?}", plane.kind);
    }
}

#[test]
fn slices_of_a_tilted_gantry_are_as_far_apart_as_they_lie() {
    let mut opener = Opener::new(Limits::default());
    for k in 0..4 {
        let position = format!("10\\-20\\{}", 2.5 * f64::from(k));
        let file = small(&[
            element(0x0008, 0x0060, b"CS", b"CT"),
            element(0x0020, 0x000e, b"UI", b"1.2.3\0"),
            element(0x0020, 0x0032, b"DS", position.as_bytes()),
            element(
                0x0020,
                0x0037,
                b"DS",
                b"1\\0\\0\\0\\0.93969262\\-0.34202014",
            ),
            element(0x0028, 0x0030, b"DS", b"1\\1"),
        ]);
        // Each file is an instance of its own.
        let file = replaced(file, b"1.2.3.4\0", format!("1.2.3.{}\0", k + 4).as_bytes());
        opener.add(&format!("{k}.dcm"), file);
    }
    let opened = opener.finish();
    assert_eq!(opened.series.len(), 1, "{:?}", opened.problems);
    let series = &opened.series[0];
    let [axial, coronal, sagittal] = series.planes().expect("planes");
    assert_eq!(
        series.reslice(&axial, 2, 0).expect("a slice"),
        series.frames[2]
    );
    for plane in [coronal, sagittal] {
        let (across, down) = plane.pixel_mm();
        assert!((across - 1.0).abs() < 1e-6 && (down - 2.349_231_55).abs() < 1e-6);
        // 3 pixels to the right and 2 down: (9 + 22.076)^0.5.
        let length = mm(
            &series.info,
            Picture::Plane(&plane),
            [[0.0, 0.0], [3.0, 2.0]],
        );
        assert!((length - 5.574_545).abs() < 1e-5, "{length}");
    }
}

/// The same bytes with one piece replaced by another one of its length.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.expect("the piece");
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}
