//! Where an image lies in the viewer: fit, zoom to a point, pan. Plain arithmetic, tested without a browser.

/// Place of an image in the viewer: a point `p` of the image is drawn at `p * scale + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Viewport {
    /// Screen pixels for one image pixel.
    pub(crate) scale: f64,
    /// Left edge of the image on screen.
    pub(crate) offset_x: f64,
    /// Upper edge of the image on screen.
    pub(crate) offset_y: f64,
}

/// Width and height.
pub(crate) type Size = (f64, f64);

/// Largest zoom: one image pixel becomes a square of this side.
const MAX_SCALE: f64 = 64.0;

impl Viewport {
    /// The whole image, as large as the viewer allows, in its middle.
    pub(crate) fn fit(image: Size, viewer: Size) -> Self {
        let scale = fit_scale(image, viewer);
        Self {
            scale,
            offset_x: (viewer.0 - image.0 * scale) / 2.0,
            offset_y: (viewer.1 - image.1 * scale) / 2.0,
        }
    }

    /// Zooms by `factor` so that what lies under (`x`, `y`) stays there.
    pub(crate) fn zoom_at(
        self,
        factor: f64,
        (x, y): (f64, f64),
        image: Size,
        viewer: Size,
    ) -> Self {
        let smallest = (fit_scale(image, viewer) / 4.0).min(1.0);
        let scale = (self.scale * factor).clamp(smallest, MAX_SCALE);
        let grown = scale / self.scale;
        Self {
            scale,
            offset_x: x - (x - self.offset_x) * grown,
            offset_y: y - (y - self.offset_y) * grown,
        }
        .kept_in_sight(image, viewer)
    }

    /// Moves the image by so many screen pixels, but never wholly out of sight.
    pub(crate) fn pan(self, (dx, dy): (f64, f64), image: Size, viewer: Size) -> Self {
        Self {
            offset_x: self.offset_x + dx,
            offset_y: self.offset_y + dy,
            ..self
        }
        .kept_in_sight(image, viewer)
    }

    fn kept_in_sight(self, image: Size, viewer: Size) -> Self {
        // At least this much of the image stays in the viewer, in screen pixels.
        let keep = 40.0_f64;
        let hold = |offset: f64, length: f64, room: f64| {
            let keep = keep.min(length).min(room);
            offset.clamp(keep - length, room - keep)
        };
        Self {
            offset_x: hold(self.offset_x, image.0 * self.scale, viewer.0),
            offset_y: hold(self.offset_y, image.1 * self.scale, viewer.1),
            ..self
        }
    }
}

fn fit_scale(image: Size, viewer: Size) -> f64 {
    (viewer.0 / image.0.max(1.0))
        .min(viewer.1 / image.1.max(1.0))
        .clamp(1e-4, MAX_SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Size = (200.0, 100.0);
    const VIEWER: Size = (800.0, 600.0);

    /// The image's point under a point of the viewer.
    fn image_point(view: Viewport, (x, y): (f64, f64)) -> (f64, f64) {
        (
            (x - view.offset_x) / view.scale,
            (y - view.offset_y) / view.scale,
        )
    }

    #[test]
    fn fit_centres_the_whole_image() {
        let fit = Viewport::fit(IMAGE, VIEWER);
        assert_eq!(
            fit,
            Viewport {
                scale: 4.0,
                offset_x: 0.0,
                offset_y: 100.0
            }
        );
    }

    #[test]
    fn zoom_keeps_the_point_under_the_cursor() {
        let before = Viewport::fit(IMAGE, VIEWER);
        let cursor = (300.0, 250.0);
        let after = before.zoom_at(1.5, cursor, IMAGE, VIEWER);
        assert_eq!(after.scale, 6.0);
        let (was, is) = (image_point(before, cursor), image_point(after, cursor));
        assert!(
            (was.0 - is.0).abs() < 1e-9 && (was.1 - is.1).abs() < 1e-9,
            "{was:?} {is:?}"
        );
    }

    #[test]
    fn zoom_has_two_ends() {
        let fit = Viewport::fit(IMAGE, VIEWER);
        assert_eq!(fit.zoom_at(1e9, (0.0, 0.0), IMAGE, VIEWER).scale, MAX_SCALE);
        assert_eq!(fit.zoom_at(1e-9, (0.0, 0.0), IMAGE, VIEWER).scale, 1.0);
    }

    #[test]
    fn an_image_cannot_be_dragged_out_of_sight() {
        let gone = Viewport::fit(IMAGE, VIEWER).pan((1e6, -1e6), IMAGE, VIEWER);
        assert_eq!((gone.offset_x, gone.offset_y), (760.0, -360.0));
    }
}
