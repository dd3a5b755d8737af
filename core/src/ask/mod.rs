//! Answers: one token after another, greedy or drawn.

mod choose;

pub use choose::{Choice, choose};

use crate::{
    context::Context,
    error::{RunError, read},
    host::Pace,
    model::Model,
    paint::Mt19937,
};

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
    /// Decodes an answer after `context`, on a copy of it.
    ///
    /// The first token fed is the start token; each step records the token that it feeds, so that
    /// at most `max_length - 1` content tokens return. `on_token` hears every content token, and
    /// `on_logits` the raw logits of every step.
    ///
    /// # Errors
    ///
    /// [`RunError`]; what `on_token` heard stays valid.
    pub async fn decode_text(
        &self,
        context: &Context,
        decoding: &Decoding,
        pace: &Pace<'_>,
        on_token: &mut dyn FnMut(DecodedToken),
        on_logits: &mut dyn FnMut(&[f32]),
    ) -> Result<Decoded, RunError> {
        let mut context = context.clone();
        let mut rng = Mt19937::new(decoding.seed);
        let mut current = self.special.bos;
        let mut ids = Vec::new();
        while ids.len() < decoding.max_length {
            ids.push(current);
            let hidden = self
                .append(&mut context, self.token_segment(current), pace)
                .await?;
            let logits = read(self.unified.language_model.logits(hidden.und)).await?;
            on_logits(&logits);
            let choice = choose(&logits, decoding.temperature, &mut rng)?;
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
            pace.pause().await?;
        }
        Ok(Decoded { ids, ended: false })
    }
}
