//! The matrices among all parameters, and how a vector is made of orthogonal ones: all their singular values near 1.
//!
//! By the iteration of Muon (Jordan et al. 2024), in which a matrix X of r rows and c columns only meets its Gram matrix: of
//! every step's factor `a + b A + c A^2`, with `A = X X^T`, nothing but the product is multiplied to X at the end. All
//! these factors are polynomials in the first A, so they commute, and A goes from step to step as `Q A Q`. A matrix
//! with more rows than columns is turned: `A = X^T X`, which stands on its right. So each X is read twice, and what
//! lies between, of squares of the smaller side, is done for all of one size at once on a GPU, and for some at a time on
//! each core of a CPU.

use std::collections::BTreeMap;

use burn::{
    backend::{Dispatch, tensor::FloatTensor},
    prelude::*,
};

use super::{
    flat::{self, Place},
    operations,
};
use crate::nn::{kernel::table::part, pieces};

/// a, b and c (Jordan et al. 2024): a quintic that lifts small singular values by the most, and holds others between
/// 0.7 and 1.2.
const POLYNOMIAL: [f64; 3] = [3.4445, -4.7750, 2.0315];
const STEPS: usize = 5;
/// Matrices that are worth a core's while.
const PIECE: usize = 2;

/// Keeps a matrix of zeros one.
const NO_ZERO: f64 = 1e-14;

/// A weight of two axes or more, the first of which are its rows.
#[derive(Clone, Debug)]
struct Matrix {
    start: usize,
    rows: usize,
    columns: usize,
}

impl Matrix {
    fn of(&self, all: &Tensor<1>) -> Tensor<2> {
        let Self { start, rows, columns } = *self;
        part(all.clone(), start, rows * columns).reshape([rows, columns])
    }

    fn is_wide(&self) -> bool {
        self.rows <= self.columns
    }

    fn gram(&self, all: &Tensor<1>) -> Tensor<2> {
        let x = self.of(all);
        let turned = x.clone().transpose();
        if self.is_wide() { x.matmul(turned) } else { turned.matmul(x) }
    }
}

/// Those whose smaller side is one: all of them on a GPU, some on a CPU.
#[derive(Clone, Debug)]
struct Group {
    side: usize,
    matrices: Vec<Matrix>,
    /// What each is multiplied by at the end, `[k, 1, 1]`.
    scales: Tensor<3>,
    /// `[1, side, side]`
    identity: Tensor<3>,
}

impl Group {
    fn new(side: usize, matrices: Vec<Matrix>, device: &Device) -> Self {
        let scale = |matrix: &Matrix| 0.2 * (matrix.rows.max(matrix.columns) as f32).sqrt();
        let scales: Vec<f32> = matrices.iter().map(scale).collect();
        let scales = Tensor::<1>::from_floats(scales.as_slice(), device).reshape([-1, 1, 1]);
        let identity = Tensor::<2>::eye(side, device).unsqueeze();
        Self { side, matrices, scales, identity }
    }

    /// The Gram matrices, `[k, side, side]`.
    fn grams(&self, all: &Tensor<1>) -> Tensor<3> {
        let Self { side, matrices, .. } = self;
        let (k, length) = (matrices.len(), side * side);
        let grams = matrices.iter().enumerate();
        let grams = grams.map(|(i, matrix)| (i * length, matrix.gram(all).into_dispatch()));
        let grams = grams.collect::<Vec<_>>();
        operations::put(Tensor::zeros([k * length], &all.device()), &grams)
            .reshape([k, *side, *side])
    }

    /// What each matrix is to be multiplied by, `[k, side, side]`.
    fn factors(&self, all: &Tensor<1>) -> Tensor<3> {
        let [a, b, c] = POLYNOMIAL;
        let grams = self.grams(all);
        // The trace is the sum of squares of X: no singular value is above its root.
        let trace = (grams.clone() * self.identity.clone()).sum_dim(1).sum_dim(2) + NO_ZERO;
        let mut gram = grams / trace.clone();
        let mut product: Option<Tensor<3>> = None;
        for step in 1..=STEPS {
            let square = gram.clone().matmul(gram.clone());
            let factor = self.identity.clone() * a + gram.clone() * b + square * c;
            if step < STEPS {
                gram = factor.clone().matmul(gram).matmul(factor.clone());
            }
            product = Some(match product {
                Some(product) => factor.matmul(product),
                None => factor,
            });
        }
        product.expect("there are steps") * (self.scales.clone() / trace.sqrt())
    }

    /// Each matrix of `all` `[p]` made orthogonal, and where it lies.
    fn orthogonal(&self, all: &Tensor<1>) -> Vec<(usize, FloatTensor<Dispatch>)> {
        let (side, factors) = (self.side, self.factors(all));
        let product = |(i, matrix): (usize, &Matrix)| {
            let factor = factors.clone().narrow(0, i, 1).reshape([side, side]);
            let x = matrix.of(all);
            let y = if matrix.is_wide() { factor.matmul(x) } else { x.matmul(factor) };
            (matrix.start, y.into_dispatch())
        };
        self.matrices.iter().enumerate().map(product).collect()
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Matrices {
    groups: Vec<Group>,
    /// Of the vector of all parameters.
    length: usize,
}

impl Matrices {
    /// Those of `places`, in a vector of `length`, on `device`.
    pub(super) fn new<'a>(
        places: impl IntoIterator<Item = &'a Place>,
        length: usize,
        device: &Device,
    ) -> Self {
        let mut groups: BTreeMap<usize, Vec<Matrix>> = BTreeMap::new();
        for Place { shape, start, .. } in places {
            let [rows, columns] = [shape[0], shape[1..].iter().product()];
            let matrix = Matrix { start: *start, rows, columns };
            groups.entry(rows.min(columns)).or_default().push(matrix);
        }
        let of_side = |(side, all): (usize, Vec<Matrix>)| {
            let shares = pieces::cut(all.len(), PIECE, device).into_iter();
            shares.map(|share| Group::new(side, all[share].to_vec(), device)).collect::<Vec<_>>()
        };
        Self { groups: groups.into_iter().flat_map(of_side).collect(), length }
    }

    /// Each matrix of `all` `[p]` made orthogonal, times `0.2 sqrt(max(r, c))`, which gives its values a mean square of
    /// about 0.2^2, as those of an AdamW step have (Liu et al. 2025, arXiv 2502.16982, eq. 4); 0 elsewhere, `[p]`.
    ///
    /// Launched on a GPU it uploads nothing.
    pub(super) fn orthogonal(&self, all: &Tensor<1>) -> Tensor<1> {
        let groups = self.groups.iter().collect::<Vec<_>>();
        let parts: Vec<_> = if pieces::is_cpu(&all.device()) {
            pieces::side_by_side(groups, |group| group.orthogonal(all)).concat()
        } else {
            groups.into_iter().flat_map(|group| group.orthogonal(all)).collect()
        };
        operations::put(Tensor::zeros([self.length], &all.device()), &parts)
    }
}

/// Matrices of these rows and columns, which lie in `x` `[p]` as a network's parameters do (each from a multiple
/// of [`crate::nn::kernel::ALIGNMENT`] on), made orthogonal and scaled as Muon moves weights by them, `[p]`.
pub fn orthogonal(shapes: &[[usize; 2]], x: &Tensor<1>) -> Tensor<1> {
    let places = flat::placed(shapes.iter().map(|shape| (String::new(), shape.to_vec())));
    Matrices::new(&places, x.dims()[0], &x.device()).orthogonal(x)
}
