//! 256-bit registers of x86.

use std::arch::x86_64::{
    __m128i, __m256, _mm_add_ps, _mm_add_ss, _mm_and_si128, _mm_cvtss_f32, _mm_loadl_epi64,
    _mm_loadu_si128, _mm_movehdup_ps, _mm_movehl_ps, _mm_set1_epi8, _mm_srli_epi16, _mm_srli_si128,
    _mm_sub_epi8, _mm_xor_si128, _mm256_castps256_ps128, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps,
    _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps,
    _mm256_storeu_ps,
};

use super::{
    Matrix,
    lanes::{Lanes, Work},
    product,
};

/// Whether this processor has the instructions.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// [`product::run`] with these registers.
///
/// # Safety
///
/// The processor must have the instructions.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run(matrix: &Matrix<'_>, x: &[f32], y: &mut [f32]) {
    product::run::<Avx2>(matrix, x, y);
}

/// Work with these registers.
///
/// # Safety
///
/// The processor must have the instructions.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn work<W: Work>(work: W) -> W::Output {
    // SAFETY: the caller has asked the processor.
    unsafe { work.run::<Avx2>() }
}

/// Eight floats.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

impl Avx2 {
    /// The low eight signed bytes.
    #[inline(always)]
    unsafe fn from_bytes(bytes: __m128i) -> Self {
        // SAFETY: the caller has the instructions.
        Self(unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)) })
    }
}

impl Lanes for Avx2 {
    const WIDTH: usize = 8;
    type Group = [Self; 4];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller has the instructions; so in all functions below.
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: and eight floats there.
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: and room for eight floats there.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, term.0) })
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: as above.
        unsafe {
            let low = _mm256_castps256_ps128(self.0);
            let four = _mm_add_ps(low, _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    unsafe fn unpack4(from: *const u8) -> Self::Group {
        // SAFETY: and 16 bytes there.
        unsafe {
            let bytes = _mm_loadu_si128(from.cast());
            let (mask, eight) = (_mm_set1_epi8(15), _mm_set1_epi8(8));
            let low = _mm_sub_epi8(_mm_and_si128(bytes, mask), eight);
            let high = _mm_sub_epi8(_mm_and_si128(_mm_srli_epi16::<4>(bytes), mask), eight);
            [
                Self::from_bytes(low),
                Self::from_bytes(_mm_srli_si128::<8>(low)),
                Self::from_bytes(high),
                Self::from_bytes(_mm_srli_si128::<8>(high)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn unpack8(from: *const u8) -> Self::Group {
        // SAFETY: and 32 bytes there.
        unsafe {
            let sign = _mm_set1_epi8(-128);
            let part = |first| {
                Self::from_bytes(_mm_xor_si128(_mm_loadl_epi64(from.add(first).cast()), sign))
            };
            [part(0), part(8), part(16), part(24)]
        }
    }
}
