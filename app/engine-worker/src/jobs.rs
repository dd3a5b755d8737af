//! The two jobs: what the page sent becomes a call of the engine, what the engine says becomes messages.

use crate::cards::{ask_options, paint_options};
use unimed_core::{
    engine::{Engine, EngineError, ImageAttention, Part},
    error::RunError,
};
use unimed_imaging::RgbImage;
use unimed_model_store::host::WorkerHost;
use unimed_protocol::{
    AskPart, AskSettings, AttentionMap, FromEngine, JobId, PaintSettings, Picture, Remedy,
    UserError, rgba_to_rgb,
};
use unimed_web::{
    browser,
    message::{Message, to_buffer},
    worker::tell,
};

/// Answers a question.
pub(crate) async fn ask(
    engine: &Engine,
    host: &WorkerHost,
    job: JobId,
    parts: &[AskPart],
    message: &Message,
    settings: &AskSettings,
) {
    let pieces: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            AskPart::Text(words) => Some(Piece::Words(words)),
            AskPart::Image(announced) => read_picture(announced, message).map(Piece::Image),
        })
        .collect();
    let parts: Vec<_> = pieces.iter().map(Piece::part).collect();
    let options = ask_options(engine.info(), settings);
    let answer = engine
        .ask_parts(&parts, &options, host, &mut |token| {
            let probability = if token.probability.is_finite() {
                token.probability
            } else {
                0.0
            };
            let event = FromEngine::Token {
                job,
                text: token.text,
                index: token.index,
                probability,
            };
            tell(&event, &[]);
        })
        .await;
    match answer {
        Ok(answer) => tell(
            &FromEngine::Answered {
                job,
                text: answer.text,
                tokens: answer.tokens,
                prefill_ms: answer.prefill_ms,
                decode_ms: answer.decode_ms,
                stopped: answer.stopped,
                attention: answer.attention.iter().map(mean_attention).collect(),
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
    message: &Message,
    prompt: &str,
    settings: &PaintSettings,
) {
    let images = pictures(images, message);
    let options = paint_options(engine.info(), settings, !images.is_empty(), prompt);
    let painted = engine
        .paint(&images, prompt, &options, host, &mut |event| {
            let buffers: Vec<_> = event
                .preview
                .iter()
                .map(|image| to_buffer(&image.to_rgba()))
                .collect();
            let preview = event.preview.as_ref().map(picture);
            let event = FromEngine::Step {
                job,
                step: event.step,
                steps: event.steps,
                preview,
            };
            tell(&event, &buffers);
        })
        .await;
    match painted {
        Ok(painted) => tell(
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

/// A job was stopped, or failed.
pub(crate) fn fail(job: JobId, error: &EngineError) {
    if error.is_stop() {
        tell(&FromEngine::Stopped { job }, &[]);
        return;
    }
    let remedy = match error {
        // Nothing on a lost device works any more.
        EngineError::Run(RunError::Device { why }) => {
            browser::log_error("the device failed", &why.as_str().into());
            Remedy::Restart
        }
        EngineError::Run(RunError::NotFinite { .. }) => Remedy::UseCpu,
        EngineError::Run(RunError::LongContext { .. }) => Remedy::None,
        EngineError::Image(_) => Remedy::ChooseFile,
        EngineError::Setting { .. } | EngineError::EmptyPrompt | EngineError::LongPrompt { .. } => {
            Remedy::None
        }
        _ => Remedy::Retry,
    };
    let user_error = UserError::from_message(&error.to_string(), remedy);
    tell(&FromEngine::Failed { job, user_error }, &[]);
}

/// What a question is made of, with its pixels.
enum Piece<'a> {
    Words(&'a str),
    Image(RgbImage),
}

impl Piece<'_> {
    fn part(&self) -> Part<'_> {
        match self {
            Self::Words(words) => Part::Text(words),
            Self::Image(image) => Part::Image(image),
        }
    }
}

/// The mean over the tokens of an answer; the decision to end it, which comes last, is none of them.
fn mean_attention(attention: &ImageAttention) -> AttentionMap {
    let patches = attention.rows * attention.columns;
    let rows = attention.weights.chunks_exact(patches.max(1));
    let tokens = rows.len().saturating_sub(1).max(1);
    let mut weights = vec![0.0; patches];
    for row in rows.take(tokens) {
        for (sum, weight) in weights.iter_mut().zip(row) {
            // JSON has no word for what is not a number.
            *sum += if weight.is_finite() {
                weight / tokens as f32
            } else {
                0.0
            };
        }
    }
    AttentionMap {
        rows: attention.rows,
        columns: attention.columns,
        weights,
    }
}

/// The pictures of a message.
fn pictures(pictures: &[Picture], message: &Message) -> Vec<RgbImage> {
    pictures
        .iter()
        .filter_map(|picture| read_picture(picture, message))
        .collect()
}

/// A picture of a message; `None` when its buffer does not fit its size. The page makes none such.
fn read_picture(picture: &Picture, message: &Message) -> Option<RgbImage> {
    let rgba = message.bytes(picture.buffer)?;
    RgbImage::new(
        picture.width as usize,
        picture.height as usize,
        rgba_to_rgb(&rgba),
    )
    .ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decision_to_end_is_not_part_of_where_an_answer_looked() {
        let attention = ImageAttention {
            rows: 1,
            columns: 2,
            weights: vec![0.2, 0.4, 0.6, f32::NAN, 9.0, 9.0],
        };
        let mean = mean_attention(&attention);
        assert_eq!((mean.rows, mean.columns), (1, 2));
        assert!((mean.weights[0] - 0.4).abs() < 1e-6 && (mean.weights[1] - 0.2).abs() < 1e-6);
        let nothing_said = ImageAttention {
            weights: vec![0.5, 0.25],
            ..attention
        };
        assert_eq!(mean_attention(&nothing_said).weights, [0.5, 0.25]);
    }
}
