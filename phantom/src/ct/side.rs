//! Where a side of the patient lies in a slice.

use crate::finding::Side;

/// The sign of x on which a side of the patient lies.
pub(super) fn sign(side: Side) -> f32 {
    if side == Side::Left { 1.0 } else { -1.0 }
}
