//! What a pointer means: buttons, modifiers, wheels and fingers to actions. Plain arithmetic, tested without a browser.

use crate::model::viewport::camera::Pair;
use serde::{Deserialize, Serialize};

/// What a drag with the first button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tool {
    /// Window and level.
    Window,
    /// Zoom.
    Zoom,
    /// Move the picture.
    Pan,
    /// Measure a length.
    Length,
    /// Measure an angle.
    Angle,
    /// Measure in an ellipse.
    Ellipse,
}

/// What drags do whatever tool is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mouse {
    /// With the middle button.
    pub(crate) middle: Tool,
    /// With the right button.
    pub(crate) right: Tool,
    /// With the left button and Shift.
    pub(crate) shift: Tool,
    /// With the left button and Ctrl or Cmd.
    pub(crate) ctrl: Tool,
}

impl Default for Mouse {
    fn default() -> Self {
        Self {
            middle: Tool::Pan,
            right: Tool::Zoom,
            shift: Tool::Pan,
            ctrl: Tool::Zoom,
        }
    }
}

impl Mouse {
    /// What a drag does, buttons and modifiers considered.
    pub(crate) const fn tool(self, Buttons(button, shift, ctrl): Buttons, chosen: Tool) -> Tool {
        match button {
            1 => self.middle,
            2 => self.right,
            _ if shift => self.shift,
            _ if ctrl => self.ctrl,
            _ => chosen,
        }
    }
}

/// A button (0 left, 1 middle, 2 right), and whether Shift and Ctrl (or Cmd) are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Buttons(pub(crate) i16, pub(crate) bool, pub(crate) bool);

impl Buttons {
    /// The left button alone, or a finger.
    pub(crate) const PLAIN: Self = Self(0, false, false);
}

/// Zoom of one screen pixel of a drag: up enlarges.
const DRAG_ZOOM: f64 = 0.01;

/// The zoom factor of a drag by `dy` screen pixels.
pub(crate) fn drag_zoom(dy: f64) -> f64 {
    (-dy * DRAG_ZOOM).exp()
}

/// Zoom of one unit of wheel movement.
const WHEEL_ZOOM: f64 = 0.0015;

/// The same for the pinch of a trackpad, which browsers report as a wheel with Ctrl and small movements.
const PINCH_ZOOM: f64 = 0.01;

/// The zoom factor of a wheel movement in screen pixels.
pub(crate) fn wheel_zoom(delta: f64, pinch: bool) -> f64 {
    let gain = if pinch && delta.abs() < 50.0 {
        PINCH_ZOOM
    } else {
        WHEEL_ZOOM
    };
    (-delta * gain).exp()
}

/// A wheel's movement in screen pixels: `mode` 1 counts lines, 2 pages.
pub(crate) fn wheel_px(delta: f64, mode: u32) -> f64 {
    match mode {
        0 => delta,
        1 => delta * 30.0,
        _ => delta * 300.0,
    }
}

/// Wheel movement of one slice, in screen pixels, for trackpads that move by little steps.
const SLICE_PX: f64 = 40.0;

/// A notch of a wheel moves at least this far.
const NOTCH_PX: f64 = 50.0;

/// Counts wheel movement into whole slices: one for each notch of a wheel, and one for every 40 pixels of a trackpad.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct SliceWheel {
    rest: f64,
}

impl SliceWheel {
    /// Slices to go after a movement by `delta` screen pixels.
    pub(crate) fn turn(&mut self, delta: f64) -> i64 {
        if delta.abs() >= NOTCH_PX {
            self.rest = 0.0;
            return if delta > 0.0 { 1 } else { -1 };
        }
        if self.rest * delta < 0.0 {
            self.rest = 0.0;
        }
        self.rest += delta;
        let whole = (self.rest / SLICE_PX).trunc();
        self.rest -= whole * SLICE_PX;
        whole as i64
    }
}

/// What two fingers did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pinch {
    /// Growth of their distance.
    pub(crate) factor: f64,
    /// Where the middle between them is now.
    pub(crate) middle: Pair,
    /// How far that middle has moved.
    pub(crate) moved: Pair,
}

/// What two fingers did when they went from `before` to `after`.
pub(crate) fn pinch(before: [Pair; 2], after: [Pair; 2]) -> Pinch {
    let distance = |[a, b]: [Pair; 2]| (b.0 - a.0).hypot(b.1 - a.1).max(1.0);
    let middle = |[a, b]: [Pair; 2]| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let (was, is) = (middle(before), middle(after));
    Pinch {
        factor: distance(after) / distance(before),
        middle: is,
        moved: (is.0 - was.0, is.1 - was.1),
    }
}

/// The slice after going `steps` on from `slice`, held at both ends.
pub(crate) fn step(slice: usize, steps: i64, count: usize) -> usize {
    let last = i64::try_from(count.max(1) - 1).unwrap_or(i64::MAX);
    let now = i64::try_from(slice).unwrap_or(i64::MAX);
    usize::try_from(now.saturating_add(steps).clamp(0, last)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_and_modifiers_win_over_the_chosen_tool() {
        let mouse = Mouse {
            middle: Tool::Window,
            ..Mouse::default()
        };
        let tool = |button, shift, ctrl| mouse.tool(Buttons(button, shift, ctrl), Tool::Length);
        assert_eq!(tool(0, false, false), Tool::Length);
        assert_eq!(tool(1, false, false), Tool::Window);
        assert_eq!(tool(2, false, false), Tool::Zoom);
        assert_eq!(tool(0, true, false), Tool::Pan);
        assert_eq!(tool(0, false, true), Tool::Zoom);
    }

    #[test]
    fn a_notch_is_a_slice_and_small_steps_add_up() {
        let mut wheel = SliceWheel::default();
        assert_eq!([100.0, 120.0, -100.0].map(|d| wheel.turn(d)), [1, 1, -1]);
        assert_eq!(
            [15.0, 15.0, 15.0, 15.0].map(|d| wheel.turn(d)),
            [0, 0, 1, 0]
        );
        // Turning round does not first undo what was left.
        assert_eq!([-20.0, -20.0].map(|d| wheel.turn(d)), [0, -1]);
    }

    #[test]
    fn two_fingers_zoom_and_move() {
        let found = pinch([(0.0, 0.0), (10.0, 0.0)], [(5.0, 4.0), (25.0, 4.0)]);
        assert_eq!(found.factor, 2.0);
        assert_eq!(found.middle, (15.0, 4.0));
        assert_eq!(found.moved, (10.0, 4.0));
    }

    #[test]
    fn slices_end_at_the_ends() {
        assert_eq!(step(3, 1, 5), 4);
        assert_eq!(step(4, 1, 5), 4);
        assert_eq!(step(1, -9, 5), 0);
        assert_eq!(step(0, 1, 0), 0);
    }

    #[test]
    fn up_enlarges() {
        assert!(drag_zoom(-10.0) > 1.0);
        assert!(wheel_zoom(100.0, false) < 1.0);
        assert!((wheel_zoom(-10.0, true) - 0.1_f64.exp()).abs() < 1e-12);
        assert_eq!(wheel_px(3.0, 1), 90.0);
    }
}
