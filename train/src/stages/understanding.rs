//! Answers about images: cross-entropy of the answers' tokens, all questions of an image in one
//! sequence.

use std::{ops::Range, sync::Arc};

use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};
use unimed_core::{model::Unified, paint::Mt19937};
use unimed_package::config::{ModelConfig, SpecialTokens};
use unimed_phantom::{CAPTION_REQUESTS, REPORT_REQUESTS, SIDE, Split};
use unimed_tokenizer::{TextMode, Tokenizer};

use super::real_questions::{TopicScores, questions};
use crate::{
    TrainError,
    data::{below, pixels, sample_rng, split_case, training_case, training_comparison},
    params::Params,
    pictures::{PictureSet, View, sentences},
    sequence::{Batch, Sequence},
    trainer::{Loss, Stage},
    unknown::{Reason, outside},
};

/// Share of the questions that are asked without the image, so that the model also knows what a
/// question alone is worth.
const BLIND: f64 = 0.04;
/// Share of the questions kept whose answers are learned within minutes.
const EASY: f64 = 0.3;
/// How often something is asked that no image answers.
const OUTSIDE: f64 = 0.15;
/// Samples that get the same kinds of text, so that a batch is padded little.
const GROUP: u64 = 4;
/// One group in so many has captions, reports, or requests to paint. Requests are learned as plain
/// text: the decoder then reads them well before it ever paints.
const CAPTIONS: u64 = 4;
const REPORTS: u64 = 5;
const REQUESTS: u64 = 7;
/// One group in so many compares two or three images.
const COMPARISONS: u64 = 10;
/// Scenes of the validation split that are measured.
const VALIDATION: u64 = 60;

/// How much larger than its usual initialisation the last layer of the connector starts. As it comes,
/// image tokens are a tenth of the position code that is added to them, and the loss stands still
/// until they have grown.
const CONNECTOR_GAIN: f32 = 5.0;

/// Trains vision tower, connector and the understanding expert.
#[derive(Debug)]
pub struct UnderstandingStage {
    /// Shapes.
    pub config: ModelConfig,
    /// Control tokens.
    pub special: SpecialTokens,
    /// Text to ids.
    pub tokenizer: Tokenizer,
    /// Real pictures, which every other sample is about where there are any.
    pub pictures: Option<Arc<PictureSet>>,
}

impl UnderstandingStage {
    fn ids(&self, text: &str) -> Vec<u32> {
        encode(&self.tokenizer, text)
    }

    /// The training sample of this index: a case with branches for its questions and some text
    /// besides.
    #[must_use]
    pub fn sample(&self, index: u64, rng: &mut Mt19937) -> Sequence {
        match &self.pictures {
            Some(gallery) if index.is_multiple_of(2) => self.real_sample(gallery, index / 2, rng),
            Some(_) => self.scene_sample(index / 2, rng),
            None => self.scene_sample(index, rng),
        }
    }

    /// A real picture, changed at random, with branches for what its index tells; captions and requests are made from it.
    fn real_sample(&self, gallery: &PictureSet, index: u64, rng: &mut Mt19937) -> Sequence {
        let picture = gallery.draw(rng);
        let patch = self.config.vision.patch_size;
        let view = View::changed(picture, patch, rng);
        let questions = questions(gallery, picture, &view, rng);
        let mut sequence = Sequence::new(self.special);
        sequence.picture(view.pixels, view.height / patch, view.width / patch);
        for (question, answer) in questions {
            let blind = rng.uniform() < BLIND;
            sequence.answer(&self.ids(&question), &self.ids(&answer), blind);
        }
        self.ask_outside(&mut sequence, rng);
        let group = index / GROUP;
        if let Some(said) = sentences(&picture.record, view.frame, view.mirrored, rng) {
            let caption = self.ids(&said.caption);
            if group.is_multiple_of(CAPTIONS) {
                let ask = CAPTION_REQUESTS[below(rng, CAPTION_REQUESTS.len())];
                sequence.answer(&self.ids(ask), &caption, false);
            }
            if group.is_multiple_of(REQUESTS) {
                let request = self.ids(&said.request);
                sequence.prose(&request);
                sequence.answer(&request, &caption, true);
            }
        }
        sequence
    }

