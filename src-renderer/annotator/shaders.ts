/** One pass per tile: grey values, then labels, weights, probability and what teaches, mixed in that order. */
import { MARK, MARKS_WIDTH } from './proposal-marks.ts'

export const VERTEX = `#version 300 es
uniform vec4 u_rect;    // of the tile in the plane: x, y, width, height
uniform vec2 u_centre;  // of the view, in the plane
uniform vec2 u_scale;   // plane to clip space
out vec2 v_plane;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  v_plane = u_rect.xy + corner * u_rect.zw;
  gl_Position = vec4((v_plane - u_centre) * u_scale * vec2(1.0, -1.0), 0.0, 1.0);
}
`

/** `IMAGE_SAMPLER` is usampler2D for 8 and 16 bit samples, sampler2D for all others. */
export const fragmentShader = (isInteger: boolean): string => `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
#define IMAGE_SAMPLER ${isInteger ? 'usampler2D' : 'sampler2D'}

in vec2 v_plane;
out vec4 o_colour;

uniform float u_device;          // plane pixels per device pixel

uniform IMAGE_SAMPLER u_image;   // channels one below the other, 256 rows each
uniform vec3 u_imageFrom;        // origin of the tile and plane pixels per sample
uniform ivec2 u_imageSize;       // samples with a value; 0: not loaded
uniform int u_channels;          // 1: grey, 3: colour
uniform vec2 u_window;           // values of black and white
uniform float u_gamma;
uniform bool u_isInverted;
uniform int u_lut;               // row of u_ramps, -1 for grey
uniform sampler2D u_ramps;       // 256 x 2

uniform usampler2D u_labels;     // 258 x 258: a pixel of the neighbours around the tile
uniform vec3 u_labelsFrom;
uniform bool u_hasLabels;        // loaded; what teaches is read off them also where they are hidden
uniform bool u_showLabels;
uniform float u_fill;            // opacity of fills
uniform bool u_byClass;
uniform uint u_hovered;
uniform vec3 u_palette[16];
uniform vec3 u_codes[4];         // colours of the codes 1 to 3
uniform vec3 u_classes[32];
uniform usampler2D u_table;      // class and marks of each object
uniform int u_tableRows;

uniform sampler2D u_term;        // border term of the weight window
uniform usampler2D u_class;      // class of each pixel there; 255 teaches nothing
uniform ivec4 u_weightRect;
uniform bool u_showWeights;
uniform bool u_showTeaches;
uniform bool u_isComplete;
uniform float u_classWeight[32];
uniform float u_mostWeight;
uniform float u_weightOpacity;
uniform int u_weightRamp;

uniform sampler2D u_probability;
uniform vec3 u_probabilityFrom;
uniform ivec2 u_probabilitySize; // 0: not loaded
uniform bool u_showProbability;
uniform bool u_showUncertainty;

uniform usampler2D u_proposals;  // numbers of a part of the plane
uniform usampler2D u_marks;      // what is known of each number (proposal-marks.ts)
uniform vec2 u_proposalsFrom;    // upper left pixel of that part
uniform bool u_showProposals;

vec3 ramp(float share, int row) {
  return texelFetch(u_ramps, ivec2(int(clamp(share, 0.0, 1.0) * 255.0 + 0.5), row), 0).rgb;
}

float sampleOf(vec2 plane, int slot) {
  ivec2 at = clamp(ivec2(floor((plane - u_imageFrom.xy) / u_imageFrom.z)), ivec2(0), u_imageSize - 1);
  return float(texelFetch(u_image, at + ivec2(0, slot * 256), 0).r);
}

// Zoomed out, the mean of four samples inside the device pixel; zoomed in, the sample itself.
float valueOf(vec2 plane, int slot) {
  if (u_device <= u_imageFrom.z) return sampleOf(plane, slot);
  float d = 0.25 * u_device;
  return 0.25 * (sampleOf(plane + vec2(-d, -d), slot) + sampleOf(plane + vec2(d, -d), slot)
    + sampleOf(plane + vec2(-d, d), slot) + sampleOf(plane + vec2(d, d), slot));
}

float shadeOf(float value) {
  float share = clamp((value - u_window.x) / (u_window.y - u_window.x), 0.0, 1.0);
  if (isnan(value)) share = 0.0;
  share = pow(share, u_gamma);
  return u_isInverted ? 1.0 - share : share;
}

vec3 imageColour() {
  if (u_imageSize.x == 0) return vec3(0.13);
  float first = shadeOf(valueOf(v_plane, 0));
  if (u_channels == 3) return vec3(first, shadeOf(valueOf(v_plane, 1)), shadeOf(valueOf(v_plane, 2)));
  return u_lut < 0 ? vec3(first) : ramp(first, u_lut);
}

uint labelAt(vec2 offset) {
  vec2 at = (v_plane - u_labelsFrom.xy) / u_labelsFrom.z + offset + 1.0;
  return texelFetch(u_labels, clamp(ivec2(floor(at)), ivec2(0), ivec2(257)), 0).r;
}

uint recordOf(uint id) {
  int row = int(id / ${2048}u);
  return row < u_tableRows ? texelFetch(u_table, ivec2(int(id % ${2048}u), row), 0).r : 0u;
}

vec3 labelColour(uint id, uint record) {
  if (id < 16u) return u_codes[min(id, 3u)];
  if (u_byClass) return u_classes[max(int(record & 31u), 1) - 1];
  return u_palette[(id * 0x9e3779b1u) >> 28];
}

// Stripes of the screen, so that they look the same at any zoom.
bool isStripe(float period, float width, float slope) {
  return mod(gl_FragCoord.x + slope * gl_FragCoord.y, period) < width;
}

bool isDot() {
  return all(lessThan(mod(gl_FragCoord.xy + vec2(3.5 * mod(floor(gl_FragCoord.y / 7.0), 2.0), 0.0), 7.0), vec2(2.0)));
}

vec3 withLabels(vec3 colour) {
  uint id = labelAt(vec2(0.0));
  if (id == 0u) return colour;
  uint record = id >= 16u ? recordOf(id) : 0u;
  vec3 tint = labelColour(id, record);
  float step = min(u_device / u_labelsFrom.z, 1.0);
  bool isEdge = labelAt(vec2(step, 0.0)) != id || labelAt(vec2(-step, 0.0)) != id
    || labelAt(vec2(0.0, step)) != id || labelAt(vec2(0.0, -step)) != id;
  bool isChosen = (record & 64u) != 0u;
  bool isLifted = (id == u_hovered && id >= 16u) || isChosen;
  float fill = u_showWeights ? 0.0 : u_fill; // weights are to be read, not tinted
  if (id == 1u) fill = isDot() ? 2.0 * fill : 0.3 * fill;
  if (id == 3u) fill *= isStripe(8.0, 3.0, 1.0) ? 1.5 : 0.4;
  fill = min(fill, 1.0);
  if (isLifted) fill = min(1.0, fill + 0.2);
  if (isEdge) {
    bool isDashed = (record & 128u) != 0u && mod(gl_FragCoord.x + gl_FragCoord.y, 6.0) < 2.5;
    return isDashed ? colour : mix(colour, isLifted ? mix(tint, vec3(1.0), 0.65) : tint, id == 1u ? 0.4 : 0.95);
  }
  return mix(colour, tint, fill);
}

// Class of the pixel as it teaches; 255 nothing, -1 not known.
int taughtClass(out float term) {
  term = 0.0;
  ivec2 at = ivec2(floor(v_plane)) - u_weightRect.xy;
  if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, u_weightRect.zw))) return -1;
  term = texelFetch(u_term, at, 0).r;
  return int(texelFetch(u_class, at, 0).r);
}

vec3 withWeights(vec3 colour) {
  float term;
  int index = taughtClass(term);
  if (u_showWeights && index >= 0 && index < 32) {
    float weight = u_classWeight[index] + (index == 0 ? term : 0.0);
    colour = mix(colour, ramp(weight / u_mostWeight, u_weightRamp), u_weightOpacity);
  }
  if (u_showTeaches) {
    bool isNothing = index == 255;
    if (index < 0) {
      uint id = u_hasLabels ? labelAt(vec2(0.0)) : 0u;
      isNothing = id == 3u || (id == 0u && !u_isComplete);
    }
    if (isNothing) colour = mix(colour, isStripe(9.0, 1.5, -1.0) ? vec3(0.72) : vec3(0.1), isStripe(9.0, 1.5, -1.0) ? 0.5 : 0.3);
  }
  return colour;
}

vec3 withPrediction(vec3 colour) {
  if (u_probabilitySize.x > 0) {
    ivec2 at = ivec2(floor((v_plane - u_probabilityFrom.xy) / u_probabilityFrom.z));
    float p = texelFetch(u_probability, clamp(at, ivec2(0), u_probabilitySize - 1), 0).r;
    if (u_showProbability) colour = mix(colour, ramp(p, 1), 0.15 + 0.55 * p);
    if (u_showUncertainty) colour = mix(colour, vec3(1.0, 0.72, 0.16), 0.75 * (1.0 - abs(2.0 * p - 1.0)));
  }
  return colour;
}

uint proposalAt(vec2 offset) {
  ivec2 size = textureSize(u_proposals, 0);
  vec2 at = floor(v_plane + offset) - u_proposalsFrom;
  if (any(lessThan(at, vec2(0.0))) || any(greaterThanEqual(at, vec2(size)))) return 0u;
  return texelFetch(u_proposals, ivec2(at), 0).r;
}

uint marksOf(uint id) {
  ivec2 at = ivec2(int(id % ${MARKS_WIDTH}u), int(id / ${MARKS_WIDTH}u));
  return at.y < textureSize(u_marks, 0).y ? texelFetch(u_marks, at, 0).r : 0u;
}

vec3 withProposals(vec3 colour) {
  uint id = proposalAt(vec2(0.0));
  uint marks = id == 0u ? 0u : marksOf(id);
  if ((marks & ${MARK.shown}u) == 0u) return colour;
  float step = u_device;
  bool isEdge = proposalAt(vec2(step, 0.0)) != id || proposalAt(vec2(-step, 0.0)) != id
    || proposalAt(vec2(0.0, step)) != id || proposalAt(vec2(0.0, -step)) != id;
  bool isChosen = (marks & ${MARK.chosen}u) != 0u;
  int place = int(marks & ${MARK.placeMask}u);
  vec3 tint = isChosen ? vec3(1.0) : place > 0 ? u_classes[place - 1] : vec3(1.0, 0.86, 0.3);
  return mix(colour, tint, isEdge ? 0.95 : isChosen ? 0.25 : 0.08);
}

void main() {
  vec3 colour = imageColour();
  if (u_showWeights || u_showTeaches) colour = withWeights(colour);
  colour = withPrediction(colour);
  if (u_showLabels) colour = withLabels(colour);
  if (u_showProposals) colour = withProposals(colour);
  o_colour = vec4(colour, 1.0);
}
`
