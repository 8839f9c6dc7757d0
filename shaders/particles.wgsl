// Points of the plane straight from tensor memory: a disc for each row of [n, 2], between two states of its path.
//
// In: float32 coordinates in data units, states of a path below each other. Out: discs with soft edges on
// the rectangle `place`, sRGB as 8-bit targets store it, alpha premultiplied.
//
// Bindings of group 0: 0 what to draw and where, 1 the states.
// Formulas: x = (1 - share) x_before + share x_next; a noise's colour has its angle for a hue, in Oklab
// (Ottosson 2020), as `around` in src/picture/theme.rs.

/// Colourfulness of a hue.
const CHROMA: f32 = 0.13;

struct Params {
    /// Left, top, right and bottom edge on the target, in clip space.
    place: vec4<f32>,
    /// The index of the first coordinate: of the state before, of the next one, of the noises.
    first: vec4<u32>,
    /// From 0 to the rectangle's edges across and up, in data units.
    reach: vec2<f32>,
    /// Of a disc, in pixels.
    radius: f32,
    /// Share of the way from the state before to the next.
    share: f32,
    /// A pixel in clip space, across and up.
    pixel: vec2<f32>,
    /// Of the hues, in Oklab.
    lightness: f32,
    /// Of all that is drawn.
    opacity: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> states: array<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    /// From the disc's middle, in pixels.
    @location(0) offset: vec2<f32>,
    @location(1) colour: vec3<f32>,
}

/// A linear channel as sRGB.
fn encoded(linear: f32) -> f32 {
    let channel = saturate(linear);
    return select(1.055 * pow(channel, 1.0 / 2.4) - 0.055, 12.92 * channel, channel <= 0.0031308);
}

fn cube(value: f32) -> f32 {
    return value * value * value;
}

/// The colour of a direction.
fn hue(direction: vec2<f32>) -> vec3<f32> {
    let a = CHROMA * direction.x;
    let b = CHROMA * direction.y;
    let l = cube(params.lightness + 0.3963377774 * a + 0.2158037573 * b);
    let m = cube(params.lightness - 0.1055613458 * a - 0.0638541728 * b);
    let s = cube(params.lightness - 0.0894841775 * a - 1.2914855480 * b);
    return vec3<f32>(
        encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
        encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
        encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
    );
}

/// A point of the state that begins at `first`.
fn place_of(first: u32, point: u32) -> vec2<f32> {
    let index = first + 2u * point;
    return vec2<f32>(states[index], states[index + 1u]);
}

/// The corners of a strip of two triangles around a disc.
@vertex
fn corner(@builtin(vertex_index) index: u32, @builtin(instance_index) point: u32) -> Corner {
    let before = place_of(params.first.x, point);
    let next = place_of(params.first.y, point);
    let middle = 0.5 * (params.place.xy + params.place.zw);
    let half_size = 0.5 * abs(params.place.zw - params.place.xy);
    let at = middle + mix(before, next, params.share) / params.reach * half_size;
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    // Half a pixel more than the disc, for its soft edge.
    let offset = corner * (params.radius + 0.5);
    let noise = place_of(params.first.z, point);
    let colour = hue(noise / max(length(noise), 1e-12));
    return Corner(vec4<f32>(at + offset * params.pixel, 0.0, 1.0), offset, colour);
}

@fragment
fn disc(corner: Corner) -> @location(0) vec4<f32> {
    let cover = saturate(params.radius + 0.5 - length(corner.offset));
    return vec4<f32>(corner.colour, 1.0) * (cover * params.opacity);
}
