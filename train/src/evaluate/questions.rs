//! Questions about fresh scenes, and what they are worth without the image.

use std::collections::{BTreeMap, HashMap};

use unimed_core::{ask::Decoding, context::Context, transforms::to_tensor};
use unimed_package::host::Yielder;
use unimed_phantom::{
    AnswerKind, Case, ComparisonTask, Image, Modality, Qa, Split, case, case_without_image,
    comparison,
};
use unimed_tokenizer::TextMode;

use super::{
    loaded::Loaded,
    report::{AttributeScores, Report, Tally},
    settings::EvalSettings,
};
use crate::{
    TrainError,
    data::{TRAIN_SEED, rgb},
};

/// Longest answer; the longest right one has about 20 tokens.
const MAX_TOKENS: usize = 40;
/// Training scenes per modality from which the most frequent answers are counted.
const PRIOR_SCENES: u64 = 300;

impl Loaded {
    /// A context that has read some pictures.
    ///
    /// # Errors
    ///
    /// [`TrainError::Run`].
    pub fn look(&self, images: &[Image]) -> Result<Context, TrainError> {
        let yielder = Yielder::never();
        let model = self.engine.model();
        let (mean, std) = (model.config.image_mean, model.config.image_std);
        let mut context = Context::default();
        for image in images {
            let pixels = to_tensor(&rgb(image.clone()), mean, std, &model.device());
            let segment = pollster::block_on(model.vision_segment(pixels, &yielder))?;
            pollster::block_on(model.append(&mut context, segment, &yielder))?;
        }
        Ok(context)
    }

    /// The greedy answer to a question after a context.
    ///
    /// # Errors
    ///
    /// [`TrainError::Run`] or [`TrainError::Tokenizer`].
    pub fn answer(
        &self,
        context: &Context,
        question: &str,
        max_length: usize,
    ) -> Result<String, TrainError> {
        let yielder = Yielder::never();
        let (model, tokenizer) = (self.engine.model(), self.engine.tokenizer());
        let ids = tokenizer
            .encode(question, TextMode::Literal)
            .map_err(|error| TrainError::Tokenizer(error.to_string()))?;
        let mut context = context.clone();
        pollster::block_on(model.append(&mut context, model.text_segment(&ids), &yielder))?;
        let decoding = Decoding {
            temperature: None,
            max_length,
            seed: 0,
        };
        let decoded = pollster::block_on(model.decode_text(
            &context,
            &decoding,
            &yielder,
            &mut |_| {},
            None,
        ))?;
        Ok(tokenizer.decode(&decoded.ids))
    }

    /// Questions that this package can know: none about modalities that it never saw.
    fn questions(&self, qa: Vec<Qa>) -> impl Iterator<Item = Qa> {
        let foreign: Vec<String> = Modality::ALL
            .into_iter()
            .filter(|modality| !self.modalities.contains(modality))
            .map(|modality| format!("is-modality.{}", modality.key()))
            .collect();
        qa.into_iter()
            .filter(move |qa| !foreign.iter().any(|form| form == qa.form))
    }

    /// Asks the closed questions about some pictures and counts the right answers under `key`.
    fn ask_closed(
        &self,
        images: &[Image],
        qa: Vec<Qa>,
        key: &'static str,
        tally: &mut Tally,
    ) -> Result<(), TrainError> {
        let context = self.look(images)?;
        let closed = self
            .questions(qa)
            .filter(|qa| qa.kind == AnswerKind::Closed);
        for qa in closed {
            let answer = self.answer(&context, &qa.question, MAX_TOKENS)?;
            tally.hit(key, answer == qa.answer);
        }
        Ok(())
    }
}

/// What an image from text has to show beside its finding: categories of closed questions.
const ATTRIBUTES: [&str; 6] = [
    "count",
    "laterality",
    "location",
    "severity",
    "side",
    "size",
];

/// Closed questions about the attributes of scenes, answered from renders and from paintings of the same texts.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    renders: Tally,
    paintings: Tally,
}

impl Attributes {
    /// Asks about a scene's attributes what the model answers from its render and from a painting.
    pub(super) fn ask(
        &mut self,
        loaded: &Loaded,
        case: &Case,
        painting: &Image,
    ) -> Result<(), TrainError> {
        let asked: Vec<&Qa> = case
            .qa
            .iter()
            .filter(|qa| qa.kind == AnswerKind::Closed && ATTRIBUTES.contains(&qa.category))
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        for (image, tally) in [
            (&case.image, &mut self.renders),
            (painting, &mut self.paintings),
        ] {
            let context = loaded.look(std::slice::from_ref(image))?;
            for qa in &asked {
                let answer = loaded.answer(&context, &qa.question, MAX_TOKENS)?;
                tally.hit(qa.category, answer == qa.answer);
            }
        }
        Ok(())
    }

    /// The shares per category.
    pub(super) fn scores(&self) -> BTreeMap<&'static str, AttributeScores> {
        let (made, renders) = (self.paintings.means(), self.renders.means());
        self.paintings
            .counts()
            .into_iter()
            .map(|(key, n)| {
                let scores = AttributeScores {
                    n,
                    paintings: made[key],
                    renders: renders[key],
                };
                (key, scores)
            })
            .collect()
    }
}

