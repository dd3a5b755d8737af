//! SSIM as scikit-image computes it when nothing but the range is said.

use unimed_imaging::RgbImage;

/// Side of the window in pixels.
const WINDOW: usize = 7;

/// `structural_similarity(a, b, channel_axis=2, data_range=255)` of scikit-image: windows of 7 x 7 with
/// equal weights, sample covariance, K1 = 0.01, K2 = 0.03; the mean over all whole windows and the
/// three channels. `None` where the sizes differ or no window fits.
///
/// [`unimed_imaging::ssim`] is the measure of the paper that named it; published numbers of the model
/// family are of this one.
pub(super) fn ssim(a: &RgbImage, b: &RgbImage) -> Option<f64> {
    let (width, height) = (a.width, a.height);
    if (b.width, b.height) != (width, height) || width < WINDOW || height < WINDOW {
        return None;
    }
    let (c1, c2) = ((0.01f64 * 255.0).powi(2), (0.03f64 * 255.0).powi(2));
    let count = (WINDOW * WINDOW) as f64;
    let sample = count / (count - 1.0);
    let (mut total, mut windows) = (0.0, 0.0);
    for channel in 0..3 {
        let plane = |image: &RgbImage| -> Vec<f64> {
            let values = image.pixels[channel..].iter().step_by(3);
            values.map(|&value| f64::from(value)).collect()
        };
        let product =
            |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x * y).collect() };
        let (x, y) = (plane(a), plane(b));
        let [xx, yy, xy] = [product(&x, &x), product(&y, &y), product(&x, &y)]
            .map(|plane| means(&plane, width, height));
        let (x, y) = (means(&x, width, height), means(&y, width, height));
        for i in 0..x.len() {
            let (m, n) = (x[i], y[i]);
            let variances = sample * (xx[i] - m * m + yy[i] - n * n);
            let covariance = sample * (xy[i] - m * n);
            total += (2.0 * m * n + c1) * (2.0 * covariance + c2)
                / ((m * m + n * n + c1) * (variances + c2));
            windows += 1.0;
        }
    }
    Some(total / windows)
}

/// Mean of every whole window, from a table of sums. Products of 8-bit values are whole numbers, so
/// the sums are exact.
fn means(plane: &[f64], width: usize, height: usize) -> Vec<f64> {
    let columns = width + 1;
    let mut sums = vec![0.0; columns * (height + 1)];
    for y in 0..height {
        let mut row = 0.0;
        for x in 0..width {
            row += plane[y * width + x];
            sums[(y + 1) * columns + x + 1] = sums[y * columns + x + 1] + row;
        }
    }
    let count = (WINDOW * WINDOW) as f64;
    let mut means = Vec::with_capacity((width + 1 - WINDOW) * (height + 1 - WINDOW));
    for y in 0..=height - WINDOW {
        for x in 0..=width - WINDOW {
            let (top, bottom) = (y * columns, (y + WINDOW) * columns);
            let sum = sums[bottom + x + WINDOW] - sums[top + x + WINDOW] - sums[bottom + x]
                + sums[top + x];
            means.push(sum / count);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scikit_image() {
        let mut a = Vec::new();
        let mut b = Vec::new();
        for y in 0..17_usize {
            for x in 0..24_usize {
                for c in 0..3 {
                    let value = 5 * x + 3 * y + 7 * c;
                    a.push(value as u8);
                    b.push((value + (x * 7 + y * 13 + c * 5) % 11) as u8);
                }
            }
        }
        let image = |pixels| RgbImage::new(24, 17, pixels).unwrap();
        let (a, b) = (image(a), image(b));
        // scikit-image 0.26.0: structural_similarity(a, b, channel_axis=2, data_range=255).
        let wanted = 0.968_445_684_624_635_5;
        let found = ssim(&a, &b).unwrap();
        assert!((found - wanted).abs() < 1e-10, "{found}");
        assert_eq!(ssim(&a, &a), Some(1.0));
        assert_eq!(ssim(&a, &RgbImage::filled(24, 16, [0; 3])), None);
        let small = RgbImage::filled(6, 24, [0; 3]);
        assert_eq!(ssim(&small, &small), None);
    }
}
