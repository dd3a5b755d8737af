//! The prompt box: Ask and Make as tabs, suggestions, the image that goes along, send or stop.

use super::{
    Page,
    drawer::Drawer,
    icons::{Glyph, Icon},
    samples::suggestions,
    state::{Modality, Mode},
};
use leptos::{ev, prelude::*};

/// The prompt box.
#[component]
pub(crate) fn PromptBox() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let advanced = RwSignal::new(false);
    let busy = Memo::new(move |_| session.busy.get().is_some());
    let blank = Memo::new(move |_| session.prompt.with(|prompt| prompt.trim().is_empty()));
    let on_key = move |event: ev::KeyboardEvent| {
        // While a word is being composed (Chinese, Japanese, ...) Enter belongs to the composition.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            page.submit();
        }
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        page.submit();
    };
    let hint = move || match session.mode.get() {
        Mode::Ask if session.current.get().is_some() => "Ask about the image",
        Mode::Ask => "Ask a question",
        Mode::Make => "Describe the image to make",
    };
    view! {
        <form class="prompt" on:submit=on_submit>
            <div class="prompt-head">
                <div class="tabs" role="group" aria-label="What to do">
                    <ModeTab mode=Mode::Ask name="Ask" test_id="mode-ask" key="a" />
                    <ModeTab mode=Mode::Make name="Make" test_id="mode-paint" key="m" />
                </div>
                <Attached />
                <span class="spring"></span>
                <button
                    class="plain"
                    type="button"
                    aria-label="Advanced settings"
                    title="Advanced settings"
                    aria-expanded=move || advanced.get().to_string()
                    data-testid="advanced"
                    on:click=move |_| advanced.update(|open| *open = !*open)
                >
                    <Glyph icon=Icon::Sliders />
                </button>
            </div>
            <Show when=move || advanced.get()><Drawer /></Show>
            <div class="prompt-row">
                <textarea
                    class="prompt-text"
                    rows="2"
                    aria-label=hint
                    placeholder=hint
                    data-testid="prompt"
                    node_ref=page.prompt_box
                    prop:value=move || session.prompt.get()
                    on:input=move |event| session.prompt.set(event_target_value(&event))
                    on:keydown=on_key
                ></textarea>
                <Show
                    when=move || busy.get()
                    fallback=move || view! {
                        <button class="send" type="submit" aria-label="Send" title="Send (Enter)" data-testid="send" disabled=move || blank.get()>
                            <Glyph icon=Icon::Send />
                        </button>
                    }
                >
                    <button class="send stop" type="button" aria-label="Stop" title="Stop (Esc)" data-testid="stop" on:click=move |_| page.stop()>
                        <Glyph icon=Icon::Stop />
                    </button>
                </Show>
            </div>
            <Suggestions />
        </form>
    }
}

#[component]
fn ModeTab(
    mode: Mode,
    name: &'static str,
    test_id: &'static str,
    key: &'static str,
) -> impl IntoView {
    let session = Page::of_context().session;
    view! {
        <button
            class="tab"
            type="button"
            title=format!("{name} ({key})")
            aria-pressed=move || (session.mode.get() == mode).to_string()
            data-testid=test_id
            on:click=move |_| session.mode.set(mode)
        >
            {name}
        </button>
    }
}

/// Says which image goes along with the words. For Make it can be switched on and off.
#[component]
fn Attached() -> impl IntoView {
    let session = Page::of_context().session;
    let name = Memo::new(move |_| session.current_image().map(|image| image.name));
    move || {
        match (session.mode.get(), name.get()) {
        (Mode::Ask, Some(name)) => {
            Some(view! { <span class="attached" title=name.clone()><span class="attached-name">"about "{name.clone()}</span></span> }.into_any())
        }
        (Mode::Make, Some(name)) => Some(
            view! {
                <label class="attached" title=format!("Start from {name} instead of from nothing")>
                    <input
                        type="checkbox"
                        prop:checked=move || session.make_from_image.get()
                        on:change=move |event| session.make_from_image.set(event_target_checked(&event))
                    />
                    <span class="attached-name">"start from "{name.clone()}</span>
                </label>
            }
            .into_any(),
        ),
        (_, None) => None,
    }
    }
}

#[component]
fn Suggestions() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let words = Memo::new(move |_| {
        let modality = session
            .current_image()
            .map_or(Modality::Unknown, |image| image.modality);
        let from_image = session.make_from_image.get() && session.current.get().is_some();
        suggestions(session.mode.get(), modality, from_image)
    });
    let chips = move || {
        words
            .get()
            .iter()
            .map(|&words| {
                let take = move |_| {
                    session.prompt.set(words.to_owned());
                    if let Some(prompt) = page.prompt_box.get_untracked() {
                        // Focusing an element that is in the page is never refused.
                        let _ = prompt.focus();
                    }
                };
                view! { <button class="suggestion" type="button" title=words on:click=take>{words}</button> }
            })
            .collect_view()
    };
    view! { <div class="suggestions" role="group" aria-label="Suggestions">{chips}</div> }
}
