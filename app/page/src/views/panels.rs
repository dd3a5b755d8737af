//! What the panels hold: the model, the device, the requests, and about.

use crate::{
    actions::{offline, page::Page},
    language::{say, tr, tr_of},
    model::{
        panel::PanelKind,
        progress::{bytes, parameters},
        samples::SAMPLES,
    },
    views::{
        models::Models,
        panel::Panel,
        viewer::{key_bindings::Keys, metadata::Metadata},
    },
};
use leptos::prelude::*;
use unimed_protocol::{DeviceChoice, RequestKind, RequestRecord};
use unimed_web::browser;

/// All panels; each is in the page but shown only when it is the open one.
#[component]
pub(crate) fn Panels() -> impl IntoView {
    let open = Page::of_context().panel;
    view! {
        <Panel kind=PanelKind::About title=tr("About UniMed") open=open><About /></Panel>
        <Panel kind=PanelKind::Model title=tr("Model") open=open><Model /><Models /></Panel>
        <Panel kind=PanelKind::Device title=tr("Device") open=open><Device /></Panel>
        <Panel kind=PanelKind::Ledger title=tr("Every request") open=open><Ledger /></Panel>
        <Panel kind=PanelKind::Metadata title=tr("Metadata") open=open><Metadata /></Panel>
    }
}

#[component]
fn About() -> impl IntoView {
    let keys = [
        ("o", "open images"),
        ("/", "go to the prompt"),
        ("a, m", "Ask, Make"),
        ("Enter", "send"),
        ("Shift + Enter", "new line"),
        ("Esc", "stop"),
        ("?", "this panel"),
    ];
    view! {
        <p>
            {tr("UniMed answers questions about medical images and makes medical images, with one model, on your own device. \
             Images that you open stay in this browser's memory and are gone when you close the page.")}
        </p>
        <p>
            <strong>{tr("Not for clinical use. ")}</strong>
            {tr("The model that comes with this page was trained on simulated and on some real images. What it says and what it \
             makes can be wrong; use it to learn and to try, never to decide about a person.")}
        </p>
        <p class="about-language">{tr("Language")}" "<crate::views::bar::LanguageChoice /></p>
        <h3>{tr("Keys and mouse")}</h3>
        <dl class="keys">
            {keys.map(|(key, does)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{tr(does)}</dd></div> }).collect_view()}
        </dl>
        <h3>{tr("In the viewer")}</h3>
        <Keys />
        <h3>{tr("Sample pictures")}</h3>
        <ul class="credits">
            {SAMPLES.iter().map(|sample| view! { <li><strong>{tr(sample.name)}</strong>": "{sample.credit}"."</li> }).collect_view()}
        </ul>
        <Kept />
        <h3>{tr("Licence")}</h3>
        <p>{tr("The program is free software under the MIT or the Apache 2.0 licence, as you choose.")}</p>
        <p class="meta">{say("Version {}", &[env!("CARGO_PKG_VERSION")])}</p>
        <Files />
    }
}

/// The hash of the list of this page's files, which `boot.js` has computed, and the list; in a tab of its own, because this
/// page would be gone.
#[component]
fn Files() -> impl IntoView {
    let open = Page::of_context().panel;
    view! {
        <p class="meta">
            <a href="files.json" target="_blank">{tr("Hashes of this page's files")}</a>
            " "
            <code data-testid="files">{move || { open.track(); browser::text(&js_sys::global(), "filesHash") }}</code>
        </p>
    }
}

