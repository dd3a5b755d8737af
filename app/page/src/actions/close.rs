//! Closing an image, and ending the conversation; pixels that nothing needs any more are given back.

use crate::{
    model::image::ImageId,
    state::{pixels, session::Session, subscriptions::renew},
};
use leptos::{prelude::*, reactive::graph::ToAnySource};

/// Closes an image and forgets its pixels, unless the conversation still needs them.
pub(crate) fn close_image(session: Session, id: ImageId) {
    let images = session.images;
    pixels::close_series(id);
    session
        .conversation
        .also
        .update(|also| also.retain(|known| *known != id));
    images
        .open
        .update(|open| open.retain(|image| image.id != id));
    session.release([id]);
    if images.current.get_untracked() == Some(id) {
        images.current.set(
            images
                .open
                .with_untracked(|open| open.last().map(|image| image.id)),
        );
    }
    session.renew_subscriptions();
}

/// Ends the conversation and forgets the pixels that only it needed. Not while something is under way.
pub(crate) fn clear_conversation(session: Session) {
    let conversation = session.conversation;
    if conversation.busy.get_untracked().is_some() {
        return;
    }
    let turns = conversation.turns.with_untracked(Clone::clone);
    conversation.turns.set(Vec::new());
    conversation.editing.set(None);
    conversation.attention.set(None);
    for turn in turns {
        let made = turn.outcome.with_untracked(|outcome| outcome.image);
        let attachments = turn.attachments();
        let sources = attachments.sources.iter().map(|source| source.id);
        session.release(sources.chain(made.map(|(id, _)| id)));
    }
    session.renew_subscriptions();
    // Not when an image is closed: the list of turns would jump to its end.
    renew(&[
        conversation.turns.to_any_source(),
        conversation.busy.to_any_source(),
        conversation.editing.to_any_source(),
        conversation.follow_up.to_any_source(),
    ]);
}
