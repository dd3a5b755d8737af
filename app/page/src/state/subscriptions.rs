//! Signals that live as long as the page forget the effects that followed them and are gone.

use leptos::reactive::graph::{AnySource, ReactiveNode};

/// Takes everything that follows these signals off their lists and tells it to look again. What is still
/// shown runs once more and is back on the lists; what went away with its view is not.
///
/// reactive_graph (0.2.16, and 0.3.0-rc1) keeps an effect in the list of a signal until the effect runs
/// again. One whose view was removed never does, so every image that was opened and closed left 200 of
/// them, 6 KiB, with the signals that the viewer's buttons follow.
pub(crate) fn renew(signals: &[AnySource]) {
    for signal in signals {
        signal.mark_dirty();
    }
}

#[cfg(test)]
mod tests {
    use crate::state::subscriptions::renew;
    use leptos::{prelude::*, reactive::graph::ToAnySource};

    #[test]
    fn what_is_still_there_goes_on_following() {
        let owner = Owner::new();
        owner.set();
        let signal = RwSignal::new(1);
        let double = Memo::new(move |_| 2 * signal.get());
        assert_eq!(double.get_untracked(), 2);
        signal.set(2);
        renew(&[signal.to_any_source()]);
        assert_eq!(double.get_untracked(), 4);
        signal.set(3);
        assert_eq!(double.get_untracked(), 6);
    }
}
