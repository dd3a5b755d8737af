//! One real file of every transfer syntax and colour model that is read, and voxels of every NIfTI type: natively and,
//! compiled to wasm, in Chromium, where the files come along in the program.

mod support;

use support::reference::{compare, only, reference, text};
use unimed_imaging::{Samples, open};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A file of a Python package: from the disk natively, from the program itself in the browser.
macro_rules! files {
    ($($package:literal $file:literal)*) => {
        [$(($package, $file, bytes!($package, $file))),*]
    };
}

#[cfg(target_arch = "wasm32")]
macro_rules! bytes {
    ($package:literal, $file:literal) => {
        include_bytes!(concat!(env!("UNIMED_FIXTURES"), "/", $package, "/", $file)).to_vec()
    };
}

#[cfg(not(target_arch = "wasm32"))]
macro_rules! bytes {
    ($package:literal, $file:literal) => {
        support::read($package, $file)
    };
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_transfer_syntax_and_colour_model_is_read_as_the_reference_reads_it() {
    let reference = reference();
    let files = files! {
        // Implicit VR: grey, palette, RGB.
        "pydicom" "pydicom/data/test_files/MR_small_implicit.dcm"
        "pydicom-data" "data_store/data/gdcm-US-ALOKA-16.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_jpeg_dcmd.dcm"
        // Explicit VR: grey, palette, RGB, YBR.
        "pydicom" "pydicom/data/test_files/MR_small.dcm"
        "pydicom" "pydicom/data/test_files/liver_1frame.dcm"
        "pydicom" "pydicom/data/test_files/examples_palette.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_small_odd.dcm"
        "pydicom-data" "data_store/data/SC_ybr_full_uncompressed.dcm"
        "pydicom" "pydicom/data/test_files/SC_ybr_full_422_uncompressed.dcm"
        // Deflated.
        "pydicom" "pydicom/data/test_files/image_dfl.dcm"
        // Big endian.
        "pydicom" "pydicom/data/test_files/MR_small_bigendian.dcm"
        "pydicom" "pydicom/data/test_files/rtdose_expb_1frame.dcm"
        "pydicom-data" "data_store/data/OBXXXX1A_expb.dcm"
        "pydicom" "pydicom/data/test_files/ExplVR_BigEnd.dcm"
        // JPEG baseline and lossless.
        "pydicom" "pydicom/data/test_files/SC_rgb_dcmtk_+eb+cr.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_dcmtk_+eb+cy+n1.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_dcmtk_+eb+cy+s2.dcm"
        "pydicom" "pydicom/data/test_files/examples_ybr_color.dcm"
        "pydicom-data" "data_store/data/JPEG-LL.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_jpeg_gdcm.dcm"
        // JPEG-LS.
        "pydicom" "pydicom/data/test_files/MR_small_jpeg_ls_lossless.dcm"
        "pydicom" "pydicom/data/test_files/JPEGLSNearLossless_16.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_jls_lossy_line.dcm"
        // JPEG 2000.
        "pydicom" "pydicom/data/test_files/MR_small_jp2klossless.dcm"
        "pydicom" "pydicom/data/test_files/GDCMJ2K_TextGBR.dcm"
        "pydicom-data" "data_store/data/RG3_J2KI.dcm"
        "pydicom" "pydicom/data/test_files/693_J2KI.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_gdcm_KY.dcm"
        "pydicom-data" "data_store/data/US1_J2KI.dcm"
        // RLE.
        "pydicom" "pydicom/data/test_files/MR_small_RLE.dcm"
        "pydicom-data" "data_store/data/emri_small_RLE.dcm"
        "pydicom-data" "data_store/data/OBXXXX1A_rle.dcm"
        "pydicom" "pydicom/data/test_files/SC_rgb_rle_32bit.dcm"
        // NIfTI: both versions, byte orders, packed, with times.
        "nibabel" "nibabel/tests/data/anatomical.nii"
        "nibabel" "nibabel/tests/data/functional.nii"
        "nibabel" "nibabel/tests/data/example_nifti2.nii.gz"
        "nibabel" "nibabel/tests/data/resampled_anat_moved.nii"
        "nibabel" "nibabel/tests/data/standard.nii.gz"
    };
    let mut failures = Vec::new();
    for (package, file, bytes) in files {
        let known = |entry: &&serde_json::Value| {
            (text(entry, "package"), text(entry, "file")) == (package, file)
        };
        let entry = reference.iter().find(known);
        let entry = entry.unwrap_or_else(|| panic!("{package} {file} has no reference"));
        if let Err(reason) = only(file, &bytes).and_then(|series| compare(entry, &series)) {
            failures.push(format!("{file}: {reason}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A NIfTI-1 file of 2 x 2 x 1 voxels whose axes are the patient's, so that nothing is turned but into LPS.
fn nifti(code: i16, bits: i16, voxels: &[u8], big: bool) -> Vec<u8> {
    let short = |v: i16| {
        if big {
            v.to_be_bytes()
        } else {
            v.to_le_bytes()
        }
    };
    let float = |v: f32| {
        if big {
            v.to_be_bytes()
        } else {
            v.to_le_bytes()
        }
    };
    let mut file = vec![0; 352];
    let size = 348_i32;
    file[..4].copy_from_slice(&if big {
        size.to_be_bytes()
    } else {
        size.to_le_bytes()
    });
    for (place, side) in [3_i16, 2, 2, 1, 1, 1, 1, 1].into_iter().enumerate() {
        file[40 + 2 * place..42 + 2 * place].copy_from_slice(&short(side));
        file[76 + 4 * place..80 + 4 * place].copy_from_slice(&float(1.0));
    }
    file[70..72].copy_from_slice(&short(code));
    file[72..74].copy_from_slice(&short(bits));
    file[108..112].copy_from_slice(&float(352.0));
    file[344..348].copy_from_slice(b"n+1\0");
    file.extend_from_slice(voxels);
    file
}

/// The bytes of four numbers in both byte orders.
macro_rules! both {
    ($kind:ty: $($value:expr),*) => {{
        let values: [$kind; 4] = [$($value),*];
        (
            values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>(),
            values.iter().flat_map(|v| v.to_be_bytes()).collect::<Vec<u8>>(),
            values.map(|v| v as f64),
        )
    }};
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_nifti_type_keeps_its_numbers_in_both_byte_orders() {
    let types = [
        (2, 8, both!(u8: 0, 1, 200, 255)),
        (256, 8, both!(i8: -128, -1, 0, 127)),
        (4, 16, both!(i16: -32_768, -1, 300, 32_767)),
        (512, 16, both!(u16: 0, 1, 300, 65_535)),
        (8, 32, both!(i32: -70_000, -1, 0, 16_777_216)),
        (768, 32, both!(u32: 0, 1, 70_000, 16_777_216)),
        (1024, 64, both!(i64: -70_000, -1, 0, 16_777_216)),
        (1280, 64, both!(u64: 0, 1, 70_000, 16_777_216)),
        (16, 32, both!(f32: -1.5, 0.0, 0.25, 1e9)),
        (64, 64, both!(f64: -1.5, 0.0, 0.25, 1e9)),
    ];
    for (code, bits, (little, big, mut expected)) in types {
        expected.sort_by(f64::total_cmp);
        for (voxels, big) in [(little, false), (big, true)] {
            let series = open("types.nii", &nifti(code, bits, &voxels, big))
                .unwrap_or_else(|error| panic!("type {code}, big {big}: {error}"));
            let frame = &series[0].frames[0];
            let mut found: Vec<f64> = (0..4).filter_map(|pixel| frame.value(pixel)).collect();
            found.sort_by(f64::total_cmp);
            assert_eq!(found, expected, "type {code}, big {big}");
            assert_eq!(
                series[0].info.range,
                (expected[0], expected[3]),
                "type {code}"
            );
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_picture_without_any_value_is_told_from_a_dark_one() {
    let said = |values: [f32; 4]| {
        let voxels: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
        let series = open("empty.nii", &nifti(16, 32, &voxels, false)).expect("it is read");
        let notes = &series[0].info.notes;
        notes
            .iter()
            .any(|note| note.contains("No pixel of this image has a value"))
    };
    assert!(said([f32::NAN, f32::NAN, f32::INFINITY, f32::NAN]));
    assert!(!said([f32::NAN, 0.0, f32::NAN, f32::NAN]));
    assert!(!said([0.0; 4]));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn nifti_colour_is_read_with_and_without_alpha() {
    let rgb: Vec<u8> = (0..12).collect();
    // Nothing is see-through.
    let rgba: Vec<u8> = rgb
        .chunks(3)
        .flat_map(|c| [c[0], c[1], c[2], 255])
        .collect();
    for (code, bits, voxels) in [(128, 24, &rgb), (2304, 32, &rgba)] {
        let series = open("colour.nii", &nifti(code, bits, voxels, false)).expect("colour is read");
        let Samples::Rgb8(found) = &series[0].frames[0] else {
            panic!("{:?}", series[0].frames[0]);
        };
        let mut found: Vec<[u8; 3]> = found.as_chunks().0.to_vec();
        found.sort_unstable();
        let expected: Vec<[u8; 3]> = rgb.as_chunks().0.to_vec();
        assert_eq!(found, expected, "type {code}");
    }
    for code in [1, 32, 1536, 1792, 2048] {
        let refusal = open("odd.nii", &nifti(code, 8, &rgb, false)).expect_err("it is not read");
        let said = refusal.to_string();
        assert!(said.contains("cannot be read here"), "type {code}: {said}");
    }
}
