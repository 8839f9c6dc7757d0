// The density of a mixture of round Gaussians under noise, as shades between two colours.
//
// In: the components, noised. Out: the rectangle `place`, sRGB as 8-bit targets store it, opaque.
//
// Bindings of group 0: 0 what to draw and where, 1 the components.
// Formula (src/math/mixture.rs): p(x) = sum_k w_k N(x; c_k, T I); shade = sqrt(p(x) / largest p), so that
// faint parts show.

struct Params {
    /// Left, top, right and bottom edge on the target, in clip space.
    place: vec4<f32>,
    /// The colour of no density.
    none: vec4<f32>,
    /// The colour of the largest density.
    most: vec4<f32>,
    /// From 0 to the rectangle's edges across and up, in data units.
    reach: vec2<f32>,
    /// 1 / 2T.
    sharpness: f32,
    /// How many components.
    count: u32,
}

struct Component {
    /// c_k, in data units.
    centre: vec2<f32>,
    /// ln of w_k over the largest value of sum_k w_k exp(-|x - c_k|^2 / 2T).
    log_share: f32,
    unused: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> components: array<Component>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    /// In data units.
    @location(0) at: vec2<f32>,
}

/// The corners of a strip of two triangles.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let at = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    let position = mix(params.place.xy, params.place.zw, at);
    return Corner(vec4<f32>(position, 0.0, 1.0), vec2<f32>(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y) * params.reach);
}

@fragment
fn density(corner: Corner) -> @location(0) vec4<f32> {
    var sum = 0.0;
    for (var k = 0u; k < params.count; k++) {
        let component = components[k];
        let apart = corner.at - component.centre;
        sum += exp(component.log_share - params.sharpness * dot(apart, apart));
    }
    return mix(params.none, params.most, saturate(sqrt(sum)));
}
