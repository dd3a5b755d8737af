//! The way from tensors to these operations, with and without gradients.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, Flex, autodiff::checkpoint::strategy::CheckpointStrategy,
        backend_extension, tensor::FloatTensor,
    },
    tensor::Tensor,
};

use super::{
    attention::{Attention, MaskedAttention},
    conv::Conv2d,
    gate::{GeluTanh, Silu, SwiGlu},
    norm::{GroupNorm, LayerNorm, RmsNorm},
    product::{Affine, Product},
    rotate::Rotate,
    step::{run, track},
};

/// Declares operations once, by their tensors and settings, for plain and for tracked tensors.
macro_rules! operations {
    ($($name:ident($($input:ident),*; $($setting:ident: $type:ident),*) = $operation:expr;)*) => {
        /// What a backend must do; see the functions of this module.
        #[backend_extension(Flex, Autodiff)]
        pub(super) trait FusedOps: Backend {
            $(
                #[doc = concat!("[`", stringify!($name), "`]")]
                fn $name(
                    $($input: FloatTensor<Self>,)*
                    $($setting: $type,)*
                ) -> FloatTensor<Self>;
            )*
        }

        impl FusedOps for Flex {
            $(
                fn $name(
                    $($input: FloatTensor<Self>,)*
                    $($setting: $type,)*
                ) -> FloatTensor<Self> {
                    run(&$operation, [$($input),*])
                }
            )*
        }

        impl<C: CheckpointStrategy> FusedOps for Autodiff<Flex, C> {
            $(
                fn $name(
                    $($input: FloatTensor<Self>,)*
                    $($setting: $type,)*
                ) -> FloatTensor<Self> {
                    track::<_, C>($operation, [$($input),*])
                }
            )*
        }
    };
}

operations! {
    rms_norm(x, weight; epsilon: f32) = RmsNorm { epsilon };
    layer_norm(x, weight, bias; epsilon: f32) = LayerNorm { epsilon };
    group_norm(x, weight, bias; groups: usize, epsilon: f32) = GroupNorm { groups, epsilon };
    silu(x;) = Silu;
    gelu_tanh(x;) = GeluTanh;
    swiglu(gate, up;) = SwiGlu;
    rotate(x, cos, sin;) = Rotate;
    product(x, weight;) = Product;
    affine(x, weight, bias;) = Affine;
    attention(q, k, v;) = Attention;
    masked_attention(q, k, v, mask;) = MaskedAttention;
    conv2d(x, weight, bias; stride: usize, padding: usize) = Conv2d { stride, padding };
}

/// [`crate::nn::RmsNorm`]
pub(crate) fn rms_norm<const D: usize>(x: Tensor<D>, weight: Tensor<1>, epsilon: f64) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::rms_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        epsilon as f32,
    ))
}

/// [`crate::nn::LayerNorm`]
pub(crate) fn layer_norm<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::layer_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        epsilon as f32,
    ))
}

/// [`crate::nn::GroupNorm`]
pub(crate) fn group_norm(
    x: Tensor<4>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    groups: usize,
    epsilon: f64,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::group_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        groups,
        epsilon as f32,
    ))
}

/// [`crate::nn::silu`]
pub(crate) fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::silu(x.into_dispatch()))
}

/// [`crate::nn::gelu_tanh`]
pub(crate) fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::gelu_tanh(x.into_dispatch()))
}

/// `silu(gate) * up`
pub(crate) fn swiglu<const D: usize>(gate: Tensor<D>, up: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::swiglu(
        gate.into_dispatch(),
        up.into_dispatch(),
    ))
}

/// [`crate::nn::Rope::apply`]; the tables get no gradient.
pub(crate) fn rotate(x: Tensor<4>, cos: Tensor<4>, sin: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::rotate(
        x.into_dispatch(),
        cos.into_dispatch(),
        sin.into_dispatch(),
    ))
}

/// `x W^T` of `[m, k]` and `[n, k]`.
pub(crate) fn product(x: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::product(
        x.into_dispatch(),
        weight.into_dispatch(),
    ))
}

/// `x W^T + b` of `[m, k]`, `[n, k]` and `[n]`.
pub(crate) fn affine(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::affine(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// [`crate::nn::attention`]; the mask gets no gradient.
pub(crate) fn attention(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    mask: Option<&Tensor<4>>,
) -> Tensor<4> {
    let [q, k, v] = [q, k, v].map(Tensor::into_dispatch);
    Tensor::from_dispatch(match mask {
        None => <Dispatch as FusedOps>::attention(q, k, v),
        Some(mask) => {
            let mask = mask.clone().into_dispatch();
            <Dispatch as FusedOps>::masked_attention(q, k, v, mask)
        }
    })
}

/// [`crate::nn::Conv2d`]
pub(crate) fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    padding: usize,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::conv2d(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        stride,
        padding,
    ))
}
