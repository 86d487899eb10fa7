// The kernels' bodies: included once for each instruction set, with KERNEL(name) giving each copy its own name.
// Plain loops that the compiler turns into SIMD code; the machine code was looked at.

static void KERNEL(accumulate)(float *sum, const float *x, int n) {
  for (int i = 0; i < n; i++) sum[i] += x[i];
}

static void KERNEL(accumulate_ramp)(float *sum, const float *x, float gain, float step, int n) {
  for (int i = 0; i < n; i++) sum[i] += x[i] * (gain + step * (float)i);
}

static void KERNEL(subtract)(float *out, const float *a, const float *b, int n) {
  for (int i = 0; i < n; i++) out[i] = a[i] - b[i];
}

static void KERNEL(gain_ramp)(float *out, const float *x, float gain, float step, int n) {
  for (int i = 0; i < n; i++) out[i] = x[i] * (gain + step * (float)i);
}

static void KERNEL(gain_ramp_stereo)(float *out, const float *x, float left, float left_step, float right,
                                     float right_step, int frames) {
  for (int i = 0; i < frames; i++) {
    float at = (float)i;
    out[2 * i] = x[2 * i] * (left + left_step * at);
    out[2 * i + 1] = x[2 * i + 1] * (right + right_step * at);
  }
}

static void KERNEL(pan_ramp)(float *restrict out, const float *restrict mono, float left, float left_step, float right,
                             float right_step, int frames) {
  for (int i = 0; i < frames; i++) {
    float at = (float)i;
    out[2 * i] = mono[i] * (left + left_step * at);
    out[2 * i + 1] = mono[i] * (right + right_step * at);
  }
}

static void KERNEL(downmix)(float *restrict out, const float *restrict x, int frames) {
  for (int i = 0; i < frames; i++) out[i] = 0.5f * (x[2 * i] + x[2 * i + 1]);
}

static void KERNEL(interleave)(float *restrict out, const float *restrict left, const float *restrict right,
                               int frames) {
  for (int i = 0; i < frames; i++) {
    out[2 * i] = left[i];
    out[2 * i + 1] = right[i];
  }
}

static void KERNEL(deinterleave)(float *restrict left, float *restrict right, const float *restrict x, int frames) {
  for (int i = 0; i < frames; i++) {
    left[i] = x[2 * i];
    right[i] = x[2 * i + 1];
  }
}

static float KERNEL(peak)(const float *x, int n) {
  // Without its sign bit, a float orders as an integer does; integers have a vector maximum that needs no care for NaN.
  int32_t highest = 0;
  for (int i = 0; i < n; i++) {
    int32_t bits;
    memcpy(&bits, &x[i], sizeof bits);
    bits &= 0x7fffffff;
    highest = bits > highest ? bits : highest;
  }
  float peak;
  memcpy(&peak, &highest, sizeof peak);
  return peak;
}

