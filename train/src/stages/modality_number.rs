//! The place of a modality in the list of all.

use unimed_phantom::Modality;

/// The number of a modality, by which its labels are kept apart.
pub(super) fn modality_number(modality: Modality) -> usize {
    Modality::ALL
        .iter()
        .position(|m| *m == modality)
        .expect("invariant: ALL holds every modality")
}
