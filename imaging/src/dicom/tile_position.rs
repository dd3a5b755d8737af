//! Where a tile of a whole-slide image lies.

use dicom_dictionary_std::tags;

use super::attributes::{float, int, short_text};
use super::functional_groups::FunctionalGroups;

/// Where a tile lies: its plane (optical path and depth), and its first column and row in the picture, from 0.
#[derive(Debug, Clone)]
pub(super) struct TilePosition {
    pub(super) plane: (String, i64),
    pub(super) column: usize,
    pub(super) row: usize,
}

impl TilePosition {
    /// What the functional groups of a frame say (Plane Position (Slide) Sequence).
    pub(super) fn of(groups: &FunctionalGroups<'_>, frame: usize) -> Option<Self> {
        groups.object().get(tags::TOTAL_PIXEL_MATRIX_COLUMNS)?;
        let plane = groups.of(frame, tags::PLANE_POSITION_SLIDE_SEQUENCE);
        let path = groups.of(frame, tags::OPTICAL_PATH_IDENTIFICATION_SEQUENCE);
        let from_one = |tag| usize::try_from(int(plane, tag)?.checked_sub(1)?).ok();
        let depth = float(plane, tags::Z_OFFSET_IN_SLIDE_COORDINATE_SYSTEM).unwrap_or(0.0);
        Some(Self {
            plane: (
                short_text(path, tags::OPTICAL_PATH_IDENTIFIER).unwrap_or_default(),
                // Micrometres, to a thousandth.
                (depth * 1000.0).round() as i64,
            ),
            column: from_one(tags::COLUMN_POSITION_IN_TOTAL_IMAGE_PIXEL_MATRIX)?,
            row: from_one(tags::ROW_POSITION_IN_TOTAL_IMAGE_PIXEL_MATRIX)?,
        })
    }
}
