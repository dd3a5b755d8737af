//! Keys and values of a layer, written in place.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::key_value::KeyValue;
use crate::kernels::layer::{self, HeadSizes, KeyPieces, Projected, chosen};

/// Tokens by which a buffer grows, at least; and by half of what it holds.
const BLOCK: usize = 64;

/// Keys and values of one layer for everything that a context has read.
///
/// A clone shares the buffers. What is written after that goes into a copy of the own part only, so call
/// [`Self::share`] where a long beginning is to serve several contexts.
#[derive(Debug, Clone, Default)]
pub struct LayerCache {
    /// The beginning, `[1, kv, tokens, head_dim]`, without gaps; never written.
    shared: Option<Arc<KeyValue>>,
    /// What followed, with room for more: `[1, kv, capacity, head_dim]`.
    own: Option<KeyValue>,
    /// Tokens in `own`.
    len: usize,
}

impl LayerCache {
    /// Tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared_len() + self.len
    }

    /// Whether nothing was read yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes on the device, room included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.own_bytes() + self.shared_bytes()
    }

    /// Bytes that no other context has, once this one was written to.
    pub(crate) fn own_bytes(&self) -> usize {
        self.own.as_ref().map_or(0, bytes)
    }

    /// Bytes of what clones share.
    pub(crate) fn shared_bytes(&self) -> usize {
        self.shared.as_deref().map_or(0, bytes)
    }

    /// What is shared, as a name that is equal for those that share it.
    pub(crate) fn shared_name(&self) -> Option<*const KeyValue> {
        self.shared.as_ref().map(Arc::as_ptr)
    }

    /// All keys and values as tensors of exactly their length; none while nothing was read.
    #[must_use]
    pub fn joined(&self) -> Option<KeyValue> {
        let own = (self.len > 0).then(|| self.own.clone()).flatten();
        let own = own.map(|own| KeyValue {
            k: own.k.narrow(2, 0, self.len),
            v: own.v.narrow(2, 0, self.len),
        });
        match own {
            Some(own) => Some(own.after(self.shared.as_deref())),
            None => self.shared.as_deref().cloned(),
        }
    }

    /// From now on clones of this context share all that it has read, in memory too.
    pub fn share(&mut self) {
        if self.len > 0 {
            let alone = self.shared.is_none();
            self.shared = self.joined().map(|joined| {
                // A narrowed tensor holds the whole buffer, and every kernel that reads it would copy it first.
                Arc::new(if alone { without_gaps(joined) } else { joined })
            });
        }
        self.own = None;
        self.len = 0;
    }

    /// Lets go of everything: of a layer whose call is over, and which nobody reads again.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn shared_len(&self) -> usize {
        self.shared.as_ref().map_or(0, |kv| kv.k.dims()[2])
    }

    /// Room for so many more tokens.
    fn reserve(&mut self, tokens: usize, kv_heads: usize, head_dim: usize, device: &Device) {
        let capacity = self.own.as_ref().map_or(0, |own| own.k.dims()[2]);
        let needed = self.len + tokens;
        if needed <= capacity {
            return;
        }
        let capacity = (needed + (self.len / 2).max(BLOCK)).next_multiple_of(8);
        let blank = || Tensor::<4>::empty([1, kv_heads, capacity, head_dim], device);
        let grown = |old: Option<Tensor<4>>| match old {
            Some(old) if self.len > 0 => blank().slice_assign(
                [0..1, 0..kv_heads, 0..self.len, 0..head_dim],
                old.narrow(2, 0, self.len),
            ),
            _ => blank(),
        };
        let (k, v) = self
            .own
            .take()
            .map_or((None, None), |own| (Some(own.k), Some(own.v)));
        self.own = Some(KeyValue {
            k: grown(k),
            v: grown(v),
        });
    }

    /// Forgets the tokens after the first `len`, which must not be in what is shared.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len - self.shared_len();
    }

    /// Takes the tokens of one call in and lets their queries look at everything.
    ///
    /// `parts` are the products of one or two kinds of tokens, one after the other.
    ///
    /// # Shapes
    ///
    /// - tables: `[2, t, head_dim]`, cosines and sines
    /// - output: `[t, h * head_dim]`
    pub(super) fn attend(
        &mut self,
        parts: Vec<Projected>,
        tables: &Tensor<3>,
        shape: HeadShape,
        causal: bool,
    ) -> Tensor<2> {
        let HeadShape {
            heads,
            kv_heads,
            epsilon,
        } = shape;
        let ([_, tokens, d], device) = (tables.dims(), tables.device());
        self.reserve(tokens, kv_heads, d, &device);
        let KeyValue { mut k, mut v } = self.own.take().expect("invariant: reserved");
        let mut q = Tensor::empty([1, heads, tokens, d], &device);
        let mut first = 0;
        for part in parts {
            let sizes = HeadSizes {
                heads,
                kv_heads,
                d,
                tokens,
                first,
                capacity: k.dims()[2],
                at: self.len,
                epsilon: epsilon as f32,
            };
            let rows = part.values.dims()[0];
            first += rows;
            [q, k, v] = layer::heads(part, tables.clone(), [q, k, v], sizes, chosen(rows));
        }
        self.len += tokens;
        let own = [k.clone(), v.clone()];
        let (first, length) = match &self.shared {
            Some(shared) => ([shared.k.clone(), shared.v.clone()], self.shared_len()),
            None => (own.clone(), 0),
        };
        let pieces = KeyPieces {
            first: length,
            second: self.len,
            causal,
        };
        let y = layer::attention(q, first, own, pieces, chosen(tokens));
        self.own = Some(KeyValue { k, v });
        y
    }
}

fn bytes(kv: &KeyValue) -> usize {
    2 * size_of::<f32>() * kv.k.shape().num_elements()
}

fn without_gaps(kv: KeyValue) -> KeyValue {
    let copy = |x: Tensor<4>| {
        let [b, heads, tokens, d] = x.dims();
        let blank = Tensor::<4>::empty([b, heads, tokens, d], &x.device());
        blank.slice_assign([0..b, 0..heads, 0..tokens, 0..d], x)
    };
    KeyValue {
        k: copy(kv.k),
        v: copy(kv.v),
    }
}

/// What a layer's attention looks like.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadShape {
    pub(super) heads: usize,
    pub(super) kv_heads: usize,
    /// Added to the mean square of queries and keys.
    pub(super) epsilon: f64,
}
