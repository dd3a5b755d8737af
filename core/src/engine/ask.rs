//! Questions: every image as a vision segment, then the text, then the answer.

use std::ops::Range;

use unimed_imaging::RgbImage;

use super::{Answer, AskOptions, Engine, EngineError, ImageGaze, Part, TokenEvent};
use crate::{ask::Decoding, context::Context, error::RunError};
use unimed_package::host::{Host, Pace};
use unimed_tokenizer::StreamDecoder;

/// What an answer is about: everything read, and where in it the patches of each image lie.
struct ReadParts {
    context: Context,
    images: Vec<PatchKeys>,
}

/// Keys of an image's patches in a context.
struct PatchKeys {
    keys: Range<usize>,
    rows: usize,
    columns: usize,
}

impl Engine {
    /// Answers a question about images (or about nothing but itself): every image straight from
    /// the original through the vision tower, then the text, then the answer.
    ///
    /// `on_token` hears every token as it comes. When the host stops the job, the answer so far is
    /// returned with `stopped` set.
    ///
    /// # Errors
    ///
    /// [`EngineError`]: an empty or endless question, a lost device.
    pub async fn ask(
        &self,
        images: &[RgbImage],
        question: &str,
        options: &AskOptions,
        host: &dyn Host,
        on_token: &mut dyn FnMut(TokenEvent),
    ) -> Result<Answer, EngineError> {
        let mut parts: Vec<Part<'_>> = images.iter().map(Part::Image).collect();
        parts.push(Part::Text(question));
        self.ask_parts(&parts, options, host, on_token).await
    }

    /// Answers texts and images in any order.
    ///
    /// # Errors
    ///
    /// As [`Self::ask`].
    pub async fn ask_parts(
        &self,
        parts: &[Part<'_>],
        options: &AskOptions,
        host: &dyn Host,
        on_token: &mut dyn FnMut(TokenEvent),
    ) -> Result<Answer, EngineError> {
        let pace = Pace::new(host);
        let start_ms = host.now_ms();
        let read = match self.read_parts(parts, options, &pace).await {
            Err(error) if error.is_stop() => {
                let prefill_ms = host.now_ms() - start_ms;
                let text = String::new();
                return Ok(Answer {
                    text,
                    tokens: 0,
                    prefill_ms,
                    decode_ms: 0.0,
                    stopped: true,
                    gaze: Vec::new(),
                });
            }
            other => other?,
        };
        let prefill_ms = host.now_ms() - start_ms;
        let (mut answer, ids) = self.speak(&read.context, options, &pace, on_token).await?;
        answer.prefill_ms = prefill_ms;
        answer.decode_ms = host.now_ms() - start_ms - prefill_ms;
        if options.gaze && !answer.stopped {
            answer.gaze = self.gaze(&read, &ids, &pace).await?;
        }
        Ok(answer)
    }

    async fn gaze(
        &self,
        read: &ReadParts,
        ids: &[u32],
        pace: &Pace<'_>,
    ) -> Result<Vec<ImageGaze>, EngineError> {
        let watched: Vec<_> = read.images.iter().map(|image| image.keys.clone()).collect();
        let weights = self.model.gaze(&read.context, ids, &watched, pace).await?;
        Ok(read
            .images
            .iter()
            .zip(weights)
            .map(|(image, weights)| ImageGaze {
                rows: image.rows,
                columns: image.columns,
                weights,
            })
            .collect())
    }

    async fn read_parts(
        &self,
        parts: &[Part<'_>],
        options: &AskOptions,
        pace: &Pace<'_>,
    ) -> Result<ReadParts, EngineError> {
        if parts.is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        let (mut context, mut images) = (Context::default(), Vec::new());
        if let Some(think) = &options.think {
            let segment = self.model.text_segment(&self.ids(think)?);
            self.model.append(&mut context, segment, pace).await?;
        }
        for part in parts {
            let segment = match part {
                Part::Text(text) => self.model.text_segment(&self.prompt_ids(text)?),
                Part::Image(image) => {
                    let pixels = self.vision_pixels(image)?;
                    let patch = self.model.config.vision.patch_size;
                    let [_, _, height, width] = pixels.dims();
                    let (rows, columns) = (height / patch, width / patch);
                    // A marker stands before the patches.
                    let first = context.kv_len() + 1;
                    images.push(PatchKeys {
                        keys: first..first + rows * columns,
                        rows,
                        columns,
                    });
                    self.model.vision_segment(pixels, pace).await?
                }
            };
            self.model.append(&mut context, segment, pace).await?;
        }
        Ok(ReadParts { context, images })
    }

    /// Decodes after a context, streaming text; also returns the ids, start token first, unless it
    /// was stopped.
    pub(super) async fn speak(
        &self,
        context: &Context,
        options: &AskOptions,
        pace: &Pace<'_>,
        on_token: &mut dyn FnMut(TokenEvent),
    ) -> Result<(Answer, Vec<u32>), EngineError> {
        let decoding = Decoding {
            temperature: options.temperature,
            // The recorded list begins with the start token. An answer ends where the model's positions do; the first of
            // them is asked for in any case, so that a context without room is an error and no empty answer.
            max_length: options
                .max_tokens
                .saturating_add(1)
                .min(self.positions().saturating_sub(context.rope()).max(1)),
            seed: lower_32_bits(options.seed),
        };
        let mut stream = StreamDecoder::new(&self.tokenizer);
        let mut tokens = 0;
        let result = self
            .model
            .decode_text(
                context,
                &decoding,
                pace,
                &mut |token| {
                    let text = stream.push(token.id).to_owned();
                    let probability = token.probability;
                    on_token(TokenEvent {
                        text,
                        index: tokens,
                        probability,
                    });
                    tokens += 1;
                },
                &mut |_| {},
            )
            .await;
        let (ids, stopped) = match result {
            Ok(decoded) => (decoded.ids, false),
            Err(RunError::Stopped(_)) => (Vec::new(), true),
            Err(error) => return Err(error.into()),
        };
        stream.finish();
        let text = stream.text().to_owned();
        let answer = Answer {
            text,
            tokens,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            stopped,
            gaze: Vec::new(),
        };
        Ok((answer, ids))
    }

    /// Decodes to the end; unlike [`Self::speak`], a stop is an error, because what follows needs
    /// the whole text.
    pub(super) async fn speak_whole(
        &self,
        context: &Context,
        options: &AskOptions,
        pace: &Pace<'_>,
    ) -> Result<Answer, EngineError> {
        let (answer, _) = self.speak(context, options, pace, &mut |_| {}).await?;
        if answer.stopped {
            Err(unimed_package::host::Stopped.into())
        } else {
            Ok(answer)
        }
    }

    /// Ids of a prompt that is neither empty nor endless.
    pub(super) fn prompt_ids(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        if text.trim().is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        // Told before it is cut into tokens: one covers at least one byte, and seldom more than a hundred.
        let limit = self.positions();
        if text.len() > limit.saturating_mul(100) {
            let found = text.len() / 100;
            return Err(EngineError::LongPrompt { found, limit });
        }
        let ids = self.ids(text)?;
        if ids.len() > limit {
            return Err(EngineError::LongPrompt {
                found: ids.len(),
                limit,
            });
        }
        Ok(ids)
    }

    /// Positions that the model was trained for.
    fn positions(&self) -> usize {
        self.model.config.decoder.max_position_embeddings
    }
}

/// The reference seeds its generator with 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper bits are documented as ignored"
)]
pub(super) fn lower_32_bits(seed: u64) -> u32 {
    seed as u32
}
