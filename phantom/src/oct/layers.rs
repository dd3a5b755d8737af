//! Borders of the layers in one column of the scan.

use super::scene::Scene;
use crate::math::{exp, lerp, smoothstep};

/// Depths below the picture's upper edge in micrometres, from the vitreous to the choroid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Lateral position, mm from the fovea.
    pub(super) x: f32,
    /// Inner limiting membrane.
    pub(super) surface: f32,
    /// Lower borders of nerve fibres, ganglion cells, inner plexiform, inner nuclear, outer
    /// plexiform and outer nuclear layer (the last is the external limiting membrane).
    pub(super) fibres: f32,
    pub(super) ganglion: f32,
    pub(super) inner_plexiform: f32,
    pub(super) inner_nuclear: f32,
    pub(super) outer_plexiform: f32,
    pub(super) outer_nuclear: f32,
    /// Lower ends of the photoreceptors.
    pub(super) receptors: f32,
    /// Upper and lower border of the pigment epithelium; above it may lie fluid.
    pub(super) epithelium: [f32; 2],
    /// Bruch's membrane; below the epithelium where that is raised.
    pub(super) bruch: f32,
    /// Lower end of the choroid.
    pub(super) choroid: f32,
}

/// From the external limiting membrane to the bright ellipsoid zone and that zone's thickness,
/// micrometres.
pub(super) const MYOID: f32 = 20.0;
pub(super) const ELLIPSOID: f32 = 17.0;

impl Column {
    /// The borders at a lateral position. Thicknesses are means of normal eyes (order of Bagci et
    /// al. 2008 and of Loduca et al. 2010), rounded; the shape of the pit is a free choice.
    pub(super) fn at(scene: &Scene, x: f32, [slow, wave]: [f32; 2]) -> Self {
        let distance = x.abs();
        let nasal = x * scene.nasal();
        let sigma = scene.pit[0];
        let mut pit = scene.pit[1] * exp(-0.5 * (x * x) / (sigma * sigma));
        let mut inner_scale = scene.thickness;
        let mut pull = 0.0;
        if let Some(membrane) = &scene.membrane {
            pull = membrane.pull(x);
            if membrane.severe {
                pit *= 0.25;
                inner_scale *= 1.18;
            }
        }
        if scene.hole.is_some() {
            // The torn edges stand up.
            pit *= 0.35;
        }
        let open = 1.0 - pit;
        let far = smoothstep(1.0, 3.2, distance);
        let fibres = lerp(11.0, scene.fibres, smoothstep(-1.4, 2.9, nasal)) * open;
        let ganglion = (42.0 * (1.0 - 0.5 * far)) * open * open + 2.0;
        let inner_plexiform = (38.0 * (1.0 - 0.15 * far)) * open + 2.0;
        let inner_nuclear = (38.0 * (1.0 - 0.15 * far)) * (1.0 - 0.93 * pit);
        let outer_plexiform = 26.0 * (1.0 - 0.7 * pit);
        let outer_nuclear = 66.0 - 8.0 * far + 36.0 * pit;
        let segments = 28.0 + 12.0 * pit;
        let swelling = scene.swelling.map_or(0.0, |bump| bump.rise(x));

        let bruch = scene.level * scene.depth + scene.tilt * x - scene.bend * x * x + 2.0 * wave;
        let detached = scene.detachment.map_or(0.0, |bump| bump.rise(x));
        let mut druse = 0.0f32;
        for bump in &scene.drusen {
            druse = druse.max(bump.rise(x));
        }
        // The inner retina bends less than what lifts it.
        let domes = [scene.detachment, scene.subretinal];
        let slack: f32 = domes.iter().flatten().map(|b| b.slack(x)).sum();
        let low = bruch - detached - druse;
        let epithelium = [low - 21.0, low];
        // Drusen lift the receptors where no fluid lies between.
        let fluid = scene.subretinal.map_or(0.0, |bump| bump.rise(x));
        let pushed = (druse - fluid).max(0.0);
        let receptors = bruch - detached - 23.0 - fluid.max(druse);
        let outer_limit = receptors - MYOID - ELLIPSOID - segments;
        let s = scene.thickness;
        // Nuclei over drusen give way.
        let nuclei = (outer_nuclear * s - 0.8 * pushed + slack).max(0.3 * outer_nuclear);
        let outer_plexiform_low = outer_limit - nuclei - 0.62 * swelling;
        let inner_nuclear_low = outer_plexiform_low - outer_plexiform * s;
        let inner_plexiform_low =
            inner_nuclear_low - (inner_nuclear * inner_scale + 0.38 * swelling);
        let ganglion_low = inner_plexiform_low - inner_plexiform * inner_scale;
        let fibres_low = ganglion_low - ganglion * inner_scale - 0.5 * pull;
        Self {
            x,
            surface: fibres_low - fibres * inner_scale - 0.5 * pull,
            fibres: fibres_low,
            ganglion: ganglion_low,
            inner_plexiform: inner_plexiform_low,
            inner_nuclear: inner_nuclear_low,
            outer_plexiform: outer_plexiform_low,
            outer_nuclear: outer_limit,
            receptors,
            epithelium,
            bruch,
            choroid: bruch + scene.choroid * (1.0 - 0.04 * distance * distance + 0.09 * slow),
        }
    }
}
