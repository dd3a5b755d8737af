//! Contexts and error values: what T.87, annex A, keeps between samples.

use super::DecodeError;
use super::bits::Bits;

/// Orders of the run-length code (T.87, A.2.1).
pub(super) const RUN_ORDER: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// Contexts of regular mode; the two of run interruption follow them.
const REGULAR: usize = 365;

/// Numbers that hold for a whole scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters {
    pub(super) max: i32,
    pub(super) near: i32,
    thresholds: [i32; 3],
    reset: i32,
    range: i32,
    /// Bits of an error value that is sent as it is.
    qbpp: u32,
    limit: u32,
}

impl Parameters {
    /// Defaults of T.87, C.2.4.1.1, where the presets (MAXVAL, T1, T2, T3, RESET) are zero or absent.
    pub(super) fn new(
        precision: u8,
        near: usize,
        presets: Option<[usize; 5]>,
    ) -> Result<Self, DecodeError> {
        let [max, t1, t2, t3, reset] = presets.unwrap_or_default().map(|v| v as i32);
        let full = (1_i32 << precision) - 1;
        let max = if max == 0 { full } else { max };
        let near = near as i32;
        if max > full || near > (max / 2).min(255) {
            return Err(DecodeError::Corrupt(
                "presets that contradict the precision",
            ));
        }
        let or_default = |given: i32, default: i32, least: i32| {
            let value = if given == 0 { default } else { given };
            if value > max || value < least {
                least
            } else {
                value
            }
        };
        let basic = if max >= 128 {
            let factor = (max.min(4095) + 128) / 256;
            [
                factor + 2 + 3 * near,
                factor * 4 + 3 + 5 * near,
                factor * 17 + 4 + 7 * near,
            ]
        } else {
            let factor = 256 / (max + 1);
            [
                (3 / factor + 3 * near).max(2),
                (7 / factor + 5 * near).max(3),
                (21 / factor + 7 * near).max(4),
            ]
        };
        let t1 = or_default(t1, basic[0], near + 1);
        let t2 = or_default(t2, basic[1], t1);
        let t3 = or_default(t3, basic[2], t2);
        let range = (max + 2 * near) / (2 * near + 1) + 1;
        let bits = |values: i32| 32 - (values - 1).leading_zeros();
        let bpp = bits(max + 1).max(2);
        Ok(Self {
            max,
            near,
            thresholds: [t1, t2, t3],
            reset: if reset == 0 { 64 } else { reset },
            range,
            qbpp: bits(range),
            limit: 2 * (bpp + bpp.max(8)),
        })
    }

    /// The region of a gradient, -4 to 4 (A.3.3).
    pub(super) fn region(&self, d: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = d.abs();
        let region = if size <= self.near {
            0
        } else if size < t1 {
            1
        } else if size < t2 {
            2
        } else if size < t3 {
            3
        } else {
            4
        };
        region * d.signum()
    }

    /// Prediction and error to a sample (A.4.5 and A.5).
    fn rebuild(&self, predicted: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = predicted + error * step;
        if value < -self.near {
            value += self.range * step;
        } else if value > self.max + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.max)
    }
}

/// Statistics of one context.
#[derive(Debug, Clone, Copy)]
struct Context {
    /// Sum of the errors' sizes.
    a: i32,
    /// Sum of the errors.
    b: i32,
    /// Correction of the prediction.
    c: i32,
    /// How many errors.
    n: i32,
    /// How many negative ones; run interruption only.
    negative: i32,
}

/// All contexts of a scan.
#[derive(Debug)]
pub(super) struct Coder {
    pub(super) parameters: Parameters,
    contexts: Vec<Context>,
}

impl Coder {
    pub(super) fn new(parameters: Parameters) -> Self {
        let fresh = Context {
            a: ((parameters.range + 32) / 64).max(2),
            b: 0,
            c: 0,
            n: 1,
            negative: 0,
        };
        Self {
            parameters,
            contexts: vec![fresh; REGULAR + 2],
        }
    }

