//! Activation functions.

use burn::tensor::{Tensor, activation};

use super::operations;
use crate::kernels::layer;

/// SiLU (swish): `x * sigmoid(x)`.
#[must_use]
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if let Some(operations) = operations::installed(&x) {
        return Tensor::from_dispatch(operations.silu(x.into_dispatch()));
    }
    activation::silu(x)
}

/// GELU in its tanh form: `0.5 x (1 + tanh(u))` with `u = sqrt(2/pi) (x + 0.044715 x^3)`.
///
/// Computed as the equal `x sigmoid(2u)`: one `exp` is several times cheaper than a `tanh`. The
/// argument is clamped to where the sigmoid is 0 or 1 in f32, because some GPU drivers overflow in
/// `exp` beyond that.
#[must_use]
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if let Some(operations) = operations::installed(&x) {
        return Tensor::from_dispatch(operations.gelu_tanh(x.into_dispatch()));
    }
    if layer::takes(&x) {
        return layer::gelu_tanh(x);
    }
    const TWO_SQRT_2_OVER_PI: f64 = 1.595_769_121_605_731;
    let square = x.clone() * x.clone();
    let twice_u = x.clone() * (square * (0.044_715 * TWO_SQRT_2_OVER_PI) + TWO_SQRT_2_OVER_PI);
    x * activation::sigmoid(twice_u.clamp(-30.0, 30.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tolerance};

    #[test]
    fn gelu_of_known_points() {
        let x = Tensor::<1>::from_floats([-20.0, -1.0, 0.0, 1.0, 3.0, 20.0], &Device::flex());
        let expected = [-0.0, -0.158_808, 0.0, 0.841_192, 2.996_363, 20.0];
        gelu_tanh(x).into_data().assert_approx_eq::<f32>(
            &burn::tensor::TensorData::from(expected),
            Tolerance::absolute(1e-5),
        );
    }
}
