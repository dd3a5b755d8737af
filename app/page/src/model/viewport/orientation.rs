//! Turned and mirrored: the eight ways in which a picture can lie on the screen.

/// First mirrored left to right, if at all, then turned clockwise by quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    quarters: u8,
    mirrored: bool,
}

impl Orientation {
    /// A quarter turn clockwise.
    pub(crate) const fn turned_right(self) -> Self {
        Self {
            quarters: (self.quarters + 1) % 4,
            ..self
        }
    }

    /// A quarter turn counterclockwise.
    pub(crate) const fn turned_left(self) -> Self {
        Self {
            quarters: (self.quarters + 3) % 4,
            ..self
        }
    }

    /// Left and right swapped, as seen on the screen.
    pub(crate) const fn flipped_across(self) -> Self {
        Self {
            quarters: (4 - self.quarters) % 4,
            mirrored: !self.mirrored,
        }
    }

    /// Top and bottom swapped, as seen on the screen.
    pub(crate) const fn flipped_down(self) -> Self {
        Self {
            quarters: (6 - self.quarters) % 4,
            mirrored: !self.mirrored,
        }
    }

    /// Where a direction of the picture points on the screen (x to the right, y down).
    pub(crate) const fn apply(self, (x, y): (f64, f64)) -> (f64, f64) {
        let x = if self.mirrored { -x } else { x };
        match self.quarters {
            0 => (x, y),
            1 => (-y, x),
            2 => (-x, -y),
            _ => (y, -x),
        }
    }

    /// Where a direction of the screen points in the picture.
    pub(crate) const fn undo(self, (x, y): (f64, f64)) -> (f64, f64) {
        let (x, y) = match self.quarters {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        (if self.mirrored { -x } else { x }, y)
    }

    /// Width and height on the screen.
    pub(crate) const fn size(self, (width, height): (f64, f64)) -> (f64, f64) {
        if self.quarters % 2 == 1 {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// The letters of the picture's left, right, top and bottom edge, put where those edges are on the screen.
    pub(crate) fn edges(self, letters: &[String; 4]) -> [String; 4] {
        const SIDES: [(f64, f64); 4] = [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)];
        SIDES.map(|side| {
            let inside = self.undo(side);
            let place = SIDES.iter().position(|known| *known == inside);
            place.map_or_else(String::new, |place| letters[place].clone())
        })
    }

    /// What was done, in words; empty when the picture lies as it was stored.
    pub(crate) const fn words(self) -> &'static str {
        match (self.quarters, self.mirrored) {
            (0, false) => "",
            (1, false) => "turned right",
            (2, false) => "turned by 180°",
            (3, false) => "turned left",
            (0, true) => "flipped left to right",
            (2, true) => "flipped top to bottom",
            _ => "turned and flipped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Orientation> {
        (0..4)
            .flat_map(|quarters| [false, true].map(|mirrored| Orientation { quarters, mirrored }))
            .collect()
    }

    #[test]
    fn a_turn_takes_right_to_bottom_and_four_are_none() {
        let right = Orientation::default().turned_right();
        assert_eq!(right.apply((1.0, 0.0)), (0.0, 1.0));
        assert_eq!(right.apply((0.0, 1.0)), (-1.0, 0.0));
        for orientation in all() {
            assert_eq!(orientation.turned_right().turned_left(), orientation);
            assert_eq!(
                orientation
                    .turned_right()
                    .turned_right()
                    .turned_right()
                    .turned_right(),
                orientation
            );
        }
    }

    #[test]
    fn flips_act_on_what_is_seen() {
        for orientation in all() {
            for point in [(1.0, 0.0), (0.0, 1.0), (2.0, 3.0)] {
                let (x, y) = orientation.apply(point);
                assert_eq!(orientation.flipped_across().apply(point), (-x, y));
                assert_eq!(orientation.flipped_down().apply(point), (x, -y));
                assert_eq!(orientation.undo((x, y)), point);
            }
        }
    }

    #[test]
    fn letters_move_with_the_picture() {
        let letters = ["R", "L", "A", "P"].map(str::to_owned);
        let turned = Orientation::default().turned_right().edges(&letters);
        // What was at the bottom (P) is now on the left.
        assert_eq!(turned, ["P", "A", "R", "L"]);
        let flipped = Orientation::default().flipped_across().edges(&letters);
        assert_eq!(flipped, ["L", "R", "A", "P"]);
    }
}
