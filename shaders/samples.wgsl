// Pictures of samples straight from tensor memory: one sample, how far two are apart, and both under a wipe.
//
// In: rows of [c, h, w] float32 values in [-1, 1]. Out: one row on the rectangle `place`, nearest
// filtering, sRGB as 8-bit targets store it, alpha premultiplied.
//
// Bindings of group 0: 0 what to draw and where, 1 the row's values, 2 those of the row beside it.
// Formulas: shade = (v + 1) / 2, as `byte` in src/picture/grid.rs; distance = mean over channels of
// |a - b| in the colours of `heat` in src/picture/theme.rs, which come in `stops`.

/// Colours of the map of distances.
const STOPS: u32 = 5u;

struct Params {
    /// Left, top, right and bottom edge on the target, in clip space.
    place: vec4<f32>,
    /// Channels, height, width.
    shape: vec4<u32>,
    /// The index of each row's first value in its binding.
    first: vec2<u32>,
    /// Both rows' values are divided by this.
    reach: f32,
    /// Left of this share of the width the row is shown, right of it the one beside it.
    seam: f32,
    /// Opacity.
    strength: f32,
    /// Colours of distances from 0 to 1, evenly spaced.
    stops: array<vec4<f32>, STOPS>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> own: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    /// From the upper left corner (0, 0) to the lower right one (1, 1).
    @location(0) at: vec2<f32>,
}

/// The corners of a strip of two triangles.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let at = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    return Corner(vec4<f32>(mix(params.place.xy, params.place.zw, at), 0.0, 1.0), at);
}

/// The pixel of the sample at a place, counted row by row.
fn pixel(at: vec2<f32>) -> u32 {
    let size = params.shape.zy;
    let cell = min(vec2<u32>(at * vec2<f32>(size)), size - 1u);
    return cell.y * size.x + cell.x;
}

/// A value of the row, or of the one beside it, as it lies in memory.
fn stored(is_other: bool, channel: u32, pixel: u32) -> f32 {
    let index = channel * params.shape.y * params.shape.z + pixel;
    if is_other {
        return other[params.first.y + index];
    }
    return own[params.first.x + index];
}

/// The same, with what is to be shown in [-1, 1].
fn value(is_other: bool, channel: u32, pixel: u32) -> f32 {
    return stored(is_other, channel, pixel) / params.reach;
}

/// Comparisons may be folded as if every value were a number; bits may not.
fn is_number(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) <= 0x7f800000u;
}

/// Model space to [0, 1]; values outside saturate, not-a-number is black.
fn shade(is_other: bool, channel: u32, pixel: u32) -> f32 {
    // Before it is computed with: what comes of that may be taken for a number, too.
    let is_shown = is_number(stored(is_other, channel, pixel));
    return select(0.0, saturate(0.5 * value(is_other, channel, pixel) + 0.5), is_shown);
}

/// Three channels are red, green and blue; of any other number the first one is shown in grey.
fn colour(is_other: bool, pixel: u32) -> vec3<f32> {
    let red = shade(is_other, 0u, pixel);
    if params.shape.x != 3u {
        return vec3<f32>(red);
    }
    return vec3<f32>(red, shade(is_other, 1u, pixel), shade(is_other, 2u, pixel));
}

/// The colour of a distance; 1 and more is the last one, what is no number the first.
fn heat(distance: f32) -> vec3<f32> {
    let place = select(0.0, saturate(distance), is_number(distance)) * f32(STOPS - 1u);
    let below = min(u32(place), STOPS - 2u);
    return mix(params.stops[below].rgb, params.stops[below + 1u].rgb, place - f32(below));
}

fn covering(colour: vec3<f32>) -> vec4<f32> {
    return vec4<f32>(colour, 1.0) * params.strength;
}

@fragment
fn sample(corner: Corner) -> @location(0) vec4<f32> {
    return covering(colour(false, pixel(corner.at)));
}

@fragment
fn wipe(corner: Corner) -> @location(0) vec4<f32> {
    return covering(colour(corner.at.x >= params.seam, pixel(corner.at)));
}

@fragment
fn difference(corner: Corner) -> @location(0) vec4<f32> {
    let pixel = pixel(corner.at);
    var sum = 0.0;
    for (var channel = 0u; channel < params.shape.x; channel++) {
        sum += abs(value(false, channel, pixel) - value(true, channel, pixel));
    }
    return covering(heat(sum / f32(params.shape.x)));
}
