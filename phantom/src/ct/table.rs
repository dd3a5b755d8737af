//! The table that the patient lies on.

use super::canvas::Canvas;
use super::tissue::tissue;
use crate::tube::Knot;

/// A curved table whose lowest point touches `bottom` mm: foam in a shell of half thickness `shell`
/// mm. Shape and density are free choices.
pub(super) fn table(canvas: &mut Canvas, bottom: f32, shell: f32) {
    let line = |drop: f32, radius: f32| -> Vec<Knot> {
        (-10..=10)
            .map(|k| {
                let x = 20.0 * k as f32;
                Knot {
                    at: [x, bottom + drop - 0.0011 * x * x],
                    radius,
                }
            })
            .collect()
    };
    canvas.tubes(&[line(14.0, 11.0)], tissue(-930.0, 10.0), |_| 1.0);
    canvas.tubes(&[line(4.0, shell)], tissue(140.0, 0.0), |_| 1.0);
    canvas.tubes(&[line(25.0, shell)], tissue(140.0, 0.0), |_| 1.0);
}
