//! The engine's words about its model, as the page wants them.

use unimed_core::engine::{AskOptions, ModelInfo, PaintOptions};
use unimed_protocol::{AskSettings, CounterfactualSettings, ModelCard, PaintSettings};

/// Steps between two previews where the makers of a model chose none.
const PREVIEW_EVERY: usize = 3;

/// What the page shows of a model.
pub(crate) fn model_card(info: &ModelInfo, hash: String) -> ModelCard {
    let (ask, paint) = (&info.defaults.ask, &info.defaults.paint);
    ModelCard {
        name: info.name.clone(),
        licence: info.licence.clone(),
        parameters: info.parameters,
        bytes: info.bytes,
        sees_px: info.max_read_side,
        paints_px: paint.width,
        paint_multiple_px: info.paint_multiple,
        paint_range_px: [info.paint_sides.0, info.paint_sides.1],
        ask: AskSettings {
            temperature: ask.temperature,
            seed: ask.seed,
            max_tokens: ask.max_tokens,
            attention: ask.attention,
        },
        paint: paint_settings(paint),
        edit: paint_settings(info.defaults.paint_for(true, "")),
        counterfactual: info.defaults.counterfactual.as_ref().map(|counterfactual| {
            let begins = counterfactual.begins.clone();
            let settings = paint_settings(&counterfactual.paint);
            CounterfactualSettings { begins, settings }
        }),
        hash,
    }
}

fn paint_settings(paint: &PaintOptions) -> PaintSettings {
    PaintSettings {
        width: paint.width,
        height: paint.height,
        steps: paint.steps,
        cfg_text: paint.cfg_text,
        cfg_image: paint.cfg_image,
        seed: paint.seed,
        preview_every: if paint.preview_every == 0 {
            PREVIEW_EVERY
        } else {
            paint.preview_every
        },
    }
}

/// The engine's options for the page's settings; what the page does not know is as the model's makers chose.
pub(crate) fn ask_options(info: &ModelInfo, settings: &AskSettings) -> AskOptions {
    AskOptions {
        temperature: settings.temperature,
        seed: settings.seed,
        max_tokens: settings.max_tokens,
        attention: settings.attention,
        ..info.defaults.ask.clone()
    }
}

/// The engine's options for the page's settings; what the page does not know is as the model's makers chose.
pub(crate) fn paint_options(
    info: &ModelInfo,
    settings: &PaintSettings,
    from_images: bool,
    prompt: &str,
) -> PaintOptions {
    PaintOptions {
        width: settings.width,
        height: settings.height,
        steps: settings.steps,
        cfg_text: settings.cfg_text,
        cfg_image: settings.cfg_image,
        seed: settings.seed,
        preview_every: settings.preview_every,
        ..info.defaults.paint_for(from_images, prompt).clone()
    }
}
