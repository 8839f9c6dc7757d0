//! What lies beside each tile: the points for the kernel's outer columns.

use pulp::{Arch, Simd, WithSimd};

use super::{KERNEL, POINTS};

/// From the points of a channel for the middle column of the kernel, `tiles` in rows of `width`, to those for the columns on
/// both sides: the same, moved by one, with zeros where they come from outside.
///
/// The three columns lie `apart`, those of the next point `of_point` from the first.
pub(super) fn fill_beside(
    points: &mut [f32],
    [of_point, apart]: [usize; 2],
    [tiles, width]: [usize; 2],
) {
    Arch::new().dispatch(Beside { points, of_point, apart, tiles, width });
}

struct Beside<'a> {
    points: &'a mut [f32],
    of_point: usize,
    apart: usize,
    tiles: usize,
    width: usize,
}

impl WithSimd for Beside<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { points, of_point, apart, tiles, width } = self;
        for point in 0..POINTS {
            let columns = &mut points[point * of_point..][..KERNEL * apart];
            let (left, rest) = columns.split_at_mut(apart);
            let (centre, right) = rest.split_at_mut(apart);
            let centre = &centre[..tiles];
            copy::<S>(&centre[..tiles - 1], &mut left[1..tiles]);
            copy::<S>(&centre[1..], &mut right[..tiles - 1]);
            let mut first = 0;
            while first < tiles {
                left[first] = 0.0;
                right[first + width - 1] = 0.0;
                first += width;
            }
        }
    }
}

/// For so few numbers calling the system's copy takes as long as copying.
#[inline(always)]
fn copy<S: Simd>(from: &[f32], to: &mut [f32]) {
    let Some(last) = from.len().checked_sub(S::F32_LANES) else {
        return to.copy_from_slice(from);
    };
    for (from, to) in S::as_simd_f32s(from).0.iter().zip(S::as_mut_simd_f32s(to).0) {
        *to = *from;
    }
    // The last vector again, for what the others have not reached.
    S::as_mut_simd_f32s(&mut to[last..]).0[0] = S::as_simd_f32s(&from[last..]).0[0];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_moved_at_every_vector_width() {
        for (tiles, width) in [(1, 1), (5, 1), (6, 3), (32, 16), (35, 35), (64, 8)] {
            let (apart, of_point) = (tiles + 2, KERNEL * (tiles + 2) + 1);
            let one = |run: &dyn Fn(Beside)| {
                let mut points: Vec<f32> = (1..=POINTS * of_point).map(|i| i as f32).collect();
                run(Beside { points: &mut points, of_point, apart, tiles, width });
                points
            };
            let plain = one(&|beside| beside.with_simd(pulp::Scalar));
            for (point, tile) in (0..POINTS * tiles).map(|i| (i / tiles, i % tiles)) {
                let [left, centre, right] =
                    [0, 1, 2].map(|c| &plain[point * of_point + c * apart..]);
                let at = tile % width;
                assert_eq!(left[tile], if at == 0 { 0.0 } else { centre[tile - 1] });
                assert_eq!(right[tile], if at + 1 == width { 0.0 } else { centre[tile + 1] });
            }
            assert_eq!(one(&|beside| Arch::new().dispatch(beside)), plain, "{tiles}, {width}");
            if let Some(narrow) = crate::narrow_vectors() {
                assert_eq!(one(&|beside| narrow.vectorize(beside)), plain, "{tiles}, {width}");
            }
        }
    }
}
