//! The conversation as it is now, with all its images as PNG files.

use crate::{
    actions::{
        burned_in::{Suspect, covered},
        export,
        saved::{
            base64,
            form::{
                FORMAT, Saved, SavedAttention, SavedImage, SavedModel, SavedResult, SavedTrial,
                SavedTurn, VERSION,
            },
        },
    },
    language::say,
    model::{
        image::{ImageId, Origin},
        trial::Change,
        turn::{Job, Outcome, Status},
    },
    state::{pixels, session::Session, turn::Turn},
};
use leptos::prelude::*;
use unimed_protocol::UserError;

/// An image to save: which, its name, whether it is a person's file, whether a model made it.
struct Wanted {
    id: ImageId,
    name: String,
    opened: bool,
    generated: bool,
    /// Whether a person's image is in it: itself, or what it was made from.
    of_a_person: bool,
    notes: Vec<String>,
}

/// The images that names may be written into, each once.
pub(crate) fn suspects(session: Session) -> Vec<Suspect> {
    let wanted = session
        .conversation
        .turns
        .with_untracked(|turns| wanted(turns));
    let mut suspects: Vec<Suspect> = Vec::new();
    for wanted in wanted.iter().filter(|wanted| wanted.of_a_person) {
        if !suspects.iter().any(|known| known.id == wanted.id) {
            suspects.push(Suspect::new(wanted.id, &wanted.notes));
        }
    }
    suspects
}

/// Everything that was said and made, with the words in images covered that are to be. An image that can no longer be read is
/// left out; without `names`, files are numbered.
pub(crate) async fn collect(session: Session, names: bool, covers: &[Suspect]) -> Saved {
    let turns = session.conversation.turns.get_untracked();
    let mut images = Vec::new();
    // Where each image stands in the file.
    let mut places: Vec<ImageId> = Vec::new();
    for mut wanted in wanted(&turns) {
        if !names && wanted.opened {
            wanted.name = say("Image {}", &[&(places.len() + 1).to_string()]);
        }
        if places.contains(&wanted.id) {
            continue;
        }
        if let Some(image) = png_of(&wanted, covers).await {
            places.push(wanted.id);
            images.push(image);
        }
    }
    let place = |id: ImageId| places.iter().position(|known| *known == id);
    let model = session.engine.model.with_untracked(|model| {
        model
            .as_ref()
            .map_or_else(SavedModel::default, |model| SavedModel {
                name: model.name.clone(),
                sha256: model.hash.clone(),
            })
    });
    let device = session.engine.device.with_untracked(|device| {
        device
            .as_ref()
            .map_or_else(String::new, |card| card.name.clone())
    });
    let (trials, told): (Vec<_>, Vec<_>) = turns.into_iter().partition(Turn::is_trial);
    Saved {
        format: FORMAT.to_owned(),
        version: VERSION,
        saved_at: js_sys::Date::new_0().to_iso_string().into(),
        model,
        device,
        images,
        turns: told
            .iter()
            .map(|turn| saved_turn(turn, &told, trials_of(turn, &trials, &place), &place))
            .collect(),
    }
}

fn wanted(turns: &[Turn]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for turn in turns {
        wanted.extend(turn.attachments().sources.into_iter().map(|source| Wanted {
            id: source.id,
            opened: matches!(source.origin, Origin::File(_)),
            generated: source.origin == Origin::Made,
            of_a_person: source.origin != Origin::Made,
            notes: source.notes,
            name: source.name,
        }));
        if let Some((id, _)) = turn.outcome.with_untracked(|outcome| outcome.image) {
            wanted.push(Wanted {
                id,
                name: turn.job.with_untracked(|job| job.words().to_owned()),
                opened: false,
                generated: true,
                of_a_person: !turn.attachments().sources.is_empty(),
                notes: Vec::new(),
            });
        }
    }
    wanted
}

async fn png_of(wanted: &Wanted, covers: &[Suspect]) -> Option<SavedImage> {
    let canvas = covered(wanted.id, &pixels::get(wanted.id)?.canvas().ok()?, covers).ok()?;
    let png = if wanted.generated {
        export::marked_png(&canvas).await
    } else {
        export::png_bytes(&canvas).await
    };
    Some(SavedImage {
        name: wanted.name.clone(),
        generated: wanted.generated,
        notes: wanted.notes.clone(),
        png: base64::encode(&png.ok()?),
    })
}

/// The trials of a turn that came to an end.
fn trials_of(
    turn: &Turn,
    trials: &[Turn],
    place: &impl Fn(ImageId) -> Option<usize>,
) -> Vec<SavedTrial> {
    let saved = |trial: &Turn| {
        let (outcome, attachments) = (trial.outcome.get_untracked(), trial.attachments());
        let known = attachments.trial.filter(|known| known.of == turn.id)?;
        let source = attachments.sources.first();
        (outcome.status == Status::Done).then(|| SavedTrial {
            change: known.change,
            other: source
                .filter(|_| known.change == Change::Other)
                .and_then(|source| place(source.id)),
            token_probabilities: saved_tokens(&outcome),
            answer: outcome.text,
        })
    };
    trials.iter().filter_map(saved).collect()
}

fn saved_tokens(outcome: &Outcome) -> Vec<(usize, f32)> {
    let tokens = outcome.token_probabilities.iter();
    tokens
        .filter(|token| token.end > 0)
        .map(|token| (token.end.min(outcome.text.len()), token.probability))
        .collect()
}

fn saved_turn(
    turn: &Turn,
    turns: &[Turn],
    trials: Vec<SavedTrial>,
    place: &impl Fn(ImageId) -> Option<usize>,
) -> SavedTurn {
    let (outcome, attachments) = (turn.outcome.get_untracked(), turn.attachments());
    let number = |id| turns.iter().position(|turn| turn.id == id);
    let result = match turn.job.get_untracked() {
        Job::Ask { settings, .. } => SavedResult::Ask {
            settings,
            token_probabilities: saved_tokens(&outcome),
            trials,
            attention: outcome
                .read
                .iter()
                .zip(outcome.attention)
                .filter_map(|(id, attention)| {
                    let image = place(*id)?;
                    Some(SavedAttention { image, attention })
                })
                .collect(),
            answer: outcome.text,
        },
        Job::Paint { settings, .. } => SavedResult::Make {
            settings,
            made: outcome.image.and_then(|(id, _)| place(id)),
        },
    };
    SavedTurn {
        words: turn.job.with_untracked(|job| job.words().to_owned()),
        images: attachments
            .sources
            .iter()
            .filter_map(|source| place(source.id))
            .collect(),
        earlier: attachments
            .earlier
            .iter()
            .filter_map(|id| number(*id))
            .collect(),
        first: attachments.first.and_then(number),
        status: outcome.status.into(),
        figures: match outcome.user_error {
            Some(UserError { what, advice, .. }) => format!("{what} {advice}"),
            None => outcome.figures,
        },
        result,
    }
}
