// The mixer's inner loops in C, for one reason only: the compiler can build each of them several times, once for every
// register width, and the widest that the machine has is taken at run time (Swift cannot do that without unsafe flags).
//
// Every kernel gives the same bits on every instruction set: no fused multiply-add, and sums run in sixteen fixed lanes.
// Lengths are counts of floats (`n`) or of sample frames (`frames`); any length is allowed, 0 too; no alignment is asked
// for. Unless it says otherwise, an output may be one of the inputs, but they may not overlap in part.
#pragma once
#include <stdint.h>

enum { PARTYLINE_INTERPOLATOR_TAPS = 32, PARTYLINE_INTERPOLATOR_PHASES = 7 };

struct partyline_mix_kernels {
  // The instruction set: "avx2", "sse2", "neon", or "portable".
  const char *name;

  // sum[i] += x[i]
  void (*accumulate)(float *sum, const float *x, int n);
  // sum[i] += x[i] * (gain + step * i)
  void (*accumulate_ramp)(float *sum, const float *x, float gain, float step, int n);
  // out[i] = a[i] - b[i]
  void (*subtract)(float *out, const float *a, const float *b, int n);

  // out[i] = x[i] * (gain + step * i)
  void (*gain_ramp)(float *out, const float *x, float gain, float step, int n);
  // The same on interleaved stereo, a ramp for each channel.
  void (*gain_ramp_stereo)(float *out, const float *x, float left, float left_step, float right, float right_step,
                           int frames);
  // A mono signal onto two interleaved channels, a ramp for each; out must not be x.
  void (*pan_ramp)(float *out, const float *mono, float left, float left_step, float right, float right_step,
                   int frames);
  // out[i] = (left + right) / 2 of interleaved stereo; out must not be x.
  void (*downmix)(float *out, const float *x, int frames);

  // Two channels to interleaved stereo; out must be neither.
  void (*interleave)(float *out, const float *left, const float *right, int frames);
  // Interleaved stereo to two channels; neither may be x.
  void (*deinterleave)(float *left, float *right, const float *x, int frames);

  // max |x[i]|
  float (*peak)(const float *x, int n);
  // Sum of x[i] squared.
  float (*energy)(const float *x, int n);

  // peak[i] = the highest |value| of the band-limited signal at x[i + TAPS/2 - 1] and at the seven points between it and
  // the next sample. Reads x[0 ..< n + TAPS - 1]; peak must not be x. taps is [TAPS/2][PHASES]: for each sample of the
  // first half the even parts of the first three points' weights, the odd parts, and the middle point's weight (the last
  // three points are the first three, mirrored). Where eight peaks in a row rest on samples that are all <= quiet, they are
  // those of the samples alone.
  void (*interpolated_peak)(float *peak, const float *x, const float *taps, float quiet, int n);
  // depth[i] = 1 - threshold / h with h, the higher of peaks[i] and peaks[i + 1], above the threshold; else 0.
  void (*required_depth)(float *depth, const float *peaks, float threshold, int n);
  // out[i] = a[i] + b[i]
  void (*add)(float *out, const float *a, const float *b, int n);
  // out[i] = the greater of a[i] and b[i]
  void (*maximum)(float *out, const float *a, const float *b, int n);
  // out[i] = x[i] * gain[i]
  void (*apply_gain)(float *out, const float *x, const float *gain, int n);
  // The same gain for both channels of each interleaved frame.
  void (*apply_gain_stereo)(float *out, const float *x, const float *gain, int frames);

  // Full scale +-1 to 16 bits: times 32,768, rounded to nearest, ties to even, saturated.
  void (*to_int16)(int16_t *out, const float *x, int n);
  // 16 bits to full scale +-1: divided by 32,768.
  void (*from_int16)(float *out, const int16_t *x, int n);
};

// The tables that this machine can run, the fastest first; returns how many there are (1 or more), at most `capacity`
// of which are stored.
int partyline_mix_kernels(const struct partyline_mix_kernels **tables, int capacity);