    /// Now and then a question that no image answers.
    fn ask_outside(&self, sequence: &mut Sequence, rng: &mut Mt19937) {
        if rng.uniform() < OUTSIDE {
            let answer = self.ids(Reason::Outside.sentence());
            sequence.answer(&self.ids(&outside(rng)), &answer, rng.uniform() < BLIND);
        }
    }

    fn scene_sample(&self, index: u64, rng: &mut Mt19937) -> Sequence {
        let group = index / GROUP;
        let mut sequence = Sequence::new(self.special);
        if group % COMPARISONS == COMPARISONS - 1 {
            let comparison = training_comparison(group / COMPARISONS * GROUP + index % GROUP);
            let side = SIDE / self.config.vision.patch_size;
            for image in &comparison.images {
                sequence.vision(pixels(image), side * side);
            }
            for qa in &comparison.qa {
                sequence.answer(&self.ids(&qa.question), &self.ids(&qa.answer), false);
            }
            return sequence;
        }
        let case = &training_case(index);
        let side = case.image.width / self.config.vision.patch_size;
        sequence.vision(pixels(&case.image), side * side);
        for qa in &case.qa {
            let easy = matches!(qa.category, "modality" | "organ");
            if easy && rng.uniform() > EASY {
                continue;
            }
            let blind = rng.uniform() < BLIND;
            sequence.answer(&self.ids(&qa.question), &self.ids(&qa.answer), blind);
        }
        self.ask_outside(&mut sequence, rng);
        if group.is_multiple_of(CAPTIONS) {
            let request = CAPTION_REQUESTS[below(rng, CAPTION_REQUESTS.len())];
            sequence.answer(&self.ids(request), &self.ids(&case.caption), false);
        }
        if group.is_multiple_of(REPORTS) {
            let request = REPORT_REQUESTS[below(rng, REPORT_REQUESTS.len())];
            sequence.answer(&self.ids(request), &self.ids(&case.report), false);
        }
        if group.is_multiple_of(REQUESTS) {
            let request = self.ids(&case.prompt);
            sequence.prose(&request);
            // What is said with a painted picture: it is read from the request alone.
            sequence.answer(&request, &self.ids(&case.caption), true);
        }
        sequence
    }
}

impl UnderstandingStage {
    /// Balanced shares of right answers about the pictures kept for validation.
    fn validate_pictures(
        &self,
        module: &Unified,
        gallery: &PictureSet,
    ) -> Vec<(&'static str, f64)> {
        let patch = self.config.vision.patch_size;
        let rule = self.config.vit_transform.rule();
        let mut scores = TopicScores::default();
        for picture in &gallery.held {
            let Ok(view) = View::plain(picture, &rule) else {
                continue;
            };
            let mut sequence = Sequence::new(self.special);
            sequence.picture(view.pixels, view.height / patch, view.width / patch);
            let mut lengths = Vec::new();
            for asked in &picture.asked {
                let before = sequence.target_count();
                sequence.answer(
                    &self.ids(&asked.wordings[0]),
                    &self.ids(&asked.answer),
                    false,
                );
                lengths.push(sequence.target_count() - before);
            }
            let (_, hits) = token_scores(module, &self.config, Batch::new(&[sequence]));
            let mut at = 0;
            for (asked, length) in picture.asked.iter().zip(lengths) {
                scores.add(
                    asked,
                    &asked.answer,
                    hits[at..at + length].iter().all(|&hit| hit),
                );
                at += length;
            }
        }
        scores.print();
        scores.figures().to_vec()
    }
}

/// Text to ids; control strings stay text.
pub(crate) fn encode(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    tokenizer
        .encode(text, TextMode::Literal)
        .expect("invariant: byte-level encoding knows every text")
}

impl Stage for UnderstandingStage {
    type Module = Unified;
    type Data = Vec<Batch>;

