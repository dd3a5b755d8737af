//! Convolution and group normalization, as burn's backend meets them.

use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::CubeDim;

use super::{
    LONE_UNITS, buffer, conv, group_norm, norm, ops::launch_by, output, sizes, workgroups,
};
use crate::kernels::{
    choice::Variant,
    conv::{ConvGeometry, ConvOps},
};

/// Numbers of a group whose moments are taken at once, at least.
const PART: usize = 1024;
/// Parts of a group at most.
const PARTS: usize = 64;

impl ConvOps for CubeBackend {
    fn conv2d_of(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        geometry: ConvGeometry,
        variant: Variant,
    ) -> CubeTensor {
        convolve(x, weight, bias, None, geometry, variant)
    }

    fn conv2d_add(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        sum: CubeTensor,
        geometry: ConvGeometry,
        variant: Variant,
    ) -> CubeTensor {
        convolve(x, weight, bias, Some(sum), geometry, variant)
    }

    fn group_norm(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        groups: usize,
        epsilon: f32,
        silu: bool,
        variant: Variant,
    ) -> CubeTensor {
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        let [images, channels, height, width] = sizes(&x);
        let (pixels, count) = (height * width, x.meta.num_elements());
        let size = channels / groups * pixels;
        let length = PART.max(size.div_ceil(PARTS));
        let parts = size.div_ceil(length);
        let moments = output(&x, [images * groups * parts, 2]);
        let scales = output(&x, [images * channels, 2]);
        let y = output(&x, x.meta.shape().clone());
        // SAFETY: the kernels check that they are within the parts, the channels and the output.
        unsafe {
            launch_by!(
                variant, images * groups * parts, &x.client,
                alone: group_norm::moments_alone::launch_unchecked,
                shared: group_norm::moments_shared::launch_unchecked,
                lanes: norm::LANES,
                buffer(&x, 1),
                buffer(&moments, 1),
                images * groups * parts,
                parts,
                size,
                length,
            );
            group_norm::scales_kernel::launch_unchecked(
                &x.client,
                workgroups((images * channels).div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(&moments, 1),
                buffer(&weight, 1),
                buffer(&scales, 1),
                images * channels,
                channels,
                groups,
                parts,
                size,
                length,
                epsilon,
            );
            group_norm::normalize_kernel::launch_unchecked(
                &x.client,
                workgroups(count.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(&x, 1),
                buffer(&scales, 1),
                buffer(&bias, 1),
                buffer(&y, 1),
                count,
                channels,
                pixels,
                silu,
            );
        }
        y
    }
}

fn convolve(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    sum: Option<CubeTensor>,
    geometry: ConvGeometry,
    variant: Variant,
) -> CubeTensor {
    let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
    let sum = sum.map(into_contiguous);
    let [images, c_input, height, width] = sizes(&x);
    let [c_output, _, kernel, _] = sizes(&weight);
    let [out_height, out_width] = [height, width].map(|input| geometry.output(input, kernel));
    let y = output(&x, [images, c_output, out_height, out_width]);
    let work = match variant {
        Variant::BarrierFree => {
            let lines = out_width.div_ceil(conv::ALONE_PIXELS) * out_height;
            images * c_output.div_ceil(conv::ALONE_CHANNELS) * lines
        }
        Variant::SharedMemory => {
            let tiles = (out_height * out_width).div_ceil(conv::TILE);
            images * c_output.div_ceil(conv::TILE) * tiles
        }
    };
    // SAFETY: the kernels check that they are within the images, the channels and the pixels.
    unsafe {
        launch_by!(
            variant, work, &x.client,
            alone: conv::conv_alone::launch_unchecked,
            shared: conv::conv_shared::launch_unchecked,
            lanes: conv::UNITS,
            buffer(&x, 1),
            buffer(&weight, 1),
            buffer(&bias, 1),
            // Not touched where there is none.
            buffer(sum.as_ref().unwrap_or(&bias), 1),
            buffer(&y, 1),
            images,
            c_input,
            height,
            width,
            c_output,
            out_height,
            out_width,
            geometry.before,
            kernel,
            geometry.stride,
            geometry.doubled,
            sum.is_some(),
        );
    }
    y
}
