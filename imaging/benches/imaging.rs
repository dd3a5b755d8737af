//! What reading, drawing and the model's input cost: `cargo bench -p unimed-imaging`.
//!
//! Times are of this machine, natively and on one thread; WebAssembly takes longer. `unimed bench` measures the model.

#[cfg(not(target_arch = "wasm32"))]
#[expect(dead_code, reason = "the fuzz targets use the rest of it")]
#[path = "../../fuzz/src/imaging/wrapper.rs"]
mod wrapper;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use divan::counter::{BytesCount, ItemsCount};
    use divan::{Bencher, black_box};
    use unimed_imaging::{
        Affine, Excerpt, PlaneKind, ResampledView, Rescale, RgbImage, SampleKind, Samples,
        ScreenMap, Series, VoiLut, VoiWindow, encode_png, open, resize,
    };

    use crate::wrapper::{self, ImagePixel};

    /// Side of a radiograph, pixels.
    const SIDE: usize = 2048;
    /// Sides of a volume, voxels.
    const VOLUME: usize = 128;

    /// Numbers of a CT, without any pattern that a table would profit from.
    fn hounsfield(count: usize) -> Samples {
        let mut seed = 1_u32;
        let draw = |_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 20) as i16 - 1024
        };
        Samples::I16((0..count).map(draw).collect())
    }

    fn soft_tissue() -> unimed_imaging::Voi {
        unimed_imaging::Voi::Window(VoiWindow::spanning(-160.0, 240.0))
    }

    /// A change of the window on a radiograph that fills the screen: a new table, and a look-up a pixel.
    #[divan::bench]
    fn window_2048(bencher: Bencher<'_, '_>) {
        let frame = hounsfield(SIDE * SIDE);
        let size = (SIDE, SIDE);
        let seen = ResampledView::new(&frame, size, &ScreenMap::IDENTITY, false, size);
        let mut lut = VoiLut::new(SampleKind::I16, &Rescale::IDENTITY, &soft_tissue(), false);
        let mut canvas = Vec::new();
        let mut invert = false;
        bencher
            .counter(ItemsCount::new(SIDE * SIDE))
            .bench_local(|| {
                invert = !invert;
                lut.set(&soft_tissue(), invert);
                lut.draw(black_box(&seen), &mut canvas);
            });
    }

    /// A radiograph brought onto a screen of 1024 x 1024 pixels: the nearest number, or a mixture of four.
    #[divan::bench(args = [false, true])]
    fn zoom_to_1024(bencher: Bencher<'_, '_>, smooth: bool) {
        let frame = hounsfield(SIDE * SIDE);
        let map = ScreenMap {
            x: [2.0, 0.0, 0.5],
            y: [0.0, 2.0, 0.5],
        };
        bencher
            .counter(ItemsCount::new(1024_usize * 1024))
            .bench_local(|| {
                ResampledView::new(black_box(&frame), (SIDE, SIDE), &map, smooth, (1024, 1024))
            });
    }

    /// A slice through a volume: along its voxels, and across them (`oblique` mixes eight for each pixel).
    #[divan::bench(args = ["along", "oblique"])]
    fn reslice_128(bencher: Bencher<'_, '_>, how: &str) {
        let tilt = if how == "oblique" { 0.2 } else { 0.0 };
        let mut series = volume();
        series.info.volume = Some(Affine {
            axes: [[1.0, tilt, 0.0], [-tilt, 1.0, 0.0], [0.0, 0.0, 1.0]],
            origin: [0.0; 3],
        });
        let planes = series.planes().expect("a volume has planes");
        let coronal = planes
            .iter()
            .find(|plane| plane.kind == PlaneKind::Coronal)
            .expect("three planes, one of them coronal");
        bencher
            .counter(ItemsCount::new(coronal.width * coronal.height))
            .bench_local(|| series.reslice(black_box(coronal), coronal.slices / 2, 0));
    }

    /// A volume of stored numbers, read from a NIfTI file that is written here.
    fn volume() -> Series {
        let mut file = vec![0_u8; 352];
        file[..4].copy_from_slice(&348_u32.to_le_bytes());
        for (at, side) in [3, VOLUME, VOLUME, VOLUME, 1, 1, 1, 1]
            .into_iter()
            .enumerate()
        {
            file[40 + 2 * at..][..2].copy_from_slice(&(side as u16).to_le_bytes());
        }
        file[70] = 4; // 16-bit signed
        file[72] = 16;
        for at in 0..4 {
            file[76 + 4 * at..][..4].copy_from_slice(&1_f32.to_le_bytes());
        }
        file[108..112].copy_from_slice(&352_f32.to_le_bytes());
        file[344..348].copy_from_slice(b"n+1\0");
        file.extend(hounsfield(VOLUME * VOLUME * VOLUME).to_le_bytes());
        open("volume.nii", &file)
            .expect("a plain NIfTI file")
            .remove(0)
    }

    /// A picture to the size that the vision model reads.
    #[divan::bench]
    fn resize_2048_to_512(bencher: Bencher<'_, '_>) {
        let image = picture(SIDE);
        bencher.bench_local(|| resize(black_box(&image), 512, 512));
    }

    /// The same picture as the file that is downloaded.
    #[divan::bench]
    fn encode_png_512(bencher: Bencher<'_, '_>) {
        let image = picture(512);
        bencher.bench_local(|| encode_png(black_box(&image), &[]));
    }

    fn picture(side: usize) -> RgbImage {
        let pixels = (0..side * side * 3).map(|i| (i / 7 % 251) as u8).collect();
        RgbImage::new(side, side, pixels).expect("as many bytes as pixels")
    }

    /// A DICOM file of one compressed frame of 256 x 256 pixels of 12 bit, opened and shown.
    #[divan::bench(args = ["j2k", "jls"])]
    fn open_256(bencher: Bencher<'_, '_>, codec: &str) {
        let image = ImagePixel::grey(256, 256, 16);
        let file = match codec {
            "j2k" => {
                let stream = include_bytes!("data/frame.j2k");
                wrapper::compressed("1.2.840.10008.1.2.4.90", &image, stream)
            }
            _ => {
                let stream = include_bytes!("data/frame.jls");
                wrapper::compressed("1.2.840.10008.1.2.4.80", &image, stream)
            }
        };
        bencher
            .counter(BytesCount::of_slice(&file))
            .bench_local(|| Excerpt::default().read("frame.dcm", black_box(&file)));
    }
}

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    divan::main();
}
