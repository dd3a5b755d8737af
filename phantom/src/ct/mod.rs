//! CT, axial slices of head, chest and abdomen, each in its own window.
//!
//! Slices are seen from the feet, as radiologists do: the patient's left is on the picture's right,
//! the front is up. Positions are in mm from the middle of the body.

mod abdomen;
mod canvas;
mod chest;
mod head;
mod kinds;
mod outline;
mod scene;
mod side;
mod table;
mod tissue;
mod words;

pub(crate) use scene::Scene;
pub(crate) use words::TRAITS;
