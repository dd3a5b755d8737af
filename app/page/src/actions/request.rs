//! What goes to the engine with words: images as they are shown, earlier turns, settings. All of it is decided here: first
//! when words are sent ([`attachments`], [`job`]), and once more when they are handed over ([`request`]), because by then the
//! image that they waited for has come and the model has said what its makers chose.

use crate::{
    actions::{rendered::as_shown, varied::varied},
    model::{
        attachments::{Attachments, PromptOptions, taken},
        image::ImageId,
        mode::Mode,
        thread::{self, Piece},
        trial::Change,
        turn::Job,
    },
    state::{pixels, session::Session, turn::Turn},
};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use unimed_protocol::{AskPart, Picture, Remedy, ToEngine, UserError};

/// What goes along with the words that are being typed: open images as they are shown now, whatever is done to them
/// while the words wait.
///
/// # Errors
///
/// An image cannot be taken as it is shown.
pub(crate) fn attachments(session: Session, mode: Mode) -> Result<Attachments, UserError> {
    let edited = session
        .conversation
        .editing
        .get()
        .and_then(|id| session.conversation.turn(id));
    if let Some(turn) = edited
        && turn.job.with_untracked(Job::mode) == mode
    {
        return Ok(Attachments {
            first: None,
            as_saved: false,
            ..turn.attachments()
        });
    }
    let also = session.conversation.also.get();
    let wishes = PromptOptions {
        mode,
        from_image: session.conversation.make_from_image.get(),
        also: &also,
    };
    let open = session.images.open.get();
    let taken = taken(session.images.subject(), wishes, &open);
    let image = |id| open.iter().find(|image| image.id == id).cloned();
    let shown = taken.images.into_iter().filter_map(image);
    let sources: Result<Vec<_>, _> = shown.map(|image| as_shown(session, image)).collect();
    Ok(Attachments {
        sources: sources?,
        awaits: taken.awaits.and_then(|batch| session.images.awaited(batch)),
        earlier: if mode == Mode::Ask && session.conversation.follow_up.get() {
            session.conversation.open_thread()
        } else {
            Vec::new()
        },
        ..Attachments::default()
    })
}

/// Words as a job, with the settings that are in force now. The page shows its size while it waits; what the model's makers
/// chose comes in when it is handed over ([`request`]).
pub(crate) fn job(session: Session, mode: Mode, words: String, attachments: &Attachments) -> Job {
    session.engine.model.with_untracked(|model| {
        session
            .preferences
            .settings
            .with_untracked(|settings| match mode {
                Mode::Ask => Job::Ask {
                    question: words,
                    settings: settings.ask(model.as_ref()),
                },
                Mode::Make => Job::Paint {
                    settings: settings.paint(model.as_ref(), &attachments.sources, &words),
                    prompt: words,
                },
            })
    })
}

/// A turn as the engine gets it.
#[derive(Debug)]
pub(crate) struct Request {
    /// The message.
    pub(crate) message: ToEngine,
    /// The pixels that the message names by their places.
    pub(crate) pictures: Vec<ArrayBuffer>,
    /// The images that the engine reads, in its order.
    pub(crate) read: Vec<ImageId>,
}

/// A turn for the engine, its settings filled in; the turn keeps them. Settings of a file stand as they are.
///
/// # Errors
///
/// An image that belongs to it is gone: never words alone that were meant to have one.
pub(crate) fn request(session: Session, turn: &Turn) -> Result<Request, UserError> {
    let attachments = turn.attachments();
    if !attachments.as_saved {
        turn.job.update(|known| {
            let seed = known.seed();
            *known = job(
                session,
                known.mode(),
                known.words().to_owned(),
                &attachments,
            )
            .with_seed(seed);
        });
    }
    let images: Vec<_> = attachments.sources.iter().map(|source| source.id).collect();
    let change = attachments.trial.map(|trial| trial.change);
    let mut pictures = Vec::new();
    let mut read = Vec::new();
    let message = match turn.job.get_untracked() {
        Job::Ask {
            question,
            mut settings,
        } => {
            let earlier = attachments.earlier.iter();
            let earlier = earlier.filter_map(|id| session.conversation.turn(*id));
            let exchanges: Vec<_> = earlier.filter_map(|turn| turn.exchange()).collect();
            let mut parts = Vec::new();
            for piece in thread::pieces(&exchanges, &images, &question) {
                parts.push(match piece {
                    Piece::Words(words) => AskPart::Text(words),
                    Piece::Image(_) if change == Some(Change::Without) => continue,
                    Piece::Image(id) => {
                        if change.is_none() {
                            read.push(id);
                        }
                        AskPart::Image(picture(id, change, &mut pictures)?)
                    }
                });
            }
            // Without an image there is nowhere to look, and nobody asks where a trial looked.
            settings.attention = !read.is_empty();
            ToEngine::Ask {
                job: turn.id,
                parts,
                settings,
            }
        }
        Job::Paint { prompt, settings } => {
            let images = images.into_iter();
            let images: Result<_, _> = images.map(|id| picture(id, None, &mut pictures)).collect();
            ToEngine::Paint {
                job: turn.id,
                images: images?,
                prompt,
                settings,
            }
        }
    };
    Ok(Request {
        message,
        pictures,
        read,
    })
}

/// An image for a message, its pixels, changed where a trial wants that, beside it.
fn picture(
    id: ImageId,
    change: Option<Change>,
    pictures: &mut Vec<ArrayBuffer>,
) -> Result<Picture, UserError> {
    let pixels = pixels::get(id).ok_or_else(|| {
        UserError::new(
            "An image that belongs to this is no longer in memory.",
            "Open it again and send the words once more.",
            Remedy::None,
        )
    })?;
    let buffer = pictures.len();
    pictures.push(varied(&pixels, change));
    Ok(Picture {
        width: pixels.width,
        height: pixels.height,
        buffer,
    })
}
