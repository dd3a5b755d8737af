//! What is trained is what the engine computes: one packed forward pass with mask and positions
//! equals the engine's cached passes, segment by segment.

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use unimed_core::{
    context::{ConditionImage, Context, GuidanceContexts},
    model::{Model, unpatchify_latent},
    paint::Canvas,
};
use unimed_package::{config::SpecialTokens, host::Yielder};
use unimed_train::{
    data::{normals, sample_rng},
    flow::{Noisy, velocities_after_text},
    params::Params,
    sequence::{Batch, Sequence},
};

const SPECIAL: SpecialTokens = SpecialTokens {
    bos: 1,
    eos: 2,
    start_of_image: 3,
    end_of_image: 4,
};
const SIDE: usize = 32;
const VISION: usize = 4;
const LATENTS: usize = 4;
const CANVAS: Canvas = Canvas {
    rows: 2,
    columns: 2,
};
const TOLERANCE: f32 = 1e-4;

/// A model whose weights are large enough that every mistake shows.
fn model() -> Model {
    let mut model = Model::new(common::config(), SPECIAL, &Device::flex());
    let mut params = Params::of(&model.unified, |_| true);
    for (index, entry) in params
        .entries
        .iter_mut()
        .enumerate()
        .filter(|(_, e)| e.trained)
    {
        let noise = normals(&mut sample_rng(77, index as u64), entry.values.len());
        entry
            .values
            .iter_mut()
            .zip(noise)
            .for_each(|(w, n)| *w += 0.15 * n);
    }
    model.unified = params.fill(model.unified, &Device::flex());
    model
}

fn picture(seed: u64) -> Vec<f32> {
    normals(&mut sample_rng(5, seed), 3 * SIDE * SIDE)
}

fn latent(model: &Model, seed: u64) -> Vec<f32> {
    normals(
        &mut sample_rng(6, seed),
        LATENTS * model.config.latent_dim(),
    )
}

fn pixels(values: Vec<f32>) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [1, 3, SIDE, SIDE]), &Device::flex())
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().expect("f32")
}

fn assert_close(found: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let worst = found
        .iter()
        .zip(wanted)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst <= TOLERANCE, "{what}: {worst}");
    let size = wanted.iter().map(|v| v.abs()).fold(0.0, f32::max);
    assert!(
        size > 0.05,
        "{what}: all values are near zero, nothing is compared"
    );
}

/// The engine's logits of an answer under forced decoding.
fn engine_logits(model: &Model, context: &Context, question: &[u32], answer: &[u32]) -> Vec<f32> {
    let yielder = Yielder::never();
    let read = pollster::block_on(async {
        let mut context = context.clone();
        model
            .append(&mut context, model.text_segment(question), &yielder)
            .await
            .expect("free");
        context
    });
    engine_reply(model, &read, answer)
}

/// The engine's logits of its own words after a context, under forced decoding.
fn engine_reply(model: &Model, context: &Context, said: &[u32]) -> Vec<f32> {
    let yielder = Yielder::never();
    let mut context = context.clone();
    let mut logits = Vec::new();
    for &id in std::iter::once(&SPECIAL.bos).chain(said) {
        let run = model.append(&mut context, model.token_segment(id), &yielder);
        let hidden = pollster::block_on(run).expect("free");
        logits.extend(values(
            model.unified.language_model.logits(hidden.understanding),
        ));
    }
    logits
}

/// Question, answer, and whether the image is hidden from it.
type Question<'a> = (&'a [u32], &'a [u32], bool);

