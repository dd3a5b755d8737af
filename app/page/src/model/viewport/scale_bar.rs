//! A scale bar, and where lengths hold.

use crate::language::tr;
use unimed_imaging::SpacingKind;

/// What is said after a length that does not simply hold in the patient.
pub(crate) fn where_it_holds(kind: SpacingKind) -> &'static str {
    match kind {
        SpacingKind::Detector => tr(" at the detector"),
        SpacingKind::Film => tr(" on the film"),
        SpacingKind::Magnified => tr(" by the magnification that the file estimates"),
        SpacingKind::Patient | SpacingKind::Ultrasound => "",
    }
}

/// The longest of 1, 2, 5, 10, ... mm that is at most `room_px` long: its length in mm and in screen pixels.
pub(crate) fn scale_bar(px_per_mm: f64, room_px: f64) -> Option<(f64, f64)> {
    if !(px_per_mm > 0.0 && room_px >= 8.0 && px_per_mm.is_finite()) {
        return None;
    }
    let most = room_px / px_per_mm;
    let power = 10.0_f64.powf(most.log10().floor());
    let length_mm = [5.0, 2.0, 1.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|length| *length <= most * (1.0 + 1e-9))?;
    Some((length_mm, length_mm * px_per_mm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_a_round_number_that_fits() {
        // 200 px at 3 px a mm: 66 mm would fit.
        assert_eq!(scale_bar(3.0, 200.0), Some((50.0, 150.0)));
        assert_eq!(scale_bar(10.0, 200.0), Some((20.0, 200.0)));
        let (length_mm, length_px) = scale_bar(1000.0, 200.0).expect("fits");
        assert!((length_mm - 0.2).abs() < 1e-12 && (length_px - 200.0).abs() < 1e-9);
        assert_eq!(scale_bar(0.0, 200.0), None);
    }
}
