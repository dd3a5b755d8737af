//! Why a model cannot be kept, in sentences.

use unimed_model_store::opfs::Refusal;
use unimed_protocol::{Remedy, UserError};
use unimed_web::amounts::bytes;

/// Why a model cannot be kept.
pub(crate) fn no_room(refusal: Refusal) -> UserError {
    match refusal {
        Refusal::Space { needed, free } => UserError::new(
            format!(
                "The model needs {} more, and this browser lets the page have {}.",
                bytes(needed),
                bytes(free.max(0.0))
            ),
            "Delete a model that you do not need, free space on this device, or keep the model in a folder and use it from there.",
            Remedy::None,
        ),
        Refusal::NoStore => UserError::new(
            "This browser keeps no files for this page, or another tab is using them.",
            "Close other tabs of this page and leave private windows, or keep the model in a folder and use it from there.",
            Remedy::None,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_space_is_said_in_numbers() {
        let user_error = no_room(Refusal::Space {
            needed: 7.96e9,
            free: -1.0,
        });
        assert_eq!(
            user_error.what,
            "The model needs 8.0 GB more, and this browser lets the page have 0 B."
        );
        assert!(user_error.advice.contains("from there"));
    }
}
