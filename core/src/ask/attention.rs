//! Where an answer looked: attention of its tokens over what was read before.
//!
//! Attention shows what a token took in, not why the answer is what it is (Jain and Wallace, 2019:
//! "Attention is not Explanation"); whoever shows it should say so.

use std::ops::Range;

use crate::{
    context::{Context, Segment},
    error::{RunError, read},
    model::{HiddenStates, LayerCache, Model},
    nn::attention_weights,
};
use unimed_package::host::Yielder;

impl Model {
    /// Attention of every token of an answer over some of the context's keys: the mean over the
    /// heads of the upper half of the layers, where answers are formed.
    ///
    /// `ids` are the answer as it was decoded, start token first; row `i` belongs to the token that
    /// was chosen after reading `ids[i]`. For each range of keys `ids.len() * range.len()` weights
    /// return, row by row. The answer is read once more, in one pass.
    ///
    /// # Errors
    ///
    /// [`RunError`].
    pub async fn attention(
        &self,
        context: &Context,
        ids: &[u32],
        watched: &[Range<usize>],
        yielder: &Yielder<'_>,
    ) -> Result<Vec<Vec<f32>>, RunError> {
        let device = self.device();
        let stack = &self.unified.language_model.model;
        let segment = Segment {
            stream: HiddenStates::understanding(self.unified.embed_ids(ids)),
            causal: true,
        };
        let rope = stack
            .rope()
            .tables(&segment.positions(context.rope()), &device);
        let mask = segment.mask(context.kv_len(), &device);
        let (layers, lower) = (stack.layers(), stack.layers().len() / 2);
        let mut sums = vec![None; watched.len()];
        let mut x = segment.stream;
        for (index, layer) in layers.iter().enumerate() {
            let past = context.layers().get(index).and_then(LayerCache::joined);
            let past = past.as_ref();
            let (y, new) = layer.forward(x.clone(), &rope, past, mask.as_ref());
            if index >= lower {
                let queries = layer.queries(x.understanding, &rope);
                let weights = attention_weights(queries, new.after(past).k, mask.clone());
                for (sum, range) in sums.iter_mut().zip(watched) {
                    let own = weights.clone().narrow(3, range.start, range.len());
                    let mean = own.mean_dim(1); // [1, 1, t, range]
                    *sum = Some(match sum.take() {
                        Some(sum) => sum + mean,
                        None => mean,
                    });
                }
            }
            x = y;
            yielder.tick().await?;
        }
        let mut weights = Vec::with_capacity(watched.len());
        for sum in sums {
            let sum = sum.expect("invariant: a decoder has layers");
            weights.push(read(sum / (layers.len() - lower) as f64).await?);
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use unimed_package::config::{ModelConfig, SpecialTokens};

    fn model() -> Model {
        let config = ModelConfig::from_json(
            include_str!("../../../tests/golden/alpha/config.json"),
            include_str!("../../../tests/golden/alpha/llm_config.json"),
            include_str!("../../../tests/golden/alpha/vit_config.json"),
        )
        .expect("golden config");
        let special = SpecialTokens {
            bos: 500,
            eos: 501,
            start_of_image: 502,
            end_of_image: 503,
        };
        Model::new(config, special, &Device::flex())
    }

    fn weights(read_before: &[u32], ids: &[u32], watched: &[Range<usize>]) -> Vec<Vec<f32>> {
        let (model, yielder) = (model(), Yielder::never());
        pollster::block_on(async {
            let mut context = Context::default();
            let segment = model.text_segment(read_before);
            model.append(&mut context, segment, &yielder).await?;
            model.attention(&context, ids, watched, &yielder).await
        })
        .expect("nobody cancels it")
    }

    #[test]
    fn all_keys_together_get_all_of_the_attention() {
        // Six keys of the text with its ends, three of the answer.
        let all = weights(&[1, 2, 3, 4], &[500, 7, 8], &[0..9, 0..6, 6..9]);
        for row in all[0].chunks(9) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        for (token, row) in all[0].chunks(9).enumerate() {
            assert_eq!(row[..6], all[1][token * 6..token * 6 + 6]);
            assert_eq!(row[6..], all[2][token * 3..token * 3 + 3]);
        }
    }

    #[test]
    fn no_token_looks_at_later_ones() {
        let answer = &weights(&[1, 2], &[500, 7, 8], &[4..7, 0..4])[0];
        assert!(answer[0] > 0.0 && answer[1] == 0.0 && answer[2] == 0.0);
        assert!(answer[4] > 0.0 && answer[5] == 0.0 && answer[8] > 0.0);
    }
}
