//! Pointers on a pane: which fingers are down and what they are doing.

use super::{
    camera::Pair,
    desk::{Desk, Place, Viewer},
    gestures::{Pinch, Tool, drag_zoom, pinch, tool_of},
    measure::Shape,
};
use leptos::prelude::*;

/// A drag shorter than this, in screen pixels, is a click.
const CLICK_PX: f64 = 3.0;

/// What is being drawn, and whether its next point is still open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Draft {
    /// The shape so far, in the picture's pixels.
    pub(crate) shape: Shape,
    /// An angle whose first arm is drawn: its other arm follows the pointer until the next click.
    second_arm: bool,
}

/// Fingers and buttons that are down.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand {
    fingers: Vec<(i32, Pair)>,
    tool: Option<Tool>,
    start: Pair,
    moved: bool,
}

/// A movement of the pointer, as far as the pane must act on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Move {
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

/// The end of what a hand did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing that needs an answer.
    None,
    /// A click without movement, with the window tool.
    Click,
    /// What was drawn is complete, or is to go on with its second arm.
    Drawn,
    /// What was drawn is too small.
    TooSmall,
}

impl Hand {
    /// A finger or button goes down. `drafting` is whether a shape waits for its next point. Gives what is to be drawn
    /// from here on.
    pub(crate) fn down(
        &mut self,
        id: i32,
        at: Pair,
        (button, shift, ctrl): (i16, bool, bool),
        chosen: Tool,
        drafting: bool,
    ) -> Option<Tool> {
        self.fingers.push((id, at));
        self.moved = false;
        if self.fingers.len() > 1 {
            // Two fingers zoom and move; what one finger had begun is over.
            self.tool = None;
            return None;
        }
        self.start = at;
        let tool = if drafting && button == 0 {
            Tool::Angle
        } else {
            tool_of(button, shift, ctrl, chosen)
        };
        self.tool = Some(tool);
        matches!(tool, Tool::Length | Tool::Angle | Tool::Ellipse).then_some(tool)
    }

    /// A pointer moves.
    pub(crate) fn moves(&mut self, id: i32, to: Pair) -> Move {
        let before = [0, 1].map(|place| self.fingers.get(place).map_or(to, |finger| finger.1));
        let Some(finger) = self.fingers.iter_mut().find(|finger| finger.0 == id) else {
            return Move::None;
        };
        let by = (to.0 - finger.1.0, to.1 - finger.1.1);
        finger.1 = to;
        if self.fingers.len() > 1 {
            let after = [self.fingers[0].1, self.fingers[1].1];
            return Move::Pinch(pinch(before, after));
        }
        self.moved |= (to.0 - self.start.0).hypot(to.1 - self.start.1) > CLICK_PX;
        match self.tool {
            Some(Tool::Length | Tool::Angle | Tool::Ellipse) => Move::Draw,
            Some(tool) => Move::Drag {
                tool,
                start: self.start,
                by,
            },
            None => Move::None,
        }
    }

    /// A finger or button goes up, or the browser takes it away.
    pub(crate) fn up(&mut self, id: i32) -> End {
        self.fingers.retain(|finger| finger.0 != id);
        match self.tool.take() {
            Some(Tool::Length | Tool::Angle | Tool::Ellipse) if self.moved => End::Drawn,
            Some(Tool::Length | Tool::Angle | Tool::Ellipse) => End::TooSmall,
            Some(Tool::Window) if !self.moved => End::Click,
            _ => End::None,
        }
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
            second_arm: false,
        })
    }

    /// Whether it waits for its second arm.
    pub(crate) const fn waits(&self) -> bool {
        self.second_arm
    }

    /// The same with its last point here.
    pub(crate) fn to(self, at: Pair) -> Self {
        let shape = match self.shape {
            // While the first arm is drawn, the second one lies on it.
            Shape::Angle([a, ..]) if !self.second_arm => Shape::Angle([a, at, at]),
            shape => shape.with_last(at),
        };
        Self { shape, ..self }
    }

    /// After the button went up: `Ok` when it is complete, `Err` when it goes on.
    pub(crate) fn lifted(self) -> Result<Shape, Self> {
        match self.shape {
            Shape::Angle(_) if !self.second_arm => Err(Self {
                second_arm: true,
                ..self
            }),
            shape => Ok(shape),
        }
    }
}

/// Does what a drag or pinch asks for.
pub(crate) fn follow(movement: Move, desk: Desk, place: Place, lie: &super::camera::Lie) {
    match movement {
        Move::Drag { tool, start, by } => match tool {
            Tool::Window => {
                if let Some(stack) = super::stack::of(desk.id) {
                    desk.tone
                        .update(|tone| *tone = tone.dragged(by, &stack.info));
                }
            }
            Tool::Zoom => place
                .camera
                .update(|camera| *camera = lie.zoomed(*camera, drag_zoom(by.1), start)),
            _ => place
                .camera
                .update(|camera| *camera = lie.panned(*camera, by)),
        },
        Move::Pinch(Pinch {
            factor,
            middle,
            moved,
        }) => place.camera.update(|camera| {
            *camera = lie.panned(lie.zoomed(*camera, factor, middle), moved);
        }),
        Move::None | Move::Draw => {}
    }
}

/// The keys that a mouse event carries, in the order that [`Hand::down`] takes them.
pub(crate) fn buttons(event: &web_sys::PointerEvent) -> (i16, bool, bool) {
    (
        event.button(),
        event.shift_key(),
        event.ctrl_key() || event.meta_key(),
    )
}

/// Where a pointer is in its pane, in screen pixels.
pub(crate) fn point(event: &web_sys::MouseEvent) -> Pair {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

impl Viewer {
    /// The tool, without following changes.
    pub(crate) fn chosen(self) -> Tool {
        self.tool.get_untracked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: (i16, bool, bool) = (0, false, false);

    #[test]
    fn a_drag_says_how_far_and_from_where() {
        let mut hand = Hand::default();
        assert_eq!(hand.down(1, (10.0, 10.0), PLAIN, Tool::Window, false), None);
        assert_eq!(
            hand.moves(1, (15.0, 8.0)),
            Move::Drag {
                tool: Tool::Window,
                start: (10.0, 10.0),
                by: (5.0, -2.0)
            }
        );
        assert_eq!(hand.up(1), End::None);
        assert_eq!(hand.moves(1, (20.0, 8.0)), Move::None);
    }

    #[test]
    fn a_click_is_no_drag() {
        let mut hand = Hand::default();
        hand.down(1, (10.0, 10.0), PLAIN, Tool::Window, false);
        hand.moves(1, (11.0, 10.0));
        assert_eq!(hand.up(1), End::Click);
    }

    #[test]
    fn the_second_finger_ends_the_drag_and_pinches() {
        let mut hand = Hand::default();
        hand.down(1, (0.0, 0.0), PLAIN, Tool::Length, false);
        assert_eq!(hand.down(2, (10.0, 0.0), PLAIN, Tool::Length, false), None);
        let Move::Pinch(pinch) = hand.moves(2, (20.0, 0.0)) else {
            panic!("two fingers pinch");
        };
        assert_eq!((pinch.factor, pinch.moved), (2.0, (5.0, 0.0)));
        assert_eq!(hand.up(1), End::None);
        assert_eq!(hand.up(2), End::None);
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
}
