//! Activations: the gate of the decoder's feed-forward layer, the GELU of the tower's.

use cubecl::prelude::*;

/// One invocation a number: `silu(gate) * up`.
///
/// # Shapes
///
/// - both: `[m, 2 n]`, the gate first; out: `[m, n]`
#[cube(launch_unchecked)]
pub(super) fn gate_kernel(both: &[f32], out: &mut [f32], count: usize, width: usize) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let row = ABSOLUTE_POS / width;
    let first = row * width * 2 + ABSOLUTE_POS % width;
    let gate = both[first];
    // Some drivers overflow in `exp` where the sigmoid is 0 or 1 anyway.
    let slope = 1.0f32 / (1.0f32 + f32::exp(-f32::clamp(gate, -80.0f32, 80.0f32)));
    out[ABSOLUTE_POS] = gate * slope * both[first + width];
}

/// One invocation a number: GELU in its tanh form, as `x sigmoid(2 u)`.
#[cube(launch_unchecked)]
pub(super) fn gelu_kernel(x: &[f32], y: &mut [f32], count: usize) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let value = x[ABSOLUTE_POS];
    let twice_u = value * (value * value * 0.071_354_816f32 + 1.595_769f32);
    // Some drivers overflow in `exp` where the sigmoid is 0 or 1 anyway.
    y[ABSOLUTE_POS] = value / (1.0f32 + f32::exp(-f32::clamp(twice_u, -80.0f32, 80.0f32)));
}
