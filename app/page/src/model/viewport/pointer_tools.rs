//! Pointers on a pane: which fingers are down and what they are doing.

use crate::model::viewport::{
    camera::Pair,
    measure::{Measurement, Shape},
    pointer::{Pinch, Tool, pinch},
};

/// A drag shorter than this, in screen pixels, is a click.
const CLICK_PX: f64 = 3.0;

/// What is being drawn or changed, and whether its next point is still open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Draft {
    /// The shape so far, in the picture's pixels.
    pub(crate) shape: Shape,
    /// The mark that is being changed; `None` for a new one.
    pub(crate) of: Option<u32>,
    /// Which of its points follows the pointer.
    point: usize,
    /// An angle whose first arm is drawn: its other arm follows the pointer until the next click.
    second_arm: bool,
}

/// Fingers and buttons that are down.
#[derive(Debug, Clone, Default)]
pub(crate) struct PointerState {
    fingers: Vec<(i32, Pair)>,
    tool: Option<Tool>,
    start: Pair,
    moved: bool,
}

/// A movement of the pointer, as far as the pane must act on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PointerMove {
    /// Nothing.
    None,
    /// A drag by so many screen pixels, which started at a point.
    Drag {
        /// What the drag does.
        tool: Tool,
        /// Where it started.
        start: Pair,
        /// How far since the last movement.
        by: Pair,
    },
    /// The last point of what is drawn is here now.
    Draw,
    /// Two fingers.
    Pinch(Pinch),
}

/// What a pointer had done when it was lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointerRelease {
    /// Nothing that needs an answer.
    None,
    /// A click without movement, with the window tool.
    Click,
    /// What was drawn is complete, or is to go on with its second arm.
    Drawn,
    /// What was drawn is too small.
    TooSmall,
}

impl PointerState {
    /// A finger or button goes down to do what `tool` says. Whether something is to be drawn from here on.
    pub(crate) fn down(&mut self, id: i32, at: Pair, tool: Tool) -> bool {
        self.fingers.push((id, at));
        self.moved = false;
        if self.fingers.len() > 1 {
            // Two fingers zoom and move; what one finger had begun is over.
            self.tool = None;
            return false;
        }
        self.start = at;
        self.tool = Some(tool);
        matches!(tool, Tool::Length | Tool::Angle | Tool::Ellipse)
    }

    /// A pointer moves.
    pub(crate) fn moves(&mut self, id: i32, to: Pair) -> PointerMove {
        let before = [0, 1].map(|place| self.fingers.get(place).map_or(to, |finger| finger.1));
        let Some(finger) = self.fingers.iter_mut().find(|finger| finger.0 == id) else {
            return PointerMove::None;
        };
        let by = (to.0 - finger.1.0, to.1 - finger.1.1);
        finger.1 = to;
        if self.fingers.len() > 1 {
            let after = [self.fingers[0].1, self.fingers[1].1];
            return PointerMove::Pinch(pinch(before, after));
        }
        self.moved |= (to.0 - self.start.0).hypot(to.1 - self.start.1) > CLICK_PX;
        match self.tool {
            Some(Tool::Length | Tool::Angle | Tool::Ellipse) => PointerMove::Draw,
            Some(tool) => PointerMove::Drag {
                tool,
                start: self.start,
                by,
            },
            None => PointerMove::None,
        }
    }

    /// A finger or button goes up, or the browser takes it away.
    pub(crate) fn up(&mut self, id: i32) -> PointerRelease {
        self.fingers.retain(|finger| finger.0 != id);
        match self.tool.take() {
            Some(Tool::Length | Tool::Angle | Tool::Ellipse) if self.moved => PointerRelease::Drawn,
            Some(Tool::Length | Tool::Angle | Tool::Ellipse) => PointerRelease::TooSmall,
            Some(Tool::Window) if !self.moved => PointerRelease::Click,
            _ => PointerRelease::None,
        }
    }

    /// Forgets what the fingers that are down had begun.
    pub(crate) fn cancel(&mut self) {
        self.tool = None;
    }

    /// Whether something is being dragged.
    pub(crate) const fn drags(&self) -> bool {
        self.tool.is_some()
    }
}

impl Draft {
    /// A shape that begins at a point.
    pub(crate) const fn begin(tool: Tool, at: Pair) -> Option<Self> {
        let shape = match tool {
            Tool::Length => Shape::Length([at; 2]),
            Tool::Angle => Shape::Angle([at; 3]),
            Tool::Ellipse => Shape::Ellipse([at; 2]),
            Tool::Window | Tool::Zoom | Tool::Pan => return None,
        };
        Some(Self {
            shape,
            of: None,
            point: 1,
            second_arm: false,
        })
    }

    /// A mark whose end was taken hold of.
    pub(crate) const fn change(measure: &Measurement, point: usize) -> Self {
        Self {
            shape: measure.shape,
            of: Some(measure.id),
            point,
            second_arm: true,
        }
    }

