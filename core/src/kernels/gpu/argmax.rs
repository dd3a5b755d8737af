//! The largest logit, in two steps without barriers: parts that are looked through side by side, and one look at what
//! they found.

use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::*;

use super::{LONE_UNITS, buffer, output, workgroups};
use crate::kernels::argmax::{ArgmaxOps, RESULT};

impl ArgmaxOps for CubeBackend {
    fn argmax_with_sum(logits: CubeTensor) -> CubeTensor {
        let logits = into_contiguous(logits);
        let n = logits.meta.num_elements();
        // Neither step is much longer than the other.
        let count = n.isqrt().max(1);
        let parts = output(&logits, [count, RESULT]);
        let result = output(&logits, [1, RESULT]);
        // SAFETY: the kernel checks that it is within the parts, of which there are no more than logits.
        unsafe {
            parts_kernel::launch_unchecked(
                &logits.client,
                workgroups(count.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(&logits, 1),
                buffer(&parts, 1),
                n,
                count,
            );
        }
        // SAFETY: one invocation, which reads all parts.
        unsafe {
            merge_kernel::launch_unchecked(
                &logits.client,
                workgroups(1),
                CubeDim::new_1d(1),
                buffer(&parts, 1),
                buffer(&result, 1),
                count,
            );
        }
        CubeTensor::new_contiguous(
            result.client.clone(),
            result.device.clone(),
            [RESULT].into(),
            result.handle,
            result.dtype,
        )
    }
}

/// 1 for NaN and the infinities, which drivers may take for other numbers when they compare.
#[cube]
fn odd(value: f32) -> f32 {
    let exponent = (u32::reinterpret(value) >> 23) & 255u32;
    select(exponent == 255u32, 1.0f32, 0.0f32)
}

/// Each invocation looks through every `count`-th logit: neighbours read neighbours.
///
/// # Shapes
///
/// - logits: `[n]`; parts: `[count, 4]`, `count <= n`
#[cube(launch_unchecked)]
fn parts_kernel(logits: &[f32], parts: &mut [f32], n: usize, count: usize) {
    let part = ABSOLUTE_POS;
    if part >= count {
        terminate!();
    }
    let mut best = f32::new(0.0);
    best += logits[part];
    let mut id = f32::cast_from(part as u32);
    let mut sum = f32::new(1.0);
    let mut bad = odd(best);
    for i in range_stepped(part + count, n, count) {
        let value = logits[i];
        bad += odd(value);
        if value > best {
            sum = sum * f32::exp(best - value) + 1.0f32;
            best = value;
            id = f32::cast_from(i as u32);
        } else {
            sum += f32::exp(value - best);
        }
    }
    parts[part * 4] = id;
    parts[part * 4 + 1] = best;
    parts[part * 4 + 2] = sum;
    parts[part * 4 + 3] = bad;
}

/// One invocation looks at all parts.
///
/// # Shapes
///
/// - parts: `[count, 4]`; result: `[4]`
#[cube(launch_unchecked)]
fn merge_kernel(parts: &[f32], result: &mut [f32], count: usize) {
    let mut id = f32::new(0.0);
    let mut best = f32::new(0.0);
    let mut sum = f32::new(0.0);
    let mut bad = f32::new(0.0);
    id += parts[0];
    best += parts[1];
    sum += parts[2];
    bad += parts[3];
    for part in 1..count {
        let other = parts[part * 4];
        let value = parts[part * 4 + 1];
        let weight = parts[part * 4 + 2];
        bad += parts[part * 4 + 3];
        if value > best {
            sum = sum * f32::exp(best - value) + weight;
            best = value;
            id = other;
        } else {
            sum += weight * f32::exp(value - best);
            if value == best && other < id {
                id = other;
            }
        }
    }
    result[0] = id;
    result[1] = best;
    result[2] = sum;
    result[3] = bad;
}
