//! The prompt box: Ask and Make as tabs, suggestions, the image that goes along, send or stop.

use crate::{
    actions::{page::Page, send::MOST_VARIATIONS},
    language::{say, tr},
    model::{attachments::Subject, modality::Modality, mode::Mode, samples::questions, task::Task},
    views::{
        drawer::Drawer,
        icons::{Glyph, Icon},
    },
};
use leptos::{ev, prelude::*};

/// The prompt box.
#[component]
pub(crate) fn PromptBox() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let advanced = RwSignal::new(false);
    let busy = move || session.conversation.busy.get().is_some();
    let blank = move || {
        session
            .conversation
            .prompt
            .with(|prompt| prompt.trim().is_empty())
    };
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
    let hint = move || match session.conversation.mode.get() {
        Mode::Ask if session.images.subject() != Subject::Nothing => tr("Ask about the image"),
        Mode::Ask => tr("Ask a question"),
        Mode::Make => tr("Describe the image to make"),
    };
    view! {
        <form class="prompt" on:submit=on_submit>
            <div class="prompt-head">
                <div class="tabs" role="group" aria-label=tr("What to do")>
                    <ModeTab mode=Mode::Ask name="Ask" test_id="mode-ask" key="a" />
                    <ModeTab mode=Mode::Make name="Make" test_id="mode-paint" key="m" />
                </div>
                <Show when=move || session.conversation.mode.get() == Mode::Make><TaskChoice /></Show>
                <Attached />
                <span class="spring"></span>
                <button
                    class="plain"
                    type="button"
                    aria-label=tr("Advanced settings")
                    title=tr("Advanced settings")
                    aria-expanded=move || advanced.get().to_string()
                    data-testid="advanced"
                    on:click=move |_| advanced.update(|open| *open = !*open)
                >
                    <Glyph icon=Icon::Sliders />
                </button>
            </div>
            <AttachmentsLine />
            <Show when=move || advanced.get()><Drawer /></Show>
            <div class="prompt-row">
                <textarea
                    class="prompt-text"
                    rows="2"
                    aria-label=hint
                    placeholder=hint
                    data-testid="prompt"
                    node_ref=page.prompt_box
                    prop:value=move || session.conversation.prompt.get()
                    on:input=move |event| session.conversation.prompt.set(event_target_value(&event))
                    on:keydown=on_key
                ></textarea>
                // Hidden, not removed: one that comes and goes would follow the prompt anew each time (see `state::subscriptions`).
                <button class="send" type="submit" aria-label=tr("Send") title=tr("Send (Enter)") data-testid="send" hidden=busy disabled=blank>
                    <Glyph icon=Icon::Send />
                </button>
                <Show when=busy>
                    <button class="send stop" type="button" aria-label=tr("Stop") title=tr("Stop (Esc)") data-testid="stop" on:click=move |_| page.stop()>
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
            title=format!("{} ({key})", tr(name))
            aria-pressed=move || (session.conversation.mode.get() == mode).to_string()
            data-testid=test_id
            on:click=move |_| session.conversation.mode.set(mode)
        >
            {tr(name)}
        </button>
    }
}

/// What Make does, and how many of it.
#[component]
fn TaskChoice() -> impl IntoView {
    let session = Page::of_context().session;
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(task) = Task::ALL.into_iter().find(|task| task.name() == name) {
            session.conversation.task.set(task);
            session.conversation.make_from_image.set(task.needs_image());
        }
    };
    let count = move |event| {
        if let Ok(count) = event_target_value(&event).parse::<usize>() {
            session
                .conversation
                .variations
                .set(count.clamp(1, MOST_VARIATIONS));
        }
    };
    view! {
        <select class="select" aria-label=tr("What to make") data-testid="task" on:change=choose>
            {Task::ALL.map(|task| view! { <option value=task.name() selected=move || session.conversation.task.get() == task>{tr(task.name())}</option> }).collect_view()}
        </select>
        <select class="select" aria-label=tr("How many") title=tr("How many, each with a seed of its own") data-testid="variations" on:change=count>
            {[1, 2, 4, MOST_VARIATIONS].map(|count| view! { <option value=count.to_string() selected=move || session.conversation.variations.get() == count>{format!("{count}x")}</option> }).collect_view()}
        </select>
    }
}