#[test]
fn answers_about_images_have_the_engines_logits() {
    let model = model();
    let yielder = Yielder::never();
    // Two images; branches of unlike lengths, so that one sequence is padded; one blind question.
    let questions: [&[Question<'_>]; 2] = [
        &[
            (&[10, 11, 12], &[20, 21], false),
            (&[13], &[22, 23, 24, 25], false),
        ],
        &[
            (&[14, 15], &[26], true),
            (&[16, 17, 18, 19, 30, 31], &[27], false),
        ],
    ];
    let mut sequences = Vec::new();
    let mut wanted = Vec::new();
    for (seed, list) in questions.iter().enumerate() {
        let mut sequence = Sequence::new(SPECIAL);
        sequence.vision(picture(seed as u64), VISION);
        let mut context = Context::default();
        pollster::block_on(async {
            let segment = model
                .vision_segment(pixels(picture(seed as u64)), &yielder)
                .await;
            model
                .append(&mut context, segment.expect("free"), &yielder)
                .await
                .expect("free");
        });
        for &(question, answer, blind) in *list {
            sequence.answer(question, answer, blind);
            let nothing = Context::default();
            let read = if blind { &nothing } else { &context };
            wanted.extend(engine_logits(&model, read, question, answer));
        }
        sequences.push(sequence);
    }
    let batch = Batch::new(&sequences);
    assert_eq!(
        batch.targets(),
        [20, 21, 2, 22, 23, 24, 25, 2, 26, 2, 27, 2]
    );
    let hidden = batch.forward(&model.unified, &model.config);
    let logits = model
        .unified
        .language_model
        .lm_head
        .forward(hidden.predicting.expect("answers"));
    assert_close(&values(logits), &wanted, "logits");
}

#[test]
fn a_text_alone_has_the_engines_logits() {
    let model = model();
    let mut long = Sequence::new(SPECIAL);
    long.prose(&[40, 41, 42, 43, 44, 45]);
    let mut short = Sequence::new(SPECIAL);
    short.prose(&[50, 51]);
    let hidden = Batch::new(&[long, short]).forward(&model.unified, &model.config);
    let logits = model
        .unified
        .language_model
        .lm_head
        .forward(hidden.predicting.expect("targets"));
    // Prose is what the engine decodes after nothing at all.
    let nothing = Context::default();
    let mut wanted = engine_reply(&model, &nothing, &[40, 41, 42, 43, 44, 45]);
    wanted.extend(engine_reply(&model, &nothing, &[50, 51]));
    assert_close(&values(logits), &wanted, "logits");
}

/// The engine's velocity under branches' main context.
fn engine_velocity(model: &Model, context: &Context, noisy: &Noisy) -> Vec<f32> {
    let shape = [1, LATENTS, model.config.latent_dim()];
    let x = Tensor::from_data(
        TensorData::new(noisy.tokens.clone(), shape),
        &Device::flex(),
    );
    let yielder = Yielder::never();
    let run = model.velocity(context, x, noisy.time, CANVAS, &yielder);
    values(pollster::block_on(run).expect("free"))
}

#[test]
fn paintings_from_text_have_the_engines_velocities() {
    let model = model();
    let yielder = Yielder::never();
    // Texts of unlike lengths, and none: the context without text that guidance needs.
    let texts = [Some(vec![10, 11, 12, 13, 14]), None, Some(vec![15])];
    let noisy: Vec<Noisy> = [0.9, 0.5, 0.1]
        .into_iter()
        .zip(0..)
        .map(|(time, seed)| Noisy::at(&latent(&model, seed), time, &mut sample_rng(8, seed)))
        .collect();
    let mut wanted = Vec::new();
    for (text, noisy) in texts.iter().zip(&noisy) {
        let mut branches = GuidanceContexts::default();
        if let Some(ids) = text {
            pollster::block_on(branches.add_text(&model, ids, &yielder)).expect("free");
        }
        wanted.extend(engine_velocity(&model, &branches.main, noisy));
    }
    let frozen = velocities_after_text(
        &model.unified,
        &model.unified,
        &model.config,
        SPECIAL,
        &texts,
        &noisy,
    );
    assert_close(&values(frozen), &wanted, "velocities with a frozen text");
    let sequences: Vec<Sequence> = texts
        .iter()
        .zip(&noisy)
        .map(|(text, noisy)| {
            let mut sequence = Sequence::new(SPECIAL);
            if let Some(ids) = text {
                sequence.text(ids);
            }
            sequence.noisy(noisy.tokens.clone(), LATENTS, noisy.time);
            sequence
        })
        .collect();
    let packed = Batch::new(&sequences).forward(&model.unified, &model.config);
    assert_close(
        &values(packed.velocity.expect("latents")),
        &wanted,
        "packed velocities",
    );
}

#[test]
fn edits_have_the_engines_velocities() {
    compare_edit(&[]);
}

#[test]
fn words_before_an_edit_have_the_engines_logits_and_velocities() {
    compare_edit(&[21, 22, 23]);
}

/// One edit, with words of the model itself before the painting where there are some.
fn compare_edit(said: &[u32]) {
    let model = model();
    let yielder = Yielder::never();
    let (ids, noisy) = (
        [10, 11, 12, 13],
        Noisy::at(&latent(&model, 1), 0.6, &mut sample_rng(8, 1)),
    );
    let condition = latent(&model, 2);
    let mut branches = GuidanceContexts::default();
    let shape = [1, LATENTS, model.config.latent_dim()];
    let tokens = Tensor::from_data(TensorData::new(condition.clone(), shape), &Device::flex());
    let image = ConditionImage {
        latent: Some(unpatchify_latent(
            tokens,
            2,
            2,
            model.config.latent_patch_size,
        )),
        pixels: Some(pixels(picture(3))),
    };
    pollster::block_on(async {
        branches
            .add_image(&model, image, &yielder)
            .await
            .expect("free");
        branches
            .add_text(&model, &ids, &yielder)
            .await
            .expect("free");
    });
    let logits = engine_reply(&model, &branches.main, said);
    if !said.is_empty() {
        pollster::block_on(branches.add_thought(&model, said, &yielder)).expect("free");
    }
    let wanted = engine_velocity(&model, &branches.main, &noisy);

    let mut sequence = Sequence::new(SPECIAL);
    sequence.latent(condition, LATENTS);
    sequence.vision(picture(3), VISION);
    sequence.text(&ids);
    if !said.is_empty() {
        sequence.reply(said);
        sequence.text(said);
    }
    assert_eq!(sequence.position(), branches.main.rope());
    sequence.noisy(noisy.tokens.clone(), LATENTS, noisy.time);
    let hidden = Batch::new(&[sequence]).forward(&model.unified, &model.config);
    let all = values(hidden.velocity.expect("latents"));
    // The condition's latents come first; only the painting's velocities are compared.
    assert_close(&all[all.len() / 2..], &wanted, "velocities");
    if let Some(predicting) = hidden.predicting {
        let found = model.unified.language_model.lm_head.forward(predicting);
        assert_close(&values(found), &logits, "logits");
    }
}