static float KERNEL(energy)(const float *x, int n) {
  float lanes[16] = {0};
  int whole = n & ~15;
  for (int i = 0; i < whole; i += 16)
    for (int lane = 0; lane < 16; lane++) lanes[lane] += x[i + lane] * x[i + lane];
  for (int i = whole; i < n; i++) lanes[i - whole] += x[i] * x[i];
  for (int half = 8; half > 0; half /= 2)
    for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

// Eight outputs at once. Mirrored pairs of points: with the sums and differences of the samples that lie alike on either
// side, both take one set of products, and the higher magnitude of E + O and E - O is |E| + |O|.
static void KERNEL(interpolated_eight)(float *restrict peak, const float *restrict x, const float *restrict taps) {
  enum { HALF = PARTYLINE_INTERPOLATOR_TAPS / 2, PAIRS = PARTYLINE_INTERPOLATOR_PHASES / 2, LANES = 8 };
  float even[PAIRS][LANES] = {{0}};
  float odd[PAIRS][LANES] = {{0}};
  float middle[LANES] = {0};
  for (int k = 0; k < HALF; k++) {
    const float *row = taps + k * PARTYLINE_INTERPOLATOR_PHASES;
    const float *mirrored = x + PARTYLINE_INTERPOLATOR_TAPS - 1 - k;
    for (int lane = 0; lane < LANES; lane++) {
      float sum = x[lane + k] + mirrored[lane];
      float difference = x[lane + k] - mirrored[lane];
      for (int pair = 0; pair < PAIRS; pair++) {
        even[pair][lane] += row[pair] * sum;
        odd[pair][lane] += row[PAIRS + pair] * difference;
      }
      middle[lane] += row[2 * PAIRS] * sum;
    }
  }
  for (int lane = 0; lane < LANES; lane++) {
    float highest = fabsf(x[lane + HALF - 1]);
    float at = fabsf(middle[lane]);
    highest = at > highest ? at : highest;
    for (int pair = 0; pair < PAIRS; pair++) {
      at = fabsf(even[pair][lane]) + fabsf(odd[pair][lane]);
      highest = at > highest ? at : highest;
    }
    peak[lane] = highest;
  }
}

static void KERNEL(interpolated_peak)(float *restrict peak, const float *restrict x, const float *restrict taps,
                                      float quiet, int n) {
  enum { WIDTH = 8 + PARTYLINE_INTERPOLATOR_TAPS - 1 };
  int i = 0;
  for (; i + 8 <= n; i += 8) {
    // A NaN's bits stand above every number's: it is never quiet.
    if (KERNEL(peak)(x + i, WIDTH) <= quiet)
      for (int lane = 0; lane < 8; lane++) peak[i + lane] = fabsf(x[i + lane + PARTYLINE_INTERPOLATOR_TAPS / 2 - 1]);
    else
      KERNEL(interpolated_eight)(peak + i, x + i, taps);
  }
  if (i == n) return;
  // The rest, with silence behind it.
  float padded[WIDTH] = {0};
  float last[8];
  memcpy(padded, x + i, sizeof(float) * (size_t)(n - i + PARTYLINE_INTERPOLATOR_TAPS - 1));
  KERNEL(interpolated_eight)(last, padded, taps);
  memcpy(peak + i, last, sizeof(float) * (size_t)(n - i));
}

static void KERNEL(required_depth)(float *restrict depth, const float *restrict peaks, float threshold, int n) {
  for (int i = 0; i < n; i++) {
    float highest = peaks[i + 1] >= peaks[i] ? peaks[i + 1] : peaks[i];
    float needed = 1.0f - threshold / highest;
    depth[i] = highest > threshold ? needed : 0.0f;
  }
}

static void KERNEL(add)(float *out, const float *a, const float *b, int n) {
  for (int i = 0; i < n; i++) out[i] = a[i] + b[i];
}

static void KERNEL(maximum)(float *restrict out, const float *a, const float *b, int n) {
  for (int i = 0; i < n; i++) out[i] = a[i] > b[i] ? a[i] : b[i];
}

static void KERNEL(apply_gain)(float *out, const float *x, const float *gain, int n) {
  for (int i = 0; i < n; i++) out[i] = x[i] * gain[i];
}

static void KERNEL(apply_gain_stereo)(float *out, const float *x, const float *gain, int frames) {
  for (int i = 0; i < frames; i++) {
    out[2 * i] = x[2 * i] * gain[i];
    out[2 * i + 1] = x[2 * i + 1] * gain[i];
  }
}

static void KERNEL(to_int16)(int16_t *restrict out, const float *restrict x, int n) {
  for (int i = 0; i < n; i++) {
    float scaled = x[i] * 32768.0f;
    scaled = scaled < -32768.0f ? -32768.0f : scaled;
    scaled = scaled > 32767.0f ? 32767.0f : scaled;
    // 1.5 * 2^23 leaves the rounded integer in the low bits of the mantissa: no conversion instruction, no trap.
    float shifted = scaled + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    out[i] = (int16_t)bits;
  }
}

static void KERNEL(from_int16)(float *restrict out, const int16_t *restrict x, int n) {
  for (int i = 0; i < n; i++) out[i] = (float)x[i] * (1.0f / 32768.0f);
}

static const struct partyline_mix_kernels KERNEL(table) = {
    .name = KERNEL_NAME,
    .accumulate = KERNEL(accumulate),
    .accumulate_ramp = KERNEL(accumulate_ramp),
    .subtract = KERNEL(subtract),
    .gain_ramp = KERNEL(gain_ramp),
    .gain_ramp_stereo = KERNEL(gain_ramp_stereo),
    .pan_ramp = KERNEL(pan_ramp),
    .downmix = KERNEL(downmix),
    .interleave = KERNEL(interleave),
    .deinterleave = KERNEL(deinterleave),
    .peak = KERNEL(peak),
    .energy = KERNEL(energy),
    .interpolated_peak = KERNEL(interpolated_peak),
    .required_depth = KERNEL(required_depth),
    .add = KERNEL(add),
    .maximum = KERNEL(maximum),
    .apply_gain = KERNEL(apply_gain),
    .apply_gain_stereo = KERNEL(apply_gain_stereo),
    .to_int16 = KERNEL(to_int16),
    .from_int16 = KERNEL(from_int16),
};
