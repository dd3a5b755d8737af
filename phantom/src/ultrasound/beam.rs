//! From tissue to a picture: scatterers, pulse, envelope, attenuation, logarithm.

use super::canvas::Canvas;
use super::grid::{LINES, SAMPLES};
use crate::math::{exp, ln};
use crate::rng::Rng;

/// What a machine does to the echoes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// Dynamic range of the display, dB, and brightness added to every echo, full scale 1.
    pub(crate) range: f32,
    pub(crate) gain: f32,
    /// Standard deviation of the pulse along a line, in samples.
    pub(crate) axial: f32,
    /// Standard deviation of the beam across the lines at the focus, in lines, and what each depth
    /// of the picture away from the focus adds.
    pub(crate) lateral: f32,
    pub(crate) spread: f32,
    /// Depth of the focus as a share of the picture's.
    pub(crate) focus: f32,
    /// Error of the depth gain: dB lost from the top to the bottom.
    pub(crate) fall: f32,
}

/// Taps on each side of the middle: lateral, axial.
const ACROSS: usize = 5;
const ALONG: usize = 2;

/// A Gaussian with a sum of squares of 1, so that a field of independent scatterers keeps its power.
fn kernel<const N: usize>(sigma: f32) -> [f32; N] {
    let mut taps: [f32; N] = std::array::from_fn(|i| exp(-0.5 * (i * i) as f32 / (sigma * sigma)));
    let power = taps[0] * taps[0] + 2.0 * taps[1..].iter().map(|t| t * t).sum::<f32>();
    let scale = 1.0 / power.sqrt();
    for tap in &mut taps {
        *tap *= scale;
    }
    taps
}

/// Rows of real and imaginary echoes.
type Row = [f32; LINES];

/// Grey values of the grid, `SAMPLES` rows of `LINES`. The sum of many scatterers in a pulse makes
/// the envelope Rayleigh-distributed (Burckhardt 1978).
pub(super) fn echoes(canvas: &Canvas, machine: &Machine, seed: u64) -> Vec<f32> {
    let mut rng = Rng::from_word(seed);
    let mut real = vec![0.0f32; SAMPLES * LINES];
    let mut imaginary = vec![0.0f32; SAMPLES * LINES];
    let slope = machine.range * std::f32::consts::LN_10 / 20.0;
    let mut padded = [[0.0f32; LINES + 2 * ACROSS]; 2];
    let mut draw: [Row; 2] = [[0.0; LINES]; 2];
    let mut amplitudes: Row = [0.0; LINES];
    for s in 0..SAMPLES {
        let cells = s * LINES..(s + 1) * LINES;
        // Two 16-bit uniforms for each part, with variance 1/2 together; the pulse's many taps make
        // their sum normal.
        let scale = 3f32.sqrt() / 65_536.0;
        let [re, im] = &mut draw;
        for (re, im) in re.iter_mut().zip(im.iter_mut()) {
            let bits = rng.next();
            *re = ((bits as u16 as i32) - ((bits >> 16) as u16 as i32)) as f32 * scale;
            *im = (((bits >> 32) as u16 as i32) - ((bits >> 48) as i32)) as f32 * scale;
        }
        // Amplitude of a brightness on the logarithmic scale.
        for (amplitude, level) in amplitudes.iter_mut().zip(&canvas.level[cells.clone()]) {
            *amplitude = exp(slope * (level - 1.0));
        }
        let [wide_re, wide_im] = &mut padded;
        let glints = &canvas.glint[cells.clone()];
        for (((to, re), amplitude), glint) in wide_re[ACROSS..]
            .iter_mut()
            .zip(re.iter())
            .zip(&amplitudes)
            .zip(glints)
        {
            // Smooth surfaces reflect in step.
            *to = amplitude * re + glint;
        }
        for ((to, im), amplitude) in wide_im[ACROSS..].iter_mut().zip(im.iter()).zip(&amplitudes) {
            *to = amplitude * im;
        }
        let away = (s as f32 / SAMPLES as f32 - machine.focus).abs();
        let taps: [f32; ACROSS + 1] = kernel(machine.lateral + machine.spread * away);
        blur(wide_re, &taps, &mut real[cells.clone()]);
        blur(wide_im, &taps, &mut imaginary[cells]);
    }
    let taps: [f32; ALONG + 1] = kernel(machine.axial);
    let mut out = vec![0.0f32; SAMPLES * LINES];
    let mut lost = [0.0f32; LINES];
    let mut sums: [Row; 2] = [[0.0; LINES]; 2];
    let per_db = 1.0 / machine.range;
    for s in 0..SAMPLES {
        for (sum, part) in sums.iter_mut().zip([&real, &imaginary]) {
            sum.fill(0.0);
            for (k, tap) in taps.iter().enumerate() {
                let above = &part[s.saturating_sub(k) * LINES..][..LINES];
                let below = &part[(s + k).min(SAMPLES - 1) * LINES..][..LINES];
                let half = if k == 0 { 0.5 * tap } else { *tap };
                for ((sum, a), b) in sum.iter_mut().zip(above).zip(below) {
                    *sum += half * (a + b);
                }
            }
        }
        let fall = machine.fall * s as f32 / SAMPLES as f32;
        let row = &mut out[s * LINES..][..LINES];
        let loss = &canvas.loss[s * LINES..][..LINES];
        // The machine's gain has undone the mean loss; what is left is the difference to it, and no
        // more enhancement than the receiver can show.
        for (lost, loss) in lost.iter_mut().zip(loss) {
            *lost = (*lost + loss).max(-13.0);
        }
        let [re, im] = &sums;
        for (((cell, re), im), lost) in row.iter_mut().zip(re).zip(im).zip(&lost) {
            let decibel = 10.0 / std::f32::consts::LN_10 * ln(re * re + im * im) - lost - fall;
            *cell = (1.0 + machine.gain + per_db * decibel).clamp(0.0, 1.0);
        }
    }
    out
}

fn blur(padded: &[f32; LINES + 2 * ACROSS], taps: &[f32; ACROSS + 1], out: &mut [f32]) {
    for (value, middle) in out.iter_mut().zip(&padded[ACROSS..]) {
        *value = taps[0] * middle;
    }
    for (k, tap) in taps.iter().enumerate().skip(1) {
        let left = &padded[ACROSS - k..][..LINES];
        let right = &padded[ACROSS + k..][..LINES];
        for ((value, a), b) in out.iter_mut().zip(left).zip(right) {
            *value += tap * (a + b);
        }
    }
}
