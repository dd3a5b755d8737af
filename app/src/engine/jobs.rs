//! The two jobs: what the page sent becomes a call of the engine, what the engine says becomes messages.

use super::{
    cards::{ask_options, paint_options},
    host::WorkerHost,
};
use crate::wire::{Parcel, post_to_page, to_buffer};
use unimed_core::{
    engine::{Engine, EngineError},
    error::RunError,
};
use unimed_imaging::RgbImage;
use unimed_protocol::{
    AskSettings, FromEngine, JobId, PaintSettings, Picture, Remedy, Trouble, rgba_to_rgb,
};

/// Answers a question.
pub(crate) async fn ask(
    engine: &Engine,
    host: &WorkerHost,
    job: JobId,
    images: &[Picture],
    parcel: &Parcel,
    question: &str,
    settings: &AskSettings,
) {
    let images = pictures(images, parcel);
    let options = ask_options(engine.info(), settings);
    let answer = engine
        .ask(&images, question, &options, host, &mut |token| {
            let probability = if token.probability.is_finite() {
                token.probability
            } else {
                0.0
            };
            let message = FromEngine::Token {
                job,
                so_far: token.so_far,
                index: token.index,
                probability,
            };
            post_to_page(&message, &[]);
        })
        .await;
    match answer {
        Ok(answer) => post_to_page(
            &FromEngine::Answered {
                job,
                text: answer.text,
                tokens: answer.tokens,
                prefill_ms: answer.prefill_ms,
                decode_ms: answer.decode_ms,
                stopped: answer.stopped,
            },
            &[],
        ),
        Err(error) => fail(job, &error),
    }
}

/// Makes an image.
pub(crate) async fn paint(
    engine: &Engine,
    host: &WorkerHost,
    job: JobId,
    images: &[Picture],
    parcel: &Parcel,
    prompt: &str,
    settings: &PaintSettings,
) {
    let images = pictures(images, parcel);
    let options = paint_options(engine.info(), settings);
    let painted = engine
        .paint(&images, prompt, &options, host, &mut |event| {
            let buffers: Vec<_> = event
                .preview
                .iter()
                .map(|image| to_buffer(&image.to_rgba()))
                .collect();
            let preview = event.preview.as_ref().map(picture);
            let message = FromEngine::Step {
                job,
                step: event.step,
                steps: event.steps,
                preview,
            };
            post_to_page(&message, &buffers);
        })
        .await;
    match painted {
        Ok(painted) => post_to_page(
            &FromEngine::Painted {
                job,
                picture: picture(&painted.image),
                steps: painted.steps,
                seed: painted.seed,
                paint_ms: painted.ms,
                stopped: painted.stopped,
            },
            &[to_buffer(&painted.image.to_rgba())],
        ),
        Err(error) => fail(job, &error),
    }
}

fn fail(job: JobId, error: &EngineError) {
    if error.is_stop() {
        post_to_page(&FromEngine::Stopped { job }, &[]);
        return;
    }
    let remedy = match error {
        // Nothing on a lost device works any more.
        EngineError::Run(RunError::Device { .. }) => Remedy::Restart,
        EngineError::Run(RunError::NotFinite { .. }) => Remedy::UseCpu,
        EngineError::Image(_) => Remedy::ChooseFile,
        EngineError::Setting { .. } | EngineError::EmptyPrompt | EngineError::LongPrompt { .. } => {
            Remedy::None
        }
        _ => Remedy::Retry,
    };
    let trouble = Trouble::from_message(&error.to_string(), remedy);
    post_to_page(&FromEngine::Failed { job, trouble }, &[]);
}

/// The pictures of a message. One whose buffer does not fit its size is left out; the page makes none such.
fn pictures(pictures: &[Picture], parcel: &Parcel) -> Vec<RgbImage> {
    pictures
        .iter()
        .filter_map(|picture| {
            let rgba = parcel.bytes(picture.buffer)?;
            RgbImage::new(
                picture.width as usize,
                picture.height as usize,
                rgba_to_rgb(&rgba),
            )
            .ok()
        })
        .collect()
}

/// How an image is announced; its pixels go beside the message, first in the list.
fn picture(image: &RgbImage) -> Picture {
    let side = |pixels: usize| {
        u32::try_from(pixels).expect("invariant: an image has fewer than 2^32 rows and columns")
    };
    Picture {
        width: side(image.width),
        height: side(image.height),
        buffer: 0,
    }
}
