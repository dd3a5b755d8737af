//! The layers of a projection.

use crate::plane::Plane;

/// What one scene adds up to, before the film: the smooth body and the findings in optical path.
#[derive(Debug)]
pub(super) struct Layers {
    /// Soft tissue, lungs and heart without findings.
    pub(super) base: Plane,
    /// Lung depth in cm, for both lungs together.
    pub(super) lung: Plane,
    /// Thin structures: ribs, clavicles, spine.
    pub(super) bone: Plane,
    /// Vessels of the lungs in cm of soft tissue.
    pub(super) vessel: Plane,
}
