//! A saved conversation back in the page: shown as it was, and ready to be run again with the same settings.

use crate::{
    actions::{
        page::Page,
        saved::{
            base64,
            form::{Saved, SavedResult, SavedTrial, SavedTurn, tokens},
            read::{self, MOST_BYTES, user_error},
        },
    },
    model::{
        attachments::Attachments,
        file::shown_name,
        image::{OpenImage, Origin},
        modality::Modality,
        progress::bytes,
        trial::{Change, Trial},
        turn::{Job, Outcome, Status},
    },
    state::{pixels, turn::Turn},
};
use js_sys::{Array, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use unimed_protocol::{FileId, JobId, UserError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, ImageBitmap};

/// Opens a file that should be a saved conversation; says beside the viewer if it is none.
pub(crate) fn open(page: Page, file: File) {
    spawn_local(async move {
        if let Err(user_error) = restore(page, &file).await {
            page.decoder.tell(user_error);
        }
    });
}

async fn restore(page: Page, file: &File) -> Result<(), UserError> {
    let name = shown_name(&file.name());
    if file.size() > MOST_BYTES {
        let what = format!(
            "is too large: {}, at most {} can be opened",
            bytes(file.size()),
            bytes(MOST_BYTES)
        );
        return Err(user_error(&name, &what));
    }
    let text = JsFuture::from(file.text()).await;
    let text = text
        .ok()
        .and_then(|text| text.as_string())
        .ok_or_else(|| user_error(&name, "could not be read"))?;
    let saved = read::read(&name, &text)?;
    let mut images = Vec::new();
    for (number, image) in saved.images.iter().enumerate() {
        let shown = decoded(page, &saved, number).await;
        images.push(shown.map_err(|_| {
            user_error(
                &name,
                &format!("is damaged (the image {} cannot be read)", image.name),
            )
        })?);
    }
    // Only now, when all of it is known to be whole, the conversation changes.
    let mut turns = Vec::new();
    for turn in &saved.turns {
        turns.push(add(page, turn, &saved.model.sha256, &images, &turns));
    }
    Ok(())
}

/// An image of the file as an open one; the browser decodes it, as it does any picture.
async fn decoded(page: Page, saved: &Saved, number: usize) -> Result<OpenImage, JsValue> {
    let image = saved.images.get(number).ok_or(JsValue::NULL)?;
    let png = base64::decode(&image.png).ok_or(JsValue::NULL)?;
    let sort = BlobPropertyBag::new();
    sort.set_type("image/png");
    let parts = Array::of1(&Uint8Array::from(png.as_slice()));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &sort)?;
    let promise = window().create_image_bitmap_with_blob(&blob)?;
    let bitmap: ImageBitmap = JsFuture::from(promise).await?.dyn_into()?;
    let (width, height) = (bitmap.width(), bitmap.height());
    let canvas = pixels::blank_canvas(width, height)?;
    let context = pixels::context(&canvas)?;
    context.draw_image_with_image_bitmap(&bitmap, 0.0, 0.0)?;
    let data = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?;
    let id = FileId(page.session.next_number());
    pixels::keep(
        id,
        width,
        height,
        unimed_web::message::to_buffer(&data.data().0),
    )?;
    Ok(OpenImage {
        id,
        opened: id,
        name: shown_name(&image.name),
        width,
        height,
        origin: if image.generated {
            Origin::Made
        } else {
            Origin::File("saved".to_owned())
        },
        modality: Modality::Unknown,
        notes: image.notes.clone(),
    })
}

/// Adds a turn as it ended.
fn add(page: Page, turn: &SavedTurn, model: &str, images: &[OpenImage], turns: &[JobId]) -> JobId {
    let image = |place: usize| images.get(place).cloned();
    let attachments = Attachments {
        sources: turn
            .images
            .iter()
            .filter_map(|place| image(*place))
            .collect(),
        earlier: turn
            .earlier
            .iter()
            .filter_map(|place| turns.get(*place).copied())
            .collect(),
        first: turn.first.and_then(|place| turns.get(place).copied()),
        as_saved: true,
        awaits: None,
        trial: None,
    };
    let mut outcome = Outcome {
        status: turn.status.into(),
        delivered: true,
        model: model.to_owned(),
        figures: turn.figures.clone(),
        ..Outcome::default()
    };
    let job = match &turn.result {
        SavedResult::Ask {
            settings,
            answer,
            token_probabilities,
            attention,
            ..
        } => {
            outcome.text.clone_from(answer);
            outcome.token_probabilities = tokens(token_probabilities);
            for looked in attention {
                if let Some(image) = image(looked.image) {
                    outcome.read.push(image.id);
                    outcome.attention.push(looked.attention.clone());
                }
            }
            Job::Ask {
                question: turn.words.clone(),
                settings: settings.clone(),
            }
        }
        SavedResult::Make { settings, made } => {
            outcome.image = made.and_then(image).map(|image| (image.id, 1));
            Job::Paint {
                prompt: turn.words.clone(),
                settings: settings.clone(),
            }
        }
    };
    let added = page.session.add_turn(job, attachments, outcome);
    if let SavedResult::Ask { trials, .. } = &turn.result {
        for trial in trials {
            add_trial(page, trial, &added, images);
        }
    }
    added.id
}

/// Adds a trial of an answer as it ended.
fn add_trial(page: Page, trial: &SavedTrial, answer: &Turn, images: &[OpenImage]) {
    let mut attachments = Attachments {
        trial: Some(Trial {
            of: answer.id,
            change: trial.change,
        }),
        ..answer.attachments()
    };
    if trial.change == Change::Other {
        let other = trial.other.and_then(|place| images.get(place));
        attachments.sources = other.cloned().into_iter().collect();
    }
    let outcome = Outcome {
        status: Status::Done,
        delivered: true,
        model: answer
            .outcome
            .with_untracked(|outcome| outcome.model.clone()),
        text: trial.answer.clone(),
        token_probabilities: tokens(&trial.token_probabilities),
        ..Outcome::default()
    };
    page.session
        .add_turn(answer.job.get_untracked(), attachments, outcome);
}
