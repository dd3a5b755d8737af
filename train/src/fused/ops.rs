//! The way from tensors to these operations, with and without gradients.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, Flex, autodiff::checkpoint::strategy::CheckpointStrategy,
        backend_extension, tensor::FloatTensor,
    },
    tensor::Device,
};
use unimed_core::nn::operations::{AnyTensor, LayerOperations};

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
        /// What a backend must do; see [`LayerOperations`].
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

/// The operations of this module as the engine's layers call them.
#[derive(Debug)]
pub(super) struct Fused;

impl LayerOperations for Fused {
    /// Tensors in the memory of the CPU, with and without gradients.
    fn serves(&self, device: &Device) -> bool {
        device.clone().inner() == Device::flex()
    }

    fn rms_norm(&self, x: AnyTensor, weight: AnyTensor, epsilon: f64) -> AnyTensor {
        <Dispatch as FusedOps>::rms_norm(x, weight, epsilon as f32)
    }

    fn layer_norm(
        &self,
        x: AnyTensor,
        weight: AnyTensor,
        bias: AnyTensor,
        epsilon: f64,
    ) -> AnyTensor {
        <Dispatch as FusedOps>::layer_norm(x, weight, bias, epsilon as f32)
    }

    fn group_norm(
        &self,
        x: AnyTensor,
        weight: AnyTensor,
        bias: AnyTensor,
        groups: usize,
        epsilon: f64,
    ) -> AnyTensor {
        <Dispatch as FusedOps>::group_norm(x, weight, bias, groups, epsilon as f32)
    }

    fn silu(&self, x: AnyTensor) -> AnyTensor {
        <Dispatch as FusedOps>::silu(x)
    }

    fn gelu_tanh(&self, x: AnyTensor) -> AnyTensor {
        <Dispatch as FusedOps>::gelu_tanh(x)
    }

    fn swiglu(&self, gate: AnyTensor, up: AnyTensor) -> AnyTensor {
        <Dispatch as FusedOps>::swiglu(gate, up)
    }

    fn rotate(&self, x: AnyTensor, cos: AnyTensor, sin: AnyTensor) -> AnyTensor {
        <Dispatch as FusedOps>::rotate(x, cos, sin)
    }

    fn product(&self, x: AnyTensor, weight: AnyTensor) -> AnyTensor {
        <Dispatch as FusedOps>::product(x, weight)
    }

    fn affine(&self, x: AnyTensor, weight: AnyTensor, bias: AnyTensor) -> AnyTensor {
        <Dispatch as FusedOps>::affine(x, weight, bias)
    }

    fn attention(
        &self,
        q: AnyTensor,
        k: AnyTensor,
        v: AnyTensor,
        mask: Option<AnyTensor>,
    ) -> AnyTensor {
        match mask {
            None => <Dispatch as FusedOps>::attention(q, k, v),
            Some(mask) => <Dispatch as FusedOps>::masked_attention(q, k, v, mask),
        }
    }

    fn conv2d(
        &self,
        x: AnyTensor,
        weight: AnyTensor,
        bias: AnyTensor,
        stride: usize,
        padding: usize,
    ) -> AnyTensor {
        <Dispatch as FusedOps>::conv2d(x, weight, bias, stride, padding)
    }
}