    /// Whether it is a new angle that waits for its second arm.
    pub(crate) const fn waits(&self) -> bool {
        self.second_arm && self.of.is_none()
    }

    /// The same with the point that follows the pointer here.
    pub(crate) fn to(self, at: Pair) -> Self {
        let shape = match self.shape {
            // While the first arm is drawn, the second one lies on it.
            Shape::Angle([a, ..]) if !self.second_arm => Shape::Angle([a, at, at]),
            shape => shape.with_point(self.point, at),
        };
        Self { shape, ..self }
    }

    /// After the button went up: `Ok` when it is complete, `Err` when it goes on.
    pub(crate) fn lifted(self) -> Result<Shape, Self> {
        match self.shape {
            Shape::Angle(_) if !self.second_arm => Err(Self {
                point: 2,
                second_arm: true,
                ..self
            }),
            shape => Ok(shape),
        }
    }
}

/// The mark and its point that lie within `reach` screen pixels of a place; the nearest one, of several the newest.
pub(crate) fn end_at(
    marks: &[Measurement],
    to_screen: impl Fn(Pair) -> Pair,
    at: Pair,
    reach: f64,
) -> Option<(&Measurement, usize)> {
    let mut best = None;
    let mut nearest = reach;
    for mark in marks {
        for (place, point) in mark.shape.points().iter().enumerate() {
            let (x, y) = to_screen(*point);
            let away = (x - at.0).hypot(y - at.1);
            if away <= nearest {
                nearest = away;
                best = Some((mark, place));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_says_how_far_and_from_where() {
        let mut pointer = PointerState::default();
        assert!(!pointer.down(1, (10.0, 10.0), Tool::Window));
        assert_eq!(
            pointer.moves(1, (15.0, 8.0)),
            PointerMove::Drag {
                tool: Tool::Window,
                start: (10.0, 10.0),
                by: (5.0, -2.0)
            }
        );
        assert_eq!(pointer.up(1), PointerRelease::None);
        assert_eq!(pointer.moves(1, (20.0, 8.0)), PointerMove::None);
    }

    #[test]
    fn a_click_is_no_drag() {
        let mut pointer = PointerState::default();
        pointer.down(1, (10.0, 10.0), Tool::Window);
        pointer.moves(1, (11.0, 10.0));
        assert_eq!(pointer.up(1), PointerRelease::Click);
    }

    #[test]
    fn the_second_finger_ends_the_drag_and_pinches() {
        let mut pointer = PointerState::default();
        assert!(pointer.down(1, (0.0, 0.0), Tool::Length));
        assert!(!pointer.down(2, (10.0, 0.0), Tool::Length));
        let PointerMove::Pinch(pinch) = pointer.moves(2, (20.0, 0.0)) else {
            panic!("two fingers pinch");
        };
        assert_eq!((pinch.factor, pinch.moved), (2.0, (5.0, 0.0)));
        assert_eq!(pointer.up(1), PointerRelease::None);
        assert_eq!(pointer.up(2), PointerRelease::None);
    }

    #[test]
    fn an_angle_is_drawn_in_two_strokes() {
        let draft = Draft::begin(Tool::Angle, (0.0, 0.0)).expect("a drawing tool");
        let draft = draft.to((5.0, 0.0)).lifted().expect_err("it goes on");
        assert!(draft.waits());
        let shape = draft.to((5.0, 7.0)).lifted().expect("complete");
        assert_eq!(shape, Shape::Angle([(0.0, 0.0), (5.0, 0.0), (5.0, 7.0)]));
        assert_eq!(Draft::begin(Tool::Pan, (0.0, 0.0)), None);
    }

    #[test]
    fn an_end_is_found_by_the_hand_and_moved_alone() {
        let mark = |id, shape| Measurement {
            id,
            cut: crate::model::viewport::series::ViewPlane::Stack,
            slice: 0,
            shape,
            words: String::new(),
        };
        let marks = [
            mark(1, Shape::Length([(0.0, 0.0), (10.0, 0.0)])),
            mark(2, Shape::Angle([(10.0, 1.0), (20.0, 0.0), (30.0, 9.0)])),
        ];
        // Two screen pixels for one of the picture.
        let twice = |(x, y): Pair| (2.0 * x, 2.0 * y);
        let found = |at| end_at(&marks, twice, at, 5.0).map(|(mark, place)| (mark.id, place));
        assert_eq!(found((20.0, -1.0)), Some((1, 1)));
        assert_eq!(found((61.0, 18.0)), Some((2, 2)));
        assert_eq!(found((30.0, 0.0)), None);
        let (mark, place) = end_at(&marks, twice, (40.0, 0.0), 5.0).expect("the corner");
        let draft = Draft::change(mark, place);
        assert!(!draft.waits());
        let moved = draft.to((21.0, 5.0)).lifted().expect("complete at once");
        assert_eq!(moved, Shape::Angle([(10.0, 1.0), (21.0, 5.0), (30.0, 9.0)]));
    }
}
