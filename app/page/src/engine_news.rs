//! What the engine worker says, and what it changes in the page.

use super::{
    engine_link::Engine,
    pixels,
    progress::measured,
    speeds,
    state::{EngineState, Modality, OpenImage, Origin},
    sure,
    turn::{Outcome, Status, Turn},
};
use crate::language::{say, tr};
use leptos::prelude::*;
use unimed_protocol::{FileId, FromEngine, Picture};
use unimed_web::message::Message;

impl Engine {
    /// Hears one event of the worker.
    pub(super) fn hear(self, event: FromEngine, message: &Message) {
        let session = self.session;
        match event {
            FromEngine::Measured { adapter, record } => speeds::keep(adapter, record),
            FromEngine::Device(card) => session.device.set(Some(card)),
            FromEngine::Loading {
                done_bytes,
                total_bytes,
                phase,
            } => {
                session.engine.set(EngineState::Loading {
                    done: done_bytes,
                    total: total_bytes,
                    phase,
                });
            }
            FromEngine::Ready(card) => {
                session.model.set(Some(*card));
                session.engine.set(EngineState::Ready);
                // A browser that is short of space then asks before it throws the model away. It may say no.
                let _ = window().navigator().storage().persist();
                self.deliver_waiting();
            }
            FromEngine::StartFailed(trouble) => self.give_up(&trouble),
            FromEngine::Token {
                job,
                text,
                index,
                probability,
            } => {
                session.advance(job, |outcome| {
                    if !outcome.stopping {
                        if index == 0 {
                            outcome.text.clear();
                        }
                        outcome.text.push_str(&text);
                        sure::note(&mut outcome.sure, &outcome.text, probability);
                    }
                });
            }
            FromEngine::Answered {
                job,
                text,
                tokens,
                prefill_ms,
                decode_ms,
                stopped,
                gaze,
            } => {
                session.advance(job, |outcome| {
                    let tokens = if stopped && outcome.stopping {
                        // The answer stays as it was when the person pressed Stop.
                        outcome.sure.len()
                    } else {
                        outcome.text = text;
                        tokens
                    };
                    outcome.gaze = gaze;
                    outcome.status = Status::ended(stopped);
                    outcome.figures = answer_figures(tokens, prefill_ms, decode_ms);
                });
            }
            FromEngine::Step {
                job,
                step,
                steps,
                preview,
            } => {
                let now = unimed_web::browser::now_ms();
                session.advance(job, |outcome| {
                    outcome.pace.note(step, steps, now);
                    if let Some(picture) = preview {
                        self.draw(outcome, picture, message);
                    }
                });
            }
            FromEngine::Painted {
                job,
                picture,
                steps,
                seed,
                paint_ms,
                stopped,
            } => {
                session.advance(job, |outcome| {
                    self.draw(outcome, picture, message);
                    outcome.status = Status::ended(stopped);
                    let (time, seed) = (measured(paint_ms), seed.to_string());
                    outcome.figures = match steps {
                        1 => say("1 step in {}, seed {}", &[&time, &seed]),
                        _ => say(
                            "{} steps in {}, seed {}",
                            &[&steps.to_string(), &time, &seed],
                        ),
                    };
                });
            }
            FromEngine::Stopped { job } => {
                session.advance(job, |outcome| outcome.status = Status::Stopped);
            }
            FromEngine::Failed { job, trouble } => session.advance(job, |outcome| {
                outcome.fail(trouble);
            }),
        }
    }

    fn draw(self, outcome: &mut Outcome, picture: Picture, message: &Message) {
        let Some(buffer) = message.buffer(picture.buffer) else {
            return;
        };
        let (id, version) = outcome
            .image
            .unwrap_or_else(|| (FileId(self.session.next_number()), 0));
        if pixels::keep(id, picture.width, picture.height, buffer).is_ok() {
            outcome.image = Some((id, version + 1));
        }
    }
}

/// A result of a turn as an image that can be opened in the viewer.
pub(crate) fn result_image(turn: &Turn) -> Option<OpenImage> {
    let (id, _) = turn.outcome.with_untracked(|outcome| outcome.image)?;
    let pixels = pixels::get(id)?;
    Some(OpenImage {
        id,
        name: turn.job.with_untracked(|job| job.words().to_owned()),
        width: pixels.width,
        height: pixels.height,
        origin: Origin::Made,
        // What was changed still shows what its source showed.
        modality: turn
            .along()
            .sources
            .first()
            .map_or(Modality::Unknown, |source| source.modality),
        notes: Vec::new(),
    })
}

fn answer_figures(tokens: usize, prefill_ms: f64, decode_ms: f64) -> String {
    let words = if tokens == 1 {
        tr("1 token").to_owned()
    } else {
        say("{} tokens", &[&tokens.to_string()])
    };
    say("{} in {}", &[&words, &measured(prefill_ms + decode_ms)])
}
