//! The bar at the top: open, samples, the model and device chips, look, about.

use crate::{
    actions::page::Page,
    language::{self, say, tr},
    model::{
        engine::EngineStatus, panel::PanelKind, progress::bytes, samples::SAMPLES, settings::Theme,
    },
    state::engine::EngineStore,
    views::icons::{Glyph, Icon},
};
use leptos::prelude::*;
use unimed_protocol::Compute;

/// The bar.
#[component]
pub(crate) fn Bar() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let dark = move || {
        session
            .preferences
            .settings
            .with(|settings| settings.theme == Theme::Dark)
    };
    let open_panel = move |kind| page.panel.set(Some(kind));
    view! {
        <header class="bar">
            <h1 class="brand">"UniMed"</h1>
            <button class="button" type="button" title=tr("Open images (o)") on:click=move |_| page.choose_file()>
                <Glyph icon=Icon::Open />
                <span>{tr("Open")}</span>
            </button>
            <SamplesMenu />
            <span class="spring"></span>
            <button
                class="chip"
                type="button"
                data-testid="model"
                title=tr("About the model")
                on:click=move |_| open_panel(PanelKind::Model)
            >
                <Glyph icon=Icon::Model />
                <span class="chip-text" translate="no">{move || model_text(page)}</span>
            </button>
            <button
                class="chip"
                class:caution=move || session.engine.device.with(|card| card.as_ref().is_some_and(|card| card.software))
                type="button"
                data-testid="device"
                title=tr("What the model runs on")
                on:click=move |_| open_panel(PanelKind::Device)
            >
                <Glyph icon=Icon::Device />
                <span class="chip-text" translate="no">{move || device_text(page)}</span>
            </button>
            <LanguageChoice />
            <button
                class="plain"
                type="button"
                aria-label=move || if dark() { tr("Switch to the light look") } else { tr("Switch to the dark look") }
                title=move || if dark() { tr("Light look") } else { tr("Dark look") }
                on:click=move |_| session.preferences.toggle_theme()
            >
                {move || if dark() { view! { <Glyph icon=Icon::Sun /> } } else { view! { <Glyph icon=Icon::Moon /> } }}
            </button>
            <button class="plain" type="button" aria-label=tr("About, keys and credits") title=tr("About, keys and credits (?)") on:click=move |_| open_panel(PanelKind::About)>
                <Glyph icon=Icon::Info />
            </button>
        </header>
    }
}

/// The language, each by its own name, so that whoever needs it can read it.
#[component]
pub(crate) fn LanguageChoice() -> impl IntoView {
    let session = Page::of_context().session;
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(language) = language::all().iter().find(|known| known.name == name) {
            session.preferences.speak(*language);
        }
    };
    view! {
        <select class="select language" aria-label="Language / 语言" data-testid="language" on:change=choose>
            {language::all().iter().map(|&language| view! {
                <option value=language.name lang=language.tag selected=move || session.preferences.spoken.get() == language>{language.name}</option>
            }).collect_view()}
        </select>
    }
}

#[component]
fn SamplesMenu() -> impl IntoView {
    let page = Page::of_context();
    let open = RwSignal::new(false);
    let items = move || {
        let items = SAMPLES.iter().map(|sample| {
            let choose = move |_| {
                open.set(false);
                page.decoder.open_sample(sample);
            };
            view! {
                <button class="menu-item" type="button" data-testid="sample" title=sample.credit on:click=choose>
                    <img src=format!("samples/{}", sample.preview) alt="" width="40" height="40" />
                    <span>{tr(sample.name)}</span>
                </button>
            }
        });
        items.collect_view()
    };
    // The menu closes when the focus leaves it.
    let on_focusout = move |event: leptos::ev::FocusEvent| {
        use wasm_bindgen::JsCast;
        let inside = event
            .current_target()
            .and_then(|menu| menu.dyn_into::<web_sys::Node>().ok())
            .zip(
                event
                    .related_target()
                    .and_then(|to| to.dyn_into::<web_sys::Node>().ok()),
            )
            .is_some_and(|(menu, to)| menu.contains(Some(&to)));
        if !inside {
            open.set(false);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    };
    view! {
        <div class="menu" on:focusout=on_focusout on:keydown=on_key>
            <button
                class="button"
                type="button"
                aria-haspopup="true"
                aria-expanded=move || open.get().to_string()
                title=tr("Open a sample picture")
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Glyph icon=Icon::Samples />
                <span>{tr("Samples")}</span>
            </button>
            <Show when=move || open.get()>
                <div class="menu-list">{items()}</div>
            </Show>
        </div>
    }
}

fn model_text(page: Page) -> String {
    if let Some(name) = page.session.engine.model.with(|model| {
        model
            .as_ref()
            .map(|model| format!("{} ({})", model.name, bytes(model.bytes as f64)))
    }) && page
        .session
        .engine
        .state
        .with(|state| *state == EngineStatus::Ready)
    {
        return name;
    }
    engine_text(page.session.engine)
}

/// How far the engine is, in a few words.
pub(crate) fn engine_text(engine: EngineStore) -> String {
    let online = engine.online.get();
    engine.state.with(|state| match state {
        EngineStatus::Starting => tr("Starting the engine").to_owned(),
        EngineStatus::Loading { phase, .. }
            if !online && (phase == "downloading" || phase == "fetching") =>
        {
            tr("Waiting for the network").to_owned()
        }
        EngineStatus::Loading { phase, .. } if phase == "compiling" => {
            tr("Compiling for the GPU").to_owned()
        }
        EngineStatus::Loading { done, total, phase } if phase == "downloading" => {
            say("Downloading {} %", &[&per_cent(*done, *total)])
        }
        EngineStatus::Loading { done, total, phase } if *total > 0 => {
            let sentence = if phase == "fetching" {
                "Downloading model {} %"
            } else {
                "Loading model {} %"
            };
            say(sentence, &[&per_cent(*done, *total)])
        }
        EngineStatus::Loading { .. } => tr("Loading model").to_owned(),
        EngineStatus::Ready => tr("Ready").to_owned(),
        EngineStatus::Dead(_) => tr("Model not running").to_owned(),
    })
}

/// A share in per cent, without the sign.
fn per_cent(done: u64, total: u64) -> String {
    format!("{:.0}", done as f64 / total.max(1) as f64 * 100.0)
}

fn device_text(page: Page) -> String {
    page.session.engine.device.with(|card| match card {
        None if page
            .session
            .engine
            .state
            .with(|state| matches!(state, EngineStatus::Dead(_))) =>
        {
            tr("No device").to_owned()
        }
        None => tr("Finding a device").to_owned(),
        Some(card) if card.software => say("{} (software adapter, slow)", &[&card.name]),
        Some(card) if card.compute == Compute::Cpu => match &card.other_adapter {
            Some(_) => say("{} (WebGPU here is a software adapter)", &[&card.name]),
            None => card.name.clone(),
        },
        Some(card) => card.name.clone(),
    })
}
