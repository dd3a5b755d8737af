//! Smaller copies of a frame, so that one that is larger than the screen is drawn without dropping pixels.

use crate::Samples;

impl Samples {
    /// The frame at half the size, rounded up: each number is the mean of up to four.
    #[must_use]
    pub fn halved(&self, width: usize, height: usize) -> Self {
        let size = (width, height);
        // Half of the sum's last two bits rounds up.
        let bytes = |v: [u8; 4]| ((v.iter().map(|x| u32::from(*x)).sum::<u32>() + 2) >> 2) as u8;
        match self {
            Self::U8(v) => Self::U8(halved::<1, _>(v, size, bytes)),
            Self::U16(v) => Self::U16(halved::<1, _>(v, size, |v| {
                ((v.iter().map(|x| u32::from(*x)).sum::<u32>() + 2) >> 2) as u16
            })),
            Self::I16(v) => Self::I16(halved::<1, _>(v, size, |v| {
                ((v.iter().map(|x| i32::from(*x)).sum::<i32>() + 2) >> 2) as i16
            })),
            Self::F32(v) => Self::F32(halved::<1, _>(v, size, |v| v.iter().sum::<f32>() / 4.0)),
            Self::F64(v) => Self::F64(halved::<1, _>(v, size, |v| v.iter().sum::<f64>() / 4.0)),
            Self::Rgb8(v) => Self::Rgb8(halved::<3, _>(v, size, bytes)),
        }
    }
}

/// Means of two by two pixels of so many channels; at an odd edge the last pixel counts twice.
fn halved<const CHANNELS: usize, T: Copy>(
    values: &[T],
    (width, height): (usize, usize),
    mean: impl Fn([T; 4]) -> T,
) -> Vec<T> {
    let row = width * CHANNELS;
    let mut out = Vec::with_capacity(width.div_ceil(2) * height.div_ceil(2) * CHANNELS);
    for rows in values.chunks(2 * row) {
        let (upper, lower) = rows.split_at(row.min(rows.len()));
        let lower = if lower.is_empty() { upper } else { lower };
        let pairs = upper.chunks(2 * CHANNELS).zip(lower.chunks(2 * CHANNELS));
        for (above, below) in pairs {
            for channel in 0..CHANNELS {
                let right = if above.len() > CHANNELS {
                    channel + CHANNELS
                } else {
                    channel
                };
                out.push(mean([
                    above[channel],
                    above[right],
                    below[channel],
                    below[right],
                ]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_size_is_the_mean_of_four() {
        let samples = Samples::I16(vec![-4, 0, 10, -8, 4, 20]);
        assert_eq!(samples.halved(3, 2), Samples::I16(vec![-2, 15]));
        let color = Samples::Rgb8(vec![0, 10, 20, 100, 110, 120]);
        assert_eq!(color.halved(2, 1), Samples::Rgb8(vec![50, 60, 70]));
    }
}
