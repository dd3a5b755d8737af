use super::*;

/// Writes a number in either byte order.
fn put_in(bytes: &mut [u8], big: bool, at: usize, little: &[u8]) {
    let place = &mut bytes[at..at + little.len()];
    place.copy_from_slice(little);
    if big {
        place.reverse();
    }
}

/// A NIfTI-1 file of 2 x 1 x 1 voxels, with this data type and voxels, in either byte order.
fn file(code: i16, big: bool, voxels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut put = |at: usize, little: &[u8]| put_in(&mut bytes, big, at, little);
    put(0, &348_i32.to_le_bytes());
    for (i, n) in [3_i16, 2, 1, 1].into_iter().enumerate() {
        put(40 + 2 * i, &n.to_le_bytes());
    }
    put(70, &code.to_le_bytes());
    for (i, d) in [1.0_f32, 2.0, 3.0, 4.0].into_iter().enumerate() {
        put(76 + 4 * i, &d.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(112, &2_f32.to_le_bytes());
    put(116, &10_f32.to_le_bytes());
    put(252, &1_i16.to_le_bytes());
    bytes[344..348].copy_from_slice(b"n+1\0");
    bytes.extend(voxels);
    bytes
}

fn open(bytes: &[u8]) -> Result<Series, ImagingError> {
    let limits = crate::Limits {
        bytes: 1 << 20,
        files: 1,
    };
    read("a.nii", bytes.to_vec(), &mut Budget::new(limits))
}

/// Stored numbers from the first voxel to the second: the identity qform is in RAS, so columns are turned.
fn stored(bytes: &[u8]) -> [f64; 2] {
    let series = open(bytes).unwrap();
    [1, 0].map(|i| series.frames[0].value(i).unwrap())
}

#[test]
fn every_type_of_number_is_read_in_both_byte_orders() {
    macro_rules! check {
        ($code:literal, $type:ty, $a:literal, $b:literal) => {
            let (a, b): ($type, $type) = ($a, $b);
            let want = [a as f64, b as f64];
            let little = [a.to_le_bytes(), b.to_le_bytes()].concat();
            assert_eq!(stored(&file($code, false, &little)), want, "code {}", $code);
            let big = [a.to_be_bytes(), b.to_be_bytes()].concat();
            assert_eq!(stored(&file($code, true, &big)), want, "code {}", $code);
        };
    }
    check!(2, u8, 7, 255);
    check!(256, i8, -7, 127);
    check!(4, i16, -700, 32_000);
    check!(512, u16, 700, 65_000);
    check!(8, i32, -70_000, 1_048_576);
    check!(768, u32, 70_000, 4_294_967_040);
    check!(1024, i64, -5, 1_099_511_627_776);
    check!(1280, u64, 5, 1_099_511_627_776);
    check!(16, f32, -1.5, 1e20);
    check!(64, f64, -1.5, 0.25);
}

#[test]
fn colour_is_kept_and_alpha_is_dropped() {
    let rgb = open(&file(128, false, &[1, 2, 3, 4, 5, 6])).unwrap();
    assert_eq!(rgb.frames[0], Samples::Rgb8(vec![4, 5, 6, 1, 2, 3]));
    let rgba = open(&file(2304, false, &[1, 2, 3, 9, 4, 5, 6, 9])).unwrap();
    assert_eq!(rgba.frames, rgb.frames);
    assert_eq!(rgba.info.rescale, Rescale::IDENTITY);
}

#[test]
fn scale_spacing_and_sides_are_the_headers() {
    let series = open(&file(2, false, &[7, 255])).unwrap();
    assert_eq!(series.value(0, 1, 0), Some(24.0));
    let spacing = series.info.spacing(0).unwrap();
    assert_eq!((spacing.column_mm, spacing.row_mm), (2.0, 3.0));
    let place = series.info.frames[0].place.unwrap();
    assert_eq!(place.edges(), ["R", "L", "A", "P"]);
    // Voxel 0 is at the origin; voxel 1, 2 mm to the right, is the first on the screen.
    assert_eq!(place.origin, [-2.0, 0.0, 0.0]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let complex = open(&file(32, false, &[0; 16])).unwrap_err().to_string();
    assert!(complex.contains("complex numbers, code 32"), "{complex}");
    assert_eq!(open(&file(4, false, &[0; 3])), Err(TRUNCATED));
    let mut huge = file(2, false, &[1, 2]);
    huge[42..44].copy_from_slice(&30_000_i16.to_le_bytes());
    huge[44..46].copy_from_slice(&30_000_i16.to_le_bytes());
    assert!(matches!(
        open(&huge),
        Err(ImagingError::TooManyPixels { .. })
    ));
}

/// The same as NIfTI-2.
fn second(code: i16, big: bool, voxels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 544];
    let mut put = |at: usize, little: &[u8]| put_in(&mut bytes, big, at, little);
    put(0, &540_i32.to_le_bytes());
    put(12, &code.to_le_bytes());
    put(14, &16_i16.to_le_bytes());
    for (i, n) in [3_i64, 2, 1, 1].into_iter().enumerate() {
        put(16 + 8 * i, &n.to_le_bytes());
    }
    for (i, d) in [1.0_f64, 2.0, 3.0, 4.0].into_iter().enumerate() {
        put(104 + 8 * i, &d.to_le_bytes());
    }
    put(168, &544_i64.to_le_bytes());
    put(176, &2_f64.to_le_bytes());
    put(184, &10_f64.to_le_bytes());
    put(344, &1_i32.to_le_bytes());
    bytes[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
    bytes.extend(voxels);
    bytes
}

#[test]
fn both_versions_are_read_in_both_byte_orders() {
    // The data type lies beside the number of bits, which must not be taken for it.
    for big in [false, true] {
        let (a, b) = (-700_i16, 32_000_i16);
        let voxels = if big {
            [a.to_be_bytes(), b.to_be_bytes()].concat()
        } else {
            [a.to_le_bytes(), b.to_le_bytes()].concat()
        };
        let bytes = second(4, big, &voxels);
        assert_eq!(stored(&bytes), [-700.0, 32_000.0], "big endian: {big}");
        let series = open(&bytes).unwrap();
        assert_eq!(series.value(0, 1, 0), Some(-1390.0));
        assert_eq!(series.info.kind, SampleKind::I16);
        let spacing = series.info.spacing(0).unwrap();
        assert_eq!((spacing.column_mm, spacing.row_mm), (2.0, 3.0));
    }
}

/// A NIfTI-1 file with other bytes in some places.
fn with(changes: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = file(2, false, &[7, 255]);
    for (at, value) in changes {
        bytes[*at..at + value.len()].copy_from_slice(value);
    }
    bytes
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn a_transform_that_spans_no_space_counts_for_nothing() {
    let sform = |rows: &[f32]| vec![(254, vec![1, 0]), (280, floats(rows))];
    let zero = open(&with(&sform(&[0.0; 12]))).unwrap();
    assert_eq!(zero.info.spacing(0).unwrap().column_mm, 2.0);
    let place = zero.info.frames[0].place.unwrap();
    assert_eq!(place.origin, [-2.0, 0.0, 0.0]);
    assert_eq!(
        zero.info.notes,
        ["The sform of this file does not span space; its qform is used."]
    );
    let nan = open(&with(&sform(&[f32::NAN; 12]))).unwrap();
    assert_eq!(nan.info.frames[0].place, Some(place));
    // Neither is left.
    let mut neither = sform(&[0.0; 12]);
    neither.push((252, vec![0, 0]));
    let neither = open(&with(&neither)).unwrap();
    assert_eq!(neither.info.spacing(0).unwrap().column_mm, 2.0);
    assert!(neither.info.notes[0].contains("are not used"));
    assert!(neither.info.notes[1].contains("may be swapped"));
}

#[test]
fn a_sheared_sform_stays_as_it_is() {
    // Two slices; each lies 1 mm further to the right.
    let mut bytes = with(&[
        (46, vec![2, 0]),
        (254, vec![1, 0]),
        (
            280,
            floats(&[2.0, 0.0, 1.0, 5.0, 0.0, 3.0, 0.0, 6.0, 0.0, 0.0, 4.0, 7.0]),
        ),
    ]);
    bytes.extend([1, 2]);
    let series = open(&bytes).unwrap();
    let volume = series.info.volume.unwrap();
    assert_eq!(volume.axes[2], [-1.0, 0.0, 4.0]);
    // Voxel 0 of the first slice, which is the second column on the screen, in LPS.
    assert_eq!(volume.point([1.0, 0.0, 0.0]), [-5.0, -6.0, 7.0]);
}

#[test]
fn quaternions_and_voxel_sizes_are_read_as_everybody_reads_them() {
    let origin = |changes: &[(usize, Vec<u8>)]| {
        let place = open(&with(changes)).unwrap().info.frames[0].place;
        place.unwrap().row
    };
    // A turn by half a circle around z, rounded above 1: x runs to the patient's left.
    let turned = origin(&[(264, floats(&[1.000_001]))]);
    assert!((turned[0].abs() - 1.0).abs() < 1e-9, "{turned:?}");
    let spacing = |changes: &[(usize, Vec<u8>)]| {
        let series = open(&with(changes)).unwrap();
        series.info.spacing(0).unwrap().column_mm
    };
    assert_eq!(spacing(&[(80, floats(&[-2.5]))]), 2.5);
    assert_eq!(spacing(&[(80, floats(&[0.0]))]), 1.0);
    assert_eq!(spacing(&[(76, floats(&[0.0]))]), 2.0);
    // Metres and micrometres.
    assert_eq!(spacing(&[(123, vec![1])]), 2000.0);
    assert_eq!(spacing(&[(123, vec![3])]), 0.002);
}

#[test]
fn only_a_time_step_is_a_frame_time() {
    let series = |units: u8, dims: &[i16]| {
        let sizes: Vec<u8> = dims.iter().flat_map(|n| n.to_le_bytes()).collect();
        let mut bytes = with(&[(40, sizes), (92, floats(&[2500.0])), (123, vec![units])]);
        bytes.extend([0; 10]);
        open(&bytes).unwrap()
    };
    let times = |units| series(units, &[4, 2, 1, 1, 2]).info;
    assert_eq!(times(8 | 2).frame_time_ms, Some(2_500_000.0));
    assert_eq!(times(16 | 2).frame_time_ms, Some(2500.0));
    assert_eq!(times(24 | 2).frame_time_ms, Some(2.5));
    assert_eq!(times(2).frame_time_ms, None);
    for (units, what) in [(32, "hertz"), (40, "parts per million"), (48, "radians")] {
        let info = times(units | 2);
        assert_eq!((info.frame_time_ms, info.times), (None, 2));
        assert!(info.notes[0].contains(what), "{:?}", info.notes);
    }
    // Three components of a vector are no times.
    let vector = series(8 | 2, &[5, 2, 1, 1, 1, 3]).info;
    assert_eq!((vector.frame_time_ms, vector.times), (None, 3));
    assert!(vector.notes[0].contains("more than four dimensions"));
}

#[test]
fn scaling_holds_where_it_is_a_number() {
    let value = |changes: &[(usize, Vec<u8>)]| open(&with(changes)).unwrap().value(0, 1, 0);
    assert_eq!(value(&[(112, floats(&[0.0, 5.0]))]), Some(7.0));
    assert_eq!(value(&[(112, floats(&[f32::NAN, 5.0]))]), Some(7.0));
    assert_eq!(value(&[(112, floats(&[-2.0, 5.0]))]), Some(-9.0));
    let error = open(&with(&[(112, floats(&[2.0, f32::NAN]))])).unwrap_err();
    assert!(error.to_string().contains("scl_inter"), "{error}");
    // An offset that is not stated.
    assert_eq!(value(&[(108, floats(&[0.0]))]), Some(24.0));
    // A window the wrong way around is none.
    let calibrated = open(&with(&[(124, floats(&[10.0, 20.0]))])).unwrap();
    assert!(
        calibrated
            .info
            .voi
            .iter()
            .all(|voi| voi.name() != "calibrated")
    );
}

#[test]
fn what_is_lost_is_said() {
    let int64 = |first: i64| [first.to_le_bytes(), 5_i64.to_le_bytes()].concat();
    let rounded = open(&file(1024, false, &int64((1 << 53) + 1))).unwrap();
    assert_eq!(rounded.info.notes, [ROUNDED]);
    let exact = open(&file(1024, false, &int64((1 << 53) - 1))).unwrap();
    assert_eq!(exact.frames[0].value(1), Some(9_007_199_254_740_991.0));
    assert_eq!(exact.info.notes, Vec::<String>::new());
    let clear = open(&file(2304, false, &[1, 2, 3, 9, 4, 5, 6, 9])).unwrap();
    assert!(clear.info.notes[0].contains("transparency"));
}