    fn name(&self) -> &'static str {
        "understanding"
    }

    fn fresh(&self, device: &Device) -> Unified {
        Unified::new(&self.config, self.config.vision.num_hidden_layers, device)
    }

    fn trained(&self, name: &str) -> bool {
        is_understanding(name)
    }

    fn prepare(&self, params: &mut Params) -> Result<(), TrainError> {
        for entry in &mut params.entries {
            if entry.name.starts_with("connector.fc2") {
                entry
                    .values
                    .iter_mut()
                    .for_each(|value| *value *= CONNECTOR_GAIN);
            }
        }
        Ok(())
    }

    fn draw(&self, samples: Range<u64>) -> Vec<Batch> {
        let sequences = samples.map(|index| self.sample(index, &mut sample_rng(2, index)));
        batches(sequences.collect())
    }

    fn loss(&self, module: &Unified, data: Vec<Batch>, _: &Device) -> Loss {
        answer_loss(module, &self.config, data)
    }

    fn validate(&self, module: &Unified) -> Vec<(&'static str, f64)> {
        let mut right = 0.0;
        let mut all = 0.0;
        let mut loss = 0.0;
        for index in 0..VALIDATION {
            let case = split_case(Split::Validation, index);
            let mut sequence = Sequence::new(self.special);
            let side = case.image.width / self.config.vision.patch_size;
            sequence.vision(pixels(&case.image), side * side);
            let mut lengths = Vec::new();
            for qa in &case.qa {
                let before = sequence.target_count();
                sequence.answer(&self.ids(&qa.question), &self.ids(&qa.answer), false);
                lengths.push(sequence.target_count() - before);
            }
            let (losses, hits) = token_scores(module, &self.config, Batch::new(&[sequence]));
            loss += losses.iter().sum::<f64>() / losses.len() as f64;
            // An answer is right when every token, end included, is the most probable one.
            let mut at = 0;
            for length in lengths {
                right += f64::from(u8::from(hits[at..at + length].iter().all(|&hit| hit)));
                all += 1.0;
                at += length;
            }
        }
        let mut figures = vec![("answers", right / all), ("loss", loss / VALIDATION as f64)];
        if let Some(gallery) = &self.pictures {
            figures.extend(self.validate_pictures(module, gallery));
        }
        figures
    }
}

/// The parameters of the understanding expert, the vision tower and the connector.
#[must_use]
pub fn is_understanding(name: &str) -> bool {
    !is_generation(name)
}

/// The parameters of the generation expert and of the bridges of the flow.
#[must_use]
pub fn is_generation(name: &str) -> bool {
    name.contains("_moe_gen")
        || ["vae2llm", "llm2vae", "time_embedder"]
            .iter()
            .any(|part| name.starts_with(part))
}

/// Sequences as batches of nearly one length.
pub(crate) fn batches(sequences: Vec<Sequence>) -> Vec<Batch> {
    let batches = Batch::alike(sequences).into_iter();
    batches.map(|(_, batch)| batch).collect()
}

/// Mean cross-entropy over the tokens of all answers.
#[must_use]
pub fn answer_loss(module: &Unified, config: &ModelConfig, batches: Vec<Batch>) -> Loss {
    let mut value = None;
    let mut all = 0;
    for batch in batches {
        let targets = batch.targets().to_vec();
        all += targets.len();
        let hidden = batch
            .forward(module, config)
            .predicting
            .expect("invariant: there are answers");
        let sum = summed_cross_entropy(module, hidden, &targets);
        value = Some(value.map_or(sum.clone(), |value| value + sum));
    }
    Loss {
        value: value.expect("invariant: a shard is never empty") / all as f64,
        weight: all as f64,
        parts: Vec::new(),
    }
}

/// Cross-entropy of the rows that predict these tokens, summed.
pub(crate) fn summed_cross_entropy(
    module: &Unified,
    hidden: Tensor<2>,
    targets: &[u32],
) -> Tensor<1> {
    let logits = module.language_model.lm_head.forward(hidden); // [n, vocab]
    let device = logits.device();
    let ids: Vec<i32> = targets.iter().map(|&id| id as i32).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [targets.len(), 1]), &device);
    log_softmax(logits, 1).gather(1, ids).sum().neg()
}

/// Loss of every predicted token, and whether it is the most probable one.
#[must_use]
pub fn token_scores(module: &Unified, config: &ModelConfig, batch: Batch) -> (Vec<f64>, Vec<bool>) {
    let targets = batch.targets().to_vec();
    let hidden = batch
        .forward(module, config)
        .predicting
        .expect("invariant: there are answers");
    let logits = log_softmax(module.language_model.lm_head.forward(hidden), 1);
    let vocab = logits.dims()[1];
    let values = logits
        .into_data()
        .try_to_vec::<f32>()
        .expect("invariant: logits are f32");
    let rows = values.chunks(vocab).zip(&targets);
    rows.map(|(row, &id)| {
        let own = row[id as usize];
        (-f64::from(own), row.iter().all(|&other| other <= own))
    })
    .unzip()
}
