//! What lies between the products of a layer, as burn's backend meets it.

use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::CubeDim;

use super::{LONE_UNITS, activation, attention, buffer, heads, norm, output, sizes, workgroups};
use crate::kernels::{
    choice::Variant,
    layer::{HeadSizes, KeyPieces, LayerOps},
};

/// Launches a kernel by the variant that was chosen: an invocation for each of `count` pieces of work, or a workgroup.
///
/// # Safety
///
/// The kernels must check that they are within `count`, and the buffers be as large as the arguments say.
macro_rules! launch_by {
    (
        $variant:expr, $count:expr, $client:expr,
        alone: $alone:path, shared: $shared:path, lanes: $lanes:expr,
        $($argument:expr),* $(,)?
    ) => {
        match $variant {
            Variant::BarrierFree => $alone(
                $client,
                workgroups($count.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                $($argument),*
            ),
            Variant::SharedMemory => $shared(
                $client,
                workgroups($count),
                CubeDim::new_1d($lanes as u32),
                $($argument),*
            ),
        }
    };
}

pub(super) use launch_by;

impl LayerOps for CubeBackend {
    fn rms_norm(x: CubeTensor, weight: CubeTensor, epsilon: f32, variant: Variant) -> CubeTensor {
        let [x, weight] = [x, weight].map(into_contiguous);
        let out = output(&x, x.meta.shape().clone());
        launch_norm(&x, None, &weight, &out, epsilon, variant);
        out
    }

    fn add_rms_norm(
        x: CubeTensor,
        y: CubeTensor,
        weight: CubeTensor,
        epsilon: f32,
        variant: Variant,
    ) -> (CubeTensor, CubeTensor) {
        let [x, y, weight] = [x, y, weight].map(into_contiguous);
        let [sums, out] = [(); 2].map(|()| output(&x, x.meta.shape().clone()));
        launch_norm(&x, Some((&y, &sums)), &weight, &out, epsilon, variant);
        (sums, out)
    }

    fn layer_norm(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        epsilon: f32,
        variant: Variant,
    ) -> CubeTensor {
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        let [rows, d] = sizes(&x);
        let out = output(&x, [rows, d]);
        // SAFETY: the kernels check that they are within the rows.
        unsafe {
            launch_by!(
                variant, rows, &x.client,
                alone: norm::layer_norm_alone::launch_unchecked,
                shared: norm::layer_norm_shared::launch_unchecked,
                lanes: norm::LANES,
                buffer(&x, 1),
                buffer(&weight, 1),
                buffer(&bias, 1),
                buffer(&out, 1),
                rows,
                d,
                epsilon,
            );
        }
        out
    }

    fn gelu_tanh(x: CubeTensor) -> CubeTensor {
        let x = into_contiguous(x);
        let count = x.meta.num_elements();
        let y = output(&x, x.meta.shape().clone());
        // SAFETY: the kernel checks that it is within the output.
        unsafe {
            activation::gelu_kernel::launch_unchecked(
                &x.client,
                workgroups(count.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(&x, 1),
                buffer(&y, 1),
                count,
            );
        }
        y
    }

    fn gate(gate_and_up: CubeTensor) -> CubeTensor {
        let both = into_contiguous(gate_and_up);
        let [rows, width] = sizes(&both);
        let width = width / 2;
        let out = output(&both, [rows, width]);
        let count = rows * width;
        // SAFETY: the kernel checks that it is within the output.
        unsafe {
            activation::gate_kernel::launch_unchecked(
                &both.client,
                workgroups(count.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(&both, 1),
                buffer(&out, 1),
                count,
                width,
            );
        }
        out
    }

    fn heads(
        projected: CubeTensor,
        bias: CubeTensor,
        norms: CubeTensor,
        tables: CubeTensor,
        q: CubeTensor,
        k: CubeTensor,
        v: CubeTensor,
        sizes: HeadSizes,
        variant: Variant,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [projected, bias, norms, tables] =
            [projected, bias, norms, tables].map(into_contiguous);
        // A buffer that somebody else holds is copied first.
        let [q, k, v] = [q, k, v]
            .map(into_contiguous)
            .map(|x| if x.can_mut() { x } else { x.copy() });
        let count = projected.meta.num_elements() / sizes.d;
        // SAFETY: the kernels check that they are within the heads; the buffers have room for the tokens.
        unsafe {
            launch_by!(
                variant, count, &q.client,
                alone: heads::heads_alone::launch_unchecked,
                shared: heads::heads_shared::launch_unchecked,
                lanes: heads::LANES,
                buffer(&projected, 1),
                buffer(&bias, 1),
                buffer(&norms, 1),
                buffer(&tables, 1),
                buffer(&q, 1),
                buffer(&k, 1),
                buffer(&v, 1),
                count,
                sizes.heads,
                sizes.kv_heads,
                sizes.d,
                sizes.tokens,
                sizes.first,
                sizes.capacity,
                sizes.at,
                sizes.epsilon,
            );
        }
        (q, k, v)
    }

    fn attention(
        q: CubeTensor,
        k_first: CubeTensor,
        v_first: CubeTensor,
        k_second: CubeTensor,
        v_second: CubeTensor,
        pieces: KeyPieces,
        variant: Variant,
    ) -> CubeTensor {
        let [q, k_first, v_first, k_second, v_second] =
            [q, k_first, v_first, k_second, v_second].map(into_contiguous);
        let [_, heads, tokens, d] = sizes(&q);
        let [_, kv_heads, second_capacity, _] = sizes(&k_second);
        let [_, _, first_capacity, _] = sizes(&k_first);
        let y = output(&q, [tokens, heads * d]);
        let scale = (d as f64).sqrt().recip() as f32;
        // SAFETY: the kernels check that they are within the queries; the pieces have as many keys as is said.
        unsafe {
            launch_by!(
                variant, heads * tokens, &q.client,
                alone: attention::attention_alone::launch_unchecked,
                shared: attention::attention_shared::launch_unchecked,
                lanes: attention::LANES,
                buffer(&q, 1),
                buffer(&k_first, 1),
                buffer(&v_first, 1),
                buffer(&k_second, 1),
                buffer(&v_second, 1),
                buffer(&y, 1),
                heads,
                kv_heads,
                tokens,
                first_capacity,
                pieces.first,
                second_capacity,
                pieces.second,
                u32::from(pieces.causal),
                scale,
                d,
            );
        }
        y
    }
}

fn launch_norm(
    x: &CubeTensor,
    add: Option<(&CubeTensor, &CubeTensor)>,
    weight: &CubeTensor,
    out: &CubeTensor,
    epsilon: f32,
    variant: Variant,
) {
    let [rows, d] = sizes(x);
    // Without a sum these two are bound and not touched; they may not be what is written elsewhere.
    let unused;
    let (y, sums) = match add {
        Some((y, sums)) => (y, sums),
        None => {
            unused = output(x, [1, 1]);
            (x, &unused)
        }
    };
    // SAFETY: the kernels check that they are within the rows.
    unsafe {
        launch_by!(
            variant, rows, &x.client,
            alone: norm::rms_norm_alone::launch_unchecked,
            shared: norm::rms_norm_shared::launch_unchecked,
            lanes: norm::LANES,
            buffer(x, 1),
            buffer(y, 1),
            buffer(weight, 1),
            buffer(sums, 1),
            buffer(out, 1),
            rows,
            d,
            epsilon,
            add.is_some(),
        );
    }
}