pub(super) fn measure(
    loaded: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let priors = priors(&loaded.modalities);
    note("counted the most frequent answers");
    let mut blind_answers: HashMap<String, String> = HashMap::new();
    let (mut closed, mut categories, mut open) =
        (Tally::default(), Tally::default(), Tally::default());
    let (mut blind, mut prior) = (Tally::default(), Tally::default());
    for &modality in &loaded.modalities {
        for index in 0..settings.count {
            let case = case(modality, Split::Test, settings.seed, index);
            let context = loaded.look(std::slice::from_ref(&case.image))?;
            for qa in loaded.questions(case.qa) {
                let answer = loaded.answer(&context, &qa.question, MAX_TOKENS)?;
                let right = answer == qa.answer;
                if qa.kind != AnswerKind::Closed {
                    open.hit(modality.key(), right);
                    continue;
                }
                closed.hit(modality.key(), right);
                categories.hit(qa.category, right);
                let known = priors.get(qa.form).map(String::as_str);
                prior.hit(modality.key(), known == Some(qa.answer.as_str()));
                if !blind_answers.contains_key(&qa.question) {
                    let guess = loaded.answer(&Context::default(), &qa.question, MAX_TOKENS)?;
                    blind_answers.insert(qa.question.clone(), guess);
                }
                blind.hit(modality.key(), blind_answers[&qa.question] == qa.answer);
            }
            if (index + 1) % 25 == 0 {
                let so_far = closed.mean();
                note(&format!(
                    "{}: {} scenes, closed {so_far}",
                    modality.key(),
                    index + 1
                ));
            }
        }
    }
    report.n.closed = closed.count();
    report.n.closed_by_modality = closed.counts();
    report.n.open = open.count();
    report.closed_accuracy = Some(closed.by_modality());
    report.closed_by_category = Some(categories.means());
    report.blind_model = Some(blind.mean());
    report.blind_prior = Some(prior.mean());
    report.blind_accuracy = Some(blind.mean().max(prior.mean()));
    report.open_exact = Some(open.mean());
    Ok(())
}

/// Closed questions on combinations of findings that training never showed together.
pub(super) fn held_out(
    loaded: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let mut closed = Tally::default();
    for &modality in &loaded.modalities {
        for index in 0..settings.images() {
            let case = case(modality, Split::HeldOut, settings.seed, index);
            loaded.ask_closed(
                std::slice::from_ref(&case.image),
                case.qa,
                modality.key(),
                &mut closed,
            )?;
        }
        note(&format!("{}: held-out combinations", modality.key()));
    }
    report.n.held_out = closed.count();
    report.held_out_accuracy = Some(closed.mean());
    Ok(())
}

/// Closed questions about two or three images.
pub(super) fn comparisons(
    loaded: &Loaded,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let mut closed = Tally::default();
    for task in ComparisonTask::ALL {
        for index in 0..settings.images() {
            let sample = comparison(task, Split::Test, settings.seed, index);
            if !loaded.modalities.contains(&sample.modality) {
                continue;
            }
            loaded.ask_closed(&sample.images, sample.qa, task.key(), &mut closed)?;
        }
        note(&format!("comparisons: {}", task.key()));
    }
    report.n.comparisons = closed.count();
    report.comparison_accuracy = Some(closed.mean());
    Ok(())
}

/// The most frequent answer to every form of a closed question in training; ties go to the first
/// in the alphabet.
fn priors(modalities: &[Modality]) -> HashMap<&'static str, String> {
    let mut counts: HashMap<&'static str, HashMap<String, u64>> = HashMap::new();
    for &modality in modalities {
        for index in 0..PRIOR_SCENES {
            let case = case_without_image(modality, Split::Train, TRAIN_SEED, index);
            for qa in case
                .qa
                .into_iter()
                .filter(|qa| qa.kind == AnswerKind::Closed)
            {
                *counts
                    .entry(qa.form)
                    .or_default()
                    .entry(qa.answer)
                    .or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .filter_map(|(form, answers)| {
            let best = answers
                .into_iter()
                .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
            Some((form, best.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_counted_by_category_and_beside_renders() {
        let mut attributes = Attributes::default();
        for (painted, rendered) in [(true, true), (false, true), (true, true), (false, false)] {
            attributes.paintings.hit("side", painted);
            attributes.renders.hit("side", rendered);
        }
        attributes.paintings.hit("count", false);
        attributes.renders.hit("count", true);
        let scores = attributes.scores();
        let side = AttributeScores {
            n: 4,
            paintings: 0.5,
            renders: 0.75,
        };
        assert_eq!(scores["side"], side);
        assert_eq!((scores["count"].paintings, scores["count"].n), (0.0, 1));
        assert_eq!(scores.len(), 2);
    }

    #[test]
    fn what_is_asked_of_paintings_are_categories_of_the_simulator() {
        for category in ATTRIBUTES {
            let asked = Modality::ALL.into_iter().any(|modality| {
                (0..200).any(|index| {
                    let case = case_without_image(modality, Split::Test, 1, index);
                    case.qa.iter().any(|qa| qa.category == category)
                })
            });
            assert!(asked, "{category}");
        }
    }
}
