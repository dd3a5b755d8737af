//! What is offered when the engine fails again right after it was restarted, so that nobody restarts it for ever.

use unimed_protocol::{Remedy, UserError};

/// How often the engine has failed since it last came to an end with something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Failures(u32);

impl Failures {
    /// It failed once more.
    pub(crate) const fn once_more(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whether it has failed before, and nothing but a failure came since.
    pub(crate) const fn is_again(self) -> bool {
        self.0 > 1
    }

    /// What is said when an engine that ran is gone.
    pub(crate) fn stopped(self, what: &str, on_gpu: bool) -> UserError {
        if !self.is_again() {
            return UserError::new(
                what,
                "Restart it; images and conversation stay.",
                Remedy::Restart,
            );
        }
        if on_gpu {
            leave_the_gpu(what)
        } else {
            UserError::new(
                what,
                "It happened again right after a restart. Restart it without sending this again, then try fewer words or a smaller image.",
                Remedy::Restart,
            )
        }
    }

    /// What is said when an engine never ran. `listened` says whether its program was there, `may_use_gpu` whether the
    /// person lets it use the GPU.
    pub(crate) fn not_started(self, listened: bool, may_use_gpu: bool) -> UserError {
        let what = "The engine did not start.";
        if !self.is_again() {
            UserError::new(
                what,
                "Check the connection and restart it; images and conversation stay.",
                Remedy::Restart,
            )
        } else if listened && may_use_gpu {
            leave_the_gpu(what)
        } else {
            UserError::new(
                what,
                "Load the page again. If it happens again, your browser may be too old for it.",
                Remedy::Reload,
            )
        }
    }
}

/// The GPU failed twice in a row.
fn leave_the_gpu(what: &str) -> UserError {
    UserError::new(
        what,
        "It happened again right after a restart. Use the CPU; images and conversation stay.",
        Remedy::UseCpu,
    )
}

/// What is said when the browser refused a command for the GPU, for instance a shader, as the words of a panic tell;
/// `None` where it was something else. A restart would only bring the same.
pub(crate) fn refusal(detail: &str) -> Option<UserError> {
    // wgpu's words, in its handler of errors that nobody asked for.
    let (_, words) = detail.split_once("wgpu error: ")?;
    (!words.starts_with("Out of Memory")).then(|| {
        UserError::new(
            "The browser refused a command for the GPU, so nothing was computed.",
            "Use the CPU; images and conversation stay.",
            Remedy::UseCpu,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_shader_is_told_from_memory_that_ran_out() {
        let panic = |words| format!("panicked at device_poison.rs:42:17:\nwgpu error: {words}");
        let said = refusal(&panic("Invalid ShaderModule")).expect("a refusal");
        assert_eq!(said.remedy, Remedy::UseCpu);
        assert_eq!(refusal(&panic("Out of Memory")), None);
        assert_eq!(refusal("it is gone"), None);
    }

    const ONCE: Failures = Failures(1);
    const TWICE: Failures = Failures(2);

    #[test]
    fn the_second_failure_in_a_row_offers_something_else() {
        assert_eq!(Failures::default().once_more(), ONCE);
        assert_eq!(ONCE.once_more(), TWICE);
        assert!(!ONCE.is_again() && TWICE.is_again());
        assert_eq!(ONCE.stopped("Gone.", true).remedy, Remedy::Restart);
        assert_eq!(TWICE.stopped("Gone.", true).remedy, Remedy::UseCpu);
        let on_cpu = TWICE.stopped("Gone.", false);
        assert_eq!(on_cpu.remedy, Remedy::Restart);
        assert!(on_cpu.advice.contains("without sending this again"));
    }

    #[test]
    fn an_engine_that_never_starts_is_not_restarted_for_ever() {
        assert_eq!(ONCE.not_started(false, true).remedy, Remedy::Restart);
        assert_eq!(TWICE.not_started(true, true).remedy, Remedy::UseCpu);
        assert_eq!(TWICE.not_started(false, true).remedy, Remedy::Reload);
        assert_eq!(TWICE.not_started(true, false).remedy, Remedy::Reload);
    }
}