    /// A sample in regular mode (A.4 to A.6): its neighbours left, above and above left, and the gradients' regions.
    pub(super) fn regular(
        &mut self,
        bits: &mut Bits<'_>,
        [left, above, corner]: [i32; 3],
        regions: [i32; 3],
    ) -> Result<i32, DecodeError> {
        let p = self.parameters;
        let index = 81 * regions[0] + 9 * regions[1] + regions[2];
        let sign = if index < 0 { -1 } else { 1 };
        let context = &mut self.contexts[index.unsigned_abs() as usize];

        let (low, high) = (left.min(above), left.max(above));
        let guess = if corner >= high {
            low
        } else if corner <= low {
            high
        } else {
            left + above - corner
        };
        let predicted = (guess + sign * context.c).clamp(0, p.max);

        let k = order(context.n, context.a)?;
        let code = golomb(bits, k, p.limit, p.qbpp)?;
        let mut error = if code & 1 == 0 {
            code >> 1
        } else {
            -((code + 1) >> 1)
        };
        if p.near == 0 && k == 0 && 2 * context.b <= -context.n {
            error = -error - 1;
        }

        context.b += error * (2 * p.near + 1);
        context.a += error.abs();
        if context.n == p.reset {
            context.a >>= 1;
            context.b >>= 1;
            context.n >>= 1;
        }
        context.n += 1;
        if context.b <= -context.n {
            context.b = (context.b + context.n).max(1 - context.n);
            context.c = (context.c - 1).max(-128);
        } else if context.b > 0 {
            context.b = (context.b - context.n).min(0);
            context.c = (context.c + 1).min(127);
        }
        Ok(p.rebuild(predicted, sign * error))
    }

    /// The sample that ends a run (A.7.2). `alike` says whether left and above count as equal; sample-interleaved
    /// scans never use that context.
    pub(super) fn interruption(
        &mut self,
        bits: &mut Bits<'_>,
        [left, above]: [i32; 2],
        alike: bool,
        run_index: usize,
    ) -> Result<i32, DecodeError> {
        let p = self.parameters;
        let kind = i32::from(alike);
        let (predicted, sign) = match (alike, left > above) {
            (true, _) => (left, 1),
            (false, true) => (above, -1),
            (false, false) => (above, 1),
        };
        let context = &mut self.contexts[REGULAR + usize::from(alike)];
        let weight = if alike {
            context.a + (context.n >> 1)
        } else {
            context.a
        };
        let k = order(context.n, weight)?;
        let code = golomb(bits, k, p.limit - RUN_ORDER[run_index] - 1, p.qbpp)?;
        let folded = code + kind;
        let odd = folded & 1;
        let size = (folded + odd) / 2;
        let more_negative = k != 0 || 2 * context.negative >= context.n;
        let error = if more_negative == (odd == 1) {
            -size
        } else {
            size
        };

        context.negative += i32::from(error < 0);
        context.a += (code + 1 - kind) >> 1;
        if context.n == p.reset {
            context.a >>= 1;
            context.n >>= 1;
            context.negative >>= 1;
        }
        context.n += 1;
        Ok(p.rebuild(predicted, sign * error))
    }
}

/// The order of the Golomb code (A.5.1): the first k with `n * 2^k >= a`.
fn order(n: i32, a: i32) -> Result<u32, DecodeError> {
    (0..24)
        .find(|k| (i64::from(n) << k) >= i64::from(a))
        .ok_or(DecodeError::Corrupt("errors that no image has"))
}

/// A number in the length-limited Golomb code (A.5.3).
fn golomb(bits: &mut Bits<'_>, k: u32, limit: u32, qbpp: u32) -> Result<i32, DecodeError> {
    let most = limit - qbpp - 1;
    let zeros = bits.zeros(most)?;
    let value = if zeros < most {
        (zeros << k) | bits.read(k)?
    } else {
        bits.read(qbpp)? + 1
    };
    Ok(value as i32)
}
