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

static void KERNEL(interpolated_peak)(float *restrict peak, const float *restrict x, const float *restrict taps,
                                      int n) {
  const int centre = PARTYLINE_INTERPOLATOR_TAPS / 2 - 1;
  int i = 0;
  for (; i + 8 <= n; i += 8) {
    float highest[8];
    for (int lane = 0; lane < 8; lane++) highest[lane] = fabsf(x[i + lane + centre]);
    // All points at once: seven chains of additions that do not wait for one another.
    float value[PARTYLINE_INTERPOLATOR_PHASES][8] = {{0}};
    for (int k = 0; k < PARTYLINE_INTERPOLATOR_TAPS; k++)
      for (int phase = 0; phase < PARTYLINE_INTERPOLATOR_PHASES; phase++)
        for (int lane = 0; lane < 8; lane++)
          value[phase][lane] += taps[phase * PARTYLINE_INTERPOLATOR_TAPS + k] * x[i + lane + k];
    for (int phase = 0; phase < PARTYLINE_INTERPOLATOR_PHASES; phase++)
      for (int lane = 0; lane < 8; lane++) {
        float magnitude = fabsf(value[phase][lane]);
        highest[lane] = magnitude > highest[lane] ? magnitude : highest[lane];
      }
    for (int lane = 0; lane < 8; lane++) peak[i + lane] = highest[lane];
  }
  for (; i < n; i++) {
    float highest = fabsf(x[i + centre]);
    for (int phase = 0; phase < PARTYLINE_INTERPOLATOR_PHASES; phase++) {
      const float *tap = taps + phase * PARTYLINE_INTERPOLATOR_TAPS;
      float value = 0;
      for (int k = 0; k < PARTYLINE_INTERPOLATOR_TAPS; k++) value += tap[k] * x[i + k];
      float magnitude = fabsf(value);
      highest = magnitude > highest ? magnitude : highest;
    }
    peak[i] = highest;
  }
}

static void KERNEL(smooth)(float *restrict out, const float *restrict x, const float *restrict window, int width,
                           int n) {
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    float value[16] = {0};
    for (int k = 0; k < width; k++)
      for (int lane = 0; lane < 16; lane++) value[lane] += window[k] * x[i + lane + k];
    for (int lane = 0; lane < 16; lane++) out[i + lane] = value[lane];
  }
  for (; i < n; i++) {
    float value = 0;
    for (int k = 0; k < width; k++) value += window[k] * x[i + k];
    out[i] = value;
  }
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
    .smooth = KERNEL(smooth),
    .maximum = KERNEL(maximum),
    .apply_gain = KERNEL(apply_gain),
    .apply_gain_stereo = KERNEL(apply_gain_stereo),
    .to_int16 = KERNEL(to_int16),
    .from_int16 = KERNEL(from_int16),
};
