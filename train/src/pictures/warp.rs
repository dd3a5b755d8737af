//! From the pixels of a view to places in a picture.

use unimed_imaging::RgbImage;

use super::canvas::Canvas;

/// What is seen beyond the edges of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// The outermost pixels go on.
    Held,
    /// Nothing, as around a head in a scanner.
    Black,
    /// The picture again, mirrored: tissue goes on beyond the field of a microscope.
    Mirrored,
}

impl Edge {
    /// Where in a picture of a size the pixel of a place comes from; `None` where it is black.
    fn within(self, (u, v): (f32, f32), (width, height): (f32, f32)) -> Option<(f32, f32)> {
        let folded = |at: f32, size: f32| {
            let at = at.rem_euclid(2.0 * size);
            at.min(2.0 * size - at)
        };
        match self {
            Self::Held => Some((u, v)),
            Self::Black => {
                ((0.0..=width).contains(&u) && (0.0..=height).contains(&v)).then_some((u, v))
            }
            Self::Mirrored => Some((folded(u, width), folded(v, height))),
        }
    }
}

/// From pixels of a view to places in the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Warp {
    /// Middle in the picture.
    pub(super) middle: (f32, f32),
    /// A step to the right in the view.
    pub(super) right: (f32, f32),
    /// A step down in the view.
    pub(super) down: (f32, f32),
    /// What is drawn beyond the picture.
    pub(super) edge: Edge,
}

impl Warp {
    /// Pixels of the picture in one of the view.
    pub(super) fn area(&self) -> f32 {
        (self.right.0 * self.down.1 - self.right.1 * self.down.0).abs()
    }

    /// Where the middle of a pixel of a view of this size comes from.
    fn source(&self, x: f32, y: f32, width: usize, height: usize) -> (f32, f32) {
        let (x, y) = (x - width as f32 / 2.0, y - height as f32 / 2.0);
        (
            self.middle.0 + x * self.right.0 + y * self.down.0,
            self.middle.1 + x * self.right.1 + y * self.down.1,
        )
    }

    /// Bilinear, the mean of four points where the view is much smaller; beyond the edges what [`Edge`] says.
    pub(super) fn draw(&self, image: &RgbImage, width: usize, height: usize) -> Canvas {
        let shrinks = self.right.0.hypot(self.right.1) > 1.3;
        let points: &[(f32, f32)] = if shrinks {
            &[(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
        } else {
            &[(0.5, 0.5)]
        };
        let share = 1.0 / (255.0 * points.len() as f32);
        let mut values = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0.0_f32; 3];
                for (dx, dy) in points {
                    let (u, v) = self.source(x as f32 + dx, y as f32 + dy, width, height);
                    let size = (image.width as f32, image.height as f32);
                    if let Some((u, v)) = self.edge.within((u, v), size) {
                        add_sample(image, u - 0.5, v - 0.5, &mut sum);
                    }
                }
                values.extend(sum.map(|value| value * share));
            }
        }
        Canvas {
            width,
            height,
            values,
        }
    }

    /// A mask of the picture as a mask of the view; outside of the picture nothing is masked.
    pub(super) fn carry(
        &self,
        mask: &[bool],
        image: &RgbImage,
        width: usize,
        height: usize,
    ) -> Vec<bool> {
        (0..width * height)
            .map(|at| {
                let (x, y) = ((at % width) as f32 + 0.5, (at / width) as f32 + 0.5);
                let (u, v) = self.source(x, y, width, height);
                let inside =
                    u >= 0.0 && v >= 0.0 && u < image.width as f32 && v < image.height as f32;
                inside && mask[v as usize * image.width + u as usize]
            })
            .collect()
    }
}

/// Adds the value between four pixels.
fn add_sample(image: &RgbImage, u: f32, v: f32, sum: &mut [f32; 3]) {
    let u = u.clamp(0.0, image.width as f32 - 1.0);
    let v = v.clamp(0.0, image.height as f32 - 1.0);
    let (x, y) = (u as usize, v as usize);
    let (right, down) = ((x + 1).min(image.width - 1), (y + 1).min(image.height - 1));
    let (a, b) = (u - x as f32, v - y as f32);
    let corners = [
        (x, y, (1.0 - a) * (1.0 - b)),
        (right, y, a * (1.0 - b)),
        (x, down, (1.0 - a) * b),
        (right, down, a * b),
    ];
    for (x, y, weight) in corners {
        let at = 3 * (y * image.width + x);
        for (value, &byte) in sum.iter_mut().zip(&image.pixels[at..at + 3]) {
            *value += f32::from(byte) * weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_edges_is_what_was_asked_for() {
        // Three pixels in a row, 10, 20 and 30, seen from two pixels before them to two pixels after.
        let image = RgbImage {
            width: 3,
            height: 1,
            pixels: [[10; 3], [20; 3], [30; 3]].concat(),
        };
        for (edge, expected) in [
            (Edge::Held, [10, 10, 10, 20, 30, 30, 30]),
            (Edge::Black, [0, 0, 10, 20, 30, 0, 0]),
            (Edge::Mirrored, [20, 10, 10, 20, 30, 30, 20]),
        ] {
            let warp = Warp {
                middle: (1.5, 0.5),
                right: (1.0, 0.0),
                down: (0.0, 1.0),
                edge,
            };
            let seen = warp.draw(&image, 7, 1);
            let row: Vec<u8> = seen
                .values
                .iter()
                .step_by(3)
                .map(|value| (value * 255.0).round() as u8)
                .collect();
            assert_eq!(row, expected, "{edge:?}");
        }
    }
}
