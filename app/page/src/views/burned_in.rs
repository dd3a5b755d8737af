//! Before images are saved that names may be written into: which, where, and what to do.

use crate::{
    actions::{burned_in::Suspect, page::Page},
    language::{tr, tr_of},
    state::pixels,
};
use leptos::{html, prelude::*};

/// The question, where there is one.
#[component]
pub(crate) fn BurnedInWarning() -> impl IntoView {
    let check = Page::of_context().burned_in;
    move || {
        check.warning().map(|warning| {
            let choose = |cover| move |_| check.choose(cover);
            let any = warning.suspects.iter().any(|suspect| !suspect.words.is_empty());
            let what = if warning.checked {
                tr("Names or dates may be written into images that would be saved.")
            } else {
                tr("The images could not be searched for names that are written into them.")
            };
            let suspects = warning.suspects.into_iter();
            let suspects = suspects.map(|suspect| view! { <Preview suspect=suspect /> });
            view! {
                <div class="trouble" role="alertdialog" aria-label=what data-testid="burned-in">
                    <div class="trouble-text">
                        <p class="trouble-what">{what}</p>
                        <div class="burned-in" tabindex="0">{suspects.collect_view()}</div>
                        <p>{tr("Look yourself: only rows of four or more upright letters near the edges are found, no smaller, larger or faint ones, none in the middle, no handwriting, no faces.")}</p>
                        {any.then(|| view! { <button class="button" type="button" data-testid="cover" on:click=choose(Some(true))>{tr("Cover and save")}</button> })}
                        " "
                        <button class="button" type="button" data-testid="save-as-it-is" on:click=choose(Some(false))>{tr("Save as it is")}</button>
                        " "
                        <button class="button" type="button" data-testid="save-not" on:click=choose(None)>{tr("Cancel")}</button>
                    </div>
                </div>
            }
        })
    }
}

/// An image with frames around its words, and what its file says.
#[component]
fn Preview(suspect: Suspect) -> impl IntoView {
    let Suspect { id, stated, words } = suspect;
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        pixels::show(id, &canvas);
        if let Ok(context) = pixels::context(&canvas) {
            context.set_stroke_style_str("red");
            context.set_line_width((f64::from(canvas.width()) / 150.0).max(1.0));
            for word in &words {
                let [left, top, width, height] = word.map(f64::from);
                context.stroke_rect(left, top, width, height);
            }
        }
    });
    view! {
        <figure>
            <canvas node_ref=canvas></canvas>
            <figcaption>{stated.map(tr_of)}</figcaption>
        </figure>
    }
}
