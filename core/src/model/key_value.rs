//! What attention keeps of a layer.

use burn::tensor::Tensor;

/// Keys (after norm and rotation) and values of one layer; both `[b, kv_heads, t, head_dim]`.
#[derive(Debug, Clone)]
pub struct KeyValue {
    /// Keys.
    pub k: Tensor<4>,
    /// Values.
    pub v: Tensor<4>,
}

impl KeyValue {
    /// `past`, then `self`.
    #[must_use]
    pub fn after(self, past: Option<&Self>) -> Self {
        match past {
            None => self,
            Some(past) => Self {
                k: Tensor::cat(vec![past.k.clone(), self.k], 2),
                v: Tensor::cat(vec![past.v.clone(), self.v], 2),
            },
        }
    }
}
