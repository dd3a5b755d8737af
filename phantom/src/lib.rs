//! Simulated medical images with exact facts, and the text made from the facts.
//!
//! A sample is a pure function of split, seed and index, the same on every platform. A scene is
//! sampled first (anatomy, findings, acquisition); the picture and every sentence are read from it,
//! so text never names what the picture does not hold.
//!
//! ```
//! use unimed_phantom::{Modality, Split, case};
//! let sample = case(Modality::ChestXray, Split::Test, 1, 0);
//! assert_eq!(sample.image.pixels.len(), 3 * 128 * 128);
//! assert!(!sample.qa.is_empty());
//! ```

mod brain;
mod case;
mod chest;
mod compare;
mod ct;
mod endoscopy;
mod english;
mod fact;
mod finding;
mod fundus;
mod grammar;
mod histo;
mod image;
mod located;
mod math;
mod modality;
mod oct;
mod pairs;
mod plane;
mod qa;
mod questions;
mod rng;
mod scene;
mod simulated;
mod split;
mod spoken;
mod tube;
mod ultrasound;
#[cfg(test)]
mod visibility;
mod wording;

pub use case::{Case, case, case_without_image, fine_image, prompt};
pub use compare::{Comparison, ComparisonTask, comparison, comparison_without_images};
pub use fact::Fact;
pub use grammar::grammar_lines;
pub use image::Image;
pub use located::{FindingMask, located_case, without_finding};
pub use modality::Modality;
pub use pairs::pair::Pair;
pub use pairs::superres::{
    FACTOR as SUPER_RESOLUTION_FACTOR, REQUESTS as SUPER_RESOLUTION_REQUESTS, sharpened,
};
pub use pairs::task::{PairFamily, PairTask};
pub use pairs::{COUNTERFACTUAL_BEGINNINGS, pair, pair_of};
pub use qa::{AnswerKind, Qa};
pub use split::Split;
pub use spoken::report_facts;
pub use wording::{CAPTION_REQUESTS, REPORT_REQUESTS};

/// Side of every image in pixels.
pub const SIDE: usize = 128;

/// Side of [`fine_image`] in pixels.
pub const FINE_SIDE: usize = plane::FINE;
