//! Questions: every image as a vision segment, then the text, then the answer.

use std::sync::Arc;

use unimed_imaging::RgbImage;

use super::{
    Answer, AskOptions, Engine, EngineError, ImageAttention, Part, TokenEvent,
    prompt_cache::{CachedPrefix, PatchKeys, PromptPart},
};
use crate::{
    ask::{Decoded, Decoding},
    context::{Context, Segment},
    error::RunError,
};
use unimed_package::host::{Host, Yielder};
use unimed_tokenizer::StreamDecoder;

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
        let yielder = Yielder::new(host);
        let start_ms = host.now_ms();
        let read = match self.read_parts(parts, options, &yielder).await {
            Err(error) if error.is_stop() => {
                let prefill_ms = host.now_ms() - start_ms;
                let text = String::new();
                return Ok(Answer {
                    text,
                    tokens: 0,
                    prefill_ms,
                    decode_ms: 0.0,
                    stopped: true,
                    read_tokens: 0,
                    attention: Vec::new(),
                });
            }
            other => other?,
        };
        let prefill_ms = host.now_ms() - start_ms;
        let (read, read_tokens) = read;
        let mut after = read.context.clone();
        let (mut answer, decoded) = self.speak(&mut after, options, &yielder, on_token).await?;
        answer.prefill_ms = prefill_ms;
        answer.decode_ms = host.now_ms() - start_ms - prefill_ms;
        answer.read_tokens = read_tokens;
        if let Some(decoded) = decoded {
            if options.attention {
                answer.attention = self.attention(&read, &decoded.ids, &yielder).await?;
            }
            self.remember_answer(read, after, &decoded);
        }
        Ok(answer)
    }

    /// Remembers an answer that came to its end, for the question that follows up on it.
    fn remember_answer(&self, mut read: CachedPrefix, after: Context, decoded: &Decoded) {
        let Some((_, content)) = decoded.ids.split_first().filter(|_| decoded.ended) else {
            return;
        };
        read.parts.push(PromptPart::Text(content.to_vec()));
        read.context = after;
        read.open = true;
        self.prompts.keep(read);
    }

    async fn attention(
        &self,
        read: &CachedPrefix,
        ids: &[u32],
        yielder: &Yielder<'_>,
    ) -> Result<Vec<ImageAttention>, EngineError> {
        let watched: Vec<_> = read.images.iter().map(|image| image.keys.clone()).collect();
        let weights = self
            .model
            .attention(&read.context, ids, &watched, yielder)
            .await?;
        Ok(read
            .images
            .iter()
            .zip(weights)
            .map(|(image, weights)| ImageAttention {
                rows: image.rows,
                columns: image.columns,
                weights,
            })
            .collect())
    }

    /// Reads what is not remembered of these parts; also tells how many tokens that were.
    async fn read_parts(
        &self,
        parts: &[Part<'_>],
        options: &AskOptions,
        yielder: &Yielder<'_>,
    ) -> Result<(CachedPrefix, usize), EngineError> {
        if parts.is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        let mut wanted = Vec::with_capacity(parts.len() + 1);
        if let Some(think) = &options.think {
            wanted.push(PromptPart::Text(self.ids(think)?));
        }
        for part in parts {
            wanted.push(match part {
                Part::Text(text) => PromptPart::Text(self.prompt_ids(text)?),
                Part::Image(image) => PromptPart::Image(Arc::new(self.vision_picture(image)?)),
            });
        }
        let mut read = self.prompts.longest(&wanted);
        let known = read.context.kv_len();
        for part in wanted.drain(..).skip(read.parts.len()) {
            let segment = self.segment(&part, &mut read, yielder).await?;
            self.model
                .append(&mut read.context, segment, yielder)
                .await?;
            let is_image = matches!(part, PromptPart::Image(_));
            read.parts.push(part);
            if is_image {
                // The next question about it may be another one.
                read.context.share();
                self.prompts.keep(read.clone());
            }
        }
        // Where the last part is an answer that is remembered, nothing has ended it yet.
        self.end_answer(&mut read, yielder).await?;
        self.prompts.keep(read.clone());
        let new = read.context.kv_len() - known;
        Ok((read, new))
    }

    /// A part as it follows what was read, with the end of an answer that is still open before it.
    async fn segment(
        &self,
        part: &PromptPart,
        read: &mut CachedPrefix,
        yielder: &Yielder<'_>,
    ) -> Result<Segment, EngineError> {
        match part {
            PromptPart::Text(ids) if std::mem::take(&mut read.open) => {
                Ok(self.model.text_segment_after_answer(ids))
            }
            PromptPart::Text(ids) => Ok(self.model.text_segment(ids)),
            PromptPart::Image(picture) => {
                self.end_answer(read, yielder).await?;
                let pixels = self.picture_pixels(picture);
                let patch = self.model.config.vision.patch_size;
                let [_, _, height, width] = pixels.dims();
                let (rows, columns) = (height / patch, width / patch);
                // A marker stands before the patches.
                let first = read.context.kv_len() + 1;
                read.images.push(PatchKeys {
                    keys: first..first + rows * columns,
                    rows,
                    columns,
                });
                Ok(self.model.vision_segment(pixels, yielder).await?)
            }
        }
    }

    /// Reads the end of an answer that is still open.
    async fn end_answer(
        &self,
        read: &mut CachedPrefix,
        yielder: &Yielder<'_>,
    ) -> Result<(), EngineError> {
        if read.open {
            let end = self.model.token_segment(self.model.special.eos);
            self.model.append(&mut read.context, end, yielder).await?;
            read.open = false;
        }
        Ok(())
    }

    /// Decodes into a context, streaming text; also returns the ids, start token first, unless it
    /// was stopped.
    pub(super) async fn speak(
        &self,
        context: &mut Context,
        options: &AskOptions,
        yielder: &Yielder<'_>,
        on_token: &mut dyn FnMut(TokenEvent),
    ) -> Result<(Answer, Option<Decoded>), EngineError> {
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
            .decode_into(
                context,
                &decoding,
                yielder,
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
                None,
            )
            .await;
        let decoded = match result {
            Ok(decoded) => Some(decoded),
            Err(RunError::Stopped(_)) => None,
            Err(error) => return Err(error.into()),
        };
        stream.finish();
        let text = stream.text().to_owned();
        let answer = Answer {
            text,
            tokens,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            stopped: decoded.is_none(),
            read_tokens: 0,
            attention: Vec::new(),
        };
        Ok((answer, decoded))
    }

    /// Decodes to the end; unlike [`Self::speak`], a stop is an error, because what follows needs
    /// the whole text.
    pub(super) async fn speak_whole(
        &self,
        context: &Context,
        options: &AskOptions,
        yielder: &Yielder<'_>,
    ) -> Result<Answer, EngineError> {
        let mut context = context.clone();
        let (answer, _) = self
            .speak(&mut context, options, yielder, &mut |_| {})
            .await?;
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
