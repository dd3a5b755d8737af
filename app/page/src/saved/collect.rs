//! The conversation as it is now, with all its images as PNG files.

use super::{
    base64,
    form::{FORMAT, Saved, SavedGaze, SavedImage, SavedModel, SavedResult, SavedTurn, VERSION},
};
use crate::{
    export,
    pixels::{self, ImageId},
    state::{Origin, Session},
    turn::{Job, Turn},
};
use leptos::prelude::*;

/// An image to save: which, its name, whether a model made it.
struct Wanted {
    id: ImageId,
    name: String,
    generated: bool,
    notes: Vec<String>,
}

/// Everything that was said and made. An image that can no longer be read is left out.
pub(super) async fn collect(session: Session) -> Saved {
    let turns = session.turns.get_untracked();
    let mut images = Vec::new();
    // Where each image stands in the file.
    let mut places: Vec<ImageId> = Vec::new();
    for wanted in wanted(&turns) {
        if places.contains(&wanted.id) {
            continue;
        }
        if let Some(image) = png_of(&wanted).await {
            places.push(wanted.id);
            images.push(image);
        }
    }
    let place = |id: ImageId| places.iter().position(|known| *known == id);
    let model = session.model.with_untracked(|model| {
        model
            .as_ref()
            .map_or_else(SavedModel::default, |model| SavedModel {
                name: model.name.clone(),
                sha256: model.hash.clone(),
            })
    });
    let device = session.device.with_untracked(|device| {
        device
            .as_ref()
            .map_or_else(String::new, |card| card.name.clone())
    });
    Saved {
        format: FORMAT.to_owned(),
        version: VERSION,
        saved_at: js_sys::Date::new_0().to_iso_string().into(),
        model,
        device,
        images,
        turns: turns
            .iter()
            .map(|turn| saved_turn(turn, &turns, &place))
            .collect(),
    }
}

fn wanted(turns: &[Turn]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for turn in turns {
        wanted.extend(turn.along().sources.into_iter().map(|source| Wanted {
            id: source.id,
            generated: source.origin == Origin::Made,
            notes: source.notes,
            name: source.name,
        }));
        if let Some((id, _)) = turn.outcome.with_untracked(|outcome| outcome.image) {
            wanted.push(Wanted {
                id,
                name: turn.job.with_untracked(|job| job.words().to_owned()),
                generated: true,
                notes: Vec::new(),
            });
        }
    }
    wanted
}

async fn png_of(wanted: &Wanted) -> Option<SavedImage> {
    let pixels = pixels::get(wanted.id)?;
    let png = if wanted.generated {
        export::marked_png(&pixels.canvas).await
    } else {
        export::png_bytes(&pixels.canvas).await
    };
    Some(SavedImage {
        name: wanted.name.clone(),
        generated: wanted.generated,
        notes: wanted.notes.clone(),
        png: base64::encode(&png.ok()?),
    })
}

fn saved_turn(turn: &Turn, turns: &[Turn], place: &impl Fn(ImageId) -> Option<usize>) -> SavedTurn {
    let (outcome, along) = (turn.outcome.get_untracked(), turn.along());
    let number = |id| turns.iter().position(|turn| turn.id == id);
    let result = match turn.job.get_untracked() {
        Job::Ask { settings, .. } => SavedResult::Ask {
            settings,
            sure: outcome
                .sure
                .iter()
                .filter(|token| token.end > 0)
                .map(|token| (token.end.min(outcome.text.len()), token.probability))
                .collect(),
            gaze: outcome
                .read
                .iter()
                .zip(outcome.gaze)
                .filter_map(|(id, gaze)| {
                    let image = place(*id)?;
                    Some(SavedGaze { image, gaze })
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
        images: along
            .sources
            .iter()
            .filter_map(|source| place(source.id))
            .collect(),
        earlier: along.earlier.iter().filter_map(|id| number(*id)).collect(),
        first: along.first.and_then(number),
        status: outcome.status.into(),
        figures: outcome.figures,
        result,
    }
}
