//! Which part of a picture a pane shows: zoom and middle, relative to the picture, so that two pictures of different
//! size, and one picture in a window of another size, can share it. And the map from picture to screen.

use crate::model::viewport::orientation::Orientation;
use unimed_imaging::ScreenMap;

/// A point or a size: across, down.
pub(crate) type Pair = (f64, f64);

/// Largest zoom: one picture pixel becomes a square of this side.
const MAX_SCALE: f64 = 64.0;

/// Smallest zoom, as a share of the fitting one.
const MIN_ZOOM: f64 = 0.25;

/// Zoom and middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Camera {
    /// 1 = the picture fits into the pane.
    pub(crate) zoom: f64,
    /// The point of the turned picture in the middle of the pane, as shares of its width and height.
    pub(crate) middle: Pair,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            zoom: 1.0,
            middle: (0.5, 0.5),
        }
    }
}

/// A picture that lies in a pane: its pixels, how they are stretched and turned, and the pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ViewTransform {
    /// Columns and rows.
    pub(crate) pixels: Pair,
    /// What a pixel is wide and high; the smaller one is 1.
    pub(crate) stretch: Pair,
    /// How it is turned.
    pub(crate) orientation: Orientation,
    /// The pane, in screen pixels.
    pub(crate) pane: Pair,
}

impl ViewTransform {
    /// The picture's size on a screen at scale 1, turned.
    pub(crate) fn size(&self) -> Pair {
        let (width, height) = self.pixels;
        self.orientation
            .size((width * self.stretch.0, height * self.stretch.1))
    }

    fn fit_scale(&self) -> f64 {
        let size = self.size();
        (self.pane.0 / size.0.max(1.0))
            .min(self.pane.1 / size.1.max(1.0))
            .clamp(1e-4, MAX_SCALE)
    }

    /// Screen pixels for one picture pixel (its shorter side).
    pub(crate) fn scale(&self, camera: Camera) -> f64 {
        self.fit_scale() * camera.zoom
    }

    /// From a point of the picture, in its pixels, to the screen.
    pub(crate) fn to_screen(self, camera: Camera, (x, y): Pair) -> Pair {
        let scale = self.scale(camera);
        let size = self.size();
        let (u, v) = self.orientation.apply((
            (x - self.pixels.0 / 2.0) * self.stretch.0,
            (y - self.pixels.1 / 2.0) * self.stretch.1,
        ));
        (
            self.pane.0 / 2.0 + scale * (u - (camera.middle.0 - 0.5) * size.0),
            self.pane.1 / 2.0 + scale * (v - (camera.middle.1 - 0.5) * size.1),
        )
    }

    /// From a point of the screen to the picture, in its pixels.
    pub(crate) fn to_picture(self, camera: Camera, (x, y): Pair) -> Pair {
        let scale = self.scale(camera);
        let size = self.size();
        let (u, v) = self.orientation.undo((
            (x - self.pane.0 / 2.0) / scale + (camera.middle.0 - 0.5) * size.0,
            (y - self.pane.1 / 2.0) / scale + (camera.middle.1 - 0.5) * size.1,
        ));
        (
            u / self.stretch.0 + self.pixels.0 / 2.0,
            v / self.stretch.1 + self.pixels.1 / 2.0,
        )
    }

    /// The same as a map for drawing, on a screen with `ratio` device pixels for each of its pixels.
    pub(crate) fn screen_map(&self, camera: Camera, ratio: f64) -> ScreenMap {
        let origin = self.to_picture(camera, (0.0, 0.0));
        let right = self.to_picture(camera, (1.0 / ratio, 0.0));
        let down = self.to_picture(camera, (0.0, 1.0 / ratio));
        ScreenMap {
            x: [right.0 - origin.0, down.0 - origin.0, origin.0],
            y: [right.1 - origin.1, down.1 - origin.1, origin.1],
        }
    }

    /// Zooms by `factor` so that what lies under `point` stays there.
    pub(crate) fn zoomed(&self, camera: Camera, factor: f64, point: Pair) -> Camera {
        let most = (MAX_SCALE / self.fit_scale()).max(1.0);
        let zoom = (camera.zoom * factor).clamp(MIN_ZOOM, most);
        let size = self.size();
        let fit = self.fit_scale();
        // How far the middle goes towards the point, in the turned picture's own size.
        let gain = 1.0 / (fit * camera.zoom) - 1.0 / (fit * zoom);
        let middle = (
            camera.middle.0 + (point.0 - self.pane.0 / 2.0) * gain / size.0,
            camera.middle.1 + (point.1 - self.pane.1 / 2.0) * gain / size.1,
        );
        Camera { zoom, middle }
    }