/// Says which image goes along with the words. For Make it can be switched on and off.
#[component]
fn Attached() -> impl IntoView {
    let session = Page::of_context().session;
    let name = Memo::new(move |_| session.images.subject_name());
    let edited = Memo::new(move |_| session.conversation.editing.get().is_some());
    move || {
        match (session.conversation.mode.get(), name.get()) {
        _ if edited.get() => None,
        (Mode::Ask, Some(name)) => {
            Some(view! { <span class="attached" title=name.clone()><span class="attached-name">{say("about {}", &[&name])}</span></span> }.into_any())
        }
        (Mode::Make, Some(name)) => Some(
            view! {
                <label class="attached" title=say("Start from {} instead of from nothing", &[&name])>
                    <input
                        type="checkbox"
                        prop:checked=move || session.conversation.make_from_image.get()
                        on:change=move |event| session.conversation.make_from_image.set(event_target_checked(&event))
                    />
                    <span class="attached-name">{say("start from {}", &[&name])}</span>
                </label>
            }
            .into_any(),
        ),
        (Mode::Ask, None) => {
            Some(view! { <span class="attached">{tr("without an image")}</span> }.into_any())
        }
        (Mode::Make, None) => None,
    }
    }
}

/// What else goes along: more open images, the answers before, or what belonged to the words that are edited.
#[component]
fn AttachmentsLine() -> impl IntoView {
    let session = Page::of_context().session;
    // No memos: the views that follow these come and go, and a memo keeps those that are gone (see `state::subscriptions`).
    let ask = move || session.conversation.mode.get() == Mode::Ask;
    let edited = move || session.conversation.editing.get().is_some();
    let others = move || {
        let subject = session.images.subject();
        session.images.open.with(|images| {
            let other =
                |image: &&crate::model::image::OpenImage| subject != Subject::Image(image.id);
            let others = images.iter().filter(other);
            others
                .map(|image| (image.id, image.name.clone()))
                .collect::<Vec<_>>()
        })
    };
    let answered = move || !session.conversation.open_thread().is_empty();
    let chips = move || {
        others()
            .into_iter()
            .map(|(id, name)| {
                let label = format!("+ {name}");
                let on = move || session.conversation.also.with(|also| also.contains(&id));
                let toggle = move |_| {
                    session.conversation.also.update(|also| {
                        match also.iter().position(|known| *known == id) {
                            Some(place) => drop(also.remove(place)),
                            None => also.push(id),
                        }
                    });
                };
                view! {
                    <button class="suggestion" type="button" title=say("Also ask about {}", &[&name]) aria-pressed=move || on().to_string() data-testid="also" on:click=toggle>
                        {label}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=edited>
            <div class="along">
                <span class="meta">{tr("Editing: the same images go along.")}</span>
                <button class="suggestion" type="button" data-testid="edit-cancel" on:click=move |_| {
                    session.conversation.editing.set(None);
                    session.conversation.prompt.set(String::new());
                }>{tr("Cancel")}</button>
            </div>
        </Show>
        <Show when=move || ask() && !edited() && (answered() || !others().is_empty())>
            <div class="along">
                <Show when=answered>
                    <label class="attached" title=tr("The model also reads the questions and answers before this one")>
                        <input
                            type="checkbox"
                            data-testid="follow-up"
                            prop:checked=move || session.conversation.follow_up.get()
                            on:change=move |event| session.conversation.follow_up.set(event_target_checked(&event))
                        />
                        <span>{tr("follow up on the answer")}</span>
                    </label>
                </Show>
                {chips}
            </div>
        </Show>
    }
}

#[component]
fn Suggestions() -> impl IntoView {
    let page = Page::of_context();
    let session = page.session;
    let words = Memo::new(move |_| {
        let modality = session
            .images
            .current_image()
            .map_or(Modality::Unknown, |image| image.modality);
        match session.conversation.mode.get() {
            Mode::Ask => questions(modality),
            Mode::Make => session.conversation.task.get().suggestions(modality),
        }
    });
    let chips = move || {
        words
            .get()
            .iter()
            .map(|&words| {
                let take = move |_| {
                    session.conversation.prompt.set(words.to_owned());
                    page.focus_prompt();
                };
                view! { <button class="suggestion" type="button" title=words on:click=take>{words}</button> }
            })
            .collect_view()
    };
    view! { <div class="suggestions" role="group" lang="en" translate="no" aria-label=tr("Suggestions")>{chips}</div> }
}
