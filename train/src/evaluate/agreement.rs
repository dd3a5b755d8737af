//! A quantized package against its reference: the most probable token under forced decoding.

use unimed_core::context::Context;
use unimed_package::host::Yielder;
use unimed_phantom::{Split, case};
use unimed_tokenizer::TextMode;

use super::{
    loaded::Loaded,
    report::{Report, Tally},
    settings::EvalSettings,
};
use crate::TrainError;

pub(super) fn measure(
    loaded: &Loaded,
    reference: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let mut same = Tally::default();
    for &modality in &loaded.modalities {
        for index in 0..settings.images() {
            let case = case(modality, Split::Test, settings.seed, index);
            let image = std::slice::from_ref(&case.image);
            let contexts = (loaded.look(image)?, reference.look(image)?);
            for qa in &case.qa {
                let own = loaded.choices(&contexts.0, &qa.question, &qa.answer)?;
                let other = reference.choices(&contexts.1, &qa.question, &qa.answer)?;
                for (own, other) in own.into_iter().zip(other) {
                    same.hit(modality.key(), own == other);
                }
            }
        }
        note(&format!("{}: compared with the reference", modality.key()));
    }
    report.n.agreement_tokens = same.count();
    report.quantized_agreement = Some(same.mean());
    Ok(())
}

impl Loaded {
    /// The most probable token before every token of a right answer and after the last one.
    fn choices(
        &self,
        context: &Context,
        question: &str,
        answer: &str,
    ) -> Result<Vec<usize>, TrainError> {
        let yielder = Yielder::never();
        let (model, tokenizer) = (self.engine.model(), self.engine.tokenizer());
        let encode = |text: &str| {
            tokenizer
                .encode(text, TextMode::Literal)
                .map_err(|error| TrainError::Tokenizer(error.to_string()))
        };
        let (question, answer) = (encode(question)?, encode(answer)?);
        let mut context = context.clone();
        pollster::block_on(model.append(&mut context, model.text_segment(&question), &yielder))?;
        let mut choices = Vec::with_capacity(answer.len() + 1);
        for id in std::iter::once(model.special.bos).chain(answer) {
            let run = model.append(&mut context, model.token_segment(id), &yielder);
            let logits = model
                .unified
                .language_model
                .logits(pollster::block_on(run)?.understanding)
                .into_data()
                .try_to_vec::<f32>()
                .expect("invariant: logits are f32");
            let best =
                logits.iter().enumerate().fold(
                    0,
                    |best, (at, value)| if *value > logits[best] { at } else { best },
                );
            choices.push(best);
        }
        Ok(choices)
    }
}
