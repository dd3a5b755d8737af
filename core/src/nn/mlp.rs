//! The gated feed-forward layer of the decoder (Shazeer, 2020).

use burn::{
    config::Config,
    module::Module,
    tensor::{Device, Tensor},
};

use super::{Linear, LinearConfig, operations, silu};

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
}

impl SwiGlu {
    /// Applies the layer to each token.
    ///
    /// # Shapes
    ///
    /// - input, output: `[b, t, d]`
    #[must_use]
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let gate = self.gate_proj.forward(x.clone());
        let up = self.up_proj.forward(x);
        if let Some(operations) = operations::installed(&gate) {
            let gated = operations.swiglu(gate.into_dispatch(), up.into_dispatch());
            return self.down_proj.forward(Tensor::from_dispatch(gated));
        }
        self.down_proj.forward(silu(gate) * up)
    }
}