    /// Moves the picture by so many screen pixels.
    pub(crate) fn panned(&self, camera: Camera, (dx, dy): Pair) -> Camera {
        let scale = self.scale(camera);
        let size = self.size();
        Camera {
            middle: (
                camera.middle.0 - dx / (scale * size.0),
                camera.middle.1 - dy / (scale * size.1),
            ),
            ..camera
        }
    }

    /// One picture pixel on one device pixel.
    pub(crate) fn actual(&self, camera: Camera, ratio: f64) -> Camera {
        let zoom = 1.0 / (ratio * self.fit_scale());
        Camera { zoom, ..camera }
    }
}

impl Camera {
    /// The middle of the pane never leaves the picture.
    pub(crate) fn kept_in_sight(self) -> Self {
        let (x, y) = self.middle;
        Self {
            middle: (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transform() -> ViewTransform {
        ViewTransform {
            pixels: (100.0, 50.0),
            stretch: (1.0, 1.0),
            orientation: Orientation::default(),
            pane: (400.0, 300.0),
        }
    }

    fn near(a: Pair, b: Pair) {
        assert!(
            (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9,
            "{a:?} is not {b:?}"
        );
    }

    #[test]
    fn fitting_shows_all_of_it_in_the_middle() {
        let camera = Camera::default();
        assert_eq!(transform().scale(camera), 4.0);
        near(transform().to_screen(camera, (0.0, 0.0)), (0.0, 50.0));
        near(transform().to_screen(camera, (100.0, 50.0)), (400.0, 250.0));
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let point = (300.0, 200.0);
        let before = transform().to_picture(Camera::default(), point);
        let near_by = transform().zoomed(Camera::default(), 2.0, point);
        assert_eq!(near_by.zoom, 2.0);
        near(transform().to_picture(near_by, point), before);
        let far = transform().zoomed(Camera::default(), 1e9, point);
        assert_eq!(transform().scale(far), MAX_SCALE);
    }

    #[test]
    fn panning_moves_by_screen_pixels_and_stops_at_the_edge() {
        let camera = transform().panned(Camera::default(), (10.0, -20.0));
        near(transform().to_screen(camera, (0.0, 0.0)), (10.0, 30.0));
        let gone = transform()
            .panned(Camera::default(), (1e6, 0.0))
            .kept_in_sight();
        assert_eq!(gone.middle, (0.0, 0.5));
    }

    #[test]
    fn turned_stretched_and_mirrored_pictures_go_there_and_back() {
        let mut transform = ViewTransform {
            stretch: (1.0, 5.0),
            ..transform()
        };
        for _ in 0..4 {
            transform.orientation = transform.orientation.turned_right();
            for orientation in [
                transform.orientation,
                transform.orientation.flipped_across(),
            ] {
                let transform = ViewTransform {
                    orientation,
                    ..transform
                };
                let camera = transform.panned(
                    Camera {
                        zoom: 1.7,
                        ..Camera::default()
                    },
                    (13.0, 7.0),
                );
                let there = transform.to_screen(camera, (12.0, 34.0));
                near(transform.to_picture(camera, there), (12.0, 34.0));
                let map = transform.screen_map(camera, 2.0);
                let at = |m: [f64; 3]| m[0] * there.0 * 2.0 + m[1] * there.1 * 2.0 + m[2];
                near((at(map.x), at(map.y)), (12.0, 34.0));
            }
        }
    }

    #[test]
    fn a_quarter_turn_puts_the_left_column_on_top() {
        let transform = ViewTransform {
            orientation: Orientation::default().turned_right(),
            ..transform()
        };
        // 50 wide and 100 high now: 3 screen pixels each; the stored bottom left corner is the top left one.
        let camera = Camera::default();
        assert_eq!(transform.scale(camera), 3.0);
        near(transform.to_screen(camera, (0.0, 50.0)), (125.0, 0.0));
        near(transform.to_screen(camera, (0.0, 0.0)), (275.0, 0.0));
    }

    #[test]
    fn actual_size_is_one_to_one() {
        let camera = transform().actual(Camera::default(), 2.0);
        assert_eq!(transform().scale(camera), 0.5);
    }
}