/// What lies on this device, and the button that removes it.
#[component]
fn Kept() -> impl IntoView {
    let status = RwSignal::new(None::<&'static str>);
    let asked = RwSignal::new(false);
    let wipe = move |_| {
        // What is gone takes a download to come back, so once is not enough.
        if !asked.get_untracked() {
            asked.set(true);
            return;
        }
        asked.set(false);
        leptos::task::spawn_local(async move {
            status.set(Some(match offline::wipe().await {
                Ok(()) => {
                    "All of it is gone. Close this page, and what you opened is gone too."
                }
                Err(_) => {
                    "The browser refused. Remove this page's data in the browser's own settings, under privacy, site data."
                }
            }));
        });
    };
    view! {
        <h3>{tr("Kept on this device")}</h3>
        <p>
            {tr("This page's own files, the model and your settings, so that it opens without a network. Nothing that you open \
             or ask is kept.")}
        </p>
        <p>
            <button class="button" type="button" data-testid="wipe" on:click=wipe>
                {move || tr(if asked.get() { "Yes, wipe everything" } else { "Wipe everything" })}
            </button>
        </p>
        <p role="status">{move || status.get().map(tr)}</p>
    }
}

#[component]
fn Model() -> impl IntoView {
    let session = Page::of_context().session;
    move || {
        match session.engine.model.get() {
        None => view! { <p>{move || crate::views::bar::engine_text(session.engine)}"."</p> }.into_any(),
        Some(model) => view! {
            <dl class="facts">
                <div><dt>{tr("Name")}</dt><dd>{model.name}</dd></div>
                <div><dt>{tr("Size")}</dt><dd>{say("{}, {} parameters", &[&bytes(model.bytes as f64), &parameters(model.parameters)])}</dd></div>
                <div><dt>{tr("Sees")}</dt><dd>{say("images resized to at most {} pixels a side", &[&model.sees_px.to_string()])}</dd></div>
                <div><dt>{tr("Makes")}</dt><dd>{say("images of {} pixels a side, if you choose nothing else", &[&model.paints_px.to_string()])}</dd></div>
                <div><dt>{tr("Licence")}</dt><dd>{model.licence}</dd></div>
            </dl>
            <p class="meta">{tr("What answers is in this device's memory. What makes images is read after it, from this device if it is kept here; \
             nothing but the model's own files is ever fetched for it.")}</p>
        }
        .into_any(),
    }
    }
}

#[component]
fn Device() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let choice = move || {
        session
            .preferences
            .settings
            .with(|settings| settings.device)
    };
    let options = [
        (
            DeviceChoice::Auto,
            "Automatic",
            "the GPU if it is a real one, else the CPU",
        ),
        (
            DeviceChoice::Gpu,
            "GPU",
            "WebGPU, also on a software adapter (slow)",
        ),
        (DeviceChoice::Cpu, "CPU", "works in every browser"),
    ];
    let notices = session
        .engine
        .capabilities
        .with_value(crate::state::capabilities::Capabilities::notices);
    view! {
        <p>{move || session.engine.device.with(|card| card.as_ref().map_or_else(
            || tr("No device is open yet.").to_owned(),
            |card| say("In use: {}. {}", &[&card.name, &tr_of(card.why.clone())]),
        ))}</p>
        {move || session.engine.device.with(|card| card.as_ref().and_then(|card| card.memory)).map(|memory| view! {
            <p class="meta" data-testid="memory">{say("Memory of the device: {} now, at most {} by plan for an ordinary job.",
                &[&bytes(memory.held_bytes as f64), &bytes(memory.planned_bytes as f64)])}</p>
        })}
        <p class="meta" data-testid="kernels">{move || session.engine.device.with(|card| card.as_ref().map(|card| tr_of(card.kernels.clone())))}</p>
        {notices.into_iter().map(|notice| view! { <p class="meta">{tr_of(notice.user_error.what)}" "{tr_of(notice.user_error.advice)}</p> }).collect_view()}
        <fieldset class="choices">
            <legend>{tr("Run on")}</legend>
            {options.map(|(value, name, why)| view! {
                <label class="choice">
                    <input
                        type="radio"
                        name="device"
                        prop:checked=move || choice() == value
                        on:change=move |_| page.engine.switch(value)
                    />
                    <span><strong>{tr(name)}</strong>": "{tr(why)}</span>
                </label>
            }).collect_view()}
        </fieldset>
        <p class="meta">{tr("Switching starts the engine again; the conversation stays.")}</p>
        <p><a href="benchmark.html">{tr("Certificate and benchmark of this device")}</a></p>
    }
}

#[component]
fn Ledger() -> impl IntoView {
    let session = Page::of_context().session;
    let opened = move || session.images.opened_at_ms.get();
    let rows = move || {
        let mut records = session.engine.requests.get();
        records.sort_by(|a, b| b.at_ms.total_cmp(&a.at_ms));
        let opened = opened();
        records
            .into_iter()
            .map(|record| ledger_row(&record, opened))
            .collect_view()
    };
    view! {
        <p>
            {tr("Counted by your browser in the page and in both workers. None of these requests carried anything of yours: the \
             page may only fetch its own files and those of the model, and your browser enforces that (Content Security Policy).")}
        </p>
        <p>
            {tr("To be sure, cut the network: once the model is loaded, switch on flight mode or pull the cable. Everything keeps working.")}
        </p>
        <div class="table-wrap" tabindex="0" role="region" aria-label=tr("Requests, latest first")>
            <table class="ledger">
                <thead><tr><th>{tr("Time")}</th><th>{tr("What")}</th><th>{tr("Where to")}</th><th>{tr("Received")}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn ledger_row(record: &RequestRecord, opened: Option<f64>) -> impl IntoView + use<> {
    let what = match record.kind {
        RequestKind::Model => "model file",
        RequestKind::Page => "page file",
        RequestKind::Other => "other",
        RequestKind::Refused => "refused by the policy",
    };
    let after = opened.is_some_and(|opened| record.at_ms >= opened);
    let time = js_sys::Date::new(&record.at_ms.into());
    let clock = format!(
        "{:02}:{:02}:{:02}",
        time.get_hours(),
        time.get_minutes(),
        time.get_seconds()
    );
    let size = if record.received_bytes > 0.0 {
        bytes(record.received_bytes)
    } else {
        tr("0 B (stored)").to_owned()
    };
    view! {
        <tr class:late=after>
            <td>{clock}</td>
            <td>{tr(what)}{after.then(|| tr(", after opening"))}</td>
            <td class="url">{record.url.clone()}</td>
            <td>{size}</td>
        </tr>
    }
}
