// Encodes one sound by every application, bit rate and complexity, one after the other: to be run under callgrind, which
// dumps what it has counted each time that an encoder is made.
//
//     modes_cost FLOATS BITRATE,BITRATE… COMPLEXITY,COMPLEXITY…
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 960, LARGEST_PACKET = 1500, MOST_SAMPLES = 48000 * 60, MOST_VALUES = 16 };

static int read_values(char *list, int *values) {
  int count = 0;
  for (char *word = strtok(list, ","); word != NULL && count < MOST_VALUES; word = strtok(NULL, ","))
    values[count++] = atoi(word);
  return count;
}

static int encode_all(const float *samples, size_t count, int application, int bitrate, int complexity) {
  unsigned char packet[LARGEST_PACKET];
  int status = 0;
  OpusEncoder *encoder = opus_encoder_create(48000, 1, application, &status);
  if (encoder == NULL) return 0;
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate));
  opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
  for (size_t at = 0; at + FRAME <= count; at += FRAME)
    if (opus_encode_float(encoder, samples + at, FRAME, packet, LARGEST_PACKET) < 0) status = -1;
  opus_encoder_destroy(encoder);
  return status == 0;
}

int main(int argc, char **argv) {
  static const int applications[] = {OPUS_APPLICATION_VOIP, OPUS_APPLICATION_AUDIO,
                                     OPUS_APPLICATION_RESTRICTED_LOWDELAY};
  static float samples[MOST_SAMPLES];
  int bitrates[MOST_VALUES], complexities[MOST_VALUES];
  if (argc != 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL) return 2;
  size_t count = fread(samples, sizeof samples[0], MOST_SAMPLES, file);
  fclose(file);
  int bitrate_count = read_values(argv[2], bitrates);
  int complexity_count = read_values(argv[3], complexities);
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < bitrate_count; b++)
      for (int c = 0; c < complexity_count; c++)
        if (!encode_all(samples, count, applications[a], bitrates[b], complexities[c])) return 1;
  return 0;
}
