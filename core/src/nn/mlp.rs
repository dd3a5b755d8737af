//! The gated feed-forward layer of the decoder (Shazeer, 2020).

use burn::{
    config::Config,
    module::Module,
    tensor::{Device, Tensor},
};

use super::{FusedLinear, Linear, LinearConfig, operations, silu};
use crate::kernels::layer;
use unimed_package::plan::BLOCK_TOKENS;

/// Configuration of a [`SwiGlu`].
#[derive(Config, Debug)]
pub struct SwiGluConfig {
    /// Width of the stream.
    pub d_model: usize,
    /// Width inside.
    pub d_hidden: usize,
}

impl SwiGluConfig {
    /// A fresh layer.
    #[must_use]
    pub fn init(&self, device: &Device) -> SwiGlu {
        let up = LinearConfig::new(self.d_model, self.d_hidden).with_bias(false);
        let down = LinearConfig::new(self.d_hidden, self.d_model).with_bias(false);
        SwiGlu {
            gate_proj: up.init(device),
            up_proj: up.init(device),
            down_proj: down.init(device),
            joined: None,
        }
    }
}

/// `y = down(silu(gate(x)) * up(x))`
#[derive(Module, Debug)]
pub struct SwiGlu {
    /// `[d_hidden, d_model]`
    pub gate_proj: Linear,
    /// `[d_hidden, d_model]`
    pub up_proj: Linear,
    /// `[d_model, d_hidden]`
    pub down_proj: Linear,
    /// Gate and up in one product; see [`Self::join`].
    #[module(skip)]
    joined: Option<FusedLinear>,
}

impl SwiGlu {
    /// Applies the layer to each token.
    ///
    /// # Shapes
    ///
    /// - input, output: `[b, t, d]`
    #[must_use]
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [gate, up] = match &self.joined {
            Some(joined) => joined.split(x),
            None => [&self.gate_proj, &self.up_proj].map(|layer| layer.forward(x.clone())),
        };
        if let Some(operations) = operations::installed(&gate) {
            let gated = operations.swiglu(gate.into_dispatch(), up.into_dispatch());
            return self.down_proj.forward(Tensor::from_dispatch(gated));
        }
        self.down_proj.forward(silu(gate) * up)
    }

    /// Joins gate and up into one product, where that makes a buffer of no more than `max_binding_bytes`. For inference:
    /// the parameters are gone then.
    pub fn join(&mut self, max_binding_bytes: u64) {
        self.joined = FusedLinear::new([&mut self.gate_proj, &mut self.up_proj], max_binding_bytes);
    }

    /// [`Self::forward`] without gradients, `[n, d]` to `[n, d]`; at most [`BLOCK_TOKENS`] rows at a time, because what lies
    /// inside is several times as wide.
    #[must_use]
    pub(crate) fn advance(&self, x: Tensor<2>) -> Tensor<2> {
        let [rows, _] = x.dims();
        if rows <= BLOCK_TOKENS {
            return self.block(x);
        }
        let blocks = (0..rows).step_by(BLOCK_TOKENS).map(|first| {
            let length = BLOCK_TOKENS.min(rows - first);
            self.block(x.clone().narrow(0, first, length))
        });
        Tensor::cat(blocks.collect(), 0)
    }

    fn block(&self, x: Tensor<2>) -> Tensor<2> {
        let both = match &self.joined {
            Some(joined) => joined.matmul(x),
            None => FusedLinear::apart([&self.gate_proj, &self.up_proj], &x),
        };
        self.down_proj.weight.matmul(layer::gate(both))
    }
}
