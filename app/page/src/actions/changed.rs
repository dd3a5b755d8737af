//! A program that is not the one that was built: what `public/checked.js` says of it becomes a message.

use unimed_protocol::{Remedy, UserError};

/// How it says so, after the file's name.
const SAYS: &str = " is not the file that was built.";

/// The message for the words of a worker that did not start; `None` where they are about something else.
pub(crate) fn changed(detail: &str) -> Option<UserError> {
    detail.ends_with(SAYS).then(|| {
        UserError::new(
            detail,
            "Load the page again. If it happens again, tell whoever runs this site that the file was changed or damaged.",
            Remedy::Reload,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_loaders_say_of_a_changed_file_is_taken_for_it() {
        let loader = include_str!("../../../../public/checked.js");
        assert!(loader.contains(&format!("${{file}}{SAYS}")));
        let user_error =
            changed("worker_bg.wasm is not the file that was built.").expect("is told");
        assert!(user_error.what.starts_with("worker_bg.wasm is"));
        assert_eq!(changed("it is gone"), None);
    }
}
