//! Answers: one token after another, greedy or drawn.

mod attention;
mod choose;

pub use choose::{Choice, choose, most_probable};

use crate::{
    context::Context,
    error::{RunError, read},
    model::Model,
    paint::Mt19937,
};
use unimed_package::host::Yielder;

/// How an answer is decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decoding {
    /// Softmax temperature; `None` takes the most probable token.
    pub temperature: Option<f32>,
    /// Longest list of ids, the start token included.
    pub max_length: usize,
    /// Seed of the draw.
    pub seed: u32,
}

impl Decoding {
    /// The temperature, where tokens are drawn at all.
    fn drawn(&self) -> Option<f32> {
        self.temperature.filter(|&temperature| temperature > 0.0)
    }
}

/// Hears the logits of a step, `[vocab]`.
pub type OnLogits<'a> = &'a mut dyn FnMut(&[f32]);

/// One decoded token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodedToken {
    /// Its id.
    pub id: u32,
    /// Its probability under the model at temperature 1.
    pub probability: f32,
}

/// A decoded answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Start token and all content tokens; never the end token.
    pub ids: Vec<u32>,
    /// True when the model ended the answer, false when the length did.
    pub ended: bool,
}

impl Model {
    /// Decodes an answer after `context`, on a copy of it; see [`Self::decode_into`].
    ///
    /// # Errors
    ///
    /// [`RunError`]; what `on_token` heard stays valid.
    pub async fn decode_text(
        &self,
        context: &Context,
        decoding: &Decoding,
        yielder: &Yielder<'_>,
        on_token: &mut dyn FnMut(DecodedToken),
        on_logits: Option<OnLogits<'_>>,
    ) -> Result<Decoded, RunError> {
        let mut context = context.clone();
        self.decode_into(&mut context, decoding, yielder, on_token, on_logits)
            .await
    }

    /// Decodes an answer into `context`, which then holds the start token and all content tokens that were fed.
    ///
    /// The first token fed is the start token; each step records the token that it feeds, so that
    /// at most `max_length - 1` content tokens return. `on_token` hears every content token, and
    /// `on_logits`, if there is one, the raw logits of every step. Where nobody hears these and nothing is drawn, the
    /// device chooses and only its choice is read back.
    ///
    /// # Errors
    ///
    /// [`RunError`]; what `on_token` heard stays valid.
    pub async fn decode_into(
        &self,
        context: &mut Context,
        decoding: &Decoding,
        yielder: &Yielder<'_>,
        on_token: &mut dyn FnMut(DecodedToken),
        mut on_logits: Option<OnLogits<'_>>,
    ) -> Result<Decoded, RunError> {
        let mut rng = Mt19937::new(decoding.seed);
        let mut current = self.special.bos;
        let mut ids = Vec::new();
        while ids.len() < decoding.max_length {
            ids.push(current);
            let hidden = self
                .append(context, self.token_segment(current), yielder)
                .await?;
            let logits = self.unified.language_model.logits(hidden.understanding);
            let choice = match (decoding.drawn(), &mut on_logits) {
                (None, None) => most_probable(logits).await?,
                (temperature, listener) => {
                    let logits = read(logits).await?;
                    if let Some(listener) = listener {
                        listener(&logits);
                    }
                    choose(&logits, temperature, &mut rng)?
                }
            };
            if choice.id == self.special.eos {
                return Ok(Decoded { ids, ended: true });
            }
            current = choice.id;
            if ids.len() < decoding.max_length {
                on_token(DecodedToken {
                    id: choice.id,
                    probability: choice.probability,
                });
            }
            yielder.yield_now().await?;
        }
        Ok(Decoded { ids, ended: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::{
        module::Param,
        tensor::{Device, Tensor},
    };
    use unimed_package::config::{ModelConfig, SpecialTokens};

    /// A tiny model whose logits are all equal, so that greedy decoding always chooses id 0.
    fn always_zero(eos: u32) -> Model {
        let config = ModelConfig::from_json(
            include_str!("../../../tests/golden/alpha/config.json"),
            include_str!("../../../tests/golden/alpha/llm_config.json"),
            include_str!("../../../tests/golden/alpha/vit_config.json"),
        )
        .expect("golden config");
        let (vocab, width) = (config.decoder.vocab_size, config.decoder.hidden_size);
        let special = SpecialTokens {
            bos: 500,
            eos,
            start_of_image: 502,
            end_of_image: 503,
        };
        let device = Device::flex();
        let mut model = Model::new(config, special, &device);
        model.unified.language_model.lm_head.weight =
            Param::from_tensor(Tensor::zeros([vocab, width], &device)).into();
        model
    }

    fn decode(model: &Model, max_length: usize) -> (Decoded, usize) {
        let decoding = Decoding {
            temperature: None,
            max_length,
            seed: 0,
        };
        let mut heard = 0;
        let decoded = pollster::block_on(model.decode_text(
            &Context::default(),
            &decoding,
            &Yielder::never(),
            &mut |_| heard += 1,
            None,
        ));
        (decoded.expect("nobody cancels it"), heard)
    }

    /// No golden answer ends by itself, so the golden numbers do not see this rule.
    #[test]
    fn the_end_token_ends_an_answer_and_is_not_returned() {
        let (decoded, heard) = decode(&always_zero(0), 13);
        assert_eq!(
            decoded,
            Decoded {
                ids: vec![500],
                ended: true
            }
        );
        assert_eq!(heard, 0);
    }

    #[test]
    fn the_length_counts_the_start_token() {
        let (decoded, heard) = decode(&always_zero(501), 4);
        assert_eq!(
            decoded,
            Decoded {
                ids: vec![500, 0, 0, 0],
                ended: false
            }
        );
        assert_eq!(heard, 3);
    }
}
