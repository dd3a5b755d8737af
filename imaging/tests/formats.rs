//! Real files of every format, against the RGB bytes that Pillow 11.2.1 gets from them (tests/data/make_formats.py).

use unimed_imaging::{
    Format, ImagingError, Orientation, Window, decode, decode_with_limit, open, probe,
};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// File name and bytes of a file in tests/data/formats.
macro_rules! file {
    ($name:literal) => {
        ($name, &include_bytes!(concat!("data/formats/", $name))[..])
    };
}

/// A file and the pixels expected from it.
macro_rules! case {
    ($name:literal, $ext:literal) => {
        (
            (
                concat!($name, ".", $ext),
                &include_bytes!(concat!("data/formats/", $name, ".", $ext))[..],
            ),
            &include_bytes!(concat!("data/formats/", $name, ".rgb"))[..],
        )
    };
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn lossless_formats_give_the_bytes_of_pillow() {
    let cases = [
        case!("rgb", "png"),
        case!("rgba", "png"),
        case!("gray", "png"),
        case!("gray_alpha", "png"),
        case!("bilevel", "png"),
        case!("palette", "png"),
        case!("palette_clear", "png"),
        case!("rgb_clear", "png"),
        case!("gray_clear", "png"),
        case!("rgb", "bmp"),
        case!("indexed", "bmp"),
        case!("lossless", "webp"),
        case!("lzw", "tiff"),
        case!("cmyk", "tiff"),
    ];
    for ((name, file), want) in cases {
        let got = decode(file).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((got.image.width, got.image.height), (17, 14), "{name}");
        assert_eq!(got.window, None, "{name}");
        assert!(
            got.image.pixels == want,
            "{name}: {:?} ...",
            &got.image.pixels[..12]
        );
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn jpeg_differs_by_a_few_levels_at_most() {
    for ((name, file), want) in [
        case!("color", "jpg"),
        case!("progressive", "jpg"),
        case!("inks", "jpg"),
    ] {
        let got = decode(file)
            .unwrap_or_else(|e| panic!("{name}: {e}"))
            .image
            .pixels;
        assert_eq!(got.len(), want.len(), "{name}");
        let worst = got.iter().zip(want).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(3), "{name}: {worst:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn sixteen_bit_gray_is_spread_over_its_own_range() {
    for (name, file) in [file!("gray16.png"), file!("gray16.tiff")] {
        let got = decode(file).unwrap_or_else(|e| panic!("{name}: {e}"));
        // 300 + 40 x + 3 y: 300 at the top left, 979 at the bottom right.
        assert_eq!(
            got.window,
            Some(Window {
                low: 300,
                high: 979
            }),
            "{name}"
        );
        assert_eq!(got.image.pixel(0, 0), [0; 3], "{name}");
        assert_eq!(got.image.pixel(16, 13), [255; 3], "{name}");
        // (8 * 40 + 7 * 3) * 255 / 679 = 128.06
        assert_eq!(got.image.pixel(8, 7), [128; 3], "{name}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn cut_files_are_refused_with_a_sentence() {
    let files = [
        file!("rgb.png"),
        file!("color.jpg"),
        file!("progressive.jpg"),
        file!("lossless.webp"),
        file!("rgb.bmp"),
        file!("lzw.tiff"),
        file!("cmyk.tiff"),
    ];
    for (name, file) in files {
        for keep in [0, 1, 3, 8, 30, file.len() / 2, file.len() * 3 / 4] {
            let error = decode(&file[..keep.min(file.len() * 3 / 4)]);
            let error = error.expect_err(&format!("{name} cut to {keep} bytes"));
            assert!(error.to_string().ends_with('.'), "{name}: {error}");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn huge_claims_cost_nothing() {
    // A whole PNG header, valid checksum, for 30 000 x 30 000 pixels, and no pixels.
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0".to_vec();
    file.extend(crc32(&file[12..29]).to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    let header = probe(&file).unwrap();
    assert_eq!(
        (header.format, header.width, header.height),
        (Format::Png, 30_000, 30_000)
    );
    let error = decode(&file).unwrap_err();
    let want = ImagingError::TooManyPixels {
        width: 30_000,
        height: 30_000,
        pixels: 900_000_000,
        limit: 20_000_000,
    };
    assert_eq!(error, want);
    assert!(error.to_string().contains("Crop it or make it smaller"));

    let (_, bitmap) = file!("rgb.bmp");
    let mut bitmap = bitmap.to_vec();
    bitmap[18..26].copy_from_slice(&[0x30, 0x75, 0, 0, 0xd0, 0x8a, 0xff, 0xff]);
    let error = decode(&bitmap).unwrap_err();
    assert!(
        matches!(error, ImagingError::TooManyPixels { height: 30_000, .. }),
        "{error}"
    );

    let (_, small) = file!("rgb.png");
    assert!(matches!(
        decode_with_limit(small, 237),
        Err(ImagingError::TooManyPixels { pixels: 238, .. })
    ));
    assert!(decode_with_limit(small, 238).is_ok());
}

/// The checksum of PNG chunks, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c: u32, _| {
            (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg())
        })
    })
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn exif_orientation_is_reported_and_not_applied() {
    let (_, file) = file!("color.jpg");
    // An Exif segment with the one entry 0x0112 = 6, right after the start marker.
    let mut exif =
        b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
            .to_vec();
    exif.splice(0..0, file[..2].iter().copied());
    exif.extend(&file[2..]);
    let turned = decode(&exif).unwrap();
    assert_eq!(turned.orientation, Orientation::from_exif(6));
    let upright = decode(file).unwrap();
    assert_eq!(upright.orientation, Orientation::UPRIGHT);
    assert!(turned.image == upright.image);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn webp_is_turned_whether_its_exif_chunk_begins_as_in_jpeg_or_not() {
    // Three pixels in a row, lossless, and the Exif orientation 6.
    let head = b"WEBPVP8X\x0a\0\0\0\x08\0\0\0\x02\0\0\0\0\0VP8L\x1d\0\0\0/\x02\0\0\0\x17\x20\x10\x48\xda\x1f\x7a\x8d\xf9\x17\x10\x14\xf9\x3f\xda\xfc\x07\x5f\x0a\x6a\x10\xd1\xff\0\0";
    let mark = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    for prefix in [&b""[..], b"Exif\0\0"] {
        let chunk = [prefix, mark].concat();
        let length = (chunk.len() as u32).to_le_bytes();
        let body = [&head[..], b"EXIF", &length, &chunk].concat();
        let file = [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat();
        let got = decode(&file).unwrap();
        assert_eq!(got.orientation, Orientation::from_exif(6), "{prefix:?}");
        assert_eq!(got.image.pixels, [255, 0, 0, 0, 255, 0, 0, 0, 255]);
        let opened = &open("a.webp", &file).unwrap()[0].info;
        assert_eq!((opened.width, opened.height), (1, 3));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn bmp_pixels_that_begin_inside_of_the_palette_are_refused() {
    // Four pixels of 8 bits in one row, a palette of two colours; the pixels begin behind it, then with it.
    let mut file = b"BM".to_vec();
    for word in [66, 0, 62, 40, 4, 1, 1 | 8 << 16, 0, 4, 0, 0, 2, 0_u32] {
        file.extend(word.to_le_bytes());
    }
    file.extend([1, 2, 3, 0, 4, 5, 6, 0, 0, 1, 1, 0]);
    assert_eq!(decode(&file).unwrap().image.pixels[..6], [3, 2, 1, 6, 5, 4]);
    file[10] = 54;
    let error = decode(&file).unwrap_err().to_string();
    assert!(error.contains("inside of its palette"), "{error}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_real_photograph_is_read() {
    let file = include_bytes!("../../tests/images/retina.jpg");
    let got = decode(file).unwrap();
    assert_eq!(
        (got.format, got.image.width, got.image.height),
        (Format::Jpeg, 1411, 1411)
    );
    // The disc is bright and reddish, the corner black.
    assert!(got.image.pixel(0, 0).iter().all(|&v| v < 16));
    let [r, _, b] = got.image.pixel(705, 705);
    assert!(r > 60 && r > b, "{r} {b}");
}

#[cfg(not(target_arch = "wasm32"))]
mod damaged {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn files_never_panic(which in 0usize..6, at in 0usize..2000, value: u8, keep in 0usize..2000) {
            let files: [&[u8]; 6] = [
                include_bytes!("data/formats/palette.png"),
                include_bytes!("data/formats/color.jpg"),
                include_bytes!("data/formats/lossless.webp"),
                include_bytes!("data/formats/indexed.bmp"),
                include_bytes!("data/formats/lzw.tiff"),
                include_bytes!("data/formats/cmyk.tiff"),
            ];
            let mut file = files[which].to_vec();
            let at = at % file.len();
            file[at] = value;
            file.truncate(keep.max(1));
            if let Err(e) = unimed_imaging::decode_with_limit(&file, 1_000_000) {
                prop_assert!(e.to_string().len() > 20);
            }
        }
    }
}
