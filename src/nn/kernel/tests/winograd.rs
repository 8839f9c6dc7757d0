//! Winograd's algorithm against the sums that it stands for.

use super::super::algorithm::Algorithm as _;
use super::super::convolve;
use super::super::direct::Direct;
use super::super::planes::Geometry;
use super::numbers;

/// The output of a convolution in f64, by its definition.
fn exact(x: &[f32], weight: &[f32], geometry: &Geometry) -> Vec<f64> {
    let Geometry { samples, inputs, outputs, height, width, kernel } = *geometry;
    let mut y = Vec::new();
    for (sample, output, row, column) in (0..samples * outputs * height * width).map(|index| {
        let (plane, pixel) = (index / (height * width), index % (height * width));
        (plane / outputs, plane % outputs, pixel / width, pixel % width)
    }) {
        let mut sum = 0.0;
        for (input, tap) in (0..inputs * kernel * kernel).map(|i| (i / 9, i % 9)) {
            let (row, column) = (row + tap / kernel, column + tap % kernel);
            if (1..=height).contains(&row) && (1..=width).contains(&column) {
                let pixel = (row - 1) * width + column - 1;
                let x = x[(sample * inputs + input) * height * width + pixel];
                sum += f64::from(x) * f64::from(weight[(output * inputs + input) * 9 + tap]);
            }
        }
        y.push(sum);
    }
    y
}

/// The root of the mean square of what differs, and of what is right.
fn error(found: &[f32], exact: &[f64]) -> f64 {
    let differs = found.iter().zip(exact).map(|(found, exact)| (f64::from(*found) - exact).powi(2));
    (differs.sum::<f64>() / exact.iter().map(|exact| exact * exact).sum::<f64>()).sqrt()
}

#[test]
fn its_error_is_a_few_times_that_of_direct_sums() {
    for ([inputs, outputs, side], most) in
        [([16, 16, 32], 3.0), ([48, 24, 16], 3.0), ([96, 96, 8], 3.0), ([3, 24, 32], 4.0)]
    {
        let (height, width) = (side, side);
        let geometry = Geometry { samples: 2, inputs, outputs, height, width, kernel: 3 };
        let x = numbers(2 * inputs * geometry.pixels(), 1);
        let weight = numbers(outputs * inputs * 9, 2);
        let bias = vec![0.0; outputs];
        let exact = exact(&x, &weight, &geometry);
        let found = error(&convolve::forward(&x, &weight, &bias, None, &geometry), &exact);
        let mut y = vec![0.0; exact.len()];
        Direct::new(&weight, &geometry, false).forward(&x, &bias, None, &mut y);
        let direct = error(&y, &exact);
        assert!(found < most * direct, "{geometry:?}: {found:e}, directly {direct:e}");
        assert!(found > direct, "{geometry:?}: the same algorithm?");
    }
}

#[test]
fn a_sample_is_the_same_in_any_batch() {
    for (height, width) in [(4, 1), (4, 4), (8, 8), (8, 9), (16, 16), (32, 32)] {
        let (inputs, outputs) = (3, 7);
        let geometry = Geometry { samples: 9, inputs, outputs, height, width, kernel: 3 };
        let x = numbers(9 * inputs * geometry.pixels(), 1);
        let dy = numbers(9 * outputs * geometry.pixels(), 4);
        let (weight, bias) = (numbers(outputs * inputs * 9, 2), numbers(outputs, 3));
        let run = |x: &[f32], dy: &[f32], samples| {
            let geometry = Geometry { samples, ..geometry };
            let y = convolve::forward(x, &weight, &bias, None, &geometry);
            (y, convolve::gradients(x, &weight, dy, &geometry, true).x)
        };
        let together = run(&x, &dy, 9);
        let samples = x.chunks(x.len() / 9).zip(dy.chunks(dy.len() / 9));
        let (y, dx): (Vec<_>, Vec<_>) = samples.map(|(x, dy)| run(x, dy, 1)).unzip();
        assert_eq!(together, (y.concat(), dx.concat()), "{height} x {width}");
    }
}
