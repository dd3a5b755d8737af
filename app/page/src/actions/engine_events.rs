//! What the engine worker says, and what it changes in the page.

use crate::{
    actions::engine::EngineLink,
    language::{say, tr},
    model::{
        engine::EngineStatus,
        progress::measured,
        token_probability,
        turn::{Outcome, Status},
    },
    state::{kernel_timings, pixels},
};
use leptos::prelude::*;
use unimed_protocol::{FileId, FromEngine, Picture, Remedy};
use unimed_web::message::Message;

impl EngineLink {
    /// Hears one event of the worker.
    pub(crate) fn hear(self, event: FromEngine, message: &Message) {
        let session = self.session;
        match event {
            FromEngine::Measured { adapter, record } => kernel_timings::keep(adapter, record),
            FromEngine::Device(card) => session.engine.device.set(Some(card)),
            FromEngine::Loading {
                done_bytes,
                total_bytes,
                phase,
            } => {
                session.engine.state.set(EngineStatus::Loading {
                    done: done_bytes,
                    total: total_bytes,
                    phase,
                });
            }
            FromEngine::Ready(card) => {
                session.engine.model.set(Some(*card));
                session.engine.state.set(EngineStatus::Ready);
                // A browser that is short of space then asks before it throws the model away. It may say no.
                let _ = window().navigator().storage().persist();
                self.deliver_waiting();
            }
            FromEngine::StartFailed(user_error) => self.give_up(&user_error),
            FromEngine::Token {
                job,
                text,
                index,
                probability,
            } => {
                session.conversation.advance(job, |outcome| {
                    if !outcome.stopping {
                        if index == 0 {
                            outcome.text.clear();
                        }
                        outcome.text.push_str(&text);
                        token_probability::note(
                            &mut outcome.token_probabilities,
                            &outcome.text,
                            probability,
                        );
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
                attention,
            } => {
                self.succeeded();
                session.conversation.advance(job, |outcome| {
                    let tokens = if stopped && outcome.stopping {
                        // The answer stays as it was when the person pressed Stop.
                        outcome.token_probabilities.len()
                    } else {
                        outcome.text = text;
                        tokens
                    };
                    outcome.attention = attention;
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
                session.conversation.advance(job, |outcome| {
                    outcome.step_times.note(step, steps, now);
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
                self.succeeded();
                session.conversation.advance(job, |outcome| {
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
                session
                    .conversation
                    .advance(job, |outcome| outcome.status = Status::Stopped);
            }
            // The device is gone, and with it everything that this worker could still do.
            FromEngine::Failed { user_error, .. } if user_error.remedy == Remedy::Restart => {
                self.stopped(&user_error.what);
            }
            FromEngine::Failed { job, user_error } => {
                session.conversation.advance(job, |outcome| {
                    outcome.fail(user_error);
                });
            }
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

fn answer_figures(tokens: usize, prefill_ms: f64, decode_ms: f64) -> String {
    let words = if tokens == 1 {
        tr("1 token").to_owned()
    } else {
        say("{} tokens", &[&tokens.to_string()])
    };
    say("{} in {}", &[&words, &measured(prefill_ms + decode_ms)])
}
