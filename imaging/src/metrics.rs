//! How close two pictures are: PSNR and SSIM, as image-quality papers report them.

use crate::{ImagingError, RgbImage};

/// Side of the SSIM window in pixels.
const WINDOW: usize = 11;
/// Standard deviation of the SSIM window in pixels.
const SIGMA: f64 = 1.5;
/// Largest difference of two values.
const RANGE: f64 = 255.0;

/// Peak signal-to-noise ratio in dB over all channels, peak 255; infinite for equal pictures.
///
/// # Errors
/// [`ImagingError::SizesDiffer`].
pub fn psnr(a: &RgbImage, b: &RgbImage) -> Result<f64, ImagingError> {
    same_size(a, b)?;
    let sum: f64 = a
        .pixels
        .iter()
        .zip(&b.pixels)
        .map(|(&a, &b)| difference(a, b).powi(2))
        .sum();
    Ok(10.0 * (RANGE * RANGE * a.pixels.len() as f64 / sum).log10())
}

/// Structural similarity of Wang et al. 2004 (IEEE TIP 13, 600-612): Gaussian window of 11 x 11 with sigma 1.5,
/// K1 = 0.01, K2 = 0.03, range 255, population variances; the mean over all whole windows and the three channels.
///
/// # Errors
/// [`ImagingError::SizesDiffer`]; [`ImagingError::TooSmall`] when a side is below 11 pixels.
pub fn ssim(a: &RgbImage, b: &RgbImage) -> Result<f64, ImagingError> {
    same_size(a, b)?;
    let (width, height) = (a.width, a.height);
    if width < WINDOW || height < WINDOW {
        return Err(ImagingError::TooSmall {
            least: WINDOW,
            width,
            height,
        });
    }
    let window = gaussian();
    let blur = |plane: Vec<f64>| blur(&plane, width, &window);
    let (c1, c2) = ((0.01 * RANGE).powi(2), (0.03 * RANGE).powi(2));
    let mut total = 0.0;
    for c in 0..3 {
        let plane = |image: &RgbImage| -> Vec<f64> {
            image.pixels[c..]
                .iter()
                .step_by(3)
                .map(|&v| f64::from(v))
                .collect()
        };
        let product =
            |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x * y).collect() };
        let (x, y) = (plane(a), plane(b));
        let (xx, yy, xy) = (
            blur(product(&x, &x)),
            blur(product(&y, &y)),
            blur(product(&x, &y)),
        );
        let (mx, my) = (blur(x), blur(y));
        let sum: f64 = (0..mx.len())
            .map(|i| {
                let (m, n) = (mx[i], my[i]);
                let (vx, vy, cov) = (xx[i] - m * m, yy[i] - n * n, xy[i] - m * n);
                (2.0 * m * n + c1) * (2.0 * cov + c2) / ((m * m + n * n + c1) * (vx + vy + c2))
            })
            .sum();
        total += sum / mx.len() as f64;
    }
    Ok(total / 3.0)
}

fn difference(a: u8, b: u8) -> f64 {
    f64::from(a) - f64::from(b)
}

fn same_size(a: &RgbImage, b: &RgbImage) -> Result<(), ImagingError> {
    if (a.width, a.height) == (b.width, b.height) {
        return Ok(());
    }
    Err(ImagingError::SizesDiffer {
        a_width: a.width,
        a_height: a.height,
        b_width: b.width,
        b_height: b.height,
    })
}

/// One side of the window, normalised to 1.
fn gaussian() -> [f64; WINDOW] {
    let middle = (WINDOW / 2) as f64;
    let raw: [f64; WINDOW] =
        std::array::from_fn(|i| (-(i as f64 - middle).powi(2) / (2.0 * SIGMA * SIGMA)).exp());
    let sum: f64 = raw.iter().sum();
    raw.map(|v| v / sum)
}

/// Weighted mean of every whole window: `[height - 10, width - 10]`.
fn blur(plane: &[f64], width: usize, window: &[f64; WINDOW]) -> Vec<f64> {
    let out_width = width - WINDOW + 1;
    let rows: Vec<f64> = plane
        .chunks_exact(width)
        .flat_map(|row| row.windows(WINDOW))
        .map(|w| w.iter().zip(window).map(|(v, g)| v * g).sum())
        .collect();
    let height = plane.len() / width;
    (0..(height - WINDOW + 1) * out_width)
        .map(|i| {
            window
                .iter()
                .enumerate()
                .map(|(k, g)| rows[i + k * out_width] * g)
                .sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gradient with a bright square, and the same with a bit of structure added.
    fn pair() -> (RgbImage, RgbImage) {
        let (w, h) = (24, 17);
        let mut a = Vec::new();
        let mut b = Vec::new();
        for y in 0..h {
            for x in 0..w {
                for c in 0..3 {
                    let square = if (8..14).contains(&x) && (5..11).contains(&y) {
                        90
                    } else {
                        0
                    };
                    let v = 5 * x + 3 * y + 7 * c + square;
                    a.push(v as u8);
                    b.push((v + (x * 7 + y * 13 + c * 5) % 11) as u8);
                }
            }
        }
        (
            RgbImage::new(w, h, a).unwrap(),
            RgbImage::new(w, h, b).unwrap(),
        )
    }

    #[test]
    fn agrees_with_scikit_image() {
        let (a, b) = pair();
        // scikit-image 0.26.0: peak_signal_noise_ratio(a, b, data_range=255) and structural_similarity(a, b,
        // channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False).
        assert!((psnr(&a, &b).unwrap() - 32.6915426601).abs() < 1e-9);
        assert!((ssim(&a, &b).unwrap() - 0.988215748466).abs() < 1e-9);
    }

    #[test]
    fn equal_pictures_are_perfect() {
        let (a, _) = pair();
        assert_eq!(psnr(&a, &a).unwrap(), f64::INFINITY);
        assert!((ssim(&a, &a).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn sizes_must_agree_and_hold_a_window() {
        let (a, b) = (
            RgbImage::filled(12, 12, [1; 3]),
            RgbImage::filled(12, 11, [1; 3]),
        );
        assert!(matches!(
            psnr(&a, &b),
            Err(ImagingError::SizesDiffer { b_height: 11, .. })
        ));
        let small = RgbImage::filled(10, 12, [1; 3]);
        assert!(matches!(
            ssim(&small, &small),
            Err(ImagingError::TooSmall { least: 11, .. })
        ));
    }
}
