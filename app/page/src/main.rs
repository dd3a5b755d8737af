//! The page: a viewer on the left, a conversation on the right, what it runs on above, what it sent below.

#![expect(
    unreachable_pub,
    reason = "leptos' component macro writes `pub` for every component"
)]

mod actions;
mod language;
mod model;
mod state;
mod views;

use crate::{
    actions::{
        burned_in::BurnedIn,
        decoder::DecoderLink,
        engine::{Addresses, EngineLink},
        leave,
        models::ModelManager,
        network, offline,
        page::Page,
        saved,
        viewer::Viewer,
    },
    language::tr,
    model::{address::device_from_query, settings::Theme},
    state::{capabilities::Capabilities, pixels, session::Session, stored_settings},
    views::{
        bar::Bar, conversation::Conversation, conversation_head::ConversationHead, keyboard,
        panels::Panels, privacy::PrivacyLine, prompt::PromptBox, update::UpdateLine,
        viewer::ViewerPane,
    },
};
use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    let root = document()
        .get_element_by_id("app")
        .and_then(|root| root.dyn_into().ok());
    let root = root
        .or_else(|| document().body())
        .expect("invariant: the document has a body");
    // The page's own executor is there only once something is mounted.
    wasm_bindgen_futures::spawn_local(async move {
        let chosen = stored_settings::load().language;
        let first = language::first(chosen.as_deref());
        language::speak(first, language::fetch(first).await);
        // The words that stood there while the program was loading.
        root.set_inner_html("");
        mount_to(root, App).forget();
    });
}

#[component]
fn App() -> impl IntoView {
    let capabilities = Capabilities::detect();
    let mut settings = stored_settings::load();
    if let Some(device) = window()
        .location()
        .search()
        .ok()
        .as_deref()
        .and_then(device_from_query)
    {
        settings.device = device;
        stored_settings::store(&settings);
    }
    let session = Session::new(capabilities, settings);
    let addresses = addresses();
    let page_url = addresses.page_url.clone();
    unimed_web::requests::observe(
        &addresses.page_url,
        &addresses.package_url,
        move |records| {
            session
                .engine
                .requests
                .update(|requests| requests.extend(records));
        },
    );
    let viewer = Viewer::new(session);
    let engine = EngineLink::new(session, addresses);
    // Where the host sends the site's security headers, the page is isolated by them, and so is every worker.
    let decoder = DecoderLink::start(session, offline::is_isolated());
    let page = Page {
        session,
        engine,
        manager: ModelManager::new(session, engine),
        decoder,
        burned_in: BurnedIn::new(decoder),
        panel: RwSignal::new(None),
        viewer,
        file_input: NodeRef::new(),
        folder_input: NodeRef::new(),
        prompt_box: NodeRef::new(),
    };
    page.decoder
        .on_saved(Callback::new(move |file| saved::open(page, file)));
    page.engine.follow();
    network::watch(session);
    leave::ask_before(session);
    pixels::redraw_when_restored();
    offline::keep_site(session, &page_url, move || {
        page.engine.start();
        page.decoder.release();
    });
    provide_context(page);
    keyboard::listen(page);
    Effect::new(move |_| {
        let name = match session.preferences.settings.with(|settings| settings.theme) {
            Theme::Dark => "dark",
            Theme::Light => "light",
        };
        if let Some(root) = document().document_element() {
            // Setting a plain attribute is never refused.
            let _ = root.set_attribute("data-theme", name);
        }
    });
    // Another language: all that is seen is made anew; what is open and what was said lies in the session.
    move || {
        session.preferences.spoken.track();
        view! {
            <Bar />
            <main class="work">
                <ViewerPane />
                <section class="talk" aria-label=tr("Conversation")>
                    <UpdateLine />
                    <ConversationHead />
                    <Conversation />
                    <PromptBox />
                </section>
            </main>
            <PrivacyLine />
            <Panels />
        }
    }
}

/// Where the page and its model lie. All addresses are relative to the page, so that it works under any path.
fn addresses() -> Addresses {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let absolute = |path: &str| {
        web_sys::Url::new_with_base(path, &base).map_or_else(|_| path.to_owned(), |url| url.href())
    };
    Addresses {
        page_url: absolute("./"),
        package_url: absolute("model/"),
    }
}
